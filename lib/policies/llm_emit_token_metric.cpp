// llm-emit-token-metric and azure-openai-emit-token-metric: how many tokens the request has used, as metrics (policies-b.md 4.4).
#include "policies/dimensions.hpp"
#include "policies/elements.hpp"
#include "policies/token_usage.hpp"

namespace gatelet {

namespace {

class LlmEmitTokenMetric final : public Policy {
 public:
  explicit LlmEmitTokenMetric(PolicyReader& in) : namespace_(in.optional_text("namespace")) {
    if (in.optional_text("value"))
      in.warning(DiagnosticCode::unsupported_feature, "'value' has no effect: the values are the counts of tokens; remove it",
                 in.at("value"));
    dimensions_.read(in);
  }

  uint8_t needs() const override {
    return static_cast<uint8_t>((namespace_ ? namespace_->needs() : 0) | dimensions_.needs() | needs_request_body | filters_response_body);
  }

  Flow run(Context& context) const override {
    context.defer(*this, {}, 0);
    context.tell("The tokens of the request will be counted when it is answered.");
    return Flow::next;
  }

  void after_response(Context& context, const AfterResponse&) const override {
    Outbox* outbox = context.services->outbox;
    std::string_view name_space = "API Management";
    OutboxItem item;
    if (!outbox || (namespace_ && !namespace_->get(context, name_space))) return;
    if (!dimensions_.get(context, item.fields)) return;
    item.kind = OutboxItem::Kind::metric;
    item.name_space = name_space;
    read_usage_of_answer(context, [outbox, item](const TokenUsage& usage, Instant now) {
      if (!usage.is_known) return;
      const std::pair<std::string_view, std::optional<uint64_t>> counts[] = {{"Total Tokens", usage.total},
                                                                             {"Prompt Tokens", usage.prompt},
                                                                             {"Completion Tokens", usage.completion},
                                                                             {"Cached Tokens", usage.cached},
                                                                             {"Reasoning Tokens", usage.reasoning}};
      for (const auto& [name, count] : counts) {
        if (!count) continue;
        OutboxItem one = item;
        one.name = name;
        one.value = static_cast<double>(*count);
        one.wall_ms = now.wall_ms;
        outbox->put(std::move(one));
      }
    });
  }

 private:
  std::optional<TextValue> namespace_;
  Dimensions dimensions_;
};

}  // namespace

std::unique_ptr<Policy> read_llm_emit_token_metric(PolicyReader& in) { return std::make_unique<LlmEmitTokenMetric>(in); }

}  // namespace gatelet
