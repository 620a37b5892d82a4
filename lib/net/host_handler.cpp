#include "net/host_handler.hpp"

namespace gatelet {

HostCall::HostCall(std::shared_ptr<HostMailbox> mailbox, uint64_t id, const Call& call, std::string_view client_ip, Buffer body)
    : mailbox_(std::move(mailbox)), id_(id), body_(std::move(body)) {
  size_t size = call.method.size() + call.path.size() + call.query.size() + call.host.size() + client_ip.size();
  for (const HeaderField& field : call.headers.fields()) size += field.name.size() + field.value.size();
  bytes_.reserve(size);  // the views stay where they are
  const auto keep = [&](std::string_view text) {
    const size_t at = bytes_.size();
    bytes_ += text;
    return std::string_view(bytes_).substr(at);
  };
  method_ = keep(call.method);
  path_ = keep(call.path);
  query_ = keep(call.query);
  host_ = keep(call.host);
  client_ip_ = keep(client_ip);
  headers_.reserve(call.headers.count());
  for (const HeaderField& field : call.headers.fields()) {
    const std::string_view name = keep(field.name);
    headers_.push_back({name, keep(field.value)});
  }
}

bool HostCall::end(HostAnswer answer) {
  const std::unique_ptr<HostCall, void (*)(HostCall*)> self(this, [](HostCall* call) { delete call; });
  return mailbox_->deliver(id_, std::move(answer));
}

bool HostCall::respond(HostResponse response) { return end({true, std::move(response), {}}); }
bool HostCall::fail(std::string text) { return end({false, {}, std::move(text)}); }

}  // namespace gatelet
