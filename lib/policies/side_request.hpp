// A request of a policy's own: what send-request and send-one-way-request build (policies-b.md 6.1, 6.2).
#pragma once

#include "policies/client_identity.hpp"
#include "policies/managed_identity.hpp"
#include "policies/message_edit.hpp"

namespace gatelet {

class SideRequest {
 public:
  void read(PolicyReader& in);
  uint8_t needs() const;
  const std::optional<ManagedIdentity>& managed_identity() const { return managed_identity_; }
  // False: context.fail() was called.
  bool build(Context& context, Call& call) const;

 private:
  enum class Mode : uint8_t { new_, copy };

  bool read_mode(Context& context, Mode& mode) const;
  bool copy_request(Context& context, Call& call, std::string_view& url) const;
  bool address(Context& context, Call& call, std::string_view url) const;
  bool use_proxy(Context& context, Upstream& upstream) const;
  bool follow_host(Context& context, Call& call) const;

  struct ProxyTexts {
    TextValue url;
    std::optional<TextValue> user;
    std::optional<TextValue> password;
  };
  struct BasicTexts {
    TextValue user;
    TextValue password;
  };

  std::optional<TextValue> mode_;
  std::optional<Mode> fixed_mode_ = Mode::new_;  // nullopt: an expression
  IntegerValue timeout_s_;
  std::optional<TextValue> url_;
  std::optional<TextValue> method_;
  std::vector<HeaderEdit> headers_;
  std::optional<BodyEdit> body_;
  std::optional<ClientIdentity> identity_;
  std::optional<ManagedIdentity> managed_identity_;
  std::optional<BasicTexts> basic_;
  std::optional<ProxyTexts> proxy_;
  bool copies_body_ = false;  // in its section the request's body is still there
};

}  // namespace gatelet
