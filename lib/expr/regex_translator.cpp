#include "expr/regex_translator.hpp"

#include <algorithm>
#include <map>

#include "base/limits.hpp"
#include "expr/regex_classes.hpp"
#include "expr/string.hpp"

namespace gatelet::cs {

static constexpr int32_t unlimited = INT32_MAX;
static constexpr int32_t repeat_max = 65535;  // PCRE2's
static constexpr int32_t marked_repeat = 8;   // fixed repetitions beyond are marked as well

std::string utf8_of(std::u16string_view units) { return utf8(String{units.data(), static_cast<uint32_t>(units.size()), true}); }

std::string regex_problem(std::u16string_view pattern, std::string_view problem) {
  return "parsing \"" + utf8_of(pattern) + "\" - " + std::string(problem);
}

const RegexGroup* RegexSyntax::find(int32_t number) const {
  const auto found =
      std::lower_bound(groups.begin(), groups.end(), number, [](const RegexGroup& group, int32_t wanted) { return group.number < wanted; });
  return found != groups.end() && found->number == number ? &*found : nullptr;
}

const RegexGroup* RegexSyntax::find(std::u16string_view name) const {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const RegexGroup& group) { return group.name == name; });
  return found != groups.end() ? &*found : nullptr;
}

bool RegexTranslator::fail(std::string problem) {
  if (out_.problem.empty()) out_.problem = std::move(problem);
  return false;
}

bool RegexTranslator::refuse(std::string problem) {
  if (out_.problem.empty()) out_.is_unsupported = true;
  return fail(std::move(problem));
}

RegexSyntax RegexTranslator::run() {
  if (!read_pattern()) return std::move(out_);
  number_groups();
  is_counting_ = false;
  read_pattern();
  return std::move(out_);
}

bool RegexTranslator::read_pattern() {
  options_ = given_options_;
  at_ = 0;
  capture_count_ = 0;
  was_quantified_ = false;
  out_.pattern.clear();
  bool is_marked = false;
  if (!read_alternatives(is_marked)) return false;
  return at_end() || fail("Too many )'s.");
}

void RegexTranslator::number_groups() {
  std::map<int32_t, RegexGroup> groups;
  std::map<std::u16string, std::vector<uint32_t>, std::less<>> named;
  std::vector<std::u16string> names;
  int32_t next = 1;
  for (uint32_t i = 0; i < occurrences_.size(); ++i) {
    const Occurrence& one = occurrences_[i];
    if (one.name.empty()) {
      groups[one.number ? one.number : next++].captures.push_back(i + 1);
      continue;
    }
    if (!named.contains(one.name)) names.push_back(one.name);
    named[one.name].push_back(i + 1);
  }
  groups[0].captures.push_back(0);
  for (auto& [number, group] : groups) {
    const std::string digits = std::to_string(number);
    group.name.assign(digits.begin(), digits.end());
  }
  for (const std::u16string& name : names) {
    while (groups.contains(next)) ++next;
    groups[next] = {next, name, named[name], false};
  }
  for (auto& [number, group] : groups) {
    group.number = number;
    out_.groups.push_back(std::move(group));
  }
}

void RegexTranslator::note(Occurrence occurrence) {
  ++capture_count_;
  if (is_counting_) occurrences_.push_back(std::move(occurrence));
}

// Alternatives up to a ')' or the end; each begins with a mark where there are several.
bool RegexTranslator::read_alternatives(bool& is_marked, size_t* count) {
  if (++depth_ > expression_depth_max) return refuse("groups nested too deeply");
  std::vector<size_t> starts;
  do {
    if (!starts.empty()) out_.pattern += u'|';
    starts.push_back(out_.pattern.size());
    if (!read_sequence()) return false;
  } while (accept('|'));
  --depth_;
  if (count) *count = starts.size();
  is_marked = !count && starts.size() > 1;
  if (is_marked)
    for (size_t i = starts.size(); i-- > 0;) out_.pattern.insert(starts[i], regex_mark);
  return true;
}

