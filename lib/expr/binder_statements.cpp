#include "expr/binder.hpp"

namespace gatelet::cs {

bool Binder::bind_statements(const std::vector<StatementNode*>& nodes, BlockPlan& plan) {
  if (!declare_functions(nodes)) return false;
  for (const StatementNode* node : nodes) {
    if (node->kind == StatementKind::function || node->kind == StatementKind::empty) continue;
    StatementPtr statement = bind_statement(*node);
    if (!statement) return false;
    plan.statements.push_back(std::move(statement));
  }
  return bind_functions(nodes, plan);
}

StatementPtr Binder::bind_block(const std::vector<StatementNode*>& nodes) {
  BlockPlan plan;
  open_scope();
  if (!bind_statements(nodes, plan)) return nullptr;
  plan.variables = close_scope();
  return block_statement(std::move(plan));
}

// An embedded statement has a scope of its own.
StatementPtr Binder::bind_scoped(const StatementNode& node) {
  if (node.kind == StatementKind::block) return bind_block(node.body);
  return bind_block({const_cast<StatementNode*>(&node)});
}

StatementPtr Binder::bind_statement(const StatementNode& node) {
  if (failed()) return nullptr;
  switch (node.kind) {
    case StatementKind::local: return bind_local(node);
    case StatementKind::expression: {
      const uint64_t start = node_count_;
      Bound value = bind_value(*node.a);
      return value ? expression_statement(std::move(value.code), cost_since(start)) : nullptr;
    }
    case StatementKind::block: return bind_block(node.body);
    case StatementKind::if_: return bind_if(node);
    case StatementKind::switch_: return bind_switch(node);
    case StatementKind::for_: return bind_for(node);
    case StatementKind::foreach_: return bind_foreach(node);
    case StatementKind::while_:
    case StatementKind::do_: return bind_loop(node);
    case StatementKind::break_:
    case StatementKind::continue_: return bind_jump(node);
    case StatementKind::return_: return bind_return(node);
    case StatementKind::try_: return bind_try(node);
    case StatementKind::throw_: return bind_throw_statement(node);
    case StatementKind::using_: return bind_using(node);
    case StatementKind::checked_: {
      const bool was_checked = std::exchange(is_checked_, node.name == "checked");
      const bool was_unchecked = std::exchange(is_unchecked_, node.name == "unchecked");
      StatementPtr block = bind_block(node.body);
      is_checked_ = was_checked;
      is_unchecked_ = was_unchecked;
      return block;
    }
    default: return block_statement({});
  }
}

static bool is_array_initializer(const Node* value) { return value && value->kind == NodeKind::implicit_array && value->text == "="; }

StatementPtr Binder::bind_local(const StatementNode& node) {
  const bool is_var = node.type.is_var();
  const Type* type = is_var ? nullptr : resolve(node.type);
  if (!is_var && !type) return nullptr;
  BlockPlan plan;
  for (const Declarator& declarator : node.declarators) {
    const uint64_t start = node_count_;
    if (!declarator.value) {
      if (is_var) return fail(declarator.at, "Implicitly-typed variables must be initialized"), nullptr;
      if (!declare(declarator.name, type, declarator.at)) return nullptr;
      continue;
    }
    const bool takes_items = is_array_initializer(declarator.value) && type && type->kind == TypeKind::array;
    Bound value = takes_items ? bind_array_items(*declarator.value, *type->element())
                  : is_var    ? bind_value(*declarator.value)
                              : bind_as(*declarator.value, *type);
    if (!value) return nullptr;
    if (is_var && (!value.is_value() || value.type->kind == TypeKind::void_))
      return fail(declarator.at, "Cannot assign " + describe(value) + " to an implicitly-typed variable"), nullptr;
    if (node.is_const && !value.is_constant)
      return fail(declarator.value->at, "The expression being assigned to '" + std::string(declarator.name) + "' must be constant"),
             nullptr;
    Variable* variable = declare(declarator.name, value.type, declarator.at);
    if (!variable) return nullptr;
    variable->is_constant = node.is_const;
    variable->constant = value.constant;
    if (!node.is_const) plan.statements.push_back(expression_statement(store(*variable, std::move(value.code)), cost_since(start)));
  }
  return plan.statements.size() == 1 ? std::move(plan.statements[0]) : block_statement(std::move(plan));
}

StatementPtr Binder::bind_return(const StatementNode& node) {
  const uint64_t start = node_count_;
  const Type* result = function_->result;
  if (!node.a) {
    if (result && result != &types::void_)
      return fail(node.at, "An object of a type convertible to '" + csharp_name(*result) + "' is required"), nullptr;
    return return_statement(nullptr, 1);
  }
  if (result == &types::void_)
    return fail(node.at, "Since the function returns void, a return keyword must not be followed by an object expression"), nullptr;
  Bound value = result ? bind_as(*node.a, *result) : bind_value(*node.a);
  if (!value) return nullptr;
  CodePtr code = std::move(value.code);
  if (!result) function_->returns.push_back(std::move(value));
  return return_statement(code ? std::move(code) : constant_code({}), cost_since(start));
}

StatementPtr Binder::bind_if(const StatementNode& node) {
  const uint64_t start = node_count_;
  auto test = condition(*node.a);
  if (!test) return nullptr;
  const uint64_t cost = cost_since(start);
  StatementPtr yes = bind_scoped(*node.body[0]);
  StatementPtr no = yes && node.body.size() > 1 ? bind_scoped(*node.body[1]) : nullptr;
  if (!yes || (node.body.size() > 1 && !no)) return nullptr;
  return if_statement(std::move(test->code), std::move(yes), std::move(no), cost);
}

StatementPtr Binder::bind_loop(const StatementNode& node) {
  const uint64_t start = node_count_;
  LoopPlan plan;
  plan.tests_first = node.kind == StatementKind::while_;
  auto test = condition(*node.a);
  if (!test) return nullptr;
  plan.condition = std::move(test->code);
  plan.cost = cost_since(start);
  ++function_->loop_depth;
  plan.body = bind_scoped(*node.body[0]);
  --function_->loop_depth;
  return plan.body ? loop_statement(std::move(plan)) : nullptr;
}

StatementPtr Binder::bind_for(const StatementNode& node) {
  BlockPlan block;
  LoopPlan plan;
  open_scope();
  const StatementNode& first = *node.body[0];
  const bool is_list = first.kind == StatementKind::block;
  if (is_list ? !bind_statements(first.body, block) : (block.statements.push_back(bind_statement(first)), !block.statements.back()))
    return nullptr;
  const uint64_t start = node_count_;
  if (node.a) {
    auto test = condition(*node.a);
    if (!test) return nullptr;
    plan.condition = std::move(test->code);
  }
  for (const Node* step : node.steps) {
    Bound value = bind_value(*step);
    if (!value) return nullptr;
    plan.steps.push_back(std::move(value.code));
  }
  plan.cost = cost_since(start);
  ++function_->loop_depth;
  plan.body = bind_scoped(*node.body[1]);
  --function_->loop_depth;
  if (!plan.body) return nullptr;
  block.variables = close_scope();
  block.statements.push_back(loop_statement(std::move(plan)));
  return block_statement(std::move(block));
}

const Type* Binder::element_type(const Type& source) const {
  if (source.kind == TypeKind::array) return source.element();
  if (const Type* generic = implementation_of(source, types::generic_enumerable)) return generic->links->arguments[0];
  return is_assignable(source, types::enumerable) ? &types::object : nullptr;
}

// What a class converts itself to for foreach, as its GetEnumerator() does in C#: JObject gives pairs, its interfaces give tokens.
static const Type* own_sequence(const Type& type) {
  for (const MemberInfo* member : type.definition()->links->members)
    if (member->kind == MemberKind::conversion && member->type->definition() == &types::generic_enumerable) return member->type;
  return nullptr;
}

StatementPtr Binder::bind_foreach(const StatementNode& node) {
  Bound source = bind_value(*node.a);
  if (source.is_value())
    if (const Type* sequence = own_sequence(*source.type)) source = convert(std::move(source), *sequence, node.a->at);
  if (!source) return nullptr;
  const Type* element = source.is_value() ? element_type(*source.type) : nullptr;
  if (!element)
    return fail(node.a->at, "foreach statement cannot operate on variables of type '" + describe(source) +
                                "' because it does not contain a "
                                "public definition for 'GetEnumerator'"),
           nullptr;
  const Type* type = node.type.is_var() ? element : resolve(node.type);
  if (!type) return nullptr;
  ForeachPlan plan;
  plan.source = std::move(source.code);
  plan.item = temporary();
  open_scope();
  Variable* variable = declare(node.name, type, node.at);
  if (!variable) return nullptr;
  variable->is_read_only = true;
  const uint64_t start = node_count_;
  Bound item = convert_explicit(value_of(*element, local_code(plan.item)), *type, node.at);
  if (!item) return nullptr;
  plan.variable = variable->place;
  plan.assign = local_store_code(variable->place, std::move(item.code));
  ++function_->loop_depth;
  plan.body = bind_scoped(*node.body[0]);
  --function_->loop_depth;
  if (!plan.body) return nullptr;
  function_->scopes.pop_back();
  plan.cost = cost_since(start);
  return foreach_statement(std::move(plan));
}

bool Binder::same_constant(Value a, Value b) {
  if (a.type != b.type) return false;
  return a.is(types::text) ? equal(*a.text(), *b.text()) : a.bits == b.bits;
}

StatementPtr Binder::bind_switch(const StatementNode& node) {
  const uint64_t start = node_count_;
  Bound value = bind_value(*node.a);
  if (!value) return nullptr;
  if (!value.is_value()) return fail(node.a->at, "A value is needed to switch on"), nullptr;
  SwitchPlan plan;
  plan.cost = cost_since(start);
  const Type& type = *value.type;
  plan.value = std::move(value.code);
  ++function_->switch_depth;
  open_scope();
  for (const SwitchSection& section : node.sections) {
    for (const Node* label : section.labels) {
      if (!label) {
        plan.otherwise = plan.sections.size();
        continue;
      }
      const Bound constant = bind_as(*label, type);
      if (!constant) return nullptr;
      if (!constant.is_constant) return fail(label->at, "A constant value is expected"), nullptr;
      for (const auto& known : plan.labels)
        if (same_constant(known.first, constant.constant))
          return fail(label->at, "The switch statement contains multiple cases with the same label value"), nullptr;
      plan.labels.emplace_back(constant.constant, plan.sections.size());
    }
    if (reaches_end(section.body))
      return fail(section.at, "Control cannot fall through from one case label to another; end it with break"), nullptr;
    StatementPtr body = bind_block(section.body);
    if (!body) return nullptr;
    plan.sections.push_back(std::move(body));
  }
  BlockPlan block;
  block.variables = close_scope();
  --function_->switch_depth;
  block.statements.push_back(switch_statement(std::move(plan)));
  return block_statement(std::move(block));
}

StatementPtr Binder::bind_jump(const StatementNode& node) {
  const bool is_break = node.kind == StatementKind::break_;
  if (function_->loop_depth == 0 && !(is_break && function_->switch_depth))
    return fail(node.at, "No enclosing loop out of which to break or continue"), nullptr;
  return jump_statement(is_break ? Step::break_ : Step::continue_);
}

bool Binder::bind_catch(const CatchSyntax& node, CatchPlan& plan) {
  const Type* type = node.has_type ? resolve(node.type) : &types::exception;
  if (!type) return false;
  if (!is_assignable(*type, types::exception))
    return fail(node.type.at, "The type caught or thrown must be derived from System.Exception").is_value();
  open_scope();
  Variable* variable = declare(node.name, type, node.at);
  if (!variable) return false;
  plan.type = type;
  plan.variable = variable->place;
  const PlacePtr before = std::exchange(function_->caught, variable->place);
  if (node.when) {
    auto test = condition(*node.when);
    if (!test) return false;
    plan.when = std::move(test->code);
  }
  plan.body = bind_block(node.body->body);
  function_->caught = before;
  function_->scopes.pop_back();
  return plan.body != nullptr;
}

StatementPtr Binder::bind_try(const StatementNode& node) {
  StatementPtr body = bind_block(node.body[0]->body);
  if (!body) return nullptr;
  std::vector<CatchPlan> catches(node.catches.size());
  for (size_t i = 0; i < catches.size(); ++i)
    if (!bind_catch(node.catches[i], catches[i])) return nullptr;
  StatementPtr finally = node.finally ? bind_block(node.finally->body) : nullptr;
  if (node.finally && !finally) return nullptr;
  return try_statement(std::move(body), std::move(catches), std::move(finally));
}

StatementPtr Binder::bind_throw_statement(const StatementNode& node) {
  if (!node.a) {
    if (!function_->caught) return fail(node.at, "A throw statement with no arguments is not allowed outside of a catch clause"), nullptr;
    return expression_statement(throw_code(local_code(function_->caught)), 1);
  }
  Bound exception = bind_as(*node.a, types::exception);
  return exception ? expression_statement(throw_code(std::move(exception.code)), 1) : nullptr;
}

// try { body } finally { if (resource != null) resource.Dispose(); }
StatementPtr Binder::bind_using(const StatementNode& node) {
  BlockPlan block;
  open_scope();
  std::vector<std::pair<const Type*, CodePtr>> resources;
  if (node.a) {
    Bound resource = bind_value(*node.a);
    if (!resource) return nullptr;
    const PlacePtr place = temporary();
    block.statements.push_back(expression_statement(local_store_code(place, std::move(resource.code)), 1));
    resources.emplace_back(resource.type, local_code(place));
  } else {
    block.statements.push_back(bind_local(*node.body[0]));
    if (!block.statements.back()) return nullptr;
    for (Variable* variable : function_->scopes.back()) {
      variable->is_read_only = true;
      resources.emplace_back(variable->type, load(*variable));
    }
  }
  StatementPtr body = bind_scoped(*node.body.back());
  BlockPlan disposal;
  for (auto& [type, code] : resources) {
    const auto found = body && type ? find_members(*type, "Dispose", MemberKind::method) : std::vector<Candidate>();
    if (found.empty()) {
      if (body)
        fail(node.at, "'" + (type ? csharp_name(*type) : std::string()) +
                          "': type used in a using statement must be convertible to 'System.IDisposable'");
      return nullptr;
    }
    CallPlan plan;
    plan.native = found[0].info->row->get;
    plan.site.result = &types::void_;
    const PlacePtr place = temporary();
    plan.self = local_code(place);
    disposal.statements.push_back(expression_statement(conditional_access_code(std::move(code), place, call_code(std::move(plan))), 1));
  }
  block.variables = close_scope();
  block.statements.push_back(try_statement(std::move(body), {}, block_statement(std::move(disposal))));
  return block_statement(std::move(block));
}

}  // namespace gatelet::cs
