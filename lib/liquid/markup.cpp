#include "liquid/markup.hpp"

#include <charconv>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "expr/numbers.hpp"
#include "expr/scratch.hpp"

namespace gatelet::liquid {

struct Names::Memory {
  explicit Memory(Arena& arena) : scratch(arena) {}
  cs::Scratch scratch;
};

Names::Names(Arena& arena, Naming convention) : naming(convention), memory_(std::make_unique<Memory>(arena)) {}
Names::~Names() = default;

const cs::String* Names::text(std::string_view bytes) { return cs::copy_of(memory_->scratch.run, bytes); }

Slot Names::slot(std::string_view name) {
  const auto [found, is_new] = slots_.try_emplace(std::string(name), static_cast<Slot>(names_.size()));
  if (is_new) names_.push_back(text(name));
  return found->second;
}

bool Names::has(std::string_view name) const {
  for (const auto& [known, slot] : slots_)
    if (gatelet::equal_ignoring_case(known, name)) return true;
  return false;
}

Value Names::decimal(std::string_view digits) {
  cs::Decimal value;
  if (cs::parse_decimal(*text(digits), value) == cs::NumberFault::none)
    return object(Kind::decimal, memory_->scratch.run.make<cs::Decimal>(value));
  double number = 0;
  cs::parse_real(*text(digits), number);
  return real(number);
}

namespace markup_rows {

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool is_name_character(char c) {
  return is_alpha(c) || is_digit(c) || c == '_' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
}
static std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

struct Word {
  std::string_view text;
  Operator operation;
};
constexpr Word signs[] = {{"==", Operator::equal},    {"!=", Operator::not_equal}, {"<>", Operator::not_equal}, {"<=", Operator::at_most},
                          {">=", Operator::at_least}, {"<", Operator::less},       {">", Operator::greater}};
// In any case and with underscores or without.
constexpr Word words[] = {{"contains", Operator::contains},
                          {"startswith", Operator::starts_with},
                          {"endswith", Operator::ends_with},
                          {"haskey", Operator::has_key},
                          {"hasvalue", Operator::has_value}};

struct Literal {
  std::string_view text;
  Value value;
};
constexpr Literal literals[] = {{"nil", {}},
                                {"null", {}},
                                {"true", {Kind::boolean, 1}},
                                {"false", {Kind::boolean, 0}},
                                {"empty", {Kind::empty, 0}},
                                {"blank", {Kind::empty, 0}}};

}  // namespace markup_rows

uint32_t Markup::depth_max() { return liquid_depth_max; }

bool Markup::fail(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
  return false;
}

void Markup::skip_blanks() {
  while (at_ < text_.size() && markup_rows::is_blank(text_[at_])) ++at_;
}

bool Markup::at_end() {
  skip_blanks();
  return at_ == text_.size();
}

bool Markup::expect_end(std::string_view what) {
  return at_end() ||
         fail("there is something after " + std::string(what) + ": " + markup_rows::quoted(gatelet::trim(rest())) + "; take it out");
}

bool Markup::character(char wanted) {
  skip_blanks();
  if (peek() != wanted) return false;
  ++at_;
  return true;
}

bool Markup::word(std::string_view wanted) {
  skip_blanks();
  if (!rest().starts_with(wanted) || markup_rows::is_name_character(peek(wanted.size()))) return false;
  at_ += wanted.size();
  return true;
}

bool Markup::name(std::string_view& out) {
  skip_blanks();
  const size_t from = at_;
  while (at_ < text_.size() && markup_rows::is_name_character(text_[at_])) ++at_;
  out = text_.substr(from, at_ - from);
  return !out.empty();
}

bool Markup::quoted(std::string_view& out) {
  const char quote = peek();
  const size_t end = text_.find(quote, at_ + 1);
  if (end == std::string_view::npos) return fail(std::string("a text has no end; close it with ") + quote);
  out = text_.substr(at_ + 1, end - at_ - 1);
  at_ = end + 1;
  return true;
}

// An integer, or a decimal; what goes on as a name is none.
bool Markup::number(Operand& out) {
  size_t end = at_ + (peek() == '-' || peek() == '+');
  const size_t first = end;
  while (end < text_.size() && is_digit(text_[end])) ++end;
  if (end == first) return false;
  const bool has_point = end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1]);
  if (has_point)
    for (++end; end < text_.size() && is_digit(text_[end]);) ++end;
  if (end < text_.size() && markup_rows::is_name_character(text_[end])) return false;
  const std::string_view digits = text_.substr(at_ + (peek() == '+'), end - at_ - (peek() == '+'));
  int64_t whole = 0;
  const bool is_whole = !has_point && std::from_chars(digits.data(), digits.data() + digits.size(), whole).ec == std::errc();
  out.literal = is_whole ? integer(whole) : names_.decimal(digits);
  at_ = end;
  return true;
}

bool Markup::range(Operand& out) {
  ++at_;
  out.form = Operand::Form::range;
  out.name = std::make_unique<Operand>();
  out.last = std::make_unique<Operand>();
  if (!operand(*out.name)) return false;
  skip_blanks();
  if (!rest().starts_with("..")) return fail("a range is written (first..last)");
  at_ += 2;
  if (!operand(*out.last)) return false;
  return character(')') || fail("a range is written (first..last); its bracket is not closed");
}

