// CacheAddress: where an external cache is, as a connection string says it (management.md 2.6): "host:port,password=…,ssl=True", the words
// of StackExchange.Redis.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gatelet {

// A cache that takes longer is of no use to the requests that wait for it; the connection string may say otherwise.
inline constexpr uint32_t cache_timeout_ms_default = 1'000;
inline constexpr uint32_t cache_connect_timeout_ms_default = 5'000;
inline constexpr uint32_t cache_timeout_ms_max = 60'000;
inline constexpr size_t cache_places_max = 16;
inline constexpr uint32_t cache_database_max = 1'000'000;

struct CacheAddress {
  struct Place {
    std::string host;  // IPv6 without brackets
    uint16_t port = 0;
    bool operator==(const Place&) const = default;
  };
  std::vector<Place> places;  // tried in turn
  std::string user;
  std::string password;  // a secret; empty: none
  bool is_tls = false;
  std::string tls_host;  // looked for in the certificate; empty: the place's host
  uint32_t database = 0;
  uint32_t connect_timeout_ms = cache_connect_timeout_ms_default;
  uint32_t timeout_ms = cache_timeout_ms_default;
  bool operator==(const CacheAddress&) const = default;
};

// The text is not quoted in errors: it holds a password.
Result<CacheAddress> parse_cache_address(std::string_view text);

}  // namespace gatelet
