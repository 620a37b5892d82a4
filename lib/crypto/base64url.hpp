// base64url without padding (RFC 7515), strict: another alphabet, blanks, padding and leftover bits are refused, so that one text has one
// spelling (reliability.md A-55).
#pragma once

#include <string>
#include <string_view>

#include "base/arena.hpp"

namespace gatelet::crypto {

bool decode_base64url(std::string_view text, std::string& out);
bool decode_base64url(std::string_view text, Arena& arena, std::string_view& out);
std::string base64url(std::string_view bytes);

}  // namespace gatelet::crypto
