#include "base/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace gatelet {

namespace {

// Characters of strings that stand for themselves and are one byte.
constexpr auto plain_characters = [] {
  std::array<bool, 256> out{};
  for (int c = 0x20; c < 0x80; ++c) out[static_cast<size_t>(c)] = c != '"' && c != '\\';
  return out;
}();

class JsonTextReader {
 public:
  JsonTextReader(std::string_view text, Arena& arena) : at_(text.data()), end_(at_ + text.size()), arena_(arena) {}

  const JsonText* document() {
    skip_blanks();
    const JsonText* value = read_value(1);
    skip_blanks();
    return at_ == end_ ? value : nullptr;
  }

 private:
  char peek() const { return at_ < end_ ? *at_ : '\0'; }
  bool take(char c) { return peek() == c && (++at_, true); }
  void skip_blanks() {
    while (at_ < end_ && is_space(*at_)) ++at_;
  }
  bool take_word(std::string_view word) {
    if (static_cast<size_t>(end_ - at_) < word.size() || std::string_view(at_, word.size()) != word) return false;
    return at_ += word.size(), true;
  }

  JsonText* read_value(uint32_t depth) {
    if (++count_ > json_values_max) return nullptr;
    auto& value = *arena_.make<JsonText>();
    const char* const begin = at_;
    switch (peek()) {
      case '{':
      case '[':
        if (depth > json_depth_max || !read_children(value, depth)) return nullptr;
        break;
      case '"': value.kind = JsonText::Kind::string; return read_string(value.text) ? &value : nullptr;
      case 't':
      case 'f':
        value.kind = JsonText::Kind::boolean;
        value.is_true = *at_ == 't';
        if (!take_word(value.is_true ? "true" : "false")) return nullptr;
        break;
      case 'n':
        if (!take_word("null")) return nullptr;
        break;
      default:
        value.kind = JsonText::Kind::number;
        if (!read_number()) return nullptr;
    }
    value.text = {begin, static_cast<size_t>(at_ - begin)};
    return &value;
  }

  bool read_children(JsonText& parent, uint32_t depth) {
    parent.kind = *at_ == '{' ? JsonText::Kind::object : JsonText::Kind::array;
    const char close = parent.is_object() ? '}' : ']';
    ++at_;
    skip_blanks();
    if (take(close)) return true;
    const JsonText** place = &parent.first;
    for (;;) {
      std::string_view name;
      if (parent.is_object()) {
        if (peek() != '"' || !read_string(name)) return false;
        skip_blanks();
        if (!take(':')) return false;
        skip_blanks();
      }
      JsonText* const child = read_value(depth + 1);
      if (!child) return false;
      child->name = name;
      *place = child;
      place = &child->next;
      ++parent.count;
      skip_blanks();
      if (take(close)) return !parent.is_object() || are_names_unique(parent);
      if (!take(',')) return false;
      skip_blanks();
    }
  }

  static bool are_names_unique(const JsonText& object) {
    constexpr uint32_t few = 16;
    if (object.count <= few) {
      for (const JsonText* one = object.first; one; one = one->next)
        for (const JsonText* other = one->next; other; other = other->next)
          if (one->name == other->name) return false;
      return true;
    }
    std::vector<std::string_view> names;
    names.reserve(object.count);
    for (const JsonText& member : object.members()) names.push_back(member.name);
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) == names.end();
  }

  bool read_digits() {
    if (!is_digit(peek())) return false;
    while (is_digit(peek())) ++at_;
    return true;
  }

