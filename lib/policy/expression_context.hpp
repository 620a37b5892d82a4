// ExpressionContext: `context` of expressions, seen over the Context of policies. Made for one evaluation, on the stack.
#pragma once

#include <span>

#include "expr/context_model.hpp"
#include "policy/context.hpp"

namespace gatelet {

class ExpressionContext final : public cs::ContextModel {
 public:
  explicit ExpressionContext(Context& context) : context_(context) {}

  int64_t utc_ticks() override;
  void random_bytes(void* out, size_t size) override { context_.random_bytes(out, size); }
  void own(void* object, void (*destroy)(void*)) override { context_.own(object, destroy); }
  int64_t received_ticks() override;
  Request* request() override { return &context_.request; }
  Response* response() override { return context_.has_response ? &context_.response : nullptr; }
  cs::UrlView url(bool as_received) override;
  bool has(cs::ContextPart part) override;
  std::optional<std::string_view> fact(cs::Fact fact) override;
  std::optional<int64_t> number(cs::Number number) override;
  size_t list_size(cs::ContextList list) override;
  cs::NamedItem list_item(cs::ContextList list, size_t index) override;
  std::optional<std::string_view> product_api_fact(size_t index, cs::Fact fact) override;
  size_t matched_parameter_count() override { return context_.matched.size(); }
  cs::NamedItem matched_parameter(size_t index) override;
  bool variable(cs::Evaluation& run, std::string_view name, cs::Value& out) override;
  size_t variable_count() override { return context_.variables().size(); }
  void trace(std::string_view message) override { context_.tell(message); }
  const crypto::Certificate* client_certificate() override {
    return context_.client_certificate ? &context_.client_certificate->certificate : nullptr;
  }
  bool is_trusted(const crypto::Certificate& certificate, bool with_revocation) override;
  size_t certificate_count() override { return context_.deployment ? context_.deployment->certificates.size() : 0; }
  cs::NamedCertificate certificate(size_t index) override;
  std::string_view variable_name(size_t index) override { return context_.variables()[index].name; }

 private:
  std::span<const NamedFacts> named(cs::ContextList list) const;

  Context& context_;
};

// One run of an expression, or of what expressions are made of, in a context.
struct ContextRun {
  explicit ContextRun(Context& context)
      : model(context), evaluation(context.arena, model, context.services ? context.services->expression_budget : cs::Budget()) {}
  ExpressionContext model;
  cs::Evaluation evaluation;
};

// The value of a variable as expressions see it: a text becomes a string once, a response an IResponse.
cs::Value value_of(cs::Evaluation& run, Variable& variable);

}  // namespace gatelet