bool RegexTranslator::read_sequence() {
  was_quantified_ = false;
  for (;;) {
    if (!skip_blanks()) return false;
    if (at_end() || is_at('|') || is_at(')')) return true;
    const size_t start = out_.pattern.size();
    const uint32_t first_capture = capture_count_;
    const Atom atom = read_atom();
    if (atom == Atom::failed) return false;
    if (atom == Atom::none)
      was_quantified_ = false;
    else if (!read_quantifier(start, atom, first_capture))
      return false;
  }
}

// Comments, and white space where RegexOptions.IgnorePatternWhitespace holds.
bool RegexTranslator::skip_blanks() {
  for (;;) {
    if (has(regex_options::ignore_white_space) && !at_end() && (is_at(' ') || (peek() >= 9 && peek() <= 13))) {
      ++at_;
    } else if (has(regex_options::ignore_white_space) && is_at('#')) {
      at_ = std::min(text_.find(u'\n', at_), text_.size());
    } else if (is_at('(') && is_at('?', 1) && is_at('#', 2)) {
      at_ = text_.find(u')', at_);
      if (at_ == text_.npos) return at_ = text_.size(), fail("Unterminated (?#...) comment.");
      ++at_;
    } else {
      return true;
    }
  }
}

RegexTranslator::Atom RegexTranslator::read_atom() {
  if (begins_quantifier()) return fail_quantifier(), Atom::failed;
  const char16_t unit = text_[at_++];
  switch (unit) {
    case '(': return read_group();
    case '\\': return read_escape();
    case '[': return read_class(out_.pattern) ? Atom::unit : Atom::failed;
    case '^':
    case '$': out_.pattern += unit; return Atom::anchor;
    case '.': out_.pattern += unit; return Atom::unit;
    default: append_unit(out_.pattern, unit); return Atom::unit;
  }
}

bool RegexTranslator::begins_quantifier() const {
  if (is_at('*') || is_at('+') || is_at('?')) return true;
  if (!is_at('{')) return false;
  size_t at = at_ + 1;
  while (at < text_.size() && is_ascii_digit(text_[at])) ++at;
  if (at == at_ + 1 || at == text_.size()) return false;
  if (text_[at] == ',')
    for (++at; at < text_.size() && is_ascii_digit(text_[at]);) ++at;
  return at < text_.size() && text_[at] == '}';
}

bool RegexTranslator::fail_quantifier() {
  const char16_t unit = peek();
  return fail(was_quantified_ ? "Nested quantifier " + utf8_of({&unit, 1}) + "." : "Quantifier {x,y} following nothing.");
}

bool RegexTranslator::read_decimal(int32_t& out) {
  int64_t value = 0;
  for (; is_ascii_digit(peek()); ++at_) {
    value = value * 10 + (peek() - '0');
    if (value > INT32_MAX) return fail("Capture group numbers must be less than or equal to Int32.MaxValue.");
  }
  out = static_cast<int32_t>(value);
  return true;
}

std::u16string RegexTranslator::read_name() {
  const size_t start = at_;
  while (!at_end() && is_regex_word(peek())) ++at_;
  return std::u16string(text_.substr(start, at_ - start));
}

bool RegexTranslator::read_counts(int32_t& least, int32_t& most) {
  const char16_t unit = text_[at_++];
  least = unit == '+';
  most = unit == '?' ? 1 : unlimited;
  if (unit != '{') return true;
  if (!read_decimal(least)) return false;
  most = least;
  if (accept(',')) {
    most = unlimited;
    if (is_ascii_digit(peek()) && !read_decimal(most)) return false;
  }
  ++at_;
  if (least > most) return fail("Illegal {x,y} with x > y.");
  if (least > repeat_max || (most > repeat_max && most != unlimited))
    return refuse("more than " + std::to_string(repeat_max) + " repetitions");
  return true;
}

static std::u16string quantifier_text(int32_t least, int32_t most) {
  std::string text = "{" + std::to_string(least);
  if (most != least) text += "," + (most == unlimited ? std::string() : std::to_string(most));
  text += "}";
  return std::u16string(text.begin(), text.end());
}

