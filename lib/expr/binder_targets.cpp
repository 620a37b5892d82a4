// Assignment: places that are written, and perhaps read first.
#include "expr/binder.hpp"

namespace gatelet::cs {

// A part of a place that is read and written: evaluated once, into a temporary.
CodePtr Binder::kept(CodePtr code, bool is_read, AssignmentTarget& out, PlacePtr& place) {
  if (!is_read) return code;
  place = temporary();
  out.effects.push_back(local_store_code(place, std::move(code)));
  return local_code(place);
}

// `code` again: from its temporary, or itself where it is used only once.
static CodePtr again(const PlacePtr& place, const std::shared_ptr<CodePtr>& code) { return place ? local_code(place) : std::move(*code); }

bool Binder::bind_target(const Node& node, bool is_read, AssignmentTarget& out) {
  switch (node.kind) {
    case NodeKind::name: {
      Variable* variable = find_variable(node.text);
      if (!variable || variable->local_function) break;
      if (variable->is_constant || variable->is_read_only)
        return fail(node.at, "Cannot assign to '" + std::string(node.text) + "' because it is read-only").is_value();
      out.type = variable->type;
      out.load = load(*variable);
      out.store = [this, variable](CodePtr value) { return store(*variable, std::move(value)); };
      return true;
    }
    case NodeKind::member: return member_target(node, is_read, out);
    case NodeKind::index: {
      Bound target = bind_value(*node.a);
      return target && index_target_of(std::move(target), node.arguments, is_read, node.at, out);
    }
    default: break;
  }
  if (node.kind == NodeKind::name && !bind(node)) return false;
  return fail(node.at, "The left-hand side of an assignment must be a variable, property or indexer").is_value();
}

bool Binder::member_target(const Node& node, bool is_read, AssignmentTarget& out) {
  Bound target = bind(*node.a);
  if (!target) return false;
  if (!target.is_value()) return fail(node.at, "The left-hand side of an assignment must be a variable, property or indexer").is_value();
  return member_target_of(std::move(target), node.text, is_read, node.at, out);
}

bool Binder::member_target_of(Bound target, std::string_view name, bool is_read, size_t at, AssignmentTarget& out) {
  const auto found = find_members(*target.type, name, MemberKind::property);
  if (found.empty()) return refuse_member(*target.type, name, false, at).is_value();
  const Candidate property = found[0];
  if (!property.info->row->set && !(is_read && property.info->row->get))
    return fail(at, "Property or indexer '" + csharp_name(*target.type) + "." + std::string(name) +
                        "' cannot be assigned to -- it is read only")
        .is_value();
  const Type& type = substitute(*property.info->type, property.owner->arguments(), {});
  PlacePtr place;
  auto self = std::make_shared<CodePtr>(kept(std::move(target.code), is_read, out, place));
  out.type = &type;
  if (is_read) {
    Bound read = read_property(property, value_of(*target.type, again(place, self)), at);
    if (!read) return false;
    out.load = std::move(read.code);
  }
  out.store = [property, place, self, &type](CodePtr value) {
    CallPlan plan;
    plan.native = property.info->row->set;
    plan.site.result = &type;
    plan.types.assign(property.owner->arguments().begin(), property.owner->arguments().end());
    plan.self = again(place, self);
    plan.arguments.push_back(std::move(value));
    return call_code(std::move(plan));
  };
  return true;
}

bool Binder::array_target(Bound target, const std::vector<ArgumentSyntax>& syntax, bool is_read, AssignmentTarget& out) {
  if (syntax.size() != 1) return fail(syntax.empty() ? 0 : syntax[1].value->at, "Wrong number of indices inside []; expected 1").is_value();
  Bound index = bind(*syntax[0].value);
  if (!index) return false;
  const bool is_long = index.is_value() && !implicit(index, types::int32);
  index = convert(std::move(index), is_long ? types::int64 : types::int32, syntax[0].value->at);
  if (!index) return false;
  out.type = target.type->element();
  PlacePtr array_place, index_place;
  auto array = std::make_shared<CodePtr>(kept(std::move(target.code), is_read, out, array_place));
  auto at = std::make_shared<CodePtr>(kept(std::move(index.code), is_read, out, index_place));
  if (is_read) out.load = array_item_code(again(array_place, array), again(index_place, at));
  out.once = [array, at] { return array_item_code(std::move(*array), std::move(*at)); };
  out.store = [=](CodePtr value) { return array_item_store_code(again(array_place, array), again(index_place, at), std::move(value)); };
  return true;
}

bool Binder::index_target_of(Bound target, const std::vector<ArgumentSyntax>& syntax, bool is_read, size_t at, AssignmentTarget& out) {
  if (!target.is_value()) return fail(at, "Cannot apply indexing with [] to an expression of type '" + describe(target) + "'").is_value();
  if (target.type->kind == TypeKind::array) return array_target(std::move(target), syntax, is_read, out);
  const auto found = find_members(*target.type, "this", MemberKind::indexer);
  if (found.empty())
    return fail(at, "Cannot apply indexing with [] to an expression of type '" + csharp_name(*target.type) + "'").is_value();
  std::vector<BoundArgument> arguments;
  if (!bind_arguments(syntax, arguments)) return false;
  const auto chosen = choose(found, arguments, {}, at, csharp_name(*target.type) + "[]");
  if (!chosen) return false;
  const Candidate indexer = chosen->candidate;
  const Type& type = substitute(*indexer.info->type, indexer.owner->arguments(), {});
  CallPlan probe;
  std::vector<CodePtr> after;
  if (!emit_arguments(*chosen, arguments, probe, after)) return false;
  PlacePtr self_place;
  auto self = std::make_shared<CodePtr>(kept(std::move(target.code), is_read, out, self_place));
  std::vector<PlacePtr> places(probe.arguments.size());
  auto indexes = std::make_shared<std::vector<CodePtr>>();
  for (size_t i = 0; i < places.size(); ++i) indexes->push_back(kept(std::move(probe.arguments[i]), is_read, out, places[i]));
  const auto call = [indexer, self, self_place, places, indexes, &type](Native native, CodePtr value) {
    CallPlan plan;
    plan.native = native;
    plan.site.result = &type;
    plan.types.assign(indexer.owner->arguments().begin(), indexer.owner->arguments().end());
    plan.self = again(self_place, self);
    for (size_t i = 0; i < places.size(); ++i) plan.arguments.push_back(places[i] ? local_code(places[i]) : std::move((*indexes)[i]));
    if (value) plan.arguments.push_back(std::move(value));
    return call_code(std::move(plan));
  };
  out.type = &type;
  const Member& row = *indexer.info->row;
  if (is_read && row.get) out.load = call(row.get, nullptr);
  if (row.get) out.once = [call, get = row.get] { return call(get, nullptr); };
  if (row.set) out.store = [call, set = row.set](CodePtr value) { return call(set, std::move(value)); };
  return true;
}

Bound Binder::bind_index(const Node& node) {
  Bound target = bind_value(*node.a);
  AssignmentTarget place;
  if (!target || !index_target_of(std::move(target), node.arguments, false, node.at, place)) return {};
  if (!place.once) return fail(node.at, "The indexer cannot be read");
  return value_of(*place.type, place.once());
}

Bound Binder::bind_assignment(const Node& node) {
  const bool is_compound = node.text != "=";
  AssignmentTarget target;
  if (!bind_target(*node.a, is_compound, target)) return {};
  if (!target.store) return fail(node.at, "Property or indexer cannot be assigned to -- it is read only");
  const Type& type = *target.type;
  Bound value = is_compound ? bind_value(*node.b) : bind(*node.b);
  if (value && is_compound)
    value = binary(node.text.substr(0, node.text.size() - 1), value_of(type, std::move(target.load)), std::move(value), node.at);
  value = is_compound ? convert_explicit(std::move(value), type, node.at) : convert(std::move(value), type, node.b->at);
  if (!value) return {};
  CodePtr stored = target.store(std::move(value.code));
  if (target.effects.empty()) return value_of(type, std::move(stored));
  return value_of(type, sequence_code(std::move(target.effects), std::move(stored)));
}

}  // namespace gatelet::cs
