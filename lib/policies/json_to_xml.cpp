// json-to-xml: the body of the current message from JSON to XML (policies-b.md 3.11, 9.2). Member names that XML does not allow are encoded
// as XmlConvert does; members `@x` are attributes, `#text` is text.
#include <algorithm>

#include "base/json.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "expr/dates.hpp"
#include "policies/body_text.hpp"
#include "policies/elements.hpp"
#include "policies/word_value.hpp"
#include "xml/characters.hpp"

namespace gatelet {

namespace {

constexpr std::string_view document_name = "Document";
constexpr std::string_view item_name = "Item";
constexpr std::string_view nil_attributes = " xsi:nil=\"true\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
constexpr std::string_view json_applications[] = {"always", "content-type-json"};

struct ToXmlOptions {
  bool parses_dates = true;
  char separator = '_';              // between a prefix and a name
  std::string_view prefix;           // of members that are namespace declarations; empty: none are
  std::string_view attribute_block;  // empty: there is none
};

// The date that a text is, in round-trip form; empty: it is none. Seconds may be left out.
std::string date_text(std::string_view text) {
  constexpr size_t at_seconds = 16;  // "2012-03-21T05:40"
  if (text.starts_with("/Date(") && text.ends_with(")/")) {
    const auto ms = parse_signed(text.substr(6, text.size() - 8));
    constexpr int64_t ms_max = cs::date_ticks_max / cs::ticks_per_millisecond;
    const int64_t ticks = ms && *ms > -ms_max && *ms < ms_max ? cs::unix_epoch_ticks + *ms * cs::ticks_per_millisecond : -1;
    return ticks < 0 || ticks > cs::date_ticks_max ? "" : cs::iso_text(cs::DateTime{ticks, cs::DateTimeKind::utc});
  }
  if (text.size() < at_seconds || text.size() > 40 || text[10] != 'T' || text[13] != ':') return {};
  std::string whole(text);
  if (text.size() == at_seconds || text[at_seconds] != ':') whole.insert(at_seconds, ":00");
  cs::ParsedDate date;
  if (!cs::parse_iso_date(whole, date)) return {};
  using Kind = cs::DateTimeKind;
  const Kind kind = !date.has_offset ? Kind::unspecified : text.ends_with('Z') ? Kind::utc : Kind::local;
  return cs::iso_text(cs::DateTime{date.ticks - date.offset_minutes * cs::ticks_per_minute, kind});
}

class XmlWriter {
 public:
  explicit XmlWriter(const ToXmlOptions& options) : options_(options) {}

  void root(const JsonText& value) {
    if (value.is_object() && value.count == 1 && value.first->is_object() && is_element(*value.first))
      return element(value.first->name, *value.first);
    if (!value.is_array()) return element(document_name, value);
    if (value.count == 0) return element(document_name, empty_object);
    out_.put("<Document>");
    for (const JsonText& item : value.items()) element(item_name, item);
    out_.put("</Document>");
  }
  BodyWriter& out() { return out_; }
  bool has_bad_character() const { return has_bad_character_; }

 private:
  static constexpr JsonText empty_object{.kind = JsonText::Kind::object};

  bool is_block(const JsonText& member) const {
    return !options_.attribute_block.empty() && member.name == options_.attribute_block && member.is_object();
  }
  // "xmlns" or "xmlns:p" → true and the prefix.
  bool is_declaration(std::string_view name, std::string_view& prefix) const {
    if (options_.prefix.empty() || !name.starts_with(options_.prefix)) return false;
    prefix = name.substr(options_.prefix.size());
    if (prefix.empty()) return true;
    if (prefix.front() != options_.separator || prefix.size() == 1) return false;
    prefix.remove_prefix(1);
    return true;
  }
  // Whether it becomes an element, not a part of the one around it.
  bool is_element(const JsonText& member) const {
    std::string_view prefix;
    const char first = member.name.empty() ? ' ' : member.name.front();
    const bool is_special =
        first == '@' || first == '?' || member.name == "#text" || member.name == "#cdata-section" || member.name == "!DOCTYPE";
    return !is_special && !is_block(member) && !(is_declaration(member.name, prefix) && !member.is_compound());
  }
  void element(std::string_view name, const JsonText& value) {
    const size_t scope = prefixes_.size();
    for (const JsonText& member : value.members()) note_prefix(member);
    const std::string tag = qualified(name);
    out_.put("<");
    out_.put(tag);
    if (value.is_null()) {
      out_.put(nil_attributes);
    } else {
      for (const JsonText& member : value.members()) attributes_of(member);
    }
    if (has_content(value)) {
      out_.put(">");
      content(name, value);
      out_.put("</");
      out_.put(tag);
      out_.put(">");
    } else {
      out_.put(" />");
    }
    prefixes_.resize(scope);
  }

