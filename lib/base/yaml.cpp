// Json::parse_yaml: libyaml's events become the same tree as JSON. Resolution is YAML 1.2's core schema, so `yes` and `on` are strings.
#include <yaml.h>

#include <charconv>
#include <cmath>
#include <map>
#include <new>
#include <set>

#include "base/json.hpp"
#include "base/json_node.hpp"
#include "base/text.hpp"

namespace gatelet {

namespace {

constexpr std::string_view core_tag_prefix = "tag:yaml.org,2002:";

struct YamlEvent {
  YamlEvent() = default;
  YamlEvent(const YamlEvent&) = delete;
  YamlEvent& operator=(const YamlEvent&) = delete;
  ~YamlEvent() { yaml_event_delete(&event); }
  yaml_event_t event{};
};

// A value with what an alias to it would cost.
struct YamlValue {
  Json json;
  uint32_t height = 0;  // levels of sequences and mappings
  size_t bytes = 1;
};

// libyaml counts characters; this turns them into lines and bytes. Marks mostly move forward, so each step begins at the last one.
class YamlPlaces {
 public:
  explicit YamlPlaces(std::string_view text) : text_(text) {}

  SourcePos at_character(size_t index) {
    if (index < character_) *this = YamlPlaces(text_);
    while (character_ < index && byte_ < text_.size()) step();
    return {line_, static_cast<uint32_t>(byte_ - line_start_ + 1)};
  }

  SourcePos at_byte(size_t offset) {
    *this = YamlPlaces(text_);
    while (byte_ < offset && byte_ < text_.size()) step();
    return {line_, static_cast<uint32_t>(byte_ - line_start_ + 1)};
  }

 private:
  void step() {
    const bool is_line_end = text_[byte_] == '\n';
    const size_t length = utf8_length(text_.substr(byte_));
    byte_ += length == 0 ? 1 : length;
    ++character_;
    if (!is_line_end) return;
    ++line_;
    line_start_ = byte_;
  }

  std::string_view text_;
  size_t character_ = 0;
  size_t byte_ = 0;
  uint32_t line_ = 1;
  size_t line_start_ = 0;
};

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (std::string_view word : words)
    if (text == word) return true;
  return false;
}

bool all_digits(std::string_view text, int base) {
  for (char c : text)
    if (hex_value(c) < 0 || hex_value(c) >= base) return false;
  return !text.empty();
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_core_decimal(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  size_t at = 0, digits = 0;
  const auto skip_digits = [&] {
    for (; at < text.size() && is_digit(text[at]); ++at) ++digits;
  };
  skip_digits();
  if (at < text.size() && text[at] == '.') ++at, skip_digits();
  if (digits == 0) return false;
  if (at == text.size()) return true;
  if (to_lower(text[at]) != 'e') return false;
  ++at;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  return all_digits(text.substr(std::min(at, text.size())), 10);
}

bool is_core_integer(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0o")) return true;  // checked before it became a number
  return all_digits(text.substr(text[0] == '-' || text[0] == '+' ? 1 : 0), 10);
}

class YamlReader {
 public:
  explicit YamlReader(std::string_view text) : places_(text) {
    if (!yaml_parser_initialize(&parser_)) throw std::bad_alloc();
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    // libyaml ends the process for a null pointer, which an empty text may have.
    const char* const bytes = text.empty() ? "" : text.data();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(bytes), text.size());
  }
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;
  ~YamlReader() { yaml_parser_delete(&parser_); }

  Result<Json> document() {
    YamlEvent stream, start;
    if (auto done = next(stream); !done) return std::move(done.error());
    if (auto done = next(start); !done) return std::move(done.error());
    if (start.event.type == YAML_STREAM_END_EVENT) return JsonBuilder::null({1, 1});
    GATELET_TRY(root, next_value(1));
    YamlEvent end, after;
    if (auto done = next(end); !done) return std::move(done.error());
    if (auto done = next(after); !done) return std::move(done.error());
    if (after.event.type != YAML_STREAM_END_EVENT) return fail(after, "a second document begins here; keep one document in a file");
    return std::move(root.json);
  }

 private:
  Error fail(const YamlEvent& event, std::string message, Code code = Code::config) { return {code, std::move(message), place(event), {}}; }

  SourcePos place(const YamlEvent& event) { return places_.at_character(event.event.start_mark.index); }

  Result<Done> next(YamlEvent& event) {
    if (yaml_parser_parse(&parser_, &event.event)) return Done{};
    const std::string problem = parser_.problem ? parser_.problem : "unreadable";
    switch (parser_.error) {
      case YAML_MEMORY_ERROR: throw std::bad_alloc();
      case YAML_READER_ERROR:
        return Error{
            Code::config, problem + "; save the file as UTF-8 without control characters", places_.at_byte(parser_.problem_offset), {}};
      default: {
        const std::string context = parser_.context ? std::string(" (") + parser_.context + ")" : "";
        return Error{
            Code::config, problem + context + "; check indentation and quotes", places_.at_character(parser_.problem_mark.index), {}};
      }
    }
  }

  Result<YamlValue> next_value(uint32_t depth) {
    YamlEvent event;
    if (auto done = next(event); !done) return std::move(done.error());
    return value(event, depth);
  }

  Result<YamlValue> value(const YamlEvent& event, uint32_t depth) {
    if (++value_count_ > json_values_max)
      return fail(event, "more than " + std::to_string(json_values_max) + " values; split the document", Code::limit);
    switch (event.event.type) {
      case YAML_ALIAS_EVENT: return alias(event, depth);
      case YAML_SCALAR_EVENT: {
        GATELET_TRY(json, scalar(event));
        return anchored(event.event.data.scalar.anchor, {std::move(json), 0, 1 + event.event.data.scalar.length});
      }
      default: break;
    }
    if (depth > json_depth_max) return fail(event, "nested deeper than " + std::to_string(json_depth_max) + " levels", Code::limit);
    if (event.event.type == YAML_SEQUENCE_START_EVENT) {
      GATELET_TRY(made, sequence(event, depth));
      return anchored(event.event.data.sequence_start.anchor, std::move(made));
    }
    GATELET_TRY(made, mapping(event, depth));
    return anchored(event.event.data.mapping_start.anchor, std::move(made));
  }

  YamlValue anchored(const yaml_char_t* anchor, YamlValue value) {
    if (anchor) anchors_[reinterpret_cast<const char*>(anchor)] = value;
    return value;
  }

  Result<YamlValue> alias(const YamlEvent& event, uint32_t depth) {
    const std::string name = reinterpret_cast<const char*>(event.event.data.alias.anchor);
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) return fail(event, "no anchor '&" + name + "' is complete before this alias; define it first");
    if (depth + found->second.height > json_depth_max + 1)
      return fail(event, "nested deeper than " + std::to_string(json_depth_max) + " levels through an alias", Code::limit);
    if (auto done = spend(event, found->second.bytes); !done) return std::move(done.error());
    return found->second;
  }

