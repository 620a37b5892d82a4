// What goes to the management plane and what comes back, as values: the host has the sockets, the address and the token.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace gatelet {

// The host adds Authorization, and follows no redirects.
struct PlaneCall {
  std::string_view method = "GET";
  std::string target;  // path and query: "/gateway-sync/v1/gateways/gw1/config?base=7"
  std::vector<std::pair<std::string_view, std::string>> headers;
  std::string body;
  bool renews_token = false;    // the one before was refused: where does the token come from, and is there a new one?
  uint32_t timeout_ms = 0;      // of the whole call, connecting included
  size_t answer_bytes_max = 0;  // of the decoded body; a larger one is a call that failed
};

struct PlaneAnswer {
  int status = 0;
  std::string etag;       // as all of them the line's value; empty: none
  std::string signature;  // Gsp-Signature
  std::string poll_seconds;
  std::string retry_after;
  std::string body;  // decoded

  // Keeps what is of interest.
  void add_header(std::string_view name, std::string_view value) {
    const std::pair<std::string_view, std::string*> kept[] = {
        {"ETag", &etag}, {"Gsp-Signature", &signature}, {"Gsp-Poll-Seconds", &poll_seconds}, {"Retry-After", &retry_after}};
    for (const auto& [known, member] : kept)
      if (equal_ignoring_case(name, known)) *member = value;
  }
};

// Who the gateway is towards the plane.
struct PlaneIdentity {
  std::string gateway;     // id of the gateway resource
  std::string instance;    // a UUID
  std::string user_agent;  // "gatelet/0.1.0"

  std::string target(std::string_view rest) const { return "/gateway-sync/v1/gateways/" + query_encode(gateway) + std::string(rest); }
  void add_headers(PlaneCall& call) const {
    call.headers.emplace_back("Gsp-Version", "1.0");
    call.headers.emplace_back("Gsp-Instance", instance);
    call.headers.emplace_back("User-Agent", user_agent);
  }
};

// Spreads what would otherwise happen at once in a thousand gateways: numbers from a seed of the host's (splitmix64, Steele et al. 2014).
class Jitter {
 public:
  explicit Jitter(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9E37'79B9'7F4A'7C15;
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EB;
    return z ^ (z >> 31);
  }
  // The period, a tenth less or more. Not the very ends: who counts from the other side sees a little less.
  uint64_t around_us(uint64_t period_ms) { return period_ms * (905 + next() % 191); }

 private:
  uint64_t state_;
};

}  // namespace gatelet
