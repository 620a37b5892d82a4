#include "policies/exists_action.hpp"

#include "base/text.hpp"

namespace gatelet {

static std::optional<ExistsAction> exists_action_from(std::string_view text) {
  if (text == "override") return ExistsAction::override_;
  if (text == "skip") return ExistsAction::skip;
  if (text == "append") return ExistsAction::append;
  if (text == "delete") return ExistsAction::delete_;
  return std::nullopt;
}

void ExistsActionValue::read(PolicyReader& in) {
  auto text = in.optional_text("exists-action");
  if (!text) return;
  if (const std::string* literal = text->literal()) {
    const auto action = exists_action_from(trim(*literal));
    if (!action)
      in.error(DiagnosticCode::invalid_value, "'exists-action' must be override, skip, append or delete, not '" + *literal + "'",
               in.at("exists-action"));
    action_ = action.value_or(ExistsAction::override_);
  } else {
    text_ = std::move(text);
  }
}

bool ExistsActionValue::evaluate_text(Context& context, ExistsAction& out) const {
  std::string_view text;
  if (!text_->get(context, text)) return false;
  const auto action = exists_action_from(trim(text));
  if (!action) {
    Failure failure;
    failure.reason = reason::policy_value_invalid;
    failure.message = context.arena.concat("exists-action must be override, skip, append or delete, not '", text, "'.");
    context.fail(failure);
    return false;
  }
  out = *action;
  return true;
}

}  // namespace gatelet
