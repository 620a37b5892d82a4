// What begins with '\\' or '[' in a pattern.
#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "expr/regex_classes.hpp"
#include "expr/regex_translator.hpp"
#include "expr/string.hpp"

namespace gatelet::cs {

static int hex_digit_of(char16_t unit) {
  if (is_ascii_digit(unit)) return unit - '0';
  const char16_t letter = unit | 0x20;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

bool is_regex_word(char16_t unit) { return unit == '_' || is_letter(unit) || is_digit_unit(unit); }

static bool read_hex(std::u16string_view text, size_t& at, size_t count, char16_t& out, std::string& problem) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i, ++at) {
    const int digit = at < text.size() ? hex_digit_of(text[at]) : -1;
    if (digit < 0) return problem = "Insufficient hexadecimal digits.", false;
    value = value << 4 | static_cast<uint32_t>(digit);
  }
  out = static_cast<char16_t>(value);
  return true;
}

static bool read_control(std::u16string_view text, size_t& at, char16_t& out, std::string& problem) {
  if (at == text.size()) return problem = "Missing control character.", false;
  char16_t unit = text[at++];
  if (unit >= 'a' && unit <= 'z') unit = static_cast<char16_t>(unit - 0x20);
  out = static_cast<char16_t>(unit - '@');
  if (out < 0x20) return true;
  return problem = "Unrecognized control character.", false;
}

static char16_t read_octal(std::u16string_view text, size_t& at, bool is_ecma) {
  uint32_t value = 0;
  for (size_t i = 0; i < 3 && at < text.size() && text[at] >= '0' && text[at] <= '7'; ++i, ++at) {
    value = value << 3 | static_cast<uint32_t>(text[at] - '0');
    if (is_ecma && value >= 0x20) return ++at, static_cast<char16_t>(value);
  }
  return static_cast<char16_t>(value & 0xFF);
}

bool read_regex_escape(std::u16string_view text, size_t& at, bool is_ecma, char16_t& out, std::string& problem) {
  static constexpr std::pair<char16_t, char16_t> escapes[] = {{'a', 7},    {'b', 8},    {'e', 0x1B}, {'f', 0x0C},
                                                              {'n', 0x0A}, {'r', 0x0D}, {'t', 9},    {'v', 0x0B}};
  if (at == text.size()) return problem = "Illegal \\ at end of pattern.", false;
  const char16_t unit = text[at];
  if (unit >= '0' && unit <= '7') return out = read_octal(text, at, is_ecma), true;
  ++at;
  if (unit == 'x') return read_hex(text, at, 2, out, problem);
  if (unit == 'u') return read_hex(text, at, 4, out, problem);
  if (unit == 'c') return read_control(text, at, out, problem);
  for (const auto& [letter, value] : escapes)
    if (letter == unit) return out = value, true;
  if (!is_ecma && is_regex_word(unit)) return problem = "Unrecognized escape sequence \\" + utf8_of({&unit, 1}) + ".", false;
  out = unit;
  return true;
}

RegexTranslator::Atom RegexTranslator::write_class(std::u16string_view items) {
  out_.pattern += u"[" + std::u16string(items) + u"]";
  return Atom::unit;
}

RegexTranslator::Atom RegexTranslator::boundary(bool is_negated) {
  const std::u16string items(regex_boundary_items(is_ecma()));
  const std::u16string behind = u"(?<=[" + items + u"])", not_behind = u"(?<![" + items + u"])";
  const std::u16string ahead = u"(?=[" + items + u"])", not_ahead = u"(?![" + items + u"])";
  out_.pattern += is_negated ? u"(?:" + behind + ahead + u"|" + not_behind + not_ahead + u")"
                             : u"(?:" + behind + not_ahead + u"|" + not_behind + ahead + u")";
  return Atom::anchor;
}

RegexTranslator::Atom RegexTranslator::read_escape() {
  if (at_end()) return fail("Illegal \\ at end of pattern."), Atom::failed;
  const char16_t unit = peek();
  switch (unit) {
    case 'b':
    case 'B': ++at_; return boundary(unit == 'B');
    case 'A':
    case 'G':
    case 'Z':
    case 'z':
      ++at_;
      out_.pattern += u'\\';
      out_.pattern += unit;
      return Atom::anchor;
    case 'w':
    case 'W':
    case 's':
    case 'S':
    case 'd':
    case 'D': ++at_; return write_class(regex_class_items(unit, is_ecma()));
    case 'p':
    case 'P': {
      ++at_;
      std::u16string items;
      return read_property(items, unit == 'P') ? write_class(items) : Atom::failed;
    }
    default: break;
  }
  if (unit == 'k' || ((unit == '<' || unit == '\'') && at_ + 1 < text_.size())) return read_named_reference();
  if (unit >= '1' && unit <= '9') {
    const size_t start = at_;
    int32_t number = 0;
    if (!read_decimal(number)) return Atom::failed;
    const RegexGroup* group = out_.find(number);
    // ECMAScript: the longest number that is a group's.
    while (is_ecma() && !group && at_ - 1 > start) group = out_.find(number /= 10), --at_;
    if (group || is_counting_) return refer(group, {});
    if (number <= 9 && !is_ecma()) return refer(nullptr, "Reference to undefined group number " + std::to_string(number) + ".");
    at_ = start;
  }
  char16_t literal = 0;
  std::string problem;
  if (!read_regex_escape(text_, at_, is_ecma(), literal, problem)) return fail(problem), Atom::failed;
  append_unit(out_.pattern, literal);
  return Atom::unit;
}

