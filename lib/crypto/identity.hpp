// Identity: what one side of TLS shows of itself: its certificate, those that lead from it towards a root, and the private key. Immutable;
// copies share it; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/certificate.hpp"
#include "crypto/random.hpp"

namespace gatelet::crypto {

class Identity {
 public:
  // `certificates`: PEM with the whole chain in any order, DER, or PKCS#12. `key`: PEM or DER; empty when it is among the certificates. The
  // password opens either. The certificate of the key comes first in the chain; a root that is not needed is left out.
  static Result<Identity> parse(std::string_view certificates, std::string_view key, std::string_view password, Random random);
  // One for a gateway that was given none: nobody trusts it, but the connection is encrypted.
  static Result<Identity> self_made(std::string_view host, int64_t now_s, Random random);

  // The own certificate first.
  const std::vector<Certificate>& chain() const;
  const Certificate& certificate() const { return chain().front(); }

  struct State;  // of this room
  explicit Identity(std::shared_ptr<State> state) : state_(std::move(state)) {}
  State& state() const { return *state_; }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace gatelet::crypto
