#include "expr/lexer.hpp"

#include <algorithm>
#include <charconv>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace gatelet::cs {

const String* Literals::add(std::u16string_view text) {
  const bool is_wide = std::any_of(text.begin(), text.end(), [](char16_t unit) { return unit >= 0x80; });
  const std::string narrow(is_wide ? std::u16string_view().begin() : text.begin(), is_wide ? std::u16string_view().end() : text.end());
  for (const String& known : strings)
    if (known.is_wide == is_wide && (is_wide ? known.wide() == text : known.ascii() == narrow)) return &known;
  const auto length = static_cast<uint32_t>(text.size());
  if (is_wide) return &strings.emplace_back(String{units.emplace_back(text).data(), length, true});
  return &strings.emplace_back(String{bytes.emplace_back(narrow).data(), length, false});
}

namespace {

class Lexer {
 public:
  Lexer(std::string_view text, Literals& literals, std::vector<Token>& out, SyntaxProblem& problem)
      : text_(text), literals_(literals), out_(out), problem_(problem) {}
  bool run();

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool refuse(size_t at, std::string message);
  bool skip_blanks();
  bool next();
  Token& push(TokenKind kind, size_t start);
  bool identifier(bool is_verbatim);
  bool number();
  bool integer(size_t start, std::string_view digits, int base);
  bool real(size_t start, std::string digits);
  bool character();
  bool string();
  bool verbatim_string();
  bool interpolated(bool is_verbatim);
  bool hole();
  bool hole_format();
  bool escape(std::u16string& out);
  bool plain(std::u16string& out);
  bool punctuation();

  std::string_view text_;
  size_t at_ = 0;
  Literals& literals_;
  std::vector<Token>& out_;
  SyntaxProblem& problem_;
  size_t nesting_ = 0;
};

}  // namespace

bool Lexer::refuse(size_t at, std::string message) {
  problem_ = {at, std::move(message)};
  return false;
}

Token& Lexer::push(TokenKind kind, size_t start) {
  Token& token = out_.emplace_back();
  token.kind = kind;
  token.at = static_cast<uint32_t>(start);
  token.end = static_cast<uint32_t>(at_);
  token.text = text_.substr(start, at_ - start);
  return token;
}

bool Lexer::run() {
  while (true) {
    if (!skip_blanks()) return false;
    if (at_ >= text_.size()) break;
    if (!next()) return false;
  }
  push(TokenKind::end, at_);
  return true;
}

// Unicode blanks too: a no-break space pasted from a page is one.
bool Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    const std::string_view rest = text_.substr(at_);
    if (is_space(rest[0]) || rest[0] == '\v' || rest[0] == '\f') {
      ++at_;
    } else if (rest.starts_with("\xC2\xA0")) {
      at_ += 2;
    } else if (rest.starts_with("\xEF\xBB\xBF")) {
      at_ += 3;
    } else if (rest.starts_with("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (rest.starts_with("/*")) {
      const size_t end = text_.find("*/", at_ + 2);
      if (end == std::string_view::npos) return refuse(at_, "End-of-file found, '*/' expected");
      at_ = end + 2;
    } else {
      break;
    }
  }
  return true;
}

