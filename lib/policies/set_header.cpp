// set-header: sets, adds or removes a header of the current message (policies-b.md 3.4).
#include "policies/elements.hpp"
#include "policies/message_edit.hpp"

namespace gatelet {

namespace {

class SetHeader final : public Policy {
 public:
  explicit SetHeader(PolicyReader& in) : acts_on_response_(in.acts_on_response()) { edit_.read(in); }
  uint8_t needs() const override { return edit_.needs(); }

  Flow run(Context& context) const override {
    Headers& headers = acts_on_response_ ? context.response.headers : context.request.headers;
    HeaderId changed;
    if (!edit_.apply(context, headers, changed)) return Flow::fail;
    return changed == HeaderId::host && !acts_on_response_ ? follow_host(context) : Flow::next;
  }

 private:
  // Host of the request decides what the backend is told (policies-a.md 7.1); without one it is told its own name again.
  static Flow follow_host(Context& context) {
    const std::string_view host = context.request.headers.get(HeaderId::host);
    Authority authority;
    if (!host.empty() && !parse_authority(host, context.arena, authority)) {
      refuse(context, context.arena.concat("'", host, "' cannot be a Host header."));
      return Flow::fail;
    }
    context.host_override = host;
    return Flow::next;
  }

  HeaderEdit edit_;
  bool acts_on_response_;
};

}  // namespace

std::unique_ptr<Policy> read_set_header(PolicyReader& in) { return std::make_unique<SetHeader>(in); }

}  // namespace gatelet