// \k<name>, \k'name' and the old \<name>; what only looks like the latter is a literal.
RegexTranslator::Atom RegexTranslator::read_named_reference() {
  const bool has_letter = accept('k');
  const size_t start = at_;
  const bool is_angled = is_at('<') || is_at('\'');
  if (!is_angled || at_ + 1 >= text_.size()) return fail("Malformed \\k<...> named back reference."), Atom::failed;
  const char16_t close = text_[at_++] == '<' ? u'>' : u'\'';
  if (is_ascii_digit(peek())) {
    int32_t number = 0;
    if (!read_decimal(number)) return Atom::failed;
    if (accept(close)) return refer(out_.find(number), "Reference to undefined group number " + std::to_string(number) + ".");
  } else if (is_regex_word(peek())) {
    const std::u16string name = read_name();
    if (accept(close)) return refer(out_.find(name), "Reference to undefined group name " + utf8_of(name) + ".");
  }
  at_ = start;
  if (has_letter) return fail("Unrecognized escape sequence \\k."), Atom::failed;
  append_unit(out_.pattern, text_[at_++]);
  return Atom::unit;
}

// Several groups of one name: the last one that captured, which PCRE2 finds because a group without a capture matches nothing.
RegexTranslator::Atom RegexTranslator::refer(const RegexGroup* group, const std::string& problem) {
  if (is_counting_) return Atom::unit;
  if (!group) return fail(problem), Atom::failed;
  if (group->number == 0) return refuse("a reference to the match itself"), Atom::failed;
  out_.pattern += u"(?:";
  for (size_t i = group->captures.size(); i-- > 0;) {
    const std::string number = std::to_string(group->captures[i]);
    out_.pattern += u"\\g{" + std::u16string(number.begin(), number.end()) + u"}";
    out_.pattern += regex_mark;
    if (i > 0) out_.pattern += u'|';
  }
  out_.pattern += u")";
  return Atom::unit;
}

bool RegexTranslator::read_property(std::u16string& items, bool is_negated) {
  static constexpr size_t shortest = 3;  // {L}
  if (text_.size() - at_ < shortest) return fail("Incomplete \\p{X} character escape.");
  if (!accept('{')) return fail("Malformed \\p{X} character escape.");
  const size_t start = at_;
  while (!at_end() && (is_regex_word(peek()) || is_at('-'))) ++at_;
  const std::string name = utf8_of(text_.substr(start, at_ - start));
  if (!accept('}')) return fail("Incomplete \\p{X} character escape.");
  return append_property(items, name, is_negated) || fail("Unknown property '" + name + "'.");
}

// One unit of a class, or a class in it; text_[at_] is its first character.
bool RegexTranslator::read_class_item(std::u16string& items, bool in_range, char16_t& unit, bool& is_class, bool& is_escaped) {
  unit = text_[at_++];
  if (unit != '\\' || at_end()) return true;
  const char16_t letter = peek();
  const std::u16string_view known = regex_class_items(letter, is_ecma());
  is_class = !known.empty() || letter == 'p' || letter == 'P';
  if (is_class) {
    if (in_range) return fail("Cannot include class \\" + utf8_of({&letter, 1}) + " in character range.");
    ++at_;
    items += known;
    return !known.empty() || read_property(items, letter == 'P');
  }
  is_escaped = true;
  if (accept('-')) return unit = '-', true;
  std::string problem;
  return read_regex_escape(text_, at_, is_ecma(), unit, problem) || fail(problem);
}

bool RegexTranslator::read_subtraction(std::u16string& out) {
  ++at_;
  if (!read_class(out)) return false;
  return at_end() || is_at(']') || fail("A subtraction must be the last element in a character class.");
}

// Behind the '['. Writes the class, as "not in the subtracted class, and in this one" where there is one.
bool RegexTranslator::read_class(std::u16string& out) {
  if (++depth_ > expression_depth_max) return refuse("classes nested too deeply");
  const bool is_negated = accept('^');
  std::u16string items, subtracted;
  int32_t range_from = -1;  // the first unit of a range that began
  for (bool is_first = true;; is_first = false) {
    if (at_end()) return fail("Unterminated [] set.");
    if (is_at(']') && !is_first) break;
    if (range_from >= 0 && is_at('[') && !is_first) {
      append_unit(items, static_cast<char16_t>(range_from));
      range_from = -1;
      if (!read_subtraction(subtracted)) return false;
      continue;
    }
    char16_t unit = 0;
    bool is_class = false, is_escaped = false;
    if (!read_class_item(items, range_from >= 0, unit, is_class, is_escaped)) return false;
    if (is_class) continue;
    if (range_from >= 0) {
      if (range_from > unit) return fail("[x-y] range in reverse order.");
      append_range(items, {static_cast<char16_t>(range_from), unit});
      range_from = -1;
    } else if (is_at('-') && at_ + 1 < text_.size() && !is_at(']', 1)) {
      range_from = unit;
      ++at_;
    } else if (unit == '-' && !is_escaped && is_at('[') && !is_first) {
      if (!read_subtraction(subtracted)) return false;
    } else {
      append_unit(items, unit);
    }
  }
  ++at_;
  --depth_;
  if (!subtracted.empty()) out += u"(?:(?!" + subtracted + u")";
  out += (is_negated ? u"[^" : u"[") + items + u"]";
  if (!subtracted.empty()) out += u")";
  return true;
}

}  // namespace gatelet::cs