  bool has_content(const JsonText& value) const {
    if (value.is_null() || value.is_array()) return value.count > 0;
    if (!value.is_object()) return true;
    for (const JsonText& member : value.members())
      if (member.name == "#text" || member.name == "#cdata-section" || is_element(member)) return true;
    return false;
  }

  void content(std::string_view name, const JsonText& value) {
    // A list in a list: its items have the name once more.
    for (const JsonText& item : value.items()) element(name, item);
    for (const JsonText& member : value.members()) {
      if (member.name == "#text") {
        texts(member);
      } else if (member.name == "#cdata-section") {
        cdata(scalar(member));
      } else if (is_element(member)) {
        elements(member.name, member);
      }
    }
    if (!value.is_compound()) escaped(scalar(value), false);
  }

  void elements(std::string_view name, const JsonText& value) {
    if (!value.is_array() || value.count == 0) return element(name, value.is_array() ? empty_object : value);
    for (const JsonText& item : value.items()) element(name, item);
  }

  void texts(const JsonText& value) {
    for (const JsonText& item : value.items()) escaped(scalar(item), false);
    if (!value.is_compound()) escaped(scalar(value), false);
  }

  void note_prefix(const JsonText& member) {
    std::string_view prefix;
    const bool is_attribute = member.name.starts_with("@xmlns:") || member.name.starts_with("@xmlns$");
    if (is_attribute) prefixes_.push_back(std::string_view(member.name).substr(7));
    if (is_declaration(member.name, prefix) && !member.is_compound()) prefixes_.push_back(prefix);
    if (!is_block(member)) return;
    for (const JsonText& inner : member.members())
      if (inner.name.starts_with("xmlns:")) prefixes_.push_back(std::string_view(inner.name).substr(6));
  }

  void attributes_of(const JsonText& member) {
    std::string_view prefix;
    if (is_block(member)) {
      for (const JsonText& inner : member.members()) attribute(attribute_name(inner.name), scalar(inner));
    } else if (member.name.starts_with('@') && member.name.size() > 1) {
      attribute(attribute_name(std::string_view(member.name).substr(1)), scalar(member));
    } else if (is_declaration(member.name, prefix) && !member.is_compound()) {
      attribute(prefix.empty() ? "xmlns" : "xmlns:" + encoded(prefix), scalar(member));
    }
  }

  // "xmlns", "xmlns:p" and "xmlns$p" declare; other names are as those of elements.
  std::string attribute_name(std::string_view name) const {
    if (name == "xmlns") return std::string(name);
    if (name.starts_with("xmlns:") || name.starts_with("xmlns$")) return "xmlns:" + encoded(name.substr(6));
    return qualified(name);
  }

  void attribute(const std::string& name, std::string_view value) {
    out_.put(" ");
    out_.put(name);
    out_.put("=\"");
    escaped(value, true);
    out_.put("\"");
  }

  // "p_n" is a qualified name where p is declared, and a plain one elsewhere.
  std::string qualified(std::string_view name) const {
    const size_t at = name.find(options_.separator);
    if (at == std::string_view::npos || at == 0 || at + 1 == name.size()) return encoded(name);
    const std::string_view prefix = name.substr(0, at);
    if (std::ranges::find(prefixes_, prefix) == prefixes_.end()) return encoded(name);
    return encoded(prefix) + ":" + encoded(name.substr(at + 1));
  }

