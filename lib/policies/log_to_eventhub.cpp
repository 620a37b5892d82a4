// log-to-eventhub: a text for a logger (policies-b.md 4.3). It waits for nobody, and what is lost is only counted.
#include "base/limits.hpp"
#include "base/text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

// Cut where no character is divided.
std::string_view cut(std::string_view text) {
  if (text.size() <= event_bytes_max) return text;
  size_t size = event_bytes_max;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

class LogToEventhub final : public Policy {
 public:
  explicit LogToEventhub(PolicyReader& in)
      : logger_(in.required_text("logger-id")),
        partition_id_(in.optional_text("partition-id")),
        partition_key_(in.optional_text("partition-key")),
        text_(in.content()) {
    if (const std::string* id = logger_.literal()) in.look_up_logger(*id, in.at("logger-id"));
    if (partition_id_ && partition_key_)
      in.error(DiagnosticCode::invalid_value, "'partition-id' and 'partition-key' exclude each other; keep one of them",
               in.at("partition-key"));
  }

  uint8_t needs() const override {
    return static_cast<uint8_t>(logger_.needs() | (partition_id_ ? partition_id_->needs() : 0) |
                                (partition_key_ ? partition_key_->needs() : 0) | text_.needs());
  }

  Flow run(Context& context) const override {
    std::string_view logger, partition_id, partition_key, text;
    if (!logger_.get(context, logger) || (partition_id_ && !partition_id_->get(context, partition_id))) return Flow::fail;
    if ((partition_key_ && !partition_key_->get(context, partition_key)) || !text_.get(context, text)) return Flow::fail;
    OutboxItem item;
    item.kind = OutboxItem::Kind::event;
    item.name = logger;
    item.partition_id = partition_id;
    item.partition_key = partition_key;
    item.body = Buffer::copy(cut(trim(text)));
    item.wall_ms = context.now.wall_ms;
    const bool is_taken = context.services->outbox && context.services->outbox->put(std::move(item));
    context.tell(is_taken ? "The event was handed to logger '" : "There is no room for the event: it was dropped. Logger '", logger, "'.");
    return Flow::next;
  }

 private:
  TextValue logger_;
  std::optional<TextValue> partition_id_;
  std::optional<TextValue> partition_key_;
  TextValue text_;
};

}  // namespace

std::unique_ptr<Policy> read_log_to_eventhub(PolicyReader& in) { return std::make_unique<LogToEventhub>(in); }

}  // namespace gatelet
