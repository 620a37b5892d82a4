// JSONPath: runs the steps of a path over a tree.
#include "expr/json_path.hpp"

#include <algorithm>

#include "expr/base64.hpp"
#include "expr/dates.hpp"
#include "expr/regex_objects.hpp"
#include "expr/uris.hpp"

namespace gatelet::cs {

Result<std::shared_ptr<const JsonPath>> JsonPath::parse(const String& text) {
  auto steps = std::make_shared<Steps>();
  std::u16string units;
  for (size_t i = 0; i < text.length; ++i) units += text[i];
  PathReader reader(std::move(units), *steps);
  if (!reader.read()) return Error{gatelet::Code::argument, reader.problem(), {}, {}};
  auto path = std::make_shared<JsonPath>();
  path->steps_ = std::move(steps);
  return std::shared_ptr<const JsonPath>(std::move(path));
}

namespace {

using Tokens = std::vector<const JToken*>;

class PathRun {
 public:
  PathRun(Evaluation& run, const JToken& root, bool is_strict) : run_(run), root_(root), is_strict_(is_strict) {}
  Tokens select(const std::vector<PathStep>& steps, const JToken& start);

 private:
  void step(const PathStep& step, const JToken& at, Tokens& out);
  void fields(const PathStep& step, const JToken& at, Tokens& out);
  void items(const PathStep& step, const JToken& at, Tokens& out);
  void item(const JToken& at, int32_t index, Tokens& out);
  void slice(const PathStep& step, const JToken& at, Tokens& out);
  void scan(const PathStep& step, const JToken& at, Tokens& out);
  void query(const PathStep& step, const JToken& at, Tokens& out);
  bool matches(const PathQuery& query, const JToken& at);
  bool passes(const PathTest& test, const JToken& at);
  bool matches_pattern(const RegexProgram& pattern, const JToken& value);
  bool compare(PathOperator op, const JToken& left, const JToken& right);
  bool equal_loosely(const JToken& value, const JToken& wanted);
  Tokens operand(const PathOperand& operand, const JToken& at);
  void miss(const std::string& message) {
    if (is_strict_) run_.fail(types::json_exception, message);
  }

