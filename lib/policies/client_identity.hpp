// The client certificate that authentication-certificate shows to a backend (policies-a.md 5.8).
#pragma once

#include "policy/reader.hpp"

namespace gatelet {

class ClientIdentity {
 public:
  void read(PolicyReader& in);
  uint8_t needs() const;
  // False: context.fail() was called.
  bool get(Context& context, std::shared_ptr<const UpstreamIdentity>& out) const;

 private:
  bool parse_body(Context& context, std::string_view body, std::string_view password, std::shared_ptr<const UpstreamIdentity>& out) const;

  std::optional<TextValue> id_;
  std::optional<TextValue> thumbprint_;
  std::optional<AnyValue> body_;
  std::optional<TextValue> password_;
};

}  // namespace gatelet
