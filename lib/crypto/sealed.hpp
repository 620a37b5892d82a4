// Sealed texts: AES-256-GCM, so that nobody reads and nobody changes what was written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatelet::crypto {

inline constexpr size_t seal_key_bytes = 32;
inline constexpr size_t seal_nonce_bytes = 12;
inline constexpr size_t seal_tag_bytes = 16;

// The text encrypted, its tag behind it. Key and nonce have the lengths above; a nonce is used once with a key, random ones do. `clear` is
// not encrypted and not part of the result, but sealed with it.
std::string seal(std::string_view key, std::string_view nonce, std::string_view clear, std::string_view plain);
// False, and `out` empty, when anything differs from what was sealed.
bool open_sealed(std::string_view key, std::string_view nonce, std::string_view clear, std::string_view sealed, std::string& out);

}  // namespace gatelet::crypto