// The atom that was written from `start` on, with what is said about its repetition.
bool RegexTranslator::read_quantifier(size_t start, Atom atom, uint32_t first_capture) {
  std::u16string& pattern = out_.pattern;
  const bool is_marked_group = has_marked_group_;
  const size_t content = content_start_;
  if (!skip_blanks()) return false;
  was_quantified_ = begins_quantifier();
  if (!was_quantified_) return true;
  int32_t least = 0, most = 0;
  if (!read_counts(least, most)) return false;
  if (atom == Atom::anchor) {
    pattern.insert(start, u"(?:");
    pattern += u')';
  }
  if (atom == Atom::group && most > 1 && !is_marked_group) pattern.insert(content, regex_mark);
  pattern += quantifier_text(least, most);
  if (!skip_blanks()) return false;
  if (accept('?')) pattern += u'?';
  if (least != most || most > marked_repeat) pattern += regex_mark;
  if (most > 1 && !is_counting_)
    for (RegexGroup& group : out_.groups)
      for (const uint32_t capture : group.captures) group.is_repeated |= capture > first_capture && capture <= capture_count_;
  return true;
}

// Groups

RegexTranslator::Atom RegexTranslator::read_group() {
  const int32_t outer_options = options_;
  const Atom atom = read_group_kind();
  if (atom == Atom::group) options_ = outer_options;
  return atom;
}

// Behind the text that opens the group in PCRE2's syntax.
RegexTranslator::Atom RegexTranslator::read_content(std::u16string_view open) {
  out_.pattern += open;
  const size_t content = out_.pattern.size();
  bool is_marked = false;
  if (!read_alternatives(is_marked)) return Atom::failed;
  if (!accept(')')) return fail("Not enough )'s."), Atom::failed;
  out_.pattern += u')';
  content_start_ = content;
  has_marked_group_ = is_marked;
  return Atom::group;
}

RegexTranslator::Atom RegexTranslator::read_group_kind() {
  if (!is_at('?') || is_at(')', 1)) {
    if (has(regex_options::explicit_capture)) return read_content(u"(?:");
    note({});
    return read_content(u"(");
  }
  ++at_;
  static constexpr std::pair<std::u16string_view, std::u16string_view> kinds[] = {{u":", u"(?:"}, {u"=", u"(?="},   {u"!", u"(?!"},
                                                                                  {u">", u"(?>"}, {u"<=", u"(?<="}, {u"<!", u"(?<!"}};
  for (const auto& [mark, open] : kinds)
    if (text_.substr(at_).starts_with(mark)) {
      at_ += mark.size();
      return read_content(open);
    }
  if (is_at('<') || is_at('\'')) {
    const char16_t close = text_[at_++] == '<' ? u'>' : u'\'';
    Occurrence occurrence;
    if (!read_group_name(close, occurrence)) return Atom::failed;
    note(std::move(occurrence));
    return read_content(u"(");
  }
  if (is_at('(')) return read_condition();
  return read_inline_options();
}

bool RegexTranslator::read_group_name(char16_t close, Occurrence& out) {
  static constexpr std::string_view invalid_name = "Invalid group name: Group names must begin with a word character.";
  if (at_end()) return fail("Unrecognized grouping construct.");
  if (is_ascii_digit(peek())) {
    if (!read_decimal(out.number)) return false;
    if (!at_end() && !is_at(close) && !is_at('-')) return fail(std::string(invalid_name));
    if (out.number == 0) return fail("Capture number cannot be zero.");
  } else if (is_regex_word(peek())) {
    out.name = read_name();
    if (!at_end() && !is_at(close) && !is_at('-')) return fail(std::string(invalid_name));
  } else if (!is_at('-')) {
    return fail(std::string(invalid_name));
  }
  if (is_at('-')) return refuse("balancing groups such as (?<close-open>…)");
  return accept(close) || fail("Unrecognized grouping construct.");
}

