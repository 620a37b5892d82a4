#include "policies/validation.hpp"

#include "base/text.hpp"
#include "expr/json.hpp"
#include "policies/elements.hpp"
#include "policy/expression_context.hpp"

namespace gatelet {

static constexpr int refused_request_status = 400;
static constexpr int refused_response_status = 502;
static constexpr std::string_view action_names[] = {"ignore", "prevent", "detect"};

ActionValue ActionValue::required(PolicyReader& in, std::string_view name) {
  ActionValue value;
  value.word_ = WordValue::required(in, name, action_names);
  return value;
}

ActionValue ActionValue::optional(PolicyReader& in, std::string_view name) {
  ActionValue value;
  value.word_ = WordValue::optional(in, name, action_names, 0);
  return value;
}

void ValidationErrors::add(const ValidationError& error, ValidationAction action) {
  if (action == ValidationAction::ignore) return;
  if (action == ValidationAction::prevent && !prevented_) prevented_ = error;
  if (context_.trace) context_.tell(error.details);
  if (variable_.empty()) return;
  list_ += list_.empty() ? "{" : ",{";
  for (const auto& [member, text] : {std::pair("Name", error.name),
                                     {"Type", error.type},
                                     {"ValidationRule", error.rule},
                                     {"Details", error.details},
                                     {"Action", action_names[static_cast<size_t>(action)]}}) {
    if (list_.back() != '{') list_ += ',';
    list_ += "\"" + std::string(member) + "\":\"" + json_escape(text) + "\"";
  }
  list_ += '}';
}

// False: context.fail() was called.
bool ValidationErrors::keep() {
  ContextRun run(context_);
  const std::string_view json = context_.arena.concat("[", list_, "]");
  cs::JToken* list = cs::read_json(run.evaluation, *cs::view_of(run.evaluation, json), cs::JsonRoot::array, false);
  const Variable* known = context_.find_variable(variable_);
  if (list && known && known->is_typed && known->value.is(cs::json_array_type)) {
    auto& earlier = *known->value.object<cs::JContainer>();
    for (cs::JToken* item : cs::children(*list))
      if (!cs::append_new(run.evaluation, earlier, item)) break;
    list = &earlier;
  }
  if (run.evaluation.failed()) return refuse(context_, fault_message(run.evaluation));
  context_.set_variable(variable_, cs::token_value(list), {});
  return true;
}

Flow ValidationErrors::finish() {
  if (!list_.empty() && !keep()) return Flow::fail;
  if (!prevented_) return Flow::next;
  Failure failure;
  failure.reason = is_response_ ? reason::response_not_allowed : reason::bad_request;
  failure.message = prevented_->details;
  failure.status = is_response_ ? refused_response_status : refused_request_status;
  failure.public_message = prevented_->public_response;
  return context_.fail(failure);
}

}  // namespace gatelet
