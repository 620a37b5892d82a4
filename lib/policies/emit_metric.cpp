// emit-metric: one value of a metric for whoever collects them (policies-b.md 4.2). It waits for nobody, and what is lost is only counted.
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "policies/dimensions.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

constexpr std::string_view default_namespace = "API Management";

class EmitMetric final : public Policy {
 public:
  explicit EmitMetric(PolicyReader& in)
      : name_(in.required_text("name")), namespace_(in.optional_text("namespace")), value_(in.optional_text("value")) {
    double unused;
    const std::string* literal = value_ ? value_->literal() : nullptr;
    if (literal && !parse_real(*literal, unused))
      in.error(DiagnosticCode::invalid_value, "'value' must be a number, not '" + *literal + "'", in.at("value"));
    dimensions_.read(in);
  }

  uint8_t needs() const override {
    return static_cast<uint8_t>(name_.needs() | (namespace_ ? namespace_->needs() : 0) | (value_ ? value_->needs() : 0) |
                                dimensions_.needs());
  }

  Flow run(Context& context) const override {
    std::string_view name, name_space = default_namespace, value = "1";
    OutboxItem item;
    item.kind = OutboxItem::Kind::metric;
    if (!name_.get(context, name) || (namespace_ && !namespace_->get(context, name_space))) return Flow::fail;
    if (value_ && !value_->get(context, value)) return Flow::fail;
    if (!parse_real(value, item.value)) return fail_value(context, value);
    if (!dimensions_.get(context, item.fields)) return Flow::fail;
    item.name = name;
    item.name_space = name_space;
    item.wall_ms = context.now.wall_ms;
    if (context.services->outbox) context.services->outbox->put(std::move(item));
    context.tell("The metric '", name, "' was emitted with the value ", value, ".");
    return Flow::next;
  }

 private:
  static bool parse_real(std::string_view text, double& out) {
    text = trim(text);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size() && std::isfinite(out);
  }

  static Flow fail_value(Context& context, std::string_view value) {
    Failure failure;
    failure.reason = reason::expression_value_evaluation_failure;
    failure.message = context.arena.concat("Expression evaluation failed. The value of the metric must be a number, not '", value, "'.");
    return context.fail(failure);
  }

  TextValue name_;
  std::optional<TextValue> namespace_;
  std::optional<TextValue> value_;
  Dimensions dimensions_;
};

}  // namespace

std::unique_ptr<Policy> read_emit_metric(PolicyReader& in) { return std::make_unique<EmitMetric>(in); }

}  // namespace gatelet
