#include "liquid/nodes.hpp"

#include <algorithm>

#include "expr/text_search.hpp"

namespace gatelet::liquid {

namespace node_rows {

static Value range_of(Render& render, const Operand& operand) {
  Range range;
  for (const auto& [side, number] : {std::pair(operand.name.get(), &range.first), {operand.last.get(), &range.last}})
    if (!integer_of(render.scene, side->get(render), *number) || *number < INT32_MIN || *number > INT32_MAX)
      return render.fail("A range needs whole numbers of 32 bits on both sides of its dots."), Value{};
  return object(Kind::range, render.run.make<Range>(range));
}

static Value root_of(Render& render, const Operand& operand) {
  switch (operand.form) {
    case Operand::Form::literal: return operand.literal;
    case Operand::Form::variable: return render.variable(operand.slot);
    case Operand::Form::computed: return render.variable(text_of(render.scene, operand.name->get(render)));
    case Operand::Form::range: return range_of(render, operand);
  }
  return {};
}

static bool contains_value(Render& render, Value in, Value wanted) {
  const Sequence items(render.scene, in);
  for (size_t i = 0; i < items.size() && render.run.charge(1); ++i)
    if (equals(render.scene, items.at(i), wanted)) return true;
  return false;
}

static bool is_list(Value value) {
  return value.kind == Kind::list || value.kind == Kind::range || value.kind == Kind::sequence ||
         (value.kind == Kind::tree && value.as<cs::JToken>().kind == cs::JKind::array);
}

static bool contains(Render& render, Value left, Value right) {
  left = scalar(render.scene, left);
  if (is_list(left)) return contains_value(render, left, right);
  if (left.kind != Kind::text || right.is_nil()) return false;
  return cs::find_charged(render.run, left.text(), text_of(render.scene, right), 0) != cs::npos;
}

// startswith and endswith: of texts, or the first or last item of a list.
static bool has_end(Render& render, Value left, Value right, bool is_start) {
  left = scalar(render.scene, left);
  if (is_list(left)) {
    const Sequence items(render.scene, left);
    return items.size() && equals(render.scene, items.at(is_start ? 0 : items.size() - 1), right);
  }
  if (left.kind != Kind::text || right.is_nil()) return false;
  const cs::String& end = text_of(render.scene, right);
  if (end.length > left.text().length) return false;
  return cs::equal(*cs::substring(render.run, left.text(), is_start ? 0 : left.text().length - end.length, end.length), end);
}

static bool has_pair(Render& render, Value dictionary, Value wanted, bool is_key) {
  const Sequence items(render.scene, dictionary);
  for (size_t i = 0; i < items.size() && render.run.charge(1); ++i) {
    const Value pair = items.at(i);
    if (pair.kind == Kind::pair && equals(render.scene, is_key ? pair.as<Pair>().key : pair.as<Pair>().value, wanted)) return true;
  }
  return false;
}

static bool is_ordered(Render& render, Operator operation, Value left, Value right) {
  int order = 0;
  if (!compare(render.scene, left, right, order)) return false;
  switch (operation) {
    case Operator::less: return order < 0;
    case Operator::greater: return order > 0;
    case Operator::at_most: return order <= 0;
    default: return order >= 0;
  }
}

static bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos; }

}  // namespace node_rows

Value Operand::get(Render& render) const {
  Value value = node_rows::root_of(render, *this);
  for (const Step& step : steps) {
    if (value.is_nil() || render.run.failed()) return {};
    value = step.name ? member(render.scene, value, *step.name, step.is_dotted) : item(render.scene, value, step.index->get(render));
  }
  return value;
}

Value Pipeline::get(Render& render) const {
  Value value = operand.get(render);
  std::vector<Value> arguments;
  for (const FilterUse& use : filters) {
    if (!use.filter) continue;  // unknown: it was reported, and prints what it gets
    arguments.clear();
    for (const Operand& argument : use.arguments) arguments.push_back(argument.get(render));
    FilterCall call{render.scene, render.run, value, arguments};
    if (!render.run.charge(1)) return {};
    value = use.filter->apply(call);
    if (render.run.failed()) return {};
  }
  return value;
}

