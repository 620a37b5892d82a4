// Responses as caches keep them, and what caches behind the gateway are told of them (policies-a.md 8.2, 8.3).
#pragma once

#include "policy/context.hpp"

namespace gatelet {

// The head as text, the body shared with the response. Lines that belong to one client or one connection are left out.
CacheValue encode_response(const Response& response, int64_t stored_ms, int64_t duration_s);

struct CachedResponseAge {
  int64_t age_s = 0;
  int64_t left_s = 0;
};
// Makes it the response; false: the bytes are none.
bool decode_response(Context& context, const CacheValue& value, CachedResponseAge& age);

// Cache-Control and Expires of the answer.
void tell_downstream(Context& context, const CacheLookup& lookup, int64_t left_s);
// Whether the client has what the response is already: If-None-Match, else If-Modified-Since.
bool is_not_modified(const Headers& request, const Headers& response);

}  // namespace gatelet