  Result<Done> spend(const YamlEvent& event, size_t bytes) {
    alias_bytes_ += bytes;
    if (alias_bytes_ <= yaml_alias_bytes_max) return Done{};
    return fail(event, "the aliases stand for more than " + std::to_string(yaml_alias_bytes_max) + " bytes; write fewer of them",
                Code::limit);
  }

  // A core tag's name, "" for none; other tags are refused.
  Result<std::string> tag_of(const YamlEvent& event, const yaml_char_t* tag) {
    const std::string_view text = tag ? reinterpret_cast<const char*>(tag) : "";
    if (text.empty()) return std::string();
    if (text == "!") return std::string("str");
    const std::string_view name = text.starts_with(core_tag_prefix) ? text.substr(core_tag_prefix.size()) : std::string_view();
    if (is_one_of(name, {"str", "int", "float", "bool", "null", "map", "seq"})) return std::string(name);
    return fail(event, "the tag '" + std::string(text) + "' has no meaning in a configuration; remove it or quote the value");
  }

  Result<Json> scalar(const YamlEvent& event) {
    const auto& scalar = event.event.data.scalar;
    const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
    if (text.find('\0') != std::string_view::npos) return fail(event, "\\0 is not allowed in a configuration; remove it");
    GATELET_TRY(tag, tag_of(event, scalar.tag));
    const bool is_string = tag.empty() ? scalar.style != YAML_PLAIN_SCALAR_STYLE : tag == "str";
    if (is_string) return JsonBuilder::make(place(event), std::string(text));
    GATELET_TRY(json, plain(event, text));
    const bool fits = tag.empty() || (tag == "int" && json.is_number() && is_core_integer(json.scalar_text())) ||
                      (tag == "float" && json.is_number()) || (tag == "bool" && json.is_boolean()) || (tag == "null" && json.is_null());
    if (!fits) return fail(event, "'" + std::string(text) + "' is no !!" + tag + "; remove the tag or correct the value");
    return json;
  }

