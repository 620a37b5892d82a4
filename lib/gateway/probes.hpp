// Probes: the health paths of every API Management gateway (gateway.md 1.8). They are answered for any Host, before routing, without a key,
// and leave no record.
#pragma once

#include <string_view>

#include "http/message.hpp"

namespace gatelet {

inline constexpr std::string_view status_path = "/status-0123456789abcdef";
inline constexpr std::string_view internal_status_path = "/internal-status-0123456789abcdef";

inline bool is_probe(const Request& request) {
  const std::string_view path = request.target.path;
  if (path.size() != status_path.size() && path.size() != internal_status_path.size()) return false;
  return (path == status_path || path == internal_status_path) && (request.method == Method::get || request.method == Method::head);
}

inline constexpr std::string_view ready_text = "Service Operational";
inline constexpr std::string_view not_ready_text = "Service Not Ready";

}  // namespace gatelet