static bool starts_word(char c) { return is_alpha(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80; }

bool Lexer::next() {
  const char c = peek();
  if (c == '$' && peek(1) == '"') return at_ += 2, interpolated(false);
  if ((c == '$' && peek(1) == '@' && peek(2) == '"') || (c == '@' && peek(1) == '$' && peek(2) == '"')) return at_ += 3, interpolated(true);
  if (c == '@' && peek(1) == '"') return verbatim_string();
  if (c == '@' && starts_word(peek(1))) return ++at_, identifier(true);
  if (starts_word(c)) return identifier(false);
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
  if (c == '"') return string();
  if (c == '\'') return character();
  return punctuation();
}

bool Lexer::identifier(bool is_verbatim) {
  const size_t start = at_;
  while (starts_word(peek()) || is_digit(peek())) {
    const size_t length = utf8_length(text_.substr(at_));
    if (length == 0) return refuse(at_, "Unexpected character");
    at_ += length;
  }
  push(TokenKind::identifier, start).is_verbatim = is_verbatim;
  return true;
}

bool Lexer::punctuation() {
  static constexpr std::string_view marks[] = {"<<=", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "++", "--", "+=",
                                               "-=",  "*=", "/=", "%=", "&=", "|=", "^=", "<<", "?.", "?[", "(",  ")",
                                               "[",   "]",  "{",  "}",  ".",  ",",  ";",  ":",  "?",  "+",  "-",  "*",
                                               "/",   "%",  "!",  "~",  "<",  ">",  "=",  "&",  "|",  "^"};
  for (std::string_view mark : marks) {
    if (!text_.substr(at_).starts_with(mark)) continue;
    if (mark == "?." && is_digit(peek(2))) continue;  // a ? .5 : b
    at_ += mark == "?[" ? 1 : mark.size();            // only the parser knows whether "?[" is one operator
    push(TokenKind::punctuation, at_ - (mark == "?[" ? 1 : mark.size()));
    return true;
  }
  const std::string unexpected(text_.substr(at_, std::max<size_t>(1, utf8_length(text_.substr(at_)))));
  return refuse(at_, "Unexpected character '" + unexpected + "'" + (unexpected == "$" ? "; an interpolated text is written $\"…\"" : ""));
}

bool Lexer::number() {
  const size_t start = at_;
  const char mark = to_lower(peek(1));
  const int base = peek() == '0' && mark == 'x' ? 16 : peek() == '0' && mark == 'b' ? 2 : 10;
  if (base != 10) at_ += 2;
  std::string digits;
  const auto take = [&](bool (*is_one)(char)) {
    while (is_one(peek()) || peek() == '_') {
      if (peek() != '_') digits += peek();
      ++at_;
    }
  };
  if (base == 16) return take([](char c) { return hex_value(c) >= 0; }), integer(start, digits, base);
  take(is_digit);
  if (base == 2) return integer(start, digits, base);
  bool is_real = false;
  if (peek() == '.' && is_digit(peek(1))) {
    is_real = true;
    digits += '.';
    ++at_;
    take(is_digit);
  }
  const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
  if (to_lower(peek()) == 'e' && is_digit(peek(1 + sign))) {
    is_real = true;
    digits += 'e';
    if (peek(1) == '-') digits += '-';
    at_ += 1 + sign;
    take(is_digit);
  }
  const char suffix = to_lower(peek());
  return is_real || suffix == 'f' || suffix == 'd' || suffix == 'm' ? real(start, digits) : integer(start, digits, base);
}

// Digits with a point and an exponent, exactly; false when they do not fit.
static bool read_decimal(std::string_view text, Decimal& out) {
  const size_t mark = text.find('e');
  int exponent = 0;
  if (mark != text.npos) std::from_chars(text.data() + mark + 1, text.data() + text.size(), exponent);
  const std::string_view number = text.substr(0, mark);
  const size_t point = number.find('.');
  int scale = (point == number.npos ? 0 : static_cast<int>(number.size() - point - 1)) - exponent;
  __extension__ unsigned __int128 value = 0;
  const auto push = [&value](unsigned digit) { return (value = value * 10 + digit) >> 96 == 0; };
  for (char c : number)
    if (c != '.' && !push(static_cast<unsigned>(c - '0'))) return false;
  for (; scale < 0 && value != 0; ++scale)
    if (!push(0)) return false;
  if (scale > 28) return false;
  out = {static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32), static_cast<uint32_t>(value >> 64),
         static_cast<uint8_t>(std::max(scale, 0)), false};
  return true;
}

