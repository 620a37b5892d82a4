#include "policies/limit_targets.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatelet {

namespace {
constexpr std::string_view separator("\0", 1);
}

LimitTarget::Name LimitTarget::read_name(PolicyReader& in) {
  auto id = in.optional_literal("id");
  auto name = in.optional_literal("name");
  if (id && !trim(*id).empty()) return {std::string(trim(*id)), true};
  if (name && !trim(*name).empty()) return {std::string(trim(*name)), false};
  const std::string element(in.element());
  in.error(DiagnosticCode::missing_value, "'" + element + "' needs the attribute 'id' or 'name' of the " + element + " that it limits",
           in.at());
  return {"?", true};
}

LimitTarget::LimitTarget(const LimitTarget& around, PolicyReader& in) : LimitTarget(around) {
  Name& named = api_.text.empty() ? api_ : operation_;
  named = read_name(in);
  for (std::string_view part : {separator, std::string_view(named.is_id ? "id" : "name"), separator}) key_part_ += part;
  key_part_ += lower(named.text);
}

bool LimitTarget::Name::fits(std::string_view id, std::string_view name) const {
  return text.empty() || equal_ignoring_case(text, is_id ? id : name);
}

bool LimitTarget::matches(const Context& context) const {
  if (api_.text.empty()) return true;
  if (!context.api || !api_.fits(context.api->id, context.api->name)) return false;
  return operation_.text.empty() || (context.operation && operation_.fits(context.operation->id, context.operation->name));
}

std::string_view LimitTarget::counter_key(Context& context, std::string_view prefix) const {
  const bool is_of_api = context.origin->scope >= Scope::api && context.api;
  const bool is_of_operation = context.origin->scope == Scope::operation && context.operation;
  return context.arena.concat(prefix, context.subscription->id, separator, is_of_api ? std::string_view(context.api->id) : "", separator,
                              is_of_operation ? std::string_view(context.operation->id) : "", key_part_);
}

std::vector<LimitElement> read_limit_elements(PolicyReader& in) {
  std::vector<LimitElement> elements{{{}, &in, SIZE_MAX}};
  const auto add = [&](PolicyReader& child, size_t parent) {
    LimitTarget target(elements[parent].target, child);
    const bool is_known = std::any_of(elements.begin(), elements.end(), [&](const LimitElement& one) { return one.target == target; });
    if (is_known)
      child.error(DiagnosticCode::invalid_value,
                  "this " + std::string(child.element()) + " has a limit in '" + std::string(in.element()) + "' already; keep one of them",
                  child.at());
    elements.push_back({std::move(target), &child, parent});
  };
  for (PolicyReader* api : in.children("api")) {
    const size_t index = elements.size();
    add(*api, 0);
    for (PolicyReader* operation : api->children("operation")) add(*operation, index);
  }
  return elements;
}

}  // namespace gatelet