bool Markup::step_in_brackets(Operand& out) {
  ++at_;
  auto index = std::make_unique<Operand>();
  if (!operand(*index)) return false;
  if (!character(']')) return fail("a bracket is not closed; write [name], ['name'] or [0]");
  const bool is_name = index->form == Operand::Form::literal && index->literal.kind == Kind::text;
  out.steps.push_back({is_name ? &index->literal.text() : nullptr, false, is_name ? nullptr : std::move(index)});
  return true;
}

bool Markup::steps(Operand& out) {
  for (;;) {
    const size_t before = at_;
    skip_blanks();
    if (peek() == '[') {
      if (!step_in_brackets(out)) return false;
      continue;
    }
    if (peek() != '.' || peek(1) == '.') return at_ = before, true;
    ++at_;
    skip_blanks();
    if (peek() == '[') continue;
    std::string_view part;
    if (!name(part)) return fail("a name is missing after the dot");
    if (peek() == '?') part = text_.substr(static_cast<size_t>(part.data() - text_.data()), part.size() + 1), ++at_;
    out.steps.push_back({names_.text(part), true, nullptr});
  }
}

bool Markup::variable(Operand& out) {
  if (peek() == '[') {
    ++at_;
    out.form = Operand::Form::computed;
    names_.computes_names = true;
    out.name = std::make_unique<Operand>();
    if (!operand(*out.name)) return false;
    return (character(']') || fail("a bracket is not closed; write ['name']")) && steps(out);
  }
  std::string_view found;
  if (!name(found)) return fail(rest().empty() ? "a value is missing" : "this is no value: " + markup_rows::quoted(gatelet::trim(rest())));
  if (peek() == '?') found = text_.substr(static_cast<size_t>(found.data() - text_.data()), found.size() + 1), ++at_;
  const bool is_alone = peek() != '.' && peek() != '[';
  for (const markup_rows::Literal& literal : markup_rows::literals)
    if (is_alone && literal.text == found) return out.literal = literal.value, true;
  out.form = Operand::Form::variable;
  out.slot = names_.slot(found);
  return steps(out);
}

bool Markup::operand(Operand& out) {
  skip_blanks();
  if (!enter()) return false;
  bool is_read = true;
  if (peek() == '\'' || peek() == '"') {
    std::string_view text;
    is_read = quoted(text);
    if (is_read) out.literal = text_value(names_.text(text));
  } else if (peek() == '(') {
    is_read = range(out);
  } else {
    is_read = number(out) || variable(out);
  }
  --depth_;
  return is_read;
}

bool Markup::find(std::string_view name, FilterUse& out) {
  out.filter = find_filter(name, names_.naming);
  if (out.filter) return true;
  const Filter* near = nearest_filter(name);
  const std::string hint =
      near ? "did you mean " + (names_.naming == Naming::ruby ? ruby_name(near->name) : std::string(near->name)) + "?" : "take it out";
  warnings_.push_back("there is no filter " + markup_rows::quoted(name) + ", the value stays as it is; " + hint);
  return true;
}

bool Markup::check_count(std::string_view name, const FilterUse& use) {
  if (!use.filter) return true;
  const size_t count = use.arguments.size(), least = use.filter->arguments_min, most = use.filter->arguments_max;
  if (count >= least && count <= most) return true;
  const std::string wanted = least == most ? std::to_string(least) : std::to_string(least) + " to " + std::to_string(most);
  return fail("the filter " + markup_rows::quoted(name) + " takes " + (most == 0 ? "no" : wanted) +
              (most == 1 ? " argument" : " arguments") + ", not " + std::to_string(count));
}

bool Markup::filter(FilterUse& out) {
  std::string_view called;
  if (!name(called)) return fail("the name of a filter is missing after |");
  if (!find(called, out)) return false;
  if (character(':')) {
    do {
      if (!operand(out.arguments.emplace_back())) return false;
    } while (character(','));
  }
  return check_count(called, out);
}

bool Markup::pipeline(Pipeline& out) {
  if (!operand(out.operand)) return false;
  while (character('|'))
    if (!filter(out.filters.emplace_back())) return false;
  return expect_end("the value and its filters");
}

bool Markup::operation(Operator& out) {
  skip_blanks();
  for (const markup_rows::Word& sign : markup_rows::signs) {
    if (!rest().starts_with(sign.text)) continue;
    at_ += sign.text.size();
    return out = sign.operation, true;
  }
  const size_t before = at_;
  std::string_view found;
  if (!name(found) || found == "and" || found == "or") return at_ = before, true;
  std::string plain;
  for (const char c : found)
    if (c != '_') plain += to_lower(c);
  for (const markup_rows::Word& word : markup_rows::words)
    if (plain == word.text) return out = word.operation, true;
  return fail(markup_rows::quoted(found) +
              " is no operator; there are ==, !=, <>, <, >, <=, >=, contains, startswith, endswith, haskey, hasvalue");
}

bool Markup::term(Condition::Term& out) {
  if (!operand(out.left) || !operation(out.operation)) return false;
  return out.operation == Operator::none || operand(out.right);
}

bool Markup::condition(Condition& out) {
  bool is_and = false;
  do {
    Condition::Term& next = out.terms.emplace_back();
    if (!term(next)) return false;
    next.is_and = is_and = word("and");
  } while (is_and || word("or"));
  return expect_end("the condition");
}

}  // namespace gatelet::liquid
