#include "policy/event_hub.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "expr/base64.hpp"
#include "expr/uris.hpp"

namespace gatelet {
namespace event_hub_words {

Error wrong(std::string what) { return {Code::argument, "the connection string of the event hub: " + std::move(what), {}, {}}; }

struct Parts {
  std::string_view endpoint, key_name, key, entity;
  bool is_emulator = false;
};

// Words that are not known are for other clients.
Result<Parts> split(std::string_view text) {
  Parts parts;
  while (!text.empty()) {
    const std::string_view part = trim(text.substr(0, text.find(';')));
    text.remove_prefix(std::min(text.size(), text.find(';') == text.npos ? text.size() : text.find(';') + 1));
    if (part.empty()) continue;
    const size_t equals = part.find('=');  // the first one: a key ends with others
    if (equals == part.npos) return wrong("a part of it has no '='; write Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…");
    const std::string word = lower(trim(part.substr(0, equals)));
    const std::string_view value = trim(part.substr(equals + 1));
    if (word == "endpoint") parts.endpoint = value;
    if (word == "sharedaccesskeyname") parts.key_name = value;
    if (word == "sharedaccesskey") parts.key = value;
    if (word == "entitypath") parts.entity = value;
    if (word == "usedevelopmentemulator") parts.is_emulator = parse_bool(value).value_or(false);
  }
  return parts;
}

Result<EventHub> hub_at(const std::string& address, std::string_view name) {
  GATELET_TRY(url, parse_url(address));
  EventHub hub;
  hub.upstream = std::make_shared<const Upstream>(upstream_from(std::move(url)));
  hub.path = "/" + cs::escape_data(name);
  return hub;
}

}  // namespace event_hub_words

Result<EventHub> parse_event_hub(std::string_view connection_string, std::string_view name) {
  using namespace event_hub_words;
  GATELET_TRY(parts, split(connection_string));
  const size_t mark = parts.endpoint.find("://");
  if (mark == parts.endpoint.npos || !equal_ignoring_case(parts.endpoint.substr(0, mark), "sb"))
    return wrong("its Endpoint is no URL such as sb://name.servicebus.windows.net/");
  if (parts.key_name.empty() || parts.key.empty()) return wrong("SharedAccessKeyName and SharedAccessKey are needed; add them");
  if (name.empty()) name = parts.entity;
  if (name.empty()) return wrong("the hub has no name; give one, or EntityPath");
  const std::string_view rest = parts.endpoint.substr(mark + 3);
  auto hub = hub_at((parts.is_emulator ? "http://" : "https://") + std::string(rest.substr(0, rest.find('/'))), name);
  if (!hub) return wrong("its Endpoint: " + hub.error().message);
  hub->key_name = parts.key_name;
  hub->key = parts.key;
  return hub;
}

Result<EventHub> event_hub_with_identity(std::string_view endpoint_address, std::string_view name, std::string_view client_id) {
  const auto wrong = [](std::string what) { return Error{Code::argument, "endpointAddress: " + std::move(what), {}, {}}; };
  if (name.empty()) return wrong("the hub has no name; give one");
  const size_t mark = endpoint_address.find("://");
  const bool is_web = starts_with_ignoring_case(endpoint_address, "http");  // http is for emulators
  const std::string_view rest = mark == endpoint_address.npos ? endpoint_address : endpoint_address.substr(mark + 3);
  const std::string scheme = mark != endpoint_address.npos && is_web ? lower(endpoint_address.substr(0, mark)) : "https";
  auto hub = event_hub_words::hub_at(scheme + "://" + std::string(rest.substr(0, rest.find('/'))), name);
  if (!hub) return wrong(hub.error().message);
  if (!equal_ignoring_case(client_id, "SystemAssigned")) hub->client_id = client_id;
  return hub;
}

std::string shared_access_signature(const EventHub& hub, int64_t wall_ms) {
  const std::string resource = cs::escape_data(hub.upstream->url.scheme + "://" + hub.upstream->authority + hub.path);
  const std::string expiry = std::to_string(wall_ms / 1000 + sas_token_s);
  const crypto::Digest digest = crypto::hmac_of(crypto::Hash::sha256, hub.key, resource + "\n" + expiry);
  return "SharedAccessSignature sr=" + resource + "&sig=" + cs::escape_data(cs::base64_text(digest.view())) + "&se=" + expiry +
         "&skn=" + cs::escape_data(hub.key_name);
}

std::string event_path(const EventHub& hub, std::string_view partition_id) {
  return hub.path + (partition_id.empty() ? std::string() : "/partitions/" + cs::escape_data(partition_id)) + "/messages";
}

std::string event_json(std::string_view text, std::string_view partition_key) {
  std::string out = "{\"Body\":\"" + json_escape(text) + '"';
  if (!partition_key.empty()) out += ",\"BrokerProperties\":{\"PartitionKey\":\"" + json_escape(partition_key) + "\"}";
  return out + '}';
}

}  // namespace gatelet
