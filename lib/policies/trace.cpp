// trace: a message for whoever traces the request (policies-b.md 4.1). What it says is computed whether or not somebody listens, so that an
// expression that fails does so always.
#include "base/text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

constexpr std::string_view severities[] = {"verbose", "information", "error"};

class Trace final : public Policy {
 public:
  explicit Trace(PolicyReader& in)
      : source_(in.required_text("source")),
        severity_(severities[in.literal_choice("severity", {severities[0], severities[1], severities[2]})]) {
    const auto messages = in.children("message", {.most = 1});
    message_ = messages.empty() ? in.content() : messages.front()->content();
    if (messages.empty() && message_.literal() && message_.literal()->empty())
      in.error(DiagnosticCode::missing_value, "'trace' needs the element 'message'", in.at());
    for (PolicyReader* child : in.children("metadata")) metadata_.push_back({child->required_text("name"), child->required_text("value")});
  }

  uint8_t needs() const override {
    uint8_t needs = source_.needs() | message_.needs();
    for (const Item& item : metadata_) needs |= item.name.needs() | item.value.needs();
    return needs;
  }

  Flow run(Context& context) const override {
    std::string data;
    if (!add(context, "{\"source\":", source_, data)) return Flow::fail;
    if (context.trace) data += ",\"severity\":\"" + std::string(severity_) + "\"";
    if (!add(context, ",\"message\":", message_, data)) return Flow::fail;
    for (const Item& item : metadata_) {
      const std::string_view before = &item == &metadata_.front() ? ",\"metadata\":[{\"name\":" : "},{\"name\":";
      if (!add(context, before, item.name, data) || !add(context, ",\"value\":", item.value, data)) return Flow::fail;
    }
    if (context.trace) context.tell_data(data + (metadata_.empty() ? "}" : "}]}"));
    return Flow::next;
  }

 private:
  struct Item {
    TextValue name;
    TextValue value;
  };

  static bool add(Context& context, std::string_view before, const TextValue& value, std::string& data) {
    std::string_view text;
    if (!value.get(context, text)) return false;
    if (context.trace) data += std::string(before) + trace_text(text);
    return true;
  }

  TextValue source_;
  std::string_view severity_;
  TextValue message_;
  std::vector<Item> metadata_;
};

}  // namespace

std::unique_ptr<Policy> read_trace(PolicyReader& in) { return std::make_unique<Trace>(in); }

}  // namespace gatelet
