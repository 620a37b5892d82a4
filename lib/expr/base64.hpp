// Base64 with the standard alphabet and padding, as System.Convert reads and writes it.
#pragma once

#include <string>
#include <string_view>

#include "expr/string.hpp"

namespace gatelet::cs {

std::string base64_text(std::string_view bytes);
// Blanks are passed over; false: not base64.
bool parse_base64(const String& text, std::string& out);

}  // namespace gatelet::cs
