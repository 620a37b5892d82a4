#include "expr/member_calls.hpp"

#include <algorithm>

#include "expr/registry.hpp"

namespace gatelet::cs {

// The member whose first parameter is of `type` and whose others have defaults.
static const MemberInfo* find_unary(std::span<MemberInfo* const> members, std::string_view name, const Type& type) {
  for (const MemberInfo* member : members) {
    const auto& parameters = member->parameters;
    if (member->name != name || !member->is_static || parameters.empty() || parameters[0].type != &type) continue;
    if (std::all_of(parameters.begin() + 1, parameters.end(), [](const Parameter& parameter) { return parameter.is_optional; }))
      return member;
  }
  return nullptr;
}

static Value call_unary(Evaluation& run, const MemberInfo& member, Value argument) {
  std::vector<Value> arguments{argument};
  for (size_t i = 1; i < member.parameters.size(); ++i) arguments.push_back(member.parameters[i].fallback);
  const CallSite site{member.type, {}, nullptr};
  Call call{run, site, {}, arguments.data()};
  return member.row->get(call);
}

static Value fail_missing(Evaluation& run, std::string_view type_name, std::string_view member_name) {
  return run.fail(types::not_supported_exception, std::string(type_name) + "." + std::string(member_name) + " is not available");
}

Value call_static(Evaluation& run, std::string_view type_name, std::string_view member_name, Value argument) {
  const Type* type = registry().find_type(type_name);
  if (!type) return fail_missing(run, type_name, member_name);
  const MemberInfo* member = argument.is_null() ? nullptr : find_unary(type->links->members, member_name, *argument.type);
  if (!member) member = find_unary(type->links->members, member_name, types::object);
  return member ? call_unary(run, *member, argument) : fail_missing(run, type_name, member_name);
}

Value call_with_text(Evaluation& run, std::string_view type_name, std::string_view member_name, const String& argument) {
  return call_static(run, type_name, member_name, text(&argument));
}

Value call_extension(Evaluation& run, std::string_view member_name, Value argument) {
  const MemberInfo* member = find_unary(registry().extensions(member_name), member_name, types::text);
  return member ? call_unary(run, *member, argument) : fail_missing(run, "string", member_name);
}

Value read_property(Evaluation& run, Value object, std::string_view name) {
  for (const Type* type = object.type; type; type = type->links->base)
    for (const MemberInfo* member : type->links->members) {
      if (member->kind != MemberKind::property || member->is_static || member->name != name) continue;
      const CallSite site{member->type, {}, nullptr};
      Call call{run, site, object, nullptr};
      return member->row->get(call);
    }
  return fail_missing(run, object.type->name, name);
}

}  // namespace gatelet::cs
