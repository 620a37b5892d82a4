#include "manage/manage/filter.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.hpp"
#include "base/time.hpp"

namespace gatelet::manage {

struct Filter::Node {
  enum class Kind { either, both, negation, comparison, function };
  Kind kind = Kind::comparison;
  std::vector<std::shared_ptr<const Node>> parts;
  std::string operation;  // "eq", "contains", in lower case
  std::string field;      // in lower case
  Json value;
};

namespace manage_filter {

using Node = Filter::Node;
using Pointer = std::shared_ptr<const Node>;

constexpr size_t depth_max = 32;  // of brackets and negations
constexpr size_t bytes_max = 4096;

std::string field_list(std::string_view fields) {
  std::string out(fields);
  for (char& c : out)
    if (c == '|') c = ' ';
  return out;
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view fields) : text_(text), fields_(fields) {}

  Result<Pointer> parse() {
    GATELET_TRY(root, either(0));
    skip();
    if (at_ != text_.size()) return wrong("nothing more is expected");
    return root;
  }

 private:
  Error wrong(std::string what) const { return {Code::argument, "$filter, character " + std::to_string(at_ + 1) + ": " + what, {}, {}}; }
  void skip() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view peek_word() {
    skip();
    size_t end = at_;
    while (end < text_.size() && (is_alpha(text_[end]) || is_digit(text_[end]) || text_[end] == '_' || text_[end] == '/')) ++end;
    return text_.substr(at_, end - at_);
  }
  bool take_word(std::string_view word) {
    if (!equal_ignoring_case(peek_word(), word)) return false;
    at_ += word.size();
    return true;
  }

  Result<Pointer> chain(size_t depth, std::string_view word, Node::Kind kind) {
    auto made = std::make_shared<Node>();
    made->kind = kind;
    do {
      auto part = kind == Node::Kind::either ? chain(depth, "and", Node::Kind::both) : negation(depth);
      if (!part) return std::move(part.error());
      made->parts.push_back(*part);
    } while (take_word(word));
    if (made->parts.size() == 1) return made->parts.front();
    return Pointer(made);
  }
  Result<Pointer> either(size_t depth) { return chain(depth, "or", Node::Kind::either); }

  Result<Pointer> negation(size_t depth) {
    if (depth > depth_max) return wrong("it is nested too deeply");
    if (take_word("not")) {
      GATELET_TRY(part, negation(depth + 1));
      auto made = std::make_shared<Node>();
      made->kind = Node::Kind::negation;
      made->parts.push_back(part);
      return Pointer(made);
    }
    if (!take('(')) return comparison();
    GATELET_TRY(inner, either(depth + 1));
    if (!take(')')) return wrong("')' is expected");
    return inner;
  }

  Result<Pointer> comparison() {
    const std::string word = lower(peek_word());
    if (word == "contains" || word == "startswith" || word == "endswith" || word == "substringof") return function(word);
    auto made = std::make_shared<Node>();
    GATELET_TRY(field, read_field());
    made->field = field;
    made->operation = lower(peek_word());
    if (std::ranges::count(split("eq|ne|gt|ge|lt|le", '|'), made->operation) == 0)
      return wrong("one of eq, ne, gt, ge, lt, le is expected");
    at_ += made->operation.size();
    GATELET_TRY(value, read_value());
    made->value = value;
    return Pointer(made);
  }

  Result<Pointer> function(const std::string& name) {
    at_ += name.size();
    auto made = std::make_shared<Node>();
    made->kind = Node::Kind::function;
    made->operation = name == "substringof" ? "contains" : name;
    if (!take('(')) return wrong("'(' is expected");
    for (int i = 0; i < 2; ++i) {
      if (i == 1 && !take(',')) return wrong("',' is expected");
      if ((name == "substringof") == (i == 0)) {
        GATELET_TRY(value, read_value());
        made->value = value;
      } else {
        GATELET_TRY(field, read_field());
        made->field = field;
      }
    }
    if (!take(')')) return wrong("')' is expected");
    return Pointer(made);
  }