  // XmlConvert.EncodeLocalName.
  static std::string encoded(std::string_view name) {
    std::string out;
    for (size_t at = 0; at < name.size();) {
      const XmlCharacter c = xml_character(name, at);
      const size_t size = std::max<size_t>(c.size, 1);
      const bool is_allowed = c.code != ':' && c.code <= 0xFFFF && (at == 0 ? is_xml_name_start(c.code) : is_xml_name_character(c.code));
      if (is_allowed && !(c.code == '_' && looks_encoded(name.substr(at)))) {
        out += name.substr(at, size);
      } else {
        append_code(c.code, out);
      }
      at += size;
    }
    return out.empty() ? "_" : out;
  }
  static bool looks_encoded(std::string_view text) {
    if (text.size() < 7 || text[1] != 'x' || text[6] != '_') return false;
    return std::all_of(text.begin() + 2, text.begin() + 6, [](char c) { return hex_value(c) >= 0; });
  }
  static void append_code(uint32_t code, std::string& out) {
    static constexpr char digits[] = "0123456789ABCDEF";
    out += "_x";
    for (int shift = code > 0xFFFF ? 28 : 12; shift >= 0; shift -= 4) out += digits[code >> shift & 15];
    out += '_';
  }

  // The text of a value that is neither object nor array; of those, their JSON. It lives until the next one.
  std::string_view scalar(const JsonText& value) {
    switch (value.kind) {
      case JsonText::Kind::null: return {};
      case JsonText::Kind::boolean: return value.is_true ? "True" : "False";
      case JsonText::Kind::number: return value.text;
      case JsonText::Kind::string:
        if (!options_.parses_dates) return value.text;
        scratch_ = date_text(value.text);
        return scratch_.empty() ? value.text : std::string_view(scratch_);
      case JsonText::Kind::array:
      case JsonText::Kind::object: break;
    }
    scratch_ = Json::parse(value.text, value.text.size())->text();
    return scratch_;
  }

  void cdata(std::string_view text) {
    check(text);
    out_.put("<![CDATA[");
    for (size_t end = text.find("]]>"); end != std::string_view::npos; end = text.find("]]>")) {
      out_.put(text.substr(0, end + 2));
      out_.put("]]><![CDATA[");
      text.remove_prefix(end + 2);
    }
    out_.put(text);
    out_.put("]]>");
  }

  void escaped(std::string_view text, bool is_attribute) {
    check(text);
    size_t done = 0;
    for (size_t at = 0; at < text.size(); ++at) {
      const std::string_view escape = escape_of(text[at], is_attribute);
      if (escape.empty()) continue;
      out_.put(text.substr(done, at - done));
      out_.put(escape);
      done = at + 1;
    }
    out_.put(text.substr(done));
  }
  static std::string_view escape_of(char c, bool is_attribute) {
    switch (c) {
      case '&': return "&amp;";
      case '<': return "&lt;";
      case '>': return "&gt;";
      case '"': return is_attribute ? "&quot;" : "";
      case '\n': return is_attribute ? "&#xA;" : "";
      case '\t': return is_attribute ? "&#x9;" : "";
      case '\r': return "&#xD;";
      default: return "";
    }
  }
  void check(std::string_view text) {
    for (size_t at = 0; at < text.size(); ++at) {
      const auto byte = static_cast<unsigned char>(text[at]);
      if (byte < 0x20 || byte == 0xEF) has_bad_character_ |= !is_xml_character(xml_character(text, at).code);
    }
  }

