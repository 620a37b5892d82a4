#include <algorithm>
#include <charconv>

#include "expr/json_path.hpp"

namespace gatelet::cs {

static constexpr std::string_view open_indexer = "Path ended with open indexer.";
static constexpr std::string_view open_query = "Path ended with open query.";
static constexpr std::string_view bad_indexer = "Unexpected character while parsing path indexer: ";
static constexpr std::string_view bad_query = "Unexpected character while parsing path query: ";

bool PathReader::refuse(std::string_view problem) {
  if (problem_.empty()) problem_ = problem;
  return false;
}

bool PathReader::refuse_unit(std::string_view problem) {
  const char16_t unit = peek();
  return refuse(std::string(problem) + utf8(String{&unit, 1, true}));
}

String PathReader::kept(std::u16string_view units) {
  const bool is_narrow = std::all_of(units.begin(), units.end(), [](char16_t unit) { return unit < 0x80; });
  if (!is_narrow) return {out_.wide.emplace_back(units).data(), static_cast<uint32_t>(units.size()), true};
  return {out_.narrow.emplace_back(units.begin(), units.end()).data(), static_cast<uint32_t>(units.size()), false};
}

void PathReader::skip_blanks() {
  while (at_ < text_.size() && text_[at_] == ' ') ++at_;
}

bool PathReader::accept(std::u16string_view token) {
  if (!std::u16string_view(text_).substr(at_).starts_with(token)) return false;
  at_ += token.size();
  return true;
}

bool PathReader::read() {
  if (text_.empty()) return true;
  skip_blanks();
  size_t start = 0;
  if (peek() == '$') {
    if (text_.size() == 1) return true;
    // Anything but "$." and "$[" is a name that begins with $.
    if (at_ + 1 < text_.size() && (text_[at_ + 1] == '.' || text_[at_ + 1] == '[')) start = ++at_;
  }
  bool is_whole = false;
  if (!read_steps(out_.steps, start, false, is_whole)) return false;
  if (is_whole) return true;
  const size_t last = at_;
  skip_blanks();
  if (at_ == text_.size()) return true;
  at_ = last;
  return refuse_unit("Unexpected character while parsing path: ");
}

void PathReader::add_step(std::vector<PathStep>& steps, size_t start, bool is_scan) {
  std::u16string_view name = std::u16string_view(text_).substr(start, at_ - start);
  while (name.ends_with(u' ')) name.remove_suffix(1);
  PathStep& step = steps.emplace_back();
  step.kind = is_scan ? PathStep::Kind::scan : PathStep::Kind::fields;
  if (name != u"*") step.names.push_back(kept(name));
}

// Names and brackets, up to what cannot belong to a path; `is_whole`: that was the end of the text.
bool PathReader::read_steps(std::vector<PathStep>& steps, size_t start, bool is_query, bool& is_whole) {
  bool is_scan = false, is_behind_brackets = false, is_behind_dot = false, is_ended = false;
  while (at_ < text_.size() && !is_ended) {
    const char16_t unit = text_[at_];
    switch (unit) {
      case '[':
      case '(':
        if (at_ > start) {
          add_step(steps, start, is_scan);
          is_scan = false;
        }
        if (!read_brackets(steps, is_scan)) return false;
        is_scan = false;
        start = ++at_;
        is_behind_brackets = true;
        is_behind_dot = false;
        break;
      case ']':
      case ')':
      case ' ': is_ended = true; break;
      case '.':
        if (at_ > start) {
          add_step(steps, start, is_scan);
          is_scan = false;
        }
        if (accept(u"..")) {
          is_scan = true;
        } else {
          ++at_;
        }
        start = at_;
        is_behind_brackets = false;
        is_behind_dot = true;
        break;
      default:
        if (is_query && std::u16string_view(u"=<>!|&").find(unit) != npos) {
          is_ended = true;
        } else {
          if (is_behind_brackets) return refuse_unit("Unexpected character following indexer: ");
          ++at_;
        }
    }
  }
  is_whole = at_ == text_.size();
  if (at_ > start)
    add_step(steps, start, is_scan);
  else if (is_behind_dot && (is_whole || is_query))
    return refuse("Unexpected end while parsing path.");
  return true;
}

// Ends at the closing bracket.
bool PathReader::read_brackets(std::vector<PathStep>& steps, bool is_scan) {
  const char16_t close = text_[at_++] == '[' ? ']' : ')';
  if (!more(open_indexer)) return false;
  skip_blanks();
  PathStep step;
  if (peek() == '\'') {
    step.kind = is_scan ? PathStep::Kind::scan : PathStep::Kind::fields;
    if (!read_names(step, close)) return false;
  } else if (peek() == '?') {
    step.kind = PathStep::Kind::query;
    step.is_scan = is_scan;
    if (!read_query(step, close)) return false;
  } else if (!read_items(step, close)) {
    return false;
  }
  steps.push_back(std::move(step));
  return true;
}

bool PathReader::read_quoted(String& text) {
  std::u16string units;
  for (++at_; at_ < text_.size(); ++at_) {
    const char16_t unit = text_[at_];
    if (unit == '\'') {
      ++at_;
      text = kept(units);
      return true;
    }
    if (unit != '\\' || at_ + 1 == text_.size()) {
      units += unit;
      continue;
    }
    static constexpr std::u16string_view letters = u"bfnrt\\'\"/", plain = u"\b\f\n\r\t\\'\"/";
    const size_t escape = letters.find(text_[++at_]);
    if (escape == npos) return refuse("Unknown escape character: \\" + utf8(String{&text_[at_], 1, true}));
    units += plain[escape];
  }
  return refuse("Path ended with an open string.");
}

bool PathReader::read_names(PathStep& step, char16_t close) {
  while (at_ < text_.size()) {
    if (peek() != '\'') return refuse_unit(bad_indexer);
    if (!read_quoted(step.names.emplace_back())) return false;
    skip_blanks();
    if (!more(open_indexer)) return false;
    if (peek() == close) return true;
    if (!accept(u",")) return refuse_unit(bad_indexer);
    skip_blanks();
  }
  return refuse(open_indexer);
}

bool PathReader::read_index(std::optional<int32_t>& index) {
  std::string digits;
  while (at_ < text_.size() && (text_[at_] == '-' || (text_[at_] >= '0' && text_[at_] <= '9'))) digits += static_cast<char>(text_[at_++]);
  skip_blanks();
  if (digits.empty()) return true;
  int32_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end) return refuse("Input string was not in a correct format.");
  index = value;
  return true;
}

