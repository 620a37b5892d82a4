// Certificates: the resources certificates/* (management.md 2.5), which context.Deployment.Certificates of expressions holds, and those
// that use them for TLS.
#pragma once

#include <vector>

#include "base/siphash.hpp"
#include "config/properties.hpp"
#include "crypto/tls.hpp"
#include "policy/facts.hpp"

namespace gatelet {

// What cannot be used is left out with a warning. `seed` is secret: the numbers that hide a key from observers while it is checked come of
// it.
std::vector<DeployedCertificate> read_certificates(const ResourceSet& resources, SipKey seed, Diagnostics& diagnostics);

// The resources gateway/hostnameConfigurations/* and gateway/certificateAuthorities/* (management.md 2.6).
struct GatewayTls {
  std::vector<crypto::TlsHost> hosts;              // no name twice; perhaps none is "*"
  std::vector<crypto::Certificate> trusted_roots;  // of the authorities
};
// What cannot be used is left out with a warning: clients of that name get the certificate for all others.
GatewayTls read_gateway_tls(const ResourceSet& resources, SipKey seed, Diagnostics& diagnostics);

}  // namespace gatelet
