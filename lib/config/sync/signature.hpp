// The signature of what a management plane delivers (management.md 3.3): ES256 over the gateway, the ETag and the body's hash, with keys
// that were pinned.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/key.hpp"

namespace gatelet {

enum class SignatureMode : uint8_t { off, verify, require };  // config.sync.signature; verify: what is signed is signed rightly

struct PinnedKey {
  std::string id;  // the keyid that it answers to
  crypto::Key key;
};

// A public key on P-256, PEM or DER.
Result<PinnedKey> read_pinned_key(std::string id, std::string_view text);

// `header` is the value of Gsp-Signature, empty when there was none; `etag` is without quotes.
bool is_signed(std::string_view header, std::string_view gateway, std::string_view etag, std::string_view body,
               const std::vector<PinnedKey>& keys);

}  // namespace gatelet
