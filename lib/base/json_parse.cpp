// Json::parse: a strict scan of the text finds every mistake with its place, then cJSON builds the values, then both are joined.
#include <cjson/cJSON.h>

#include <charconv>
#include <memory>
#include <new>

#include "base/json.hpp"
#include "base/json_node.hpp"
#include "base/text.hpp"

namespace gatelet {

namespace {

// What the scan learns, in document order.
struct JsonPlaces {
  struct Number {
    double value;
    size_t begin, size;  // in the text
  };
  std::vector<SourcePos> places;  // of every value and every name
  std::vector<Number> numbers;    // read here because cJSON reads them through the locale and a buffer of 63 bytes
};

// RFC 8259, nothing else; cJSON alone is laxer (numbers, control characters, UTF-8, depth).
class JsonScan {
 public:
  explicit JsonScan(std::string_view text) : text_(text) {}

  Result<Done> run() {
    skip_blanks();
    if (auto done = value(1); !done) return done;
    skip_blanks();
    if (at_ < text_.size()) return fail("the document ends before " + found() + "; a JSON text is one value, remove what follows it");
    return Done{};
  }

  JsonPlaces places;

 private:
  SourcePos place() const { return {line_, static_cast<uint32_t>(at_ - line_start_ + 1)}; }

  Error fail(std::string message, Code code = Code::config) const { return {code, std::move(message), place(), {}}; }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  // What stands here, for messages.
  std::string found() const {
    if (at_ >= text_.size()) return "the end of the text";
    const char c = text_[at_];
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return "a control character";
    const size_t length = utf8_length(text_.substr(at_));
    return length == 0 ? "a byte that is not UTF-8" : "'" + std::string(text_.substr(at_, length)) + "'";
  }

  void skip_blanks() {
    for (; at_ < text_.size() && is_space(text_[at_]); ++at_) {
      if (text_[at_] != '\n') continue;
      ++line_;
      line_start_ = at_ + 1;
    }
  }

  Result<Done> value(uint32_t depth) {
    if (places.places.size() >= json_values_max)
      return fail("more than " + std::to_string(json_values_max) + " values; split the document", Code::limit);
    places.places.push_back(place());
    switch (peek()) {
      case '{':
      case '[':
        if (depth > json_depth_max) return fail("nested deeper than " + std::to_string(json_depth_max) + " levels", Code::limit);
        return peek() == '{' ? object(depth) : array(depth);
      case '"': return string();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return is_digit(peek()) || peek() == '-' ? number() : fail(unexpected());
    }
  }

  std::string unexpected() const {
    const char c = peek();
    std::string message = "a value is expected, not " + found();
    if (c == '\'') message += "; strings stand in double quotes";
    if (c == '/' || c == '#') message += "; JSON has no comments";
    if (c == '+' || c == '.') message += "; a number begins with a digit or '-'";
    if (c == 'T' || c == 'F' || c == 'N') message += "; true, false and null are lower-case, NaN is no JSON number";
    return message;
  }

  Result<Done> word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return fail("an unknown word; only true, false and null stand without quotes");
    at_ += word.size();
    return Done{};
  }

  Result<Done> object(uint32_t depth) {
    ++at_;
    skip_blanks();
    if (peek() == '}') return ++at_, Done{};
    for (;;) {
      if (peek() != '"') return fail("a member name in double quotes is expected, not " + found());
      places.places.push_back(place());
      if (auto done = string(); !done) return done;
      skip_blanks();
      if (peek() != ':') return fail("':' is expected after a member name, not " + found());
      ++at_;
      skip_blanks();
      if (auto done = value(depth + 1); !done) return done;
      skip_blanks();
      if (peek() == '}') return ++at_, Done{};
      if (auto done = comma('}'); !done) return done;
    }
  }

  Result<Done> array(uint32_t depth) {
    ++at_;
    skip_blanks();
    if (peek() == ']') return ++at_, Done{};
    for (;;) {
      if (auto done = value(depth + 1); !done) return done;
      skip_blanks();
      if (peek() == ']') return ++at_, Done{};
      if (auto done = comma(']'); !done) return done;
    }
  }

  Result<Done> comma(char close) {
    if (peek() != ',') return fail(std::string("',' or '") + close + "' is expected, not " + found());
    const SourcePos comma_place = place();
    ++at_;
    skip_blanks();
    if (peek() == close) return Error{Code::config, std::string("a comma stands before '") + close + "'; remove it", comma_place, {}};
    return Done{};
  }

