#include <algorithm>

#include "expr/binder.hpp"

namespace gatelet::cs {

Bound Binder::bind_create(const Node& node) {
  const Type* type = resolve(node.types[0]);
  std::vector<BoundArgument> arguments;
  if (!type || !bind_arguments(node.arguments, arguments)) return {};
  if (type->kind == TypeKind::interface || type->is_abstract)
    return fail(node.at, "Cannot create an instance of the abstract type or interface '" + csharp_name(*type) + "'");
  if (type->is_static) return fail(node.at, "Cannot create an instance of the static class '" + csharp_name(*type) + "'");
  if (type->kind == TypeKind::delegate && arguments.size() == 1) return convert(std::move(arguments[0].value), *type, node.at);
  if (type->kind == TypeKind::nullable) {
    if (arguments.empty()) return constant_of(*type, {});
    return convert(convert(std::move(arguments[0].value), *type->element(), node.at), *type, node.at);
  }
  std::vector<Candidate> constructors;
  for (const MemberInfo* member : type->definition()->links->members)
    if (member->kind == MemberKind::constructor) constructors.push_back({member, type});
  Bound created;
  if (arguments.empty() && type->is_value_type()) {
    created = value_of(*type, default_code(*type));
  } else {
    if (constructors.empty()) return fail(node.at, "The type '" + csharp_name(*type) + "' has no constructors that expressions may use");
    const auto chosen = choose(constructors, arguments, {}, node.at, "new " + csharp_name(*type));
    if (!chosen) return {};
    created = emit_call(*chosen, nullptr, arguments, node.at);
    if (created) created.type = type;
  }
  return created && node.has_items ? bind_initializers(node, std::move(created)) : std::move(created);
}

Bound Binder::bind_initializers(const Node& node, Bound created) {
  const Type& type = *created.type;
  const PlacePtr place = temporary();
  std::vector<CodePtr> effects;
  effects.push_back(local_store_code(place, std::move(created.code)));
  for (const Node* entry : node.items)
    if (!bind_initializer(*entry, type, place, effects)) return {};
  return value_of(type, sequence_code(std::move(effects), local_code(place)));
}

bool Binder::bind_nested(const Node& nested, Bound target, std::vector<CodePtr>& effects) {
  const Type& type = *target.type;
  const PlacePtr place = temporary();
  effects.push_back(local_store_code(place, std::move(target.code)));
  for (const Node* entry : nested.items)
    if (!bind_initializer(*entry, type, place, effects)) return false;
  return true;
}

bool Binder::bind_initializer(const Node& entry, const Type& type, const PlacePtr& place, std::vector<CodePtr>& effects) {
  if (entry.kind == NodeKind::initializer_item) return bind_collection_item(entry, type, place, effects);
  const bool is_nested = entry.a->kind == NodeKind::initializer_nested;
  AssignmentTarget target;
  Bound object = value_of(type, local_code(place));
  const bool is_bound = entry.kind == NodeKind::initializer_index
                            ? index_target_of(std::move(object), entry.arguments, is_nested, entry.at, target)
                            : member_target_of(std::move(object), entry.text, is_nested, entry.at, target);
  if (!is_bound) return false;
  if (is_nested) {
    for (CodePtr& effect : target.effects) effects.push_back(std::move(effect));
    return bind_nested(*entry.a, value_of(*target.type, std::move(target.load)), effects);
  }
  Bound value = bind_as(*entry.a, *target.type);
  if (!value) return false;
  effects.push_back(target.store(std::move(value.code)));
  return true;
}

bool Binder::bind_collection_item(const Node& entry, const Type& type, const PlacePtr& place, std::vector<CodePtr>& effects) {
  Node add;
  add.kind = NodeKind::member;
  add.at = entry.at;
  add.text = "Add";
  is_invoked_ = true;
  Bound methods = member_of(value_of(type, local_code(place)), add);
  is_invoked_ = false;
  if (!methods) return false;
  std::vector<ArgumentSyntax> syntax = entry.arguments;
  if (entry.a) syntax.push_back({entry.a, {}, false});
  std::vector<BoundArgument> arguments;
  if (!bind_arguments(syntax, arguments)) return false;
  Bound call = call_methods(std::move(methods), std::move(arguments), entry.at);
  if (!call) return false;
  effects.push_back(std::move(call.code));
  return true;
}

Bound Binder::bind_array_items(const Node& node, const Type& element) {
  std::vector<CodePtr> items;
  for (const Node* item : node.items) {
    if (item->kind == NodeKind::initializer_nested) return fail(item->at, "Arrays of several dimensions are not supported");
    Bound value = bind_as(*item, element);
    if (!value) return {};
    items.push_back(std::move(value.code));
  }
  return value_of(array_of(element), array_code(element, std::move(items)));
}

Bound Binder::bind_array(const Node& node) {
  const Type* element = resolve(node.types[0]);
  if (!element) return {};
  if (!node.a) return bind_array_items(node, *element);
  Bound length = bind(*node.a);
  if (!length) return {};
  const bool is_long = length.is_value() && !implicit(length, types::int32);
  length = convert(std::move(length), is_long ? types::int64 : types::int32, node.a->at);
  if (!length) return {};
  if (length.is_constant && length.constant.int64() < 0) return fail(node.a->at, "Cannot create an array with a negative size");
  if (!node.has_items) return value_of(array_of(*element), new_array_code(*element, std::move(length.code)));
  if (!length.is_constant || length.constant.int64() != static_cast<int64_t>(node.items.size()))
    return fail(node.at, "An array initializer of length '" + std::to_string(node.items.size()) + "' does not fit the array's size");
  return bind_array_items(node, *element);
}

Bound Binder::bind_implicit_array(const Node& node) {
  if (node.text == "=") {
    const bool is_braced_twice = node.items.size() == 1 && node.items[0]->kind == NodeKind::initializer_nested;
    if (is_braced_twice) return fail(node.at, "{{…}} stands for a named value, and none of this name is known");
    return fail(node.at, "Can only use array initializer expressions to assign to array types. Try using a new expression instead");
  }
  std::vector<Bound> values;
  for (const Node* item : node.items) {
    values.push_back(bind_value(*item));
    if (!values.back()) return {};
  }
  std::vector<const Bound*> all;
  for (const Bound& value : values) all.push_back(&value);
  const Type* element = common_type(all);
  if (!element) return fail(node.at, "No best type found for implicitly-typed array");
  std::vector<CodePtr> items;
  for (size_t i = 0; i < values.size(); ++i) {
    Bound value = convert(std::move(values[i]), *element, node.items[i]->at);
    if (!value) return {};
    items.push_back(std::move(value.code));
  }
  return value_of(array_of(*element), array_code(*element, std::move(items)));
}

Bound Binder::bind_anonymous(const Node& node) {
  std::vector<std::string_view> names;
  std::vector<const Type*> field_types;
  std::vector<CodePtr> fields;
  for (const Node* item : node.items) {
    Bound value = bind_value(*item->a);
    if (!value) return {};
    if (!value.is_value() || value.type->kind == TypeKind::void_)
      return fail(item->at, "Cannot assign " + describe(value) + " to anonymous type property '" + std::string(item->text) + "'");
    if (std::find(names.begin(), names.end(), item->text) != names.end())
      return fail(item->at, "An anonymous type cannot have multiple properties with the same name '" + std::string(item->text) + "'");
    names.push_back(item->text);
    field_types.push_back(value.type);
    fields.push_back(std::move(value.code));
  }
  const Type& type = anonymous_of(names, field_types);
  return value_of(type, anonymous_code(type, std::move(fields)));
}

}  // namespace gatelet::cs