bool holds(Render& render, Operator operation, Value left, Value right) {
  switch (operation) {
    case Operator::none: return is_true(left);
    case Operator::equal: return equals(render.scene, left, right);
    case Operator::not_equal: return !equals(render.scene, left, right);
    case Operator::less:
    case Operator::greater:
    case Operator::at_most:
    case Operator::at_least: return node_rows::is_ordered(render, operation, left, right);
    case Operator::contains: return node_rows::contains(render, left, right);
    case Operator::starts_with: return node_rows::has_end(render, left, right, true);
    case Operator::ends_with: return node_rows::has_end(render, left, right, false);
    case Operator::has_key: return node_rows::has_pair(render, left, right, true);
    case Operator::has_value: return node_rows::has_pair(render, left, right, false);
  }
  return false;
}

bool Condition::holds(Render& render) const {
  for (const Term& term : terms) {
    const bool is_met = liquid::holds(render, term.operation, term.left.get(render), term.right.get(render));
    if (&term == &terms.back() || is_met != term.is_and) return is_met;
  }
  return false;
}

Flow render_all(const Nodes& nodes, Render& render) {
  for (const auto& node : nodes) {
    if (!render.run.charge(1)) break;
    const Flow flow = node->render(render);
    if (render.run.failed() && !render.failed_at) render.failed_at = node->at;
    if (render.run.failed()) break;
    if (flow != Flow::next) return flow;
  }
  return render.run.failed() ? Flow::fail : Flow::next;
}

Flow TextNode::render(Render& render) const { return render.put(text) ? Flow::next : Flow::fail; }

Flow OutputNode::render(Render& render) const {
  const Value value = pipeline.get(render);
  if (render.run.failed()) return Flow::fail;
  return render.put(printed(render.scene, value)) ? Flow::next : Flow::fail;
}

Flow AssignNode::render(Render& render) const {
  render.assign(slot, pipeline.get(render));
  return Flow::next;
}

Flow CaptureNode::render(Render& render) const {
  std::string captured;
  std::string* const before = render.redirect(&captured);
  const Flow flow = render_all(body, render);
  render.redirect(before);
  if (flow != Flow::fail) render.assign(slot, text_value(cs::copy_of(render.run, captured)));
  return flow;
}

Flow IfNode::render(Render& render) const {
  for (const Branch& branch : branches) {
    const bool is_met = branch.condition.terms.empty() || branch.condition.holds(render) != branch.is_inverted;
    if (render.run.failed()) return Flow::fail;
    if (is_met) return render_all(branch.body, render);
  }
  return Flow::next;
}

// Every branch that matches is rendered, once for each of its values that does, and an else when none before it did: as DotLiquid has it.
Flow CaseNode::render(Render& render) const {
  const Value wanted = subject.get(render);
  bool is_matched = false;
  for (const Branch& branch : branches) {
    size_t times = branch.values.empty() && !is_matched ? 1 : 0;
    for (const Operand& value : branch.values) times += equals(render.scene, wanted, value.get(render));
    is_matched |= times != 0 && !branch.values.empty();
    for (; times; --times)
      if (const Flow flow = render_all(branch.body, render); flow != Flow::next) return flow;
  }
  return render.run.failed() ? Flow::fail : Flow::next;
}

bool LoopNode::plan(Render& render, const Sequence& items, Turns& out) const {
  const auto size = static_cast<int64_t>(items.size());
  int64_t* const reached = render.kept('f', *name);
  if (!reached) return false;
  if (continues) out.first = *reached;
  if (offset && !integer_of(render.scene, offset->get(render), out.first)) return render.fail("The offset of a loop must be a number.");
  out.first = std::clamp<int64_t>(out.first, 0, size);
  out.count = size - out.first;
  const Value most = limit ? limit->get(render) : Value{};
  int64_t count = out.count;
  if (!most.is_nil() && !integer_of(render.scene, most, count)) return render.fail("The limit of a loop must be a number.");
  out.count = std::clamp<int64_t>(count, 0, out.count);
  if (out.count) *reached = out.first + out.count;
  return !render.run.failed();
}