  Evaluation& run_;
  const JToken& root_;
  bool is_strict_;
};

std::string node_type_name(const JToken& token) { return short_name(type_of(token)); }

Tokens PathRun::select(const std::vector<PathStep>& steps, const JToken& start) {
  Tokens current{&start};
  for (const PathStep& one : steps) {
    Tokens next;
    for (const JToken* at : current) {
      if (run_.failed() || !run_.charge(1)) return {};
      step(one, *at, next);
    }
    current = std::move(next);
  }
  return run_.failed() ? Tokens() : current;
}

void PathRun::step(const PathStep& one, const JToken& at, Tokens& out) {
  switch (one.kind) {
    case PathStep::Kind::root: return out.push_back(&root_);
    case PathStep::Kind::fields: return fields(one, at, out);
    case PathStep::Kind::items: return items(one, at, out);
    case PathStep::Kind::slice: return slice(one, at, out);
    case PathStep::Kind::scan: return scan(one, at, out);
    case PathStep::Kind::query: return query(one, at, out);
  }
}

void PathRun::fields(const PathStep& step, const JToken& at, Tokens& out) {
  if (at.kind != JKind::object) {
    if (step.names.size() > 1) return miss("Properties " + utf8(step.names[0]) + ", … not valid on " + node_type_name(at) + ".");
    return miss("Property '" + (step.names.empty() ? "*" : utf8(step.names[0])) + "' not valid on " + node_type_name(at) + ".");
  }
  if (step.names.empty()) {
    if (!run_.charge(as_container(at).count)) return;
    for (const JToken* property : children(at)) out.push_back(as_property(*property).content);
  }
  for (const String& name : step.names) {
    const JProperty* property = find_property(run_, as_container(at), name);
    if (property)
      out.push_back(property->content);
    else
      miss("Property '" + utf8(name) + "' does not exist on JObject.");
  }
}

bool is_json_list(const JToken& token) { return token.kind == JKind::array || token.kind == JKind::constructor; }

void PathRun::item(const JToken& at, int32_t index, Tokens& out) {
  if (!is_json_list(at)) return miss("Index " + std::to_string(index) + " not valid on " + node_type_name(at) + ".");
  const auto all = children(at);
  if (index < 0) {
    run_.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "index");
  } else if (static_cast<size_t>(index) >= all.size()) {
    miss("Index " + std::to_string(index) + " outside the bounds of " + node_type_name(at) + ".");
  } else {
    out.push_back(all[static_cast<size_t>(index)]);
  }
}

void PathRun::items(const PathStep& step, const JToken& at, Tokens& out) {
  for (const int32_t index : step.indexes) item(at, index, out);
  if (!step.indexes.empty()) return;
  if (!is_json_list(at)) return miss("Index * not valid on " + node_type_name(at) + ".");
  const auto all = children(at);
  if (run_.charge(all.size())) out.insert(out.end(), all.begin(), all.end());
}

void PathRun::slice(const PathStep& step, const JToken& at, Tokens& out) {
  const int64_t stride = step.step.value_or(1);
  if (stride == 0) return void(run_.fail(types::json_exception, "Step cannot be zero."));
  if (at.kind != JKind::array) return miss("Array slice is not valid on " + node_type_name(at) + ".");
  const auto all = children(at);
  const auto count = static_cast<int64_t>(all.size());
  const auto bound = [count](std::optional<int32_t> given, int64_t otherwise) {
    return !given ? otherwise : *given < 0 ? count + *given : int64_t{*given};
  };
  int64_t start = bound(step.start, stride > 0 ? 0 : count - 1);
  const int64_t end = std::clamp<int64_t>(bound(step.end, stride > 0 ? count : -1), -1, count);
  start = stride > 0 ? std::clamp<int64_t>(start, 0, count) : std::min(start, count - 1);
  const size_t before = out.size();
  for (; stride > 0 ? start < end : start > end; start += stride)
    if (start >= 0 && run_.charge(1)) out.push_back(all[static_cast<size_t>(start)]);
  const auto shown = [](std::optional<int32_t> given) { return given ? std::to_string(*given) : std::string("*"); };
  if (out.size() == before) miss("Array slice of " + shown(step.start) + " to " + shown(step.end) + " returned no results.");
}

// All below a token, itself first; by name the values of properties so called.
void PathRun::scan(const PathStep& step, const JToken& at, Tokens& out) {
  for (const JToken* token = &at; token && run_.charge(1); token = next_below(at, *token)) {
    if (token->kind != JKind::property) {
      if (step.names.empty()) out.push_back(token);
      continue;
    }
    for (const String& name : step.names)
      if (equal(*as_property(*token).name, name)) out.push_back(as_property(*token).content);
  }
}

void PathRun::query(const PathStep& step, const JToken& at, Tokens& out) {
  if (!step.is_scan) {
    for (const JToken* child : children(at))
      if (matches(*step.query, *child)) out.push_back(child);
    return;
  }
  for (const JToken* token = &at; token && !run_.failed(); token = next_below(at, *token))
    if (matches(*step.query, *token)) out.push_back(token);
}

bool PathRun::matches(const PathQuery& wanted, const JToken& at) {
  for (size_t i = 0; i < wanted.tests.size(); ++i) {
    if (run_.failed() || !run_.charge(1)) return false;
    const PathTest& test = wanted.tests[i];
    const bool passed = passes(test, at);
    if (i + 1 == wanted.tests.size() || passed != test.is_and) return passed;
  }
  return false;
}

Tokens PathRun::operand(const PathOperand& side, const JToken& at) {
  if (!side.is_path) return {&side.value};
  const bool was_strict = std::exchange(is_strict_, false);
  Tokens found = select(side.path, at);
  is_strict_ = was_strict;
  return found;
}

bool PathRun::passes(const PathTest& test, const JToken& at) {
  const Tokens left = operand(test.left, at);
  if (test.op == PathOperator::exists || left.empty()) return !left.empty();
  if (test.pattern)
    return std::any_of(left.begin(), left.end(), [&](const JToken* value) { return matches_pattern(*test.pattern, *value); });
  const Tokens right = operand(test.right, at);
  for (const JToken* a : left)
    for (const JToken* b : right)
      if (run_.charge(1) && compare(test.op, *a, *b)) return true;
  return false;
}

bool PathRun::matches_pattern(const RegexProgram& pattern, const JToken& value) {
  if (value.kind != JKind::text || held(value).is_null()) return false;
  const String& text = *held(value).text();
  if (!run_.charge_text(text.length * 2ul)) return false;
  std::u16string units;
  for (size_t i = 0; i < text.length; ++i) units += text[i];
  RegexSearch search(pattern, units, run_.steps_left());
  bool is_found = false;
  return search_from(run_, search, 0, is_found) && is_found;
}

bool holds_number(const JToken& token) { return token.kind == JKind::integer || token.kind == JKind::real; }

// A text equals what would be written as that text.
bool PathRun::equal_loosely(const JToken& value, const JToken& wanted) {
  if (holds_number(value) && holds_number(wanted)) return compare_values(run_, value.kind, held(value), held(wanted)) == 0;
  if (values_equal(run_, value, wanted)) return true;
  if (wanted.kind != JKind::text || held(value).is_null()) return false;
  const String& text = *held(wanted).text();
  switch (value.kind) {
    case JKind::date: {
      const Value date = held(value);
      const bool has_offset = date.is(types::date_time_offset);
      return equal(text, has_offset ? iso_text(*date.object<const DateTimeOffset>()) : iso_text(DateTime::from_bits(date.bits)));
    }
    case JKind::bytes: return equal(text, base64_text(held(value).object<const Bytes>()->view()));
    case JKind::uri: return equal(text, *original_text(held(value)));
    case JKind::guid:
    case JKind::time_span: return equal(text, *to_string(run_, held(value)));
    default: return false;
  }
}

bool PathRun::compare(PathOperator op, const JToken& left, const JToken& right) {
  if (!is_value(left) || !is_value(right)) return op == PathOperator::not_equal || op == PathOperator::not_strictly_equal;
  const bool is_same_kind = left.kind == right.kind || (holds_number(left) && holds_number(right));
  switch (op) {
    case PathOperator::equal: return equal_loosely(left, right);
    case PathOperator::not_equal: return !equal_loosely(left, right);
    case PathOperator::strictly_equal: return is_same_kind && equal_loosely(left, right);
    case PathOperator::not_strictly_equal: return !is_same_kind || !equal_loosely(left, right);
    default: break;
  }
  const JKind kind = left.kind == JKind::text ? right.kind : left.kind;
  const int order = compare_values(run_, kind, held(left), held(right));
  if (run_.failed()) return false;
  switch (op) {
    case PathOperator::less: return order < 0;
    case PathOperator::less_equal: return order <= 0;
    case PathOperator::greater: return order > 0;
    default: return order >= 0;
  }
}

}  // namespace

std::vector<const JToken*> JsonPath::select(Evaluation& run, const JToken& root, bool fails_without_match) const {
  return PathRun(run, root, fails_without_match).select(steps_->steps, root);
}

}  // namespace gatelet::cs
