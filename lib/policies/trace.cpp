// trace: a message for whoever traces the request, and where the API's diagnostics want it for the log (policies-b.md 4.1). What it says is
// computed whether or not somebody listens, so that an expression that fails does so always.
#include "base/limits.hpp"
#include "base/text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

class Trace final : public Policy {
 public:
  explicit Trace(PolicyReader& in)
      : source_(in.required_text("source")),
        severity_(static_cast<TraceSeverity>(
            in.literal_choice("severity", {trace_severity_words[0], trace_severity_words[1], trace_severity_words[2]}))) {
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
    std::string_view source, message;
    OutboxItem::Fields metadata;
    if (!source_.get(context, source) || !message_.get(context, message)) return Flow::fail;
    for (const Item& item : metadata_) {
      std::string_view name, value;
      if (!item.name.get(context, name) || !item.value.get(context, value)) return Flow::fail;
      metadata.emplace_back(name, value);
    }
    if (context.trace) tell(context, source, message, metadata);
    if (!context.api) return Flow::next;
    const auto severity = static_cast<uint8_t>(severity_);
    if (severity >= context.api->trace_records_from) record(context, source, message, metadata);
    if (severity >= context.api->trace_items_from) put(context, source, message, metadata);
    return Flow::next;
  }

 private:
  struct Item {
    TextValue name;
    TextValue value;
  };
  std::string_view severity_word() const { return trace_severity_words[static_cast<size_t>(severity_)]; }

  void tell(Context& context, std::string_view source, std::string_view message, const OutboxItem::Fields& metadata) const {
    std::string data =
        "{\"source\":" + trace_text(source) + ",\"severity\":\"" + std::string(severity_word()) + "\",\"message\":" + trace_text(message);
    for (const auto& [name, value] : metadata) {
      data += data.back() == '}' ? "," : ",\"metadata\":[";
      data += "{\"name\":" + trace_text(name) + ",\"value\":" + trace_text(value) + '}';
    }
    context.tell_data(data + (metadata.empty() ? "}" : "]}"));
  }

  void record(Context& context, std::string_view source, std::string_view message, const OutboxItem::Fields& metadata) const {
    size_t bytes = source.size() + message.size();
    for (const auto& [name, value] : metadata) bytes += name.size() + value.size();
    if (context.trace_record_bytes + bytes > trace_records_bytes_max) return;
    context.trace_record_bytes += bytes;
    context.trace_records.push_back({std::string(source), severity_word(), std::string(message), metadata});
  }

  void put(Context& context, std::string_view source, std::string_view message, const OutboxItem::Fields& metadata) const {
    if (!context.services->outbox) return;
    OutboxItem item;
    item.kind = OutboxItem::Kind::trace;
    item.name = source;
    item.fields = {{"correlationId", std::string(context.request_id())}, {"apiId", context.api->id}};
    item.fields.insert(item.fields.end(), metadata.begin(), metadata.end());
    item.body = Buffer::copy(message);
    item.severity = severity_;
    item.wall_ms = context.now.wall_ms;
    context.services->outbox->put(std::move(item));
  }

  TextValue source_;
  TraceSeverity severity_;
  TextValue message_;
  std::vector<Item> metadata_;
};

}  // namespace

std::unique_ptr<Policy> read_trace(PolicyReader& in) { return std::make_unique<Trace>(in); }

}  // namespace gatelet