  Result<std::string> read_field() {
    const std::string_view name = peek_word();
    if (name.empty()) return wrong("a field is expected");
    for (const std::string_view known : split(fields_, '|')) {
      if (!equal_ignoring_case(known, name)) continue;
      at_ += name.size();
      return lower(name);
    }
    return wrong("'" + std::string(name) + "' is no field of this collection; known are: " + field_list(fields_));
  }

  Result<Json> read_value() {
    skip();
    if (peek_word() == "datetime") at_ += 8;
    if (at_ < text_.size() && text_[at_] == '\'') return read_string();
    size_t end = at_;
    while (end < text_.size() && !is_space(text_[end]) && text_[end] != ')' && text_[end] != ',') ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    if (word.empty()) return wrong("a value is expected");
    if (const auto boolean = parse_bool(word)) return at_ = end, Json::from(*boolean);
    if (parse_iso_timestamp(word)) return at_ = end, Json::from(word);
    const auto number = Json::parse(word);
    if (!number || !number->is_number()) return wrong("'" + std::string(word) + "' is no value; texts stand in apostrophes");
    at_ = end;
    return *number;
  }

  Result<Json> read_string() {
    std::string out;
    for (size_t at = at_ + 1; at < text_.size(); ++at) {
      if (text_[at] != '\'') {
        out += text_[at];
      } else if (at + 1 < text_.size() && text_[at + 1] == '\'') {
        out += '\'';
        ++at;
      } else {
        at_ = at + 1;
        return Json::from(out);
      }
    }
    return wrong("the text has no end; close it with an apostrophe");
  }

  std::string_view text_, fields_;
  size_t at_ = 0;
};

// Smaller, equal, larger; none where the two cannot be compared.
std::optional<int> compare(const Json& field, const Json& value) {
  const auto order = [](const auto& a, const auto& b) { return a < b ? -1 : b < a ? 1 : 0; };
  if (value.is_boolean()) return order(field.boolean(), value.boolean());
  const auto a = parse_iso_timestamp(field.scalar_text()), b = parse_iso_timestamp(value.scalar_text());
  if (a && b) return order(*a, *b);
  if (value.is_number() && field.is_number()) return order(field.number(), value.number());
  if (field.is_null()) return std::nullopt;
  return order(lower(field.scalar_text()), lower(value.scalar_text()));
}

bool compares(const Node& node, const Json& field) {
  const auto order = compare(field, node.value);
  if (!order) return node.operation == "ne";
  if (node.operation == "eq") return *order == 0;
  if (node.operation == "ne") return *order != 0;
  if (node.operation == "gt") return *order > 0;
  if (node.operation == "ge") return *order >= 0;
  return node.operation == "lt" ? *order < 0 : *order <= 0;
}

bool holds(const Node& node, const FieldLookup& lookup) {
  switch (node.kind) {
    case Node::Kind::either: return std::ranges::any_of(node.parts, [&](const Pointer& part) { return holds(*part, lookup); });
    case Node::Kind::both: return std::ranges::all_of(node.parts, [&](const Pointer& part) { return holds(*part, lookup); });
    case Node::Kind::negation: return !holds(*node.parts.front(), lookup);
    case Node::Kind::comparison: return compares(node, lookup(node.field));
    case Node::Kind::function: break;
  }
  const std::string field = lower(lookup(node.field).scalar_text()), part = lower(node.value.scalar_text());
  if (node.operation == "startswith") return field.starts_with(part);
  if (node.operation == "endswith") return field.ends_with(part);
  return field.find(part) != std::string::npos;
}

}  // namespace manage_filter

using namespace manage_filter;

Result<Filter> Filter::parse(std::string_view text, std::string_view fields) {
  if (text.size() > bytes_max) return Error{Code::limit, "$filter is longer than " + std::to_string(bytes_max) + " bytes", {}, {}};
  GATELET_TRY(root, Parser(text, fields).parse());
  Filter out;
  out.root_ = root;
  return out;
}

bool Filter::matches(const FieldLookup& lookup) const { return holds(*root_, lookup); }

}  // namespace gatelet::manage