  Result<Done> number() {
    const size_t begin = at_;
    if (peek() == '-') ++at_;
    if (!is_digit(peek())) return fail("a digit is expected after '-', not " + found());
    if (peek() == '0' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))
      return fail("a number has no leading zeros; remove them or quote it");
    while (is_digit(peek())) ++at_;
    if (peek() == '.') {
      ++at_;
      if (auto done = digits("after '.'"); !done) return done;
    }
    if (to_lower(peek()) == 'e') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (auto done = digits("in an exponent"); !done) return done;
    }
    JsonPlaces::Number number{0, begin, at_ - begin};
    if (std::from_chars(text_.data() + begin, text_.data() + at_, number.value).ec != std::errc()) {
      at_ = begin;
      return fail("the number is outside the range of a double; quote it to make it a string");
    }
    places.numbers.push_back(number);
    return Done{};
  }

  Result<Done> digits(const char* where) {
    if (!is_digit(peek())) return fail(std::string("a digit is expected ") + where + ", not " + found());
    while (is_digit(peek())) ++at_;
    return Done{};
  }

  Result<Done> string() {
    const SourcePos begin = place();
    for (++at_;;) {
      if (at_ >= text_.size()) return Error{Code::config, "the string that begins here has no closing quote", begin, {}};
      const char c = text_[at_];
      if (c == '"') return ++at_, Done{};
      if (c == '\\') {
        if (auto done = escape(); !done) return done;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20)
        return fail("a control character stands in a string; write it as an escape such as \\n or \\t");
      const size_t length = utf8_length(text_.substr(at_));
      if (length == 0) return fail("a byte that is not UTF-8; save the file as UTF-8");
      at_ += length;
    }
  }

  Result<Done> escape() {
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (c == '\0' || std::string_view("\"\\/bfnrtu").find(c) == std::string_view::npos)
      return fail("an unknown escape; after '\\' stands one of \" \\ / b f n r t u");
    if (c != 'u') return at_ += 2, Done{};
    const int unit = hex_unit(at_ + 2);
    if (unit < 0) return fail("four hexadecimal digits are expected after \\u");
    if (unit == 0) return fail("\\u0000 is not allowed in a configuration; remove it");
    if (unit < 0xD800 || unit > 0xDFFF) return at_ += 6, Done{};
    const int next = text_.substr(std::min(at_ + 6, text_.size()), 2) == "\\u" ? hex_unit(at_ + 8) : -1;
    if (unit > 0xDBFF || next < 0xDC00 || next > 0xDFFF) return fail("half of a surrogate pair; write both halves or the character itself");
    return at_ += 12, Done{};
  }

  int hex_unit(size_t at) const {
    int unit = 0;
    for (size_t i = at; i < at + 4; ++i) {
      const int digit = i < text_.size() ? hex_value(text_[i]) : -1;
      if (digit < 0) return -1;
      unit = unit * 16 + digit;
    }
    return unit;
  }

  std::string_view text_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  size_t line_start_ = 0;
};

// Walks cJSON's tree, which has the order of the text, beside the places.
class JsonJoin {
 public:
  JsonJoin(std::string_view text, const JsonPlaces& places) : text_(text), places_(places) {}

  Result<Json> value(const cJSON* item) {
    const SourcePos at = places_.places[place_++];
    if (cJSON_IsString(item)) return JsonBuilder::make(at, std::string(item->valuestring));
    if (cJSON_IsBool(item)) return JsonBuilder::make(at, static_cast<bool>(cJSON_IsTrue(item)));
    if (cJSON_IsNumber(item)) {
      const JsonPlaces::Number& number = places_.numbers[number_++];
      return JsonBuilder::make(at, JsonNumber{number.value, std::string(text_.substr(number.begin, number.size))});
    }
    if (cJSON_IsObject(item)) return object(item, at);
    if (!cJSON_IsArray(item)) return JsonBuilder::null(at);
    std::vector<Json> items;
    for (const cJSON* child = item->child; child; child = child->next) {
      GATELET_TRY(made, value(child));
      items.push_back(std::move(made));
    }
    return JsonBuilder::make(at, std::move(items));
  }

 private:
  Result<Json> object(const cJSON* item, SourcePos at) {
    std::vector<Json::Member> members;
    for (const cJSON* child = item->child; child; child = child->next) {
      const SourcePos name_at = places_.places[place_++];
      GATELET_TRY(made, value(child));
      members.push_back({child->string, std::move(made), name_at});
    }
    const Json::Member* duplicate = nullptr;
    Json made = JsonBuilder::object(at, std::move(members), &duplicate);
    if (duplicate)
      return Error{Code::config, "the name '" + duplicate->name + "' stands twice in one object; remove one", duplicate->at, {}};
    return made;
  }

  std::string_view text_;
  const JsonPlaces& places_;
  size_t place_ = 0;
  size_t number_ = 0;
};

// cJSON would stop inside a long number; its value is known already, so any digits do.
std::string with_short_numbers(std::string_view text, const JsonPlaces& places) {
  std::string copy(text);
  for (const JsonPlaces::Number& number : places.numbers)
    if (number.size > 60) copy.replace(number.begin, number.size, number.size, ' '), copy[number.begin] = '0';
  return copy;
}

}  // namespace

Result<Json> Json::parse(std::string_view text, size_t bytes_max) {
  if (text.size() > bytes_max) return Error{Code::limit, "larger than " + std::to_string(bytes_max) + " bytes", {1, 1}, {}};
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return Error{Code::config, "the text is UTF-16; save the file as UTF-8", {1, 1}, {}};
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  JsonScan scan(text);
  if (auto done = scan.run(); !done) return std::move(done.error());
  const std::string readable = with_short_numbers(text, scan.places);
  const std::unique_ptr<cJSON, decltype(&cJSON_Delete)> tree(cJSON_ParseWithLength(readable.data(), readable.size()), cJSON_Delete);
  if (!tree) throw std::bad_alloc();  // the scan found no fault
  return JsonJoin(text, scan.places).value(tree.get());
}

}  // namespace gatelet