bool Lexer::real(size_t start, std::string digits) {
  const char suffix = to_lower(peek());
  if (suffix == 'f' || suffix == 'd' || suffix == 'm') ++at_;
  if (starts_word(peek())) return refuse(at_, "Unexpected character '" + std::string(1, peek()) + "' after a number");
  if (suffix == 'm') {
    Decimal& value = literals_.decimals.emplace_back();
    if (!read_decimal(digits, value)) return refuse(start, "Decimal constant is outside the range of type 'decimal'");
    Token& token = push(TokenKind::number, start);
    token.type = &types::decimal;
    token.value = value_of_object(types::decimal, &value);
    return true;
  }
  double value = 0;
  if (digits[0] == '.') digits.insert(0, 1, '0');
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc::result_out_of_range &&
      digits.find("e-") == digits.npos)
    return refuse(start, "Floating-point constant is outside the range of type 'double'");
  Token& token = push(TokenKind::number, start);
  token.type = suffix == 'f' ? &types::single : &types::real;
  token.value = value_of_real(*token.type, suffix == 'f' ? static_cast<double>(static_cast<float>(value)) : value);
  return true;
}

bool Lexer::integer(size_t start, std::string_view digits, int base) {
  uint64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty()) return refuse(start, "Invalid number");
  if (read.ec != std::errc()) return refuse(start, "Integral constant is too large");
  bool is_unsigned = false, is_long = false;
  for (; to_lower(peek()) == 'u' || to_lower(peek()) == 'l'; ++at_) (to_lower(peek()) == 'u' ? is_unsigned : is_long) = true;
  if (starts_word(peek())) return refuse(at_, "Unexpected character '" + std::string(1, peek()) + "' after a number");
  Token& token = push(TokenKind::number, start);
  if (!is_unsigned && !is_long && value <= INT32_MAX)
    token.type = &types::int32;
  else if (!is_long && value <= UINT32_MAX)
    token.type = &types::uint32;
  else
    token.type = !is_unsigned && value <= INT64_MAX ? &types::int64 : &types::uint64;
  token.value = value_of_bits(*token.type, static_cast<int64_t>(value));
  return true;
}

// One character of a text as it stands, as UTF-16.
bool Lexer::plain(std::u16string& out) {
  const size_t length = utf8_length(text_.substr(at_));
  if (length == 0) return refuse(at_, "The text is not valid UTF-8");
  char32_t point = static_cast<unsigned char>(peek());
  if (length > 1) point &= 0xFFu >> (length + 1);
  for (size_t i = 1; i < length; ++i) point = point << 6 | (static_cast<unsigned char>(peek(i)) & 0x3Fu);
  at_ += length;
  if (point >= 0x10000) {
    out += static_cast<char16_t>(0xD7C0 + (point >> 10));
    out += static_cast<char16_t>(0xDC00 + (point & 0x3FF));
  } else {
    out += static_cast<char16_t>(point);
  }
  return true;
}

// After the backslash.
bool Lexer::escape(std::u16string& out) {
  static constexpr std::string_view names = "'\"\\0abfnrtv", meanings{"'\"\\\0\a\b\f\n\r\t\v", 11};
  const size_t start = at_ - 1;
  const char c = peek();
  ++at_;
  if (const size_t simple = names.find(c); c != '\0' && simple != names.npos) return out += static_cast<char16_t>(meanings[simple]), true;
  const size_t most = c == 'u' || c == 'x' ? 4 : c == 'U' ? 8 : 0;
  const size_t least = c == 'x' ? 1 : most;
  char32_t point = 0;
  size_t count = 0;
  for (; count < most && hex_value(peek()) >= 0; ++count, ++at_) point = point * 16 + static_cast<char32_t>(hex_value(peek()));
  if (most == 0 || count < least || point > 0x10FFFF) return refuse(start, "Unrecognized escape sequence");
  if (point >= 0x10000) {
    out += static_cast<char16_t>(0xD7C0 + (point >> 10));
    point = 0xDC00 + (point & 0x3FF);
  }
  out += static_cast<char16_t>(point);
  return true;
}

