// The steps of a JSONPath. Names are kept as Strings, so that they are looked up as they are.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "expr/json.hpp"
#include "expr/regex.hpp"

namespace gatelet::cs {

struct PathQuery;

struct PathStep {
  enum class Kind : uint8_t { root, fields, items, slice, scan, query };
  Kind kind = Kind::fields;
  bool is_scan = false;          // of a query: all descendants
  std::vector<String> names;     // fields, scan; none: all
  std::vector<int32_t> indexes;  // items; none: all
  std::optional<int32_t> start, end, step;
  std::shared_ptr<const PathQuery> query;
};

// One side of a comparison: a path that begins at the item or at the root, or a value.
struct PathOperand {
  bool is_path = false;
  std::vector<PathStep> path;
  JValue value;
};

enum class PathOperator : uint8_t {
  exists,
  equal,
  not_equal,
  strictly_equal,
  not_strictly_equal,
  matches,  // =~ /pattern/i
  less,
  less_equal,
  greater,
  greater_equal
};

struct PathTest {
  PathOperator op = PathOperator::exists;
  PathOperand left, right;
  std::shared_ptr<const RegexProgram> pattern;  // of =~
  bool is_and = false;                          // how the test is joined with all that follow it
};

// a && b || c is a && (b || c), as in Json.NET.
struct PathQuery {
  std::vector<PathTest> tests;
};

struct JsonPath::Steps {
  std::vector<PathStep> steps;
  std::deque<std::string> narrow;  // what the names and values view
  std::deque<std::u16string> wide;
  std::deque<String> strings;  // of the values
};

// Reads a path; the problem is a message of JsonException.
class PathReader {
 public:
  PathReader(std::u16string text, JsonPath::Steps& out) : text_(std::move(text)), out_(out) {}
  bool read();
  const std::string& problem() const { return problem_; }

 private:
  bool read_steps(std::vector<PathStep>& steps, size_t start, bool is_query, bool& is_whole);
  bool read_brackets(std::vector<PathStep>& steps, bool is_scan);
  bool read_names(PathStep& step, char16_t close);
  bool read_items(PathStep& step, char16_t close);
  bool read_slice(PathStep& step, char16_t close, std::optional<int32_t> first);
  bool read_index(std::optional<int32_t>& index);
  bool read_query(PathStep& step, char16_t close);
  bool read_tests(PathQuery& query);
  bool read_operand(PathOperand& operand);
  bool read_operator(PathOperator& op);
  bool read_literal(Value& value, JKind& kind);
  bool read_number(Value& value, JKind& kind);
  bool read_quoted(String& text);
  bool read_pattern(PathTest& test);
  void add_step(std::vector<PathStep>& steps, size_t start, bool is_scan);
  bool accept(std::u16string_view token);
  void skip_blanks();
  char16_t peek() const { return at_ < text_.size() ? text_[at_] : u'\0'; }
  bool more(std::string_view problem) { return at_ < text_.size() || refuse(problem); }
  bool refuse(std::string_view problem);
  bool refuse_unit(std::string_view problem);
  String kept(std::u16string_view units);

  std::u16string text_;
  JsonPath::Steps& out_;
  size_t at_ = 0;
  uint32_t depth_ = 0;
  std::string problem_;
};

}  // namespace gatelet::cs
