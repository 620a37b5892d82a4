// get-authorization-context: an authorization that the host keeps becomes a variable (policies-a.md 5.2).
#include "expr/tokens.hpp"
#include "policies/elements.hpp"
#include "policies/word_value.hpp"
#include "policy/expression_context.hpp"

namespace gatelet {

namespace {

constexpr std::string_view identity_types[] = {"managed", "jwt"};
constexpr size_t managed = 0;
// The documents name none.
constexpr std::string_view reason_not_available = "AuthorizationNotAvailable";

class GetAuthorizationContext final : public Policy {
 public:
  explicit GetAuthorizationContext(PolicyReader& in)
      : provider_(in.required_text("provider-id")),
        id_(in.required_text("authorization-id")),
        variable_(in.required_text("context-variable-name")),
        identity_type_(WordValue::optional(in, "identity-type", identity_types, managed)),
        ignores_error_(in.optional_bool("ignore-error", false)) {
    in.optional_text("identity");
  }

  uint8_t needs() const override {
    return static_cast<uint8_t>(provider_.needs() | id_.needs() | variable_.needs() | identity_type_.needs() | ignores_error_.needs());
  }

  Flow run(Context& context) const override {
    std::string_view provider, id, variable;
    size_t type = managed;
    bool ignores_error = false;
    if (!provider_.get(context, provider) || !id_.get(context, id) || !variable_.get(context, variable)) return Flow::fail;
    if (!identity_type_.get(context, type) || !ignores_error_.get(context, ignores_error)) return Flow::fail;
    // Who may use an authorization with a token of his own only the service in the cloud knows.
    const auto held = type == managed && context.services->authorizations ? context.services->authorizations->find(provider, id) : nullptr;
    if (held && context.now.wall_ms < held->expires_ms && take(context, variable, *held)) return Flow::next;
    if (ignores_error) {
      context.set_variable(variable, cs::Value(), {});
      context.tell("There is no such authorization: the variable '", variable, "' is null.");
      return Flow::next;
    }
    Failure failure;
    failure.reason = reason_not_available;
    failure.message = type != managed ? std::string_view("Authorizations for the identity of a token are not available.")
                      : held          ? context.arena.concat("The authorization '", id, "' of '", provider, "' has expired.")
                                      : context.arena.concat("There is no authorization '", id, "' of '", provider, "'.");
    return context.fail(failure);
  }

 private:
  static bool take(Context& context, std::string_view variable, const HeldAuthorization& held) {
    ContextRun run(context);
    const cs::Value value = cs::authorization_value(run.evaluation, held.access_token, held.claims);
    if (run.evaluation.failed()) return false;
    context.set_variable(variable, value, "Authorization");
    context.tell("The authorization was found.");
    return true;
  }

  TextValue provider_, id_, variable_;
  WordValue identity_type_;
  BoolValue ignores_error_;
};

}  // namespace

std::unique_ptr<Policy> read_get_authorization_context(PolicyReader& in) { return std::make_unique<GetAuthorizationContext>(in); }

}  // namespace gatelet