bool Lexer::character() {
  const size_t start = at_++;
  std::u16string units;
  if (peek() == '\'') return refuse(start, "Empty character literal");
  if (at_ >= text_.size() || peek() == '\n') return refuse(start, "Newline in constant");
  if (peek() == '\\' ? (++at_, !escape(units)) : !plain(units)) return false;
  if (peek() != '\'' || units.size() != 1) return refuse(start, "Too many characters in character literal; a text stands in double quotes");
  ++at_;
  Token& token = push(TokenKind::character, start);
  token.type = &types::character;
  token.value = cs::character(units[0]);
  return true;
}

bool Lexer::string() {
  const size_t start = at_++;
  std::u16string units;
  while (peek() != '"') {
    if (at_ >= text_.size() || peek() == '\n' || peek() == '\r') return refuse(start, "Newline in constant");
    if (peek() == '\\' ? (++at_, !escape(units)) : !plain(units)) return false;
  }
  ++at_;
  Token& token = push(TokenKind::string, start);
  token.type = &types::text;
  token.value = cs::text(literals_.add(units));
  return true;
}

bool Lexer::verbatim_string() {
  const size_t start = at_;
  at_ += 2;
  std::u16string units;
  while (peek() != '"' || peek(1) == '"') {
    if (at_ >= text_.size()) return refuse(start, "Unterminated string literal");
    if (peek() == '"') ++at_;
    if (!plain(units)) return false;
  }
  ++at_;
  Token& token = push(TokenKind::string, start);
  token.type = &types::text;
  token.value = cs::text(literals_.add(units));
  return true;
}

bool Lexer::interpolated(bool is_verbatim) {
  const size_t start = at_ - (is_verbatim ? 3 : 2);
  if (++nesting_ > expression_holes_max) return refuse(start, "Interpolated strings are nested too deep");
  push(TokenKind::interpolation_begin, start);
  std::u16string units;
  size_t text_start = at_;
  const auto flush = [&] {
    if (units.empty()) return;
    push(TokenKind::interpolation_text, text_start).value = cs::text(literals_.add(units));
    units.clear();
  };
  while (peek() != '"' || (is_verbatim && peek(1) == '"')) {
    if (at_ >= text_.size() || (!is_verbatim && peek() == '\n')) return refuse(start, "Unterminated interpolated string");
    if ((peek() == '{' || peek() == '}') && peek(1) == peek()) {
      units += static_cast<char16_t>(peek());
      at_ += 2;
    } else if (peek() == '}') {
      return refuse(at_, "A '}' character must be escaped (by doubling) in an interpolated string");
    } else if (peek() == '{') {
      flush();
      if (!hole()) return false;
      text_start = at_;
    } else if (peek() == '\\' && !is_verbatim) {
      ++at_;
      if (!escape(units)) return false;
    } else {
      if (peek() == '"') ++at_;
      if (!plain(units)) return false;
    }
  }
  flush();
  ++at_;
  --nesting_;
  push(TokenKind::interpolation_end, at_ - 1);
  return true;
}

bool Lexer::hole() {
  const size_t start = at_++;
  push(TokenKind::hole_open, start);
  size_t depth = 0;
  while (true) {
    if (!skip_blanks()) return false;
    if (at_ >= text_.size()) return refuse(start, "Unterminated interpolated string");
    const char c = peek();
    if (depth == 0 && c == ':' && peek(1) != ':' && !hole_format()) return false;
    if (depth == 0 && peek() == '}') break;
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && depth > 0) --depth;
    if (!next()) return false;
  }
  ++at_;
  push(TokenKind::hole_close, at_ - 1);
  return true;
}

// ":format" up to the "}" that ends the hole.
bool Lexer::hole_format() {
  const size_t start = ++at_;
  std::u16string units;
  while (peek() != '}') {
    if (at_ >= text_.size() || peek() == '"') return refuse(start, "Unterminated interpolated string");
    if (peek() == '\\' ? (++at_, !escape(units)) : !plain(units)) return false;
  }
  push(TokenKind::hole_format, start).value = cs::text(literals_.add(units));
  return true;
}

bool lex(std::string_view text, Literals& literals, std::vector<Token>& out, SyntaxProblem& problem) {
  return Lexer(text, literals, out, problem).run();
}

}  // namespace gatelet::cs
