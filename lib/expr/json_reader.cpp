// Reads JSON as Newtonsoft's JsonTextReader does: with single quotes, names without quotes, comments, commas at the end, undefined, NaN,
// hexadecimal and octal integers, constructors; texts that look like ISO dates become dates. One pass over the units of the string; the
// strings of the tree are parts of it where nothing was escaped.
#include <array>
#include <charconv>
#include <limits>

#include "expr/dates.hpp"
#include "expr/json.hpp"
#include "expr/numbers.hpp"

namespace gatelet::cs {

namespace {

constexpr size_t integer_digits_max = 380;  // as in Json.NET: longer ones are refused
constexpr size_t quick_digits_max = 18;     // that fit a long whatever they are

std::string shown_unit(char16_t unit) { return utf8(String{&unit, 1, true}); }

bool is_number_unit(char16_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-' || c == '+' || c == '.' || c == 'x' ||
         c == 'X';
}

std::string_view root_name(JsonRoot root) { return root == JsonRoot::object ? "JObject" : root == JsonRoot::array ? "JArray" : "JToken"; }

// JsonToken's names, for messages.
std::string_view start_name(const JToken& token) {
  switch (token.kind) {
    case JKind::object: return "StartObject";
    case JKind::array: return "StartArray";
    case JKind::constructor: return "StartConstructor";
    case JKind::real: return "Float";
    default: return kind_name(token.kind);
  }
}

// /Date(milliseconds[±hhmm])/
bool parse_milliseconds_date(std::string_view text, DateTime& out) {
  if (!text.starts_with("/Date(") || !text.ends_with(")/")) return false;
  const std::string_view inner = text.substr(6, text.size() - 8);
  const size_t sign = inner.find_first_of("+-", 1);
  int64_t milliseconds = 0;
  const char* end = inner.data() + std::min(sign, inner.size());
  const auto read = std::from_chars(inner.data(), end, milliseconds);
  if (read.ec != std::errc() || read.ptr != end) return false;
  int64_t ticks = 0;
  if (__builtin_mul_overflow(milliseconds, ticks_per_millisecond, &ticks) || __builtin_add_overflow(ticks, unix_epoch_ticks, &ticks))
    return false;
  out = {ticks, sign == std::string_view::npos ? DateTimeKind::utc : DateTimeKind::local};
  return ticks >= 0 && ticks <= date_ticks_max;
}

bool parse_date_text(std::string_view text, DateTime& out) {
  if (text.empty()) return false;
  if (text[0] == '/') return parse_milliseconds_date(text, out);
  ParsedDate parsed;
  if (text.size() < 19 || text[10] != 'T' || !parse_iso_date(text, parsed)) return false;
  const bool is_utc = text.back() == 'Z' || text.back() == 'z';
  out.ticks = parsed.ticks - parsed.offset_minutes * ticks_per_minute;
  out.kind = is_utc ? DateTimeKind::utc : parsed.has_offset ? DateTimeKind::local : DateTimeKind::unspecified;
  return true;
}

template <class Unit>
class JsonReader {
 public:
  JsonReader(Evaluation& run, const String& text, bool reads_dates)
      : run_(run), text_(text), units_(static_cast<const Unit*>(text.data)), size_(text.length), reads_dates_(reads_dates) {}
  JToken* read(JsonRoot wanted);

 private:
  bool at_end() const { return at_ == size_; }
  char16_t peek(size_t ahead = 0) const { return at_ + ahead < size_ ? units_[at_ + ahead] : u'\0'; }
  bool skip_blanks();  // and comments
  void skip_white_space();
  bool skip_comment();
  bool step();
  bool step_after_value();
  bool step_in_object();
  bool read_name(const String*& name);
  bool read_value();
  bool read_word();
  bool read_word(std::string_view word, std::string_view problem, JKind kind, Value value);
  bool match(std::string_view word);
  bool is_separator() const;
  bool read_constructor();
  bool read_number();
  bool read_long_number(std::string_view digits);
  bool read_text(char16_t quote);
  const String* read_string(char16_t quote);
  bool read_escape(TextBuilder& out);
  bool read_hexadecimal(char16_t& unit);
  const String* part(size_t from, size_t to);
  bool enter(JKind kind, const String* name = nullptr);
  bool close(JKind kind);
  bool add(JToken* token);
  bool add_value(JKind kind, Value value) { return add(make_value(run_, kind, value)); }
  std::string path() const;
  bool fail(std::string_view message);
  bool fail_value(char16_t unit) { return fail("Unexpected character encountered while parsing value: " + shown_unit(unit) + "."); }
  bool fail_end();

