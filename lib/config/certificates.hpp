// Certificates: the resources certificates/* (management.md 2.5), which context.Deployment.Certificates of expressions holds.
#pragma once

#include <vector>

#include "base/siphash.hpp"
#include "config/properties.hpp"
#include "policy/facts.hpp"

namespace gatelet {

// What cannot be used is left out with a warning. `seed` is secret: the numbers that hide a key from observers while it is checked come of
// it.
std::vector<DeployedCertificate> read_certificates(const ResourceSet& resources, SipKey seed, Diagnostics& diagnostics);

}  // namespace gatelet
