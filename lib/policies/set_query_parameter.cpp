// set-query-parameter: sets, adds or removes a parameter of the request's query; the others stay byte for byte (policies-b.md 3.5).
#include "policies/elements.hpp"
#include "policies/exists_action.hpp"

namespace gatelet {

namespace {

class SetQueryParameter final : public Policy {
 public:
  explicit SetQueryParameter(PolicyReader& in) : name_(in.required_text("name")) {
    action_.read(in);
    values_ = in.texts("value");
    if (name_.literal() && name_.literal()->empty())
      in.error(DiagnosticCode::invalid_value, "a query parameter needs a name; write one into 'name'", in.at("name"));
  }

  uint8_t needs() const override {
    uint8_t needs = name_.needs() | action_.needs();
    for (const TextValue& value : values_) needs |= value.needs();
    return needs;
  }

  Flow run(Context& context) const override {
    std::string_view name;
    ExistsAction action;
    if (!name_.get(context, name) || !action_.get(context, action)) return Flow::fail;
    Target& target = context.request.target;
    Query query(target.query, context.arena);
    if (action == ExistsAction::delete_) {
      query.remove(name);
    } else if (action != ExistsAction::skip || !query.contains(name)) {
      if (!write(context, query, name, action)) return Flow::fail;
    }
    target.query = query.text();
    target.has_query = !target.query.empty();
    return Flow::next;
  }

 private:
  bool write(Context& context, Query& query, std::string_view name, ExistsAction action) const {
    auto* texts =
        static_cast<std::string_view*>(context.arena.allocate(values_.size() * sizeof(std::string_view), alignof(std::string_view)));
    for (size_t i = 0; i < values_.size(); ++i)
      if (!values_[i].get(context, *new (&texts[i]) std::string_view)) return false;
    const std::span<const std::string_view> given(texts, values_.size());
    if (action == ExistsAction::override_) {
      query.set(name, given);
    } else {
      for (std::string_view text : given) query.append(name, text);
    }
    return true;
  }

  TextValue name_;
  ExistsActionValue action_;
  std::vector<TextValue> values_;
};

}  // namespace

std::unique_ptr<Policy> read_set_query_parameter(PolicyReader& in) { return std::make_unique<SetQueryParameter>(in); }

}  // namespace gatelet