  bool read_number() {
    const char* const begin = at_;
    take('-');
    const bool begins_with_zero = peek() == '0';
    const char* const digits = at_;
    if (!read_digits() || (begins_with_zero && at_ - digits > 1)) return false;
    if (take('.') && !read_digits()) return false;
    bool has_exponent = false;
    if (to_lower(peek()) == 'e') {
      has_exponent = true;
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!read_digits()) return false;
    }
    constexpr ptrdiff_t always_fits = 300;  // digits of a double
    double value = 0;
    return (!has_exponent && at_ - begin < always_fits) || std::from_chars(begin, at_, value).ec == std::errc();
  }

  bool read_string(std::string_view& out) {
    const char* const begin = ++at_;
    bool has_escape = false;
    for (;;) {
      while (at_ < end_ && plain_characters[static_cast<unsigned char>(*at_)]) ++at_;
      if (at_ == end_ || static_cast<unsigned char>(*at_) < 0x20) return false;
      if (*at_ == '"') break;
      if (*at_ == '\\') {
        // What stands behind it is looked at when it is decoded.
        has_escape = true;
        if (++at_ == end_ || static_cast<unsigned char>(*at_) >= 0x80) return false;
        ++at_;
        continue;
      }
      const size_t length = utf8_length({at_, static_cast<size_t>(end_ - at_)});
      if (length == 0) return false;
      at_ += length;
    }
    out = {begin, static_cast<size_t>(at_++ - begin)};
    return !has_escape || decode(out);
  }

  bool decode(std::string_view& text) {
    const std::span<char> decoded = arena_.make_array<char>(text.size());
    size_t size = 0;
    for (size_t i = 0; i < text.size();) {
      if (text[i] != '\\') {
        decoded[size++] = text[i++];
        continue;
      }
      static constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
      const char letter = text[i + 1];
      i += 2;
      if (letter == 'u') {
        uint32_t code = unit_at(text, i);
        i += 4;
        if (code >= 0xD800 && code <= 0xDBFF && text.substr(std::min(i, text.size()), 2) == "\\u") {
          const uint32_t low = unit_at(text, i + 2);
          i += 6;
          code = low >= 0xDC00 && low <= 0xDFFF ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : bad_unit;
        } else if (code >= 0xD800 && code <= 0xDFFF) {
          return false;
        }
        if (code == 0 || code >= bad_unit) return false;
        size += write_utf8(code, &decoded[size]);
        continue;
      }
      const size_t which = letters.find(letter);
      if (which == std::string_view::npos) return false;
      decoded[size++] = meanings[which];
    }
    text = {decoded.data(), size};
    return true;
  }

  static constexpr uint32_t bad_unit = 0x110000;
  static uint32_t unit_at(std::string_view text, size_t at) {
    uint32_t unit = 0;
    for (size_t i = at; i < at + 4; ++i) {
      const int digit = i < text.size() ? hex_value(text[i]) : -1;
      if (digit < 0) return bad_unit;
      unit = unit * 16 + static_cast<uint32_t>(digit);
    }
    return unit;
  }
  // The escape was longer.
  static size_t write_utf8(uint32_t code, char* out) {
    if (code < 0x80) return out[0] = static_cast<char>(code), 1;
    const size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    constexpr unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; --i, code >>= 6) out[i] = static_cast<char>(0x80 | (code & 0x3F));
    out[0] = static_cast<char>(leads[size] | code);
    return size;
  }

  const char* at_;
  const char* end_;
  Arena& arena_;
  size_t count_ = 0;
};

}  // namespace

double JsonText::number() const {
  double value = 0;
  if (is_number()) std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

const JsonText* JsonText::find(std::string_view wanted) const {
  for (const JsonText& member : members())
    if (member.name == wanted) return &member;
  return nullptr;
}

const JsonText& JsonText::operator[](std::string_view wanted) const {
  static constexpr JsonText absent;
  const JsonText* member = find(wanted);
  return member ? *member : absent;
}

std::string JsonText::shown() const {
  if (is_null()) return {};
  if (!is_compound()) return std::string(text);
  const auto json = Json::parse(text, text.size());
  return json ? json->text() : std::string();
}

const JsonText* JsonText::read(std::string_view text, Arena& arena) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return JsonTextReader(text, arena).document();
}

}  // namespace gatelet
