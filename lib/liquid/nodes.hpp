// Nodes: a template that was read, as a tree that renders itself. Immutable, shared by all renderings.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "liquid/filters.hpp"
#include "liquid/render.hpp"

namespace gatelet::liquid {

// A literal, a range, or a variable with what follows it.
struct Operand {
  struct Step {
    const cs::String* name = nullptr;  // null: `index`
    bool is_dotted = false;
    std::unique_ptr<Operand> index;
  };
  enum class Form : uint8_t { literal, variable, computed, range };

  Form form = Form::literal;
  Value literal;
  Slot slot = 0;                  // of a variable
  std::unique_ptr<Operand> name;  // of a computed one: [name]; of a range its first number
  std::unique_ptr<Operand> last;  // of a range
  std::vector<Step> steps;

  Value get(Render& render) const;
};

struct FilterUse {
  const Filter* filter = nullptr;
  std::vector<Operand> arguments;
};

// operand | filter: argument, argument | …
struct Pipeline {
  Operand operand;
  std::vector<FilterUse> filters;

  Value get(Render& render) const;
};

enum class Operator : uint8_t {
  none,
  equal,
  not_equal,
  less,
  greater,
  at_most,
  at_least,
  contains,
  starts_with,
  ends_with,
  has_key,
  has_value
};

// Comparisons joined by and, or; the right ones bind first, as in DotLiquid.
struct Condition {
  struct Term {
    Operand left;
    Operator operation = Operator::none;
    Operand right;
    bool is_and = false;  // what joins it to the next one
  };
  std::vector<Term> terms;

  bool holds(Render& render) const;
};
bool holds(Render& render, Operator operation, Value left, Value right);

enum class Flow : uint8_t { next, break_, continue_, fail };

struct Node {
  virtual ~Node() = default;
  virtual Flow render(Render& render) const = 0;
  SourcePos at;
};
using Nodes = std::vector<std::unique_ptr<Node>>;
Flow render_all(const Nodes& nodes, Render& render);

struct TextNode final : Node {
  std::string text;
  Flow render(Render& render) const override;
};

struct OutputNode final : Node {
  Pipeline pipeline;
  Flow render(Render& render) const override;
};

struct AssignNode final : Node {
  Slot slot = 0;
  Pipeline pipeline;
  Flow render(Render& render) const override;
};

struct CaptureNode final : Node {
  Slot slot = 0;
  Nodes body;
  Flow render(Render& render) const override;
};

// if and unless.
struct IfNode final : Node {
  struct Branch {
    Condition condition;  // without terms: else
    bool is_inverted = false;
    Nodes body;
  };
  std::vector<Branch> branches;
  Flow render(Render& render) const override;
};

struct CaseNode final : Node {
  struct Branch {
    std::vector<Operand> values;  // none: else
    Nodes body;
  };
  Operand subject;
  std::vector<Branch> branches;
  Flow render(Render& render) const override;
};

// for, JSONArrayFor and tablerow.
struct LoopNode final : Node {
  enum class Form : uint8_t { plain, json_array, table };
  Form form = Form::plain;
  Slot slot = 0;
  Slot loop_slot = 0;                // forloop, tablerowloop
  const cs::String* name = nullptr;  // "item-collection"
  Operand collection;
  bool is_reversed = false;
  bool continues = false;  // offset: continue
  std::unique_ptr<Operand> offset, limit, columns;
  Nodes body;
  Nodes otherwise;
  Flow render(Render& render) const override;

 private:
  struct Turns {
    int64_t first = 0;
    int64_t count = 0;
  };
  bool plan(Render& render, const Sequence& items, Turns& out) const;
  Flow run(Render& render, const Sequence& items, Turns turns, Loop& loop) const;
  bool begin_turn(Render& render, const Loop& loop) const;
  bool end_turn(Render& render, Loop& loop) const;
};

struct CycleNode final : Node {
  Operand name;
  std::vector<Operand> values;
  Flow render(Render& render) const override;
};

struct CounterNode final : Node {
  Slot slot = 0;
  bool is_up = true;
  Flow render(Render& render) const override;
};

struct IfChangedNode final : Node {
  Nodes body;
  Flow render(Render& render) const override;
};

struct InterruptNode final : Node {
  Flow flow = Flow::break_;
  Flow render(Render&) const override { return flow; }
};

}  // namespace gatelet::liquid
