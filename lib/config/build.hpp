// Building: resources → Config. All problems are collected; an API with an error is quarantined, the rest serves (gateway.md,
// architecture.md 3).
#pragma once

#include <memory>

#include "base/diagnostics.hpp"
#include "config/model.hpp"
#include "config/resource.hpp"

namespace gatelet {

struct BuildOptions {
  std::shared_ptr<const PolicyTable> policies;  // never null
  const ExpressionCompiler* expressions = nullptr;
  SourceLimits expression_limits;  // expression.limits.source and .depth
  SipKey key_seed;           // random, from the host
  std::string gateway_name;  // only APIs associated with this gateway; empty: all
  std::string region;
  bool check_scheme = true;        // routing.scheme-check
  uint8_t listener_protocols = 0;  // ProtocolMask of the listeners, for api-unreachable warnings; 0: unknown
  // What did not change since this one was built is not compiled again; the result is the same as without it. May be null.
  std::shared_ptr<const Config> previous = nullptr;
};

// Never null; `usable` says whether it may serve. `diagnostics` of the sources are included in the Config's.
std::shared_ptr<const Config> build_config(const ResourceSet& resources, const BuildOptions& options, Diagnostics diagnostics = {});

// The merged policy of an operation as a document (check --effective). `api` is "echo" (the current revision) or "echo;rev=2"; `product`
// may be empty. The error names what does not exist and the nearest thing that does.
Result<std::string> effective_policy(const Config& config, std::string_view api, std::string_view operation, std::string_view product);

}  // namespace gatelet