  Evaluation& run_;
  const String& text_;
  const Unit* units_;
  size_t size_;
  bool reads_dates_;
  size_t at_ = 0;
  JToken* root_ = nullptr;
  JContainer* container_ = nullptr;  // that is open
  JProperty* property_ = nullptr;    // whose value comes next
  bool is_after_value_ = false;
  bool is_at_start_ = false;  // the root is open and nothing came yet
  uint32_t depth_ = 0;
  std::array<const JToken*, payload_json_depth_max + 1> last_{};  // of each open container the child that was read last
};

template <class Unit>
void JsonReader<Unit>::skip_white_space() {
  for (; at_ < size_; ++at_) {
    const Unit unit = units_[at_];
    const bool is_blank = unit == ' ' || unit == '\n' || unit == 0 || ((unit < ' ' || unit >= 0x80) && is_white_space(unit));
    if (!is_blank) return;
  }
}

template <class Unit>
bool JsonReader<Unit>::skip_blanks() {
  for (skip_white_space(); peek() == '/'; skip_white_space())
    if (!skip_comment()) return false;
  return true;
}

template <class Unit>
bool JsonReader<Unit>::skip_comment() {
  ++at_;
  if (at_ + 1 >= size_) return fail("Unexpected end while parsing comment.");
  const char16_t mark = peek();
  if (mark != '*' && mark != '/') return fail("Error parsing comment. Expected: *, got " + shown_unit(mark) + ".");
  for (++at_; at_ < size_; ++at_) {
    if (mark == '/' && (peek() == '\n' || peek() == '\r')) return true;
    if (mark == '*' && peek() == '*' && peek(1) == '/') return at_ += 2, true;
  }
  return mark == '/' || fail("Unexpected end while parsing comment.");
}

template <class Unit>
JToken* JsonReader<Unit>::read(JsonRoot wanted) {
  if (!run_.charge_text(size_) || !skip_blanks()) return nullptr;
  const std::string problem = "Error reading " + std::string(root_name(wanted)) + " from JsonReader.";
  if (at_end()) return fail(problem), nullptr;
  if (!read_value()) return nullptr;
  const JKind kind = wanted == JsonRoot::object ? JKind::object : JKind::array;
  if (wanted != JsonRoot::any && root_->kind != kind)
    return fail(problem + " Current JsonReader item is not an " + (kind == JKind::object ? "object: " : "array: ") +
                std::string(start_name(*root_))),
           nullptr;
  is_at_start_ = true;
  while (container_)
    if (!step()) return nullptr;
  if (!skip_blanks()) return nullptr;
  if (at_end()) return root_;
  fail("Additional text encountered after finished reading JSON content: " + shown_unit(peek()) + ".");
  return nullptr;
}

// One member, one item, one comma or one closing bracket.
template <class Unit>
bool JsonReader<Unit>::step() {
  if (!skip_blanks()) return false;
  if (at_end()) return fail_end();
  is_at_start_ = false;
  if (is_after_value_) return step_after_value();
  if (container_->kind == JKind::object) return step_in_object();
  return read_value();
}

template <class Unit>
bool JsonReader<Unit>::step_after_value() {
  switch (peek()) {
    case ',': is_after_value_ = false; return ++at_, true;
    case '}': return close(JKind::object);
    case ']': return close(JKind::array);
    case ')': return close(JKind::constructor);
    default: return fail("After parsing a value an unexpected character was encountered: " + shown_unit(peek()) + ".");
  }
}

template <class Unit>
bool JsonReader<Unit>::step_in_object() {
  if (peek() == '}') return close(JKind::object);
  const String* name = nullptr;
  if (!read_name(name)) return false;
  skip_white_space();
  if (peek() != ':') return fail("Invalid character after parsing property name. Expected ':' but got: " + shown_unit(peek()) + ".");
  ++at_;
  property_ = find_property(run_, *container_, *name);  // of two the last one counts, where the first one stands
  if (!property_) {
    property_ = make_property(run_, name, nullptr);
    if (run_.failed() || !append_new(run_, *container_, property_)) return false;
  }
  last_[depth_] = property_;
  if (!skip_blanks()) return false;
  return at_end() ? fail_end() : read_value();
}

bool is_name_unit(char16_t unit) { return is_letter(unit) || is_digit_unit(unit) || unit == '_' || unit == '$'; }

template <class Unit>
bool JsonReader<Unit>::read_name(const String*& name) {
  const char16_t first = peek();
  if (first == '"' || first == '\'') {
    ++at_;
    name = read_string(first);
    return !run_.failed();
  }
  if (!is_name_unit(first)) return fail("Invalid property identifier character: " + shown_unit(first) + ".");
  const size_t start = at_;
  while (at_ < size_ && is_name_unit(units_[at_])) ++at_;
  if (at_end()) return fail("Unexpected end while parsing unquoted property name.");
  if (peek() != ':' && peek() != 0 && !is_white_space(peek()))
    return fail("Invalid JavaScript property identifier character: " + shown_unit(peek()) + ".");
  name = part(start, at_);
  return !run_.failed();
}

template <class Unit>
bool JsonReader<Unit>::read_value() {
  if (!run_.charge(1)) return false;
  const char16_t unit = peek();
  switch (unit) {
    case '"':
    case '\'': return ++at_, read_text(unit);
    case '{': return ++at_, enter(JKind::object);
    case '[': return ++at_, enter(JKind::array);
    case ']': return close(JKind::array);
    case ')': return close(JKind::constructor);
    case ',': return add_value(JKind::undefined, {});  // the comma is read next
    case '-':
    case '.': return peek(1) == 'I' ? read_word() : read_number();
    default: return unit >= '0' && unit <= '9' ? read_number() : read_word();
  }
}

template <class Unit>
bool JsonReader<Unit>::read_word() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const char16_t unit = peek();
  switch (unit) {
    case 't': return read_word("true", "Error parsing boolean value.", JKind::boolean, boolean(true));
    case 'f': return read_word("false", "Error parsing boolean value.", JKind::boolean, boolean(false));
    case 'u': return read_word("undefined", "Error parsing undefined value.", JKind::undefined, {});
    case 'N': return read_word("NaN", "Error parsing NaN value.", JKind::real, real(std::numeric_limits<double>::quiet_NaN()));
    case 'I': return read_word("Infinity", "Error parsing Infinity value.", JKind::real, real(infinity));
    case '-': return read_word("-Infinity", "Error parsing -Infinity value.", JKind::real, real(-infinity));
    case 'n': break;
    default: return fail_value(unit);
  }
  if (peek(1) == 'u') return read_word("null", "Error parsing null value.", JKind::null, {});
  if (peek(1) == 'e') return read_constructor();
  if (at_ + 1 < size_) return fail_value(unit);
  ++at_;
  return fail("Unexpected end when reading JSON.");
}

// False: it is not the word, or the evaluation has failed.
template <class Unit>
bool JsonReader<Unit>::match(std::string_view word) {
  if (size_ - at_ < word.size()) return at_ = size_, fail("Unexpected end when reading JSON.");
  for (char c : word) {
    if (peek() != static_cast<unsigned char>(c)) return false;
    ++at_;
  }
  return at_end() || is_separator();
}

template <class Unit>
bool JsonReader<Unit>::read_word(std::string_view word, std::string_view problem, JKind kind, Value value) {
  if (match(word)) return add_value(kind, value);
  return !run_.failed() && fail(problem);
}

template <class Unit>
bool JsonReader<Unit>::is_separator() const {
  switch (peek()) {
    case '}':
    case ']':
    case ',':
    case 0: return true;
    case '/': return peek(1) == '*' || peek(1) == '/';
    case ')': return container_ && container_->kind == JKind::constructor;
    default: return is_white_space(peek());
  }
}

// new Date(1, 2)
template <class Unit>
bool JsonReader<Unit>::read_constructor() {
  if (!match("new")) return !run_.failed() && fail("Unexpected content while parsing JSON.");
  skip_white_space();
  const size_t start = at_;
  while (at_ < size_ && (is_letter(units_[at_]) || is_digit_unit(units_[at_]))) ++at_;
  const size_t end = at_;
  skip_white_space();
  if (at_end()) return fail("Unexpected end while parsing constructor.");
  if (peek() != '(') return fail("Unexpected character while parsing constructor: " + shown_unit(peek()) + ".");
  ++at_;
  return enter(JKind::constructor, part(start, end));
}

template <class Unit>
bool JsonReader<Unit>::read_number() {
  const size_t start = at_;
  const bool is_negative = peek() == '-';
  if (is_negative) ++at_;
  const size_t first_digit = at_;
  int64_t value = 0;
  for (; at_ < size_ && units_[at_] >= '0' && units_[at_] <= '9' && at_ - first_digit < quick_digits_max; ++at_)
    value = value * 10 + (units_[at_] - '0');
  const bool is_octal = at_ - start > 1 && units_[start] == '0';
  if (at_ > first_digit && !is_octal && !is_number_unit(peek())) {
    if (at_end() || is_separator() || peek() == ')' || peek() == '/') return add_value(JKind::integer, int64(is_negative ? -value : value));
  }
  while (at_ < size_ && is_number_unit(units_[at_])) ++at_;
  if (!at_end() && !is_separator() && peek() != ')' && peek() != '/')
    return fail("Unexpected character encountered while parsing number: " + shown_unit(peek()) + ".");
  std::string digits;
  for (size_t i = start; i < at_; ++i) digits += static_cast<char>(units_[i]);
  return read_long_number(digits);
}

bool has_only_digits(std::string_view digits) {
  if (digits.starts_with('-')) digits.remove_prefix(1);
  return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
}

template <class Unit>
bool JsonReader<Unit>::read_long_number(std::string_view digits) {
  const auto refuse = [&] { return fail("Input string '" + std::string(digits) + "' is not a valid number."); };
  const bool is_decimal = digits[0] != '0' || digits.size() == 1 || digits[1] == '.' || digits[1] == 'e' || digits[1] == 'E';
  int64_t integer = 0;
  if (!is_decimal) {
    const bool is_hexadecimal = (digits[1] | 0x20) == 'x';
    const String* text = copy_of(run_, is_hexadecimal ? digits.substr(2) : digits);
    const NumberFault fault = parse_integer_in_base(*text, types::int64, is_hexadecimal ? 16 : 8, integer);
    return !text->empty() && fault == NumberFault::none ? add_value(JKind::integer, int64(integer)) : refuse();
  }
  const char* end = digits.data() + digits.size();
  if (has_only_digits(digits)) {
    if (std::from_chars(digits.data(), end, integer).ec == std::errc()) return add_value(JKind::integer, int64(integer));
    if (digits.size() > integer_digits_max) return fail("JSON integer " + std::string(digits) + " is too large to parse.");
    return add_value(JKind::integer, value_of_object(big_integer_type, copy_of(run_, digits)));
  }
  double number = 0;
  const auto read = std::from_chars(digits.data(), end, number);
  if (read.ptr == end && read.ec == std::errc()) return add_value(JKind::real, real(number));
  if (read.ptr == end && read.ec == std::errc::result_out_of_range && parse_real(*copy_of(run_, digits), number) == NumberFault::none)
    return add_value(JKind::real, real(number));
  return refuse();
}

template <class Unit>
bool JsonReader<Unit>::read_text(char16_t quote) {
  const String* text = read_string(quote);
  if (run_.failed()) return false;
  DateTime date;
  const bool may_be_date = reads_dates_ && !text->is_wide && text->length >= 9 && text->length <= 40;
  if (may_be_date && (is_digit_unit((*text)[0]) || (*text)[0] == '/') && parse_date_text(text->ascii(), date))
    return add_value(JKind::date, date_time(date));
  return add_value(JKind::text, cs::text(text));
}

template <class Unit>
const String* JsonReader<Unit>::part(size_t from, size_t to) {
  if constexpr (sizeof(Unit) == 2) return substring(run_, text_, from, to - from);
  return from == to ? &empty_string : run_.make<String>(units_ + from, static_cast<uint32_t>(to - from), false);
}

// From behind the opening quote to behind the closing one.
template <class Unit>
const String* JsonReader<Unit>::read_string(char16_t quote) {
  size_t start = at_;
  while (at_ < size_ && units_[at_] != quote && units_[at_] != '\\') ++at_;
  if (peek() == quote && !at_end()) return part(start, at_++);
  TextBuilder out(run_);
  while (!at_end()) {
    out.append(text_, start, at_ - start);
    if (units_[at_++] == quote) return out.finish();
    if (at_end() || !read_escape(out)) break;
    start = at_;
    while (at_ < size_ && units_[at_] != quote && units_[at_] != '\\') ++at_;
  }
  if (!run_.failed()) fail("Unterminated string. Expected delimiter: " + shown_unit(quote) + ".");
  return &empty_string;
}

template <class Unit>
bool JsonReader<Unit>::read_escape(TextBuilder& out) {
  const char16_t unit = peek();
  ++at_;
  switch (unit) {
    case '"':
    case '\'':
    case '\\':
    case '/': out.append(unit); return true;
    case 'b': out.append(u'\b'); return true;
    case 'f': out.append(u'\f'); return true;
    case 'n': out.append(u'\n'); return true;
    case 'r': out.append(u'\r'); return true;
    case 't': out.append(u'\t'); return true;
    case 'u': break;
    default: return fail("Bad JSON escape sequence: \\" + shown_unit(unit) + ".");
  }
  char16_t written = 0;
  if (!read_hexadecimal(written)) return false;
  // A half of a pair that stands alone becomes U+FFFD.
  while ((written & 0xFC00) == 0xD800 && peek() == '\\' && peek(1) == 'u') {
    at_ += 2;
    char16_t next = 0;
    if (!read_hexadecimal(next)) return false;
    if ((next & 0xFC00) == 0xDC00) return out.append(written), out.append(next), true;
    out.append(u'\uFFFD');
    written = next;
  }
  out.append((written & 0xF800) == 0xD800 ? u'\uFFFD' : written);
  return true;
}

template <class Unit>
bool JsonReader<Unit>::read_hexadecimal(char16_t& unit) {
  if (size_ - at_ < 4) return at_ = size_, fail("Unexpected end while parsing Unicode escape sequence.");
  unit = 0;
  std::string digits;
  bool is_valid = true;
  for (size_t i = 0; i < 4; ++i) {
    const char16_t digit = peek(i);
    const char16_t letter = digit | 0x20;
    const int value = digit >= '0' && digit <= '9' ? digit - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
    is_valid &= value >= 0;
    digits += shown_unit(digit);
    unit = static_cast<char16_t>(unit << 4 | (value & 15));
  }
  if (!is_valid) return fail("Invalid Unicode escape sequence: \\u" + digits + ".");
  at_ += 4;
  return true;
}

template <class Unit>
bool JsonReader<Unit>::add(JToken* token) {
  if (run_.failed()) return false;
  is_after_value_ = true;
  if (property_) {
    property_->content = token;
    token->parent = property_;
    property_ = nullptr;
  } else if (container_) {
    if (!append_new(run_, *container_, token)) return false;
    last_[depth_] = token;
  } else {
    root_ = token;
  }
  return true;
}

template <class Unit>
bool JsonReader<Unit>::enter(JKind kind, const String* name) {
  JContainer* made = make_container(run_, kind);
  made->name = name;
  if (!add(made)) return false;
  container_ = made;
  is_after_value_ = false;
  if (++depth_ > run_.budget.json_depth) {
    last_[--depth_] = nullptr;
    return fail("The reader's MaxDepth of " + std::to_string(run_.budget.json_depth) + " has been exceeded.");
  }
  last_[depth_] = nullptr;
  return true;
}

template <class Unit>
bool JsonReader<Unit>::close(JKind kind) {
  static constexpr auto names = std::to_array<std::string_view>({"EndObject", "EndArray", "EndConstructor"});
  ++at_;
  const JToken* closed = container_;
  if (closed) {
    JToken* outer = container_->parent;
    if (outer && outer->kind == JKind::property) outer = outer->parent;
    container_ = outer ? &as_container(*outer) : nullptr;
    --depth_;
  }
  is_after_value_ = true;
  if (closed && closed->kind == kind) return true;
  return fail("JsonToken " + std::string(names[static_cast<size_t>(kind) - 1]) + " is not valid for closing JsonType " +
              std::string(closed ? kind_name(closed->kind) : "None") + ".");
}

template <class Unit>
std::string JsonReader<Unit>::path() const {
  if (!container_) return {};
  std::string text = token_path(*container_);
  const JToken* last = last_[depth_];
  if (!last) return text;
  if (last->kind == JKind::property)
    append_path_name(text, *as_property(*last).name);
  else
    text += "[" + std::to_string(last->index) + "]";
  return text;
}

template <class Unit>
bool JsonReader<Unit>::fail_end() {
  const std::string name = "J" + std::string(kind_name(root_->kind));
  return is_at_start_ ? fail("Error reading " + name + " from JsonReader.") : fail("Unexpected end of content while loading " + name + ".");
}

template <class Unit>
bool JsonReader<Unit>::fail(std::string_view message) {
  size_t line = 1, start = 0;
  for (size_t i = 0; i < at_ && i < size_; ++i) {
    const bool is_end = units_[i] == '\n' || (units_[i] == '\r' && (i + 1 == size_ || units_[i + 1] != '\n'));
    if (!is_end) continue;
    ++line;
    start = i + 1;
  }
  if (!root_ && at_ == start) line = 0;  // nothing was read
  run_.fail(types::json_reader_exception, std::string(message) + (message.ends_with('.') ? "" : ".") + " Path '" + path() + "', line " +
                                              std::to_string(line) + ", position " + std::to_string(at_ - start) + ".");
  return false;
}

}  // namespace

JToken* read_json(Evaluation& run, const String& text, JsonRoot wanted, bool reads_dates) {
  reads_dates = reads_dates && run.budget.reads_json_dates;
  if (text.is_wide) return JsonReader<char16_t>(run, text, reads_dates).read(wanted);
  return JsonReader<unsigned char>(run, text, reads_dates).read(wanted);
}

}  // namespace gatelet::cs
