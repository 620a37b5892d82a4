// AuthorizationTable: authorizations that the host keeps, replaced as a whole (Authorizations).
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/result.hpp"
#include "policy/services.hpp"

namespace gatelet {

class AuthorizationTable final : public Authorizations {
 public:
  static constexpr size_t text_bytes_max = 4 * 1024 * 1024;

  // {"authorizations":[{"provider":"github","id":"c1","expires":"2026-01-31T08:00:00Z","token":{"access_token":"…",…}}]}: what the token's
  // server has answered, and when it is over, if it ever is. With an error nothing has changed.
  Result<> set(std::string_view json);
  std::shared_ptr<const HeldAuthorization> find(std::string_view provider, std::string_view id) override;

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const HeldAuthorization>> held_;
};

}  // namespace gatelet