  const ToXmlOptions& options_;
  BodyWriter out_;
  std::vector<std::string_view> prefixes_;  // declared around the place
  std::string scratch_;
  bool has_bad_character_ = false;
};

class JsonToXml final : public Policy {
 public:
  explicit JsonToXml(PolicyReader& in)
      : apply_(WordValue::required(in, "apply", json_applications)),
        considers_accept_(in.optional_bool("consider-accept-header", true)),
        parses_dates_(in.optional_bool("parse-date", true)),
        separator_(in.optional_text("namespace-separator")),
        prefix_(in.optional_text("namespace-prefix")),
        attribute_block_(in.optional_text("attribute-block-name")),
        acts_on_response_(in.acts_on_response()) {
    const std::string* separator = separator_ ? separator_->literal() : nullptr;
    if (separator && !is_separator(*separator))
      in.error(DiagnosticCode::invalid_value, "'namespace-separator' must be one character, not '" + *separator + "'",
               in.at("namespace-separator"));
  }

  uint8_t needs() const override {
    uint8_t needs = apply_.needs() | considers_accept_.needs() | parses_dates_.needs() | body_need(acts_on_response_);
    for (const auto* text : {&separator_, &prefix_, &attribute_block_})
      if (*text) needs |= (*text)->needs();
    return needs;
  }

  Flow run(Context& context) const override {
    size_t application;
    bool considers_accept;
    ToXmlOptions options;
    std::string_view separator = "_";
    if (!apply_.get(context, application) || !considers_accept_.get(context, considers_accept)) return Flow::fail;
    if (!parses_dates_.get(context, options.parses_dates)) return Flow::fail;
    if (separator_ && !separator_->get(context, separator)) return Flow::fail;
    if (prefix_ && !prefix_->get(context, options.prefix)) return Flow::fail;
    if (attribute_block_ && !attribute_block_->get(context, options.attribute_block)) return Flow::fail;
    if (!is_separator(separator)) return refuse(context, "namespace-separator must be one character."), Flow::fail;
    options.separator = separator.front();

    const BodyTarget target = body_target(context, acts_on_response_);
    const std::string_view accepted = accepted_type(context, is_xml_type);
    const bool is_json = is_json_type(media_type(target.headers.get(HeaderId::content_type)));
    if (target.body.bytes.empty() || (application == 1 && !is_json) || (considers_accept && accepted.empty())) return Flow::next;
    return convert(context, target, options, equal_ignoring_case(accepted, "text/xml") ? accepted : "application/xml");
  }

 private:
  static bool is_separator(std::string_view text) { return text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80; }

  static void fail_reading(Context& context, std::string_view text) {
    const Result<Json> value = Json::parse(text, text.size());
    const Error error = value ? Error{} : value.error();
    const std::string place =
        error.at ? " Line " + std::to_string(error.at.line) + ", position " + std::to_string(error.at.column) + "." : "";
    fail_body(context, context.arena.concat("The body is no JSON: ", error.message, ".", place));
  }

  static Flow convert(Context& context, const BodyTarget& target, const ToXmlOptions& options, std::string_view type) {
    std::string_view text;
    if (!read_body_text(context, target, text)) return Flow::fail;
    const JsonText* const value = JsonText::read(text, context.arena);
    if (!value) return fail_reading(context, text), Flow::fail;
    XmlWriter writer(options);
    writer.root(*value);
    if (writer.has_bad_character())
      return fail_transformation(context, "The body holds a character that no XML document may contain."), Flow::fail;
    if (writer.out().is_too_large()) return fail_transformation(context, "The XML of the body is beyond the limit."), Flow::fail;
    target.headers.set(text_of(HeaderId::content_type), type);
    replace_body(context, target, writer.out().finish());
    context.tell(
        "JSON-to-XML policy was applied. Original Content-Length header was removed as its value was invalidated. "
        "Content-Type header was set to '",
        type, "'.");
    return Flow::next;
  }

  WordValue apply_;
  BoolValue considers_accept_;
  BoolValue parses_dates_;
  std::optional<TextValue> separator_;
  std::optional<TextValue> prefix_;
  std::optional<TextValue> attribute_block_;
  bool acts_on_response_;
};

}  // namespace

std::unique_ptr<Policy> read_json_to_xml(PolicyReader& in) { return std::make_unique<JsonToXml>(in); }

}  // namespace gatelet
