// Certificates: the resources certificates/* (management.md 2.5), which context.Deployment.Certificates of expressions holds, and those
// that use them for TLS.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/siphash.hpp"
#include "config/properties.hpp"
#include "crypto/tls.hpp"
#include "policy/facts.hpp"

namespace gatelet {

// Numbers that come of a secret, for where a key is checked and hidden from observers meanwhile.
struct SeededBits {
  SipKey seed;
  uint64_t count = 0;
  crypto::Random random() { return {fill, this}; }
  static void fill(void* self, void* out, size_t size);
};

// What cannot be used is left out with a warning. `seed` is secret.
std::vector<DeployedCertificate> read_certificates(const ResourceSet& resources, SipKey seed, Diagnostics& diagnostics);

// The same resources as what one side of TLS shows: with key and chain. `resources` outlives it.
class Identities {
 public:
  Identities(const ResourceSet& resources, SipKey seed, Diagnostics& diagnostics);
  Identities(const Identities&) = delete;
  Identities& operator=(const Identities&) = delete;
  // The id, or a whole path that ends in it, as API Management writes it.
  Result<crypto::Identity> of_id(std::string_view id);
  // Of the certificate, SHA-1 in hexadecimal digits.
  Result<crypto::Identity> of_thumbprint(std::string_view digits);

 private:
  const ResourceSet& resources_;
  Diagnostics& diagnostics_;
  SeededBits bits_;
  bool are_thumbprints_read_ = false;
  std::map<std::string, std::string, std::less<>> ids_;  // by thumbprint, when one was asked for
};

// The resources gateway/hostnameConfigurations/* and gateway/certificateAuthorities/* (management.md 2.6).
struct GatewayTls {
  std::vector<crypto::TlsHost> hosts;              // no name twice; perhaps none is "*"
  std::vector<crypto::Certificate> trusted_roots;  // of the authorities
};
// What cannot be used is left out with a warning: clients of that name get the certificate for all others.
GatewayTls read_gateway_tls(const ResourceSet& resources, SipKey seed, Diagnostics& diagnostics);

}  // namespace gatelet