// 1 · 1,2 · * · 1:2:3
bool PathReader::read_items(PathStep& step, char16_t close) {
  step.kind = PathStep::Kind::items;
  if (accept(u"*")) {
    skip_blanks();
    if (!more(open_indexer)) return false;
    return peek() == close || refuse_unit(bad_indexer);
  }
  while (at_ < text_.size()) {
    std::optional<int32_t> index;
    if (!read_index(index) || !more(open_indexer)) return false;
    if (peek() == ':' && step.indexes.empty()) return read_slice(step, close, index);
    if (peek() != close && peek() != ',') return refuse_unit(bad_indexer);
    if (!index) return refuse("Array index expected.");
    step.indexes.push_back(*index);
    if (peek() == close) return true;
    ++at_;
    skip_blanks();
  }
  return refuse(open_indexer);
}

bool PathReader::read_slice(PathStep& step, char16_t close, std::optional<int32_t> first) {
  step.kind = PathStep::Kind::slice;
  step.start = first;
  std::optional<int32_t>* const parts[] = {&step.end, &step.step};
  for (std::optional<int32_t>* part : parts) {
    if (!accept(u":")) break;
    skip_blanks();
    if (!read_index(*part) || !more(open_indexer)) return false;
  }
  return peek() == close || refuse_unit(bad_indexer);
}

bool PathReader::read_query(PathStep& step, char16_t close) {
  ++at_;
  if (!more(open_indexer)) return false;
  if (!accept(u"(")) return refuse_unit(bad_indexer);
  if (++depth_ > payload_json_depth_max) return refuse("The path has too many queries in one another.");
  auto query = std::make_shared<PathQuery>();
  if (!read_tests(*query)) return false;
  --depth_;
  step.query = std::move(query);
  ++at_;
  if (!more(open_indexer)) return false;
  skip_blanks();
  return peek() == close || refuse_unit(bad_indexer);
}

// Ends at the closing parenthesis.
bool PathReader::read_tests(PathQuery& query) {
  while (at_ < text_.size()) {
    PathTest& test = query.tests.emplace_back();
    if (!read_operand(test.left)) return false;
    const bool has_operator = peek() != ')' && peek() != '|' && peek() != '&';
    if (has_operator && !read_operator(test.op)) return false;
    if (has_operator && !(test.op == PathOperator::matches ? read_pattern(test) : read_operand(test.right))) return false;
    if (peek() == ')') return true;
    test.is_and = accept(u"&&");
    if (!test.is_and && !accept(u"||")) return refuse_unit(bad_query);
  }
  return refuse(open_query);
}