  Result<Json> plain(const YamlEvent& event, std::string_view text) {
    const SourcePos at = place(event);
    if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return JsonBuilder::null(at);
    if (is_one_of(text, {"true", "True", "TRUE"})) return JsonBuilder::make(at, true);
    if (is_one_of(text, {"false", "False", "FALSE"})) return JsonBuilder::make(at, false);
    std::string_view magnitude = text;
    if (magnitude[0] == '-' || magnitude[0] == '+') magnitude.remove_prefix(1);
    if (is_one_of(magnitude, {".inf", ".Inf", ".INF"}) || is_one_of(text, {".nan", ".NaN", ".NAN"}))
      return fail(event, "JSON has no number '" + std::string(text) + "'; quote it to make it a string");
    const int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 10;
    if (base != 10 && all_digits(text.substr(2), base)) return number(event, text, based(text.substr(2), base));
    if (!is_core_decimal(text)) return JsonBuilder::make(at, std::string(text));
    if (text[0] == '+') text.remove_prefix(1);
    double value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) value = HUGE_VAL;
    return number(event, text, value);
  }

  static double based(std::string_view digits, int base) {
    double value = 0;
    for (char c : digits) value = value * base + hex_value(c);
    return value;
  }

  Result<Json> number(const YamlEvent& event, std::string_view text, double value) {
    if (value == HUGE_VAL) return fail(event, "the number is outside the range of a double; quote it to make it a string");
    return JsonBuilder::make(place(event), JsonNumber{value, std::string(text)});
  }

  Result<YamlValue> sequence(const YamlEvent& event, uint32_t depth) {
    GATELET_TRY(tag, tag_of(event, event.event.data.sequence_start.tag));
    if (!tag.empty() && tag != "seq") return fail(event, "a sequence is no !!" + tag + "; remove the tag");
    const SourcePos at = place(event);
    YamlValue made{{}, 1, 1};
    std::vector<Json> items;
    for (;;) {
      YamlEvent inner;
      if (auto done = next(inner); !done) return std::move(done.error());
      if (inner.event.type == YAML_SEQUENCE_END_EVENT) break;
      GATELET_TRY(item, value(inner, depth + 1));
      add_cost(made, item);
      items.push_back(std::move(item.json));
    }
    made.json = JsonBuilder::make(at, std::move(items));
    return made;
  }

  static void add_cost(YamlValue& whole, const YamlValue& part) {
    whole.height = std::max(whole.height, part.height + 1);
    whole.bytes += part.bytes;
  }

  Result<YamlValue> mapping(const YamlEvent& event, uint32_t depth) {
    GATELET_TRY(tag, tag_of(event, event.event.data.mapping_start.tag));
    if (!tag.empty() && tag != "map") return fail(event, "a mapping is no !!" + tag + "; remove the tag");
    const SourcePos at = place(event);
    YamlValue made{{}, 1, 1};
    std::vector<Json::Member> members;
    std::vector<Json> merged;
    for (;;) {
      YamlEvent key;
      if (auto done = next(key); !done) return std::move(done.error());
      if (key.event.type == YAML_MAPPING_END_EVENT) break;
      GATELET_TRY(name, name_of(key));
      const SourcePos name_at = place(key);
      GATELET_TRY(item, next_value(depth + 1));
      add_cost(made, item);
      made.bytes += name.size();
      if (is_merge_key(key)) {
        if (auto done = collect_merged(key, item.json, merged); !done) return std::move(done.error());
      } else {
        members.push_back({std::move(name), std::move(item.json), name_at});
      }
    }
    const Json::Member* duplicate = nullptr;
    made.json = JsonBuilder::object(at, std::move(members), &duplicate);
    if (duplicate)
      return Error{Code::config, "the name '" + duplicate->name + "' stands twice in one mapping; remove one", duplicate->at, {}};
    if (!merged.empty()) made.json = merge(made.json, merged);
    return made;
  }

  Result<std::string> name_of(const YamlEvent& key) {
    if (key.event.type != YAML_SCALAR_EVENT) return fail(key, "a name is a plain or quoted text, not an alias, a sequence or a mapping");
    GATELET_TRY(tag, tag_of(key, key.event.data.scalar.tag));
    const std::string name(reinterpret_cast<const char*>(key.event.data.scalar.value), key.event.data.scalar.length);
    if (name.find('\0') != std::string::npos) return fail(key, "\\0 is not allowed in a configuration; remove it");
    return name;
  }

  // `<<` is YAML 1.1's, but hand-written files use it.
  static bool is_merge_key(const YamlEvent& key) {
    const auto& scalar = key.event.data.scalar;
    return scalar.style == YAML_PLAIN_SCALAR_STYLE && !scalar.tag && std::string_view(reinterpret_cast<const char*>(scalar.value)) == "<<";
  }

  Result<Done> collect_merged(const YamlEvent& key, const Json& value, std::vector<Json>& merged) {
    const std::vector<Json> sources = value.is_array() ? value.items() : std::vector<Json>{value};
    for (const Json& source : sources) {
      if (!source.is_object()) return fail(key, "'<<' merges mappings only; give it an alias of one or a list of such aliases");
      merged.push_back(source);
    }
    return Done{};
  }

  // Own members win, then the sources in their order.
  static Json merge(const Json& own, const std::vector<Json>& sources) {
    std::vector<Json::Member> members = own.members();
    std::set<std::string_view> names;
    for (const Json::Member& member : own.members()) names.insert(member.name);
    for (const Json& source : sources)
      for (const Json::Member& member : source.members())
        if (names.insert(member.name).second) members.push_back(member);
    return JsonBuilder::object(own.at(), std::move(members), nullptr);
  }

  YamlPlaces places_;
  yaml_parser_t parser_{};
  std::map<std::string, YamlValue> anchors_;
  size_t alias_bytes_ = 0;
  size_t value_count_ = 0;
};

}  // namespace

Result<Json> Json::parse_yaml(std::string_view text, size_t bytes_max) {
  if (text.size() > bytes_max) return Error{Code::limit, "larger than " + std::to_string(bytes_max) + " bytes", {1, 1}, {}};
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return Error{Code::config, "the text is UTF-16; save the file as UTF-8", {1, 1}, {}};
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return YamlReader(text).document();
}

}  // namespace gatelet