RegexTranslator::Atom RegexTranslator::read_inline_options() {
  std::u16string on, off;
  bool is_off = false;
  for (; !at_end(); ++at_) {
    const char16_t letter = lower_unit(peek());
    static constexpr std::pair<char16_t, int32_t> letters[] = {{'i', regex_options::ignore_case},
                                                               {'m', regex_options::multiline},
                                                               {'n', regex_options::explicit_capture},
                                                               {'s', regex_options::single_line},
                                                               {'x', regex_options::ignore_white_space}};
    const auto* found = std::find_if(std::begin(letters), std::end(letters), [&](const auto& one) { return one.first == letter; });
    if (letter == '-' || letter == '+') {
      is_off = letter == '-';
    } else if (found == std::end(letters)) {
      break;
    } else {
      options_ = is_off ? options_ & ~found->second : options_ | found->second;
      if (letter != 'n' && letter != 'x') (is_off ? off : on) += letter;
    }
  }
  std::u16string text = u"(?" + on;
  if (!off.empty()) text += u"-" + off;
  if (accept(')')) {
    if (text.size() > 2) out_.pattern += text + u")";
    return Atom::none;
  }
  if (accept(':')) return read_content(text + u":");
  return fail("Unrecognized grouping construct."), Atom::failed;
}

// (?(1)yes|no), (?(name)yes|no), (?(expression)yes|no).
RegexTranslator::Atom RegexTranslator::read_condition() {
  const size_t start = at_++;
  const RegexGroup* group = nullptr;
  bool is_reference = false;
  if (!read_condition_reference(group, is_reference)) return Atom::failed;
  out_.pattern += u"(?";
  if (is_reference) {
    if (group && group->number == 0) return refuse("a condition on the match itself"), Atom::failed;
    if (group && group->captures.size() > 1) return refuse("a condition on a group that occurs more than once"), Atom::failed;
    const std::string number = std::to_string(group ? group->captures[0] : 1);
    out_.pattern += u"(" + std::u16string(number.begin(), number.end()) + u")";
  } else {
    at_ = start + 1;
    if (!refuse_condition_group()) return Atom::failed;
    static constexpr std::u16string_view assertions[] = {u"?=", u"?!", u"?<=", u"?<!"};
    const auto starts = [&](std::u16string_view mark) { return text_.substr(at_).starts_with(mark); };
    const bool is_assertion = std::any_of(std::begin(assertions), std::end(assertions), starts);
    const bool is_plain = !is_at('?');
    if (!is_assertion) out_.pattern += u"(?=";
    if ((is_plain ? read_content(u"(?:") : read_group()) == Atom::failed) return Atom::failed;
    if (!is_assertion) out_.pattern += u')';
  }
  size_t count = 0;
  bool is_marked = false;
  if (!read_alternatives(is_marked, &count)) return Atom::failed;
  if (count > 2) return fail("Too many | in (?()|)."), Atom::failed;
  if (!accept(')')) return fail("Not enough )'s."), Atom::failed;
  out_.pattern += u')';
  has_marked_group_ = true;  // nothing may stand between the condition and what opens it
  return Atom::group;
}

bool RegexTranslator::read_condition_reference(const RegexGroup*& group, bool& is_reference) {
  if (is_ascii_digit(peek())) {
    int32_t number = 0;
    if (!read_decimal(number)) return false;
    const std::string name = "(?(" + std::to_string(number) + ") ) ";
    if (!accept(')')) return fail(name + "malformed.");
    group = out_.find(number);
    is_reference = true;
    return is_counting_ || group || fail(name + "reference to undefined group.");
  }
  const std::u16string name = read_name();
  if (name.empty() || !accept(')')) return true;
  group = out_.find(name);
  is_reference = group != nullptr;
  return true;
}

bool RegexTranslator::refuse_condition_group() {
  if (is_at('?') && is_at('#', 1)) return fail("Alternation conditions cannot be comments.");
  const bool is_named = is_at('?') && (is_at('\'', 1) || (is_at('<', 1) && !is_at('=', 2) && !is_at('!', 2)));
  return !is_named || fail("Alternation conditions do not capture and cannot be named.");
}

RegexSyntax translate_regex(std::u16string_view pattern, int32_t options) {
  if (options & regex_options::right_to_left) {
    RegexSyntax refused;
    refused.problem = "RegexOptions.RightToLeft";
    refused.is_unsupported = true;
    return refused;
  }
  return RegexTranslator(pattern, options).run();
}

}  // namespace gatelet::cs
