// Access: may this request use this API, and in the context of which product and subscription (gateway.md 3.7).
#pragma once

#include "base/arena.hpp"
#include "config/model.hpp"
#include "gateway/gateway.hpp"
#include "http/message.hpp"

namespace gatelet {

struct Access {
  enum class Kind : uint8_t { allowed, key_not_found, key_invalid };
  Kind kind = Kind::allowed;
  uint32_t product = index_none;               // position in Config::products
  const Subscription* subscription = nullptr;  // null: without key
};

Access check_access(const Config& config, const Api& api, const Request& request, ForeignKeys foreign, Arena& arena);

}  // namespace gatelet
