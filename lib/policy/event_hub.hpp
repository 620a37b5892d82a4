// EventHub: where the events of a logger go (policies-b.md 4.3): the HTTPS interface of an event hub, and the key that signs for it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "policy/upstream.hpp"

namespace gatelet {

struct EventHub {
  std::shared_ptr<const Upstream> upstream;  // of the namespace
  std::string path;                          // "/audit", encoded
  std::string key_name;
  std::string key;        // a secret; empty: an access token of the gateway's identity says who sends
  std::string client_id;  // of that identity; empty: that of the settings
};

// "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=…"; the hub is `name`, else the string's EntityPath.
// With UseDevelopmentEmulator=true it is reached without TLS. The text is not quoted in errors: it holds a key.
Result<EventHub> parse_event_hub(std::string_view connection_string, std::string_view name);

// The hub of a namespace, "ns.servicebus.windows.net" or a URL, that is told by an identity who sends: a client id, or "SystemAssigned".
Result<EventHub> event_hub_with_identity(std::string_view endpoint_address, std::string_view name, std::string_view client_id);
// What access tokens for event hubs are for.
inline constexpr std::string_view event_hub_resource = "https://eventhubs.azure.net";

// What the header Authorization says: a token that is good for this hub and for sas_token_s seconds.
std::string shared_access_signature(const EventHub& hub, int64_t wall_ms);

// Where a batch of events goes: all of them to that partition, if it is named.
std::string event_path(const EventHub& hub, std::string_view partition_id);
// One event of a batch in JSON. `partition_key`: empty, or what its partition is chosen by.
std::string event_json(std::string_view text, std::string_view partition_key);

}  // namespace gatelet