Flow LoopNode::render(Render& render) const {
  const Value source = collection.get(render);
  const Sequence items(render.scene, source);
  Turns turns;
  if (render.run.failed() || (items.is_sequence() && !plan(render, items, turns))) return Flow::fail;
  if (turns.count == 0 && (form != Form::table || !items.is_sequence())) return render_all(otherwise, render);
  Loop& loop = *render.run.make<Loop>();
  loop.name = name;
  loop.length = turns.count;
  if (form == Form::table) {
    loop.columns = turns.count;
    const Value wanted = columns ? columns->get(render) : Value{};
    if (!wanted.is_nil() && !integer_of(render.scene, wanted, loop.columns)) return render.fail("'cols' must be a number."), Flow::fail;
    if (!render.put("<tr class=\"row1\">\n")) return Flow::fail;
  }
  render.push(loop_slot, object(Kind::loop, &loop));
  render.push(slot, {});
  const Flow flow = run(render, items, turns, loop);
  render.pop();
  render.pop();
  if (form == Form::table && flow != Flow::fail && !render.put("</tr>\n")) return Flow::fail;
  return flow;
}

Flow LoopNode::run(Render& render, const Sequence& items, Turns turns, Loop& loop) const {
  bool has_output = false;
  for (int64_t i = 0; i < turns.count; ++i) {
    if (!render.begin_iteration()) return Flow::fail;
    loop.index0 = i;
    render.set_top(items.at(static_cast<size_t>(is_reversed ? turns.first + turns.count - 1 - i : turns.first + i)));
    const size_t before = render.out().size();
    const bool needs_comma = form == Form::json_array && has_output;
    if (!begin_turn(render, loop) || (needs_comma && !render.put(","))) return Flow::fail;
    const Flow flow = render_all(body, render);
    if (flow == Flow::fail) return flow;
    if (form == Form::json_array) {
      const bool is_blank = node_rows::is_blank(std::string_view(render.out()).substr(before + needs_comma));
      if (needs_comma && is_blank) render.out().erase(before, 1);
      has_output |= !is_blank;
    }
    if (form == Form::table && !end_turn(render, loop)) return Flow::fail;
    if (flow == Flow::break_) break;
  }
  return Flow::next;
}

bool LoopNode::begin_turn(Render& render, const Loop& loop) const {
  return form != Form::table || render.put("<td class=\"col" + std::to_string(loop.column0 + 1) + "\">");
}

bool LoopNode::end_turn(Render& render, Loop& loop) const {
  if (!render.put("</td>")) return false;
  if (++loop.column0 != loop.columns || loop.index0 == loop.length - 1) return true;
  loop.column0 = 0;
  const int64_t row = (loop.index0 + 1) / loop.columns + 1;
  return render.put("</tr>\n<tr class=\"row" + std::to_string(row) + "\">");
}

Flow CycleNode::render(Render& render) const {
  int64_t* const turn = render.kept('c', text_of(render.scene, name.get(render)));
  if (!turn) return Flow::fail;
  const Value value = values[static_cast<size_t>(*turn) % values.size()].get(render);
  *turn = *turn + 1 >= static_cast<int64_t>(values.size()) ? 0 : *turn + 1;
  return render.put(printed(render.scene, value)) ? Flow::next : Flow::fail;
}

// increment prints before it counts, decrement after.
Flow CounterNode::render(Render& render) const {
  const int64_t number = render.counter(slot);
  render.set_counter(slot, is_up ? number + 1 : number - 1);
  return render.put(std::to_string(is_up ? number : number - 1)) ? Flow::next : Flow::fail;
}

Flow IfChangedNode::render(Render& render) const {
  std::string made;
  std::string* const before = render.redirect(&made);
  const Flow flow = render_all(body, render);
  render.redirect(before);
  if (flow == Flow::fail) return flow;
  if (render.has_changed(made) && !render.put(made)) return Flow::fail;
  return flow;
}

}  // namespace gatelet::liquid
