// set-backend-service: where forward-request sends to; the path below the API and the query stay (policies-a.md 7.2). Other than in API
// Management, a base-url also replaces a backend-id that came with <base/>: the last statement executed wins.
#include "policies/elements.hpp"

namespace gatelet {

namespace {

class SetBackendService final : public Policy {
 public:
  explicit SetBackendService(PolicyReader& in) {
    base_url_ = in.optional_text("base-url");
    backend_id_ = in.optional_text("backend-id");
    refuse_other_forms(in);
    if (base_url_.has_value() == backend_id_.has_value()) {
      if (!in.has("dapr-app-id"))
        in.error(DiagnosticCode::missing_value, "'set-backend-service' needs either the attribute 'base-url' or 'backend-id'", in.at());
      return;
    }
    if (base_url_ && base_url_->literal()) read_url(in, *base_url_->literal());
    if (backend_id_ && backend_id_->literal()) upstream_ = in.backend(*backend_id_->literal(), in.at("backend-id"));
  }
  uint8_t needs() const override {
    return static_cast<uint8_t>((base_url_ ? base_url_->needs() : 0) | (backend_id_ ? backend_id_->needs() : 0));
  }

  Flow run(Context& context) const override {
    if (!upstream_) return backend_id_ ? use_backend(context) : use_url(context);
    return use(context, upstream_.get());
  }

 private:
  static Flow use(Context& context, const Upstream* upstream) {
    context.upstream = upstream;
    if (context.trace) context.tell("The request goes to '", upstream->url.text(), "'.");
    return Flow::next;
  }

  static void refuse_other_forms(PolicyReader& in) {
    bool is_dapr = false;
    for (std::string_view name : {"dapr-app-id", "dapr-method", "dapr-namespace"}) is_dapr |= in.has(name);
    if (is_dapr)
      in.error(DiagnosticCode::unsupported_feature, "Dapr is not supported by this build; use 'base-url' with the address of its sidecar",
               in.at());
    for (std::string_view name :
         {"sf-resolve-condition", "sf-service-instance-name", "sf-partition-key", "sf-listener-name", "sf-replica-type"})
      if (in.has(name))
        in.warning(DiagnosticCode::unsupported_feature,
                   "'" + std::string(name) + "' has no effect: there is no Service Fabric here; remove it", in.at(name));
  }

  void read_url(PolicyReader& in, const std::string& text) {
    Result<Url> url = parse_url(text);
    if (url)
      upstream_ = std::make_shared<const Upstream>(upstream_from(*std::move(url)));
    else
      in.error(DiagnosticCode::invalid_value, "'base-url' of 'set-backend-service': " + url.error().message, in.at("base-url"));
  }

  Flow use_backend(Context& context) const {
    std::string_view id;
    if (!backend_id_->get(context, id)) return Flow::fail;
    if (const Upstream* found = context.find_backend(id)) return use(context, found);
    Failure failure;
    failure.reason = reason::backend_not_found;
    failure.message = context.arena.concat("The backend '", id, "' does not exist.");
    return context.fail(failure);
  }

  Flow use_url(Context& context) const {
    std::string_view text;
    if (!base_url_->get(context, text)) return Flow::fail;
    Result<Url> url = parse_url(escape_unsafe(text, context.arena));
    if (!url) {
      refuse(context, context.arena.concat("base-url '", text, "' cannot be used: ", url.error().message));
      return Flow::fail;
    }
    Upstream upstream = upstream_from(*std::move(url));
    upstream.is_guarded = !base_url_->literal();
    return use(context, context.hold_upstream(std::move(upstream)));
  }

  std::optional<TextValue> base_url_;
  std::optional<TextValue> backend_id_;
  std::shared_ptr<const Upstream> upstream_;  // when it is known at load
};

}  // namespace

std::unique_ptr<Policy> read_set_backend_service(PolicyReader& in) { return std::make_unique<SetBackendService>(in); }

}  // namespace gatelet
