#include "gateway/authorization_table.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

namespace gatelet {

Result<> AuthorizationTable::set(std::string_view text) {
  const auto wrong = [](std::string what, SourcePos at) { return Error{Code::argument, "authorizations: " + std::move(what), at, {}}; };
  GATELET_TRY(json, Json::parse(text, text_bytes_max));
  const Json& list = json["authorizations"];
  if (!list.is_array()) return wrong("write {\"authorizations\": [{\"provider\": ..., \"id\": ..., \"token\": {...}}]}", json.at());
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const HeldAuthorization>> read;
  for (const Json& item : list.items()) {
    const std::string_view provider = item["provider"].string(), id = item["id"].string();
    if (provider.empty() || id.empty()) return wrong("each needs a provider and an id", item.at());
    auto made = std::make_shared<HeldAuthorization>();
    made->claims = item["token"];
    made->access_token = item["token"]["access_token"].string();
    if (made->access_token.empty()) return wrong("'" + std::string(id) + "' needs a token with an access_token", item.at());
    const Json& expires = item["expires"];
    const auto time = expires.is_string() ? parse_iso_timestamp(expires.string()) : std::nullopt;
    if (!expires.is_null() && !time)
      return wrong("'expires' of '" + std::string(id) + "' is not a time such as 2026-01-31T08:00:00Z", expires.at());
    if (time) made->expires_ms = *time;
    if (!read.emplace(std::pair(lower(provider), lower(id)), std::move(made)).second)
      return wrong("'" + std::string(id) + "' of '" + std::string(provider) + "' is there twice", item.at());
  }
  std::lock_guard lock(mutex_);
  held_.swap(read);
  return Done{};
}

std::shared_ptr<const HeldAuthorization> AuthorizationTable::find(std::string_view provider, std::string_view id) {
  const std::pair key(lower(provider), lower(id));
  std::lock_guard lock(mutex_);
  const auto found = held_.find(key);
  return found == held_.end() ? nullptr : found->second;
}

}  // namespace gatelet