// /pattern/ims, where \\/ stands for a slash.
bool PathReader::read_pattern(PathTest& test) {
  skip_blanks();
  if (!accept(u"/")) return refuse_unit(bad_query);
  const size_t start = at_;
  while (at_ < text_.size() && text_[at_] != '/') at_ += text_[at_] == '\\' ? 2 : 1;
  if (at_ >= text_.size()) return refuse("Path ended with an open regex.");
  const std::u16string_view pattern = std::u16string_view(text_).substr(start, at_++ - start);
  static constexpr std::pair<char16_t, int32_t> letters[] = {{'i', 1}, {'m', 2}, {'x', 4}, {'s', 16}};  // RegexOptions
  int32_t options = 0;
  for (; at_ < text_.size() && is_letter(text_[at_]); ++at_)
    for (const auto& [letter, option] : letters)
      if (text_[at_] == letter) options |= option;
  test.pattern = RegexProgram::compile(pattern, options);
  if (!test.pattern->problem().empty()) return refuse(test.pattern->problem());
  skip_blanks();
  return more(open_query);
}

bool PathReader::read_operand(PathOperand& operand) {
  skip_blanks();
  const char16_t unit = peek();
  if (unit == '@' || unit == '$') {
    operand.is_path = true;
    if (unit == '$') operand.path.emplace_back().kind = PathStep::Kind::root;
    bool is_whole = false;
    ++at_;
    if (!read_steps(operand.path, at_, true, is_whole)) return false;
    if (is_whole) return refuse(open_query);
  } else {
    Value value;
    JKind kind = JKind::null;
    if (!read_literal(value, kind)) return false;
    operand.value = JValue{JToken{kind, 0, nullptr}, value};
  }
  skip_blanks();
  return more(open_query);
}

bool PathReader::read_operator(PathOperator& op) {
  static constexpr std::pair<std::u16string_view, PathOperator> operators[] = {{u"=~", PathOperator::matches},
                                                                               {u"===", PathOperator::strictly_equal},
                                                                               {u"==", PathOperator::equal},
                                                                               {u"=", PathOperator::equal},
                                                                               {u"!==", PathOperator::not_strictly_equal},
                                                                               {u"!=", PathOperator::not_equal},
                                                                               {u"<>", PathOperator::not_equal},
                                                                               {u"<=", PathOperator::less_equal},
                                                                               {u"<", PathOperator::less},
                                                                               {u">=", PathOperator::greater_equal},
                                                                               {u">", PathOperator::greater}};
  for (const auto& [token, known] : operators)
    if (accept(token)) return op = known, true;
  return refuse("Could not read query operator.");
}

bool PathReader::read_literal(Value& value, JKind& kind) {
  const char16_t unit = peek();
  if (unit == '\'') {
    String text;
    if (!read_quoted(text)) return false;
    kind = JKind::text;
    value = cs::text(&out_.strings.emplace_back(text));
    return true;
  }
  if ((unit >= '0' && unit <= '9') || unit == '-') return read_number(value, kind);
  kind = JKind::boolean;
  if (accept(u"true")) return value = boolean(true), true;
  if (accept(u"false")) return value = boolean(false), true;
  kind = JKind::null;
  return accept(u"null") || refuse_unit(bad_query);
}

bool PathReader::read_number(Value& value, JKind& kind) {
  std::string digits;
  for (; at_ < text_.size() && std::u16string_view(u" )&|").find(text_[at_]) == npos; ++at_)
    digits += static_cast<char>(text_[at_] < 0x80 ? text_[at_] : u'?');
  const char* end = digits.data() + digits.size();
  const bool is_real = digits.find_first_of(".eE") != std::string::npos;
  double number = 0;
  int64_t integer = 0;
  const auto read = is_real ? std::from_chars(digits.data(), end, number) : std::from_chars(digits.data(), end, integer);
  if (read.ec != std::errc() || read.ptr != end) return refuse("Could not read query value.");
  kind = is_real ? JKind::real : JKind::integer;
  value = is_real ? real(number) : int64(integer);
  return true;
}

}  // namespace gatelet::cs
