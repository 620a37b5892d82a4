// Steps of JSON pointers (RFC 6901).
#pragma once

#include <string>
#include <string_view>

namespace gatelet {

// "~1" is a slash and "~0" a tilde (RFC 6901 4).
inline std::string pointer_step(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = text[i] == '~' && i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1');
    out += is_escape ? (text[++i] == '0' ? '~' : '/') : text[i];
  }
  return out;
}

}  // namespace gatelet
