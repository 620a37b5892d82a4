// Values of settings as the host needs them; the table has checked their form.
#pragma once

#include <algorithm>
#include <cstdlib>

#include "support.hpp"

namespace host {

inline std::string get(const gatelet_settings* settings, std::string_view name) {
  return std::string(view(gatelet_settings_get(settings, str(name))));
}

inline uint64_t number(const gatelet_settings* settings, std::string_view name) {
  return std::strtoull(get(settings, name).c_str(), nullptr, 10);
}

inline bool is_true(const gatelet_settings* settings, std::string_view name) {
  const std::string value = get(settings, name);
  return !value.empty() && (value[0] == 't' || value[0] == 'T');
}

// One of GATELET_IDENTITY_*.
inline int32_t identity_kind(std::string_view name) {
  return name == "imds"                 ? GATELET_IDENTITY_IMDS
         : name == "client-credentials" ? GATELET_IDENTITY_CLIENT_CREDENTIALS
         : name == "workload"           ? GATELET_IDENTITY_WORKLOAD
                                        : GATELET_IDENTITY_APP_SERVICE;
}

// "hh:mm:ss" or "d.hh:mm:ss".
inline uint32_t milliseconds(const gatelet_settings* settings, std::string_view name) {
  constexpr uint64_t most = 0x7fffffff;
  uint64_t total = 0, part = 0;
  for (const char c : get(settings, name)) {
    if (c != '.' && c != ':') {
      part = std::min(part * 10 + static_cast<uint64_t>(c - '0'), most);
    } else {
      total = std::min((total + part) * (c == '.' ? 24 : 60), most);
      part = 0;
    }
  }
  return static_cast<uint32_t>(std::min((total + part) * 1000, most));
}

}  // namespace host
