// What fuzz targets share: a property that does not hold ends the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/diagnostics.hpp"

namespace gatelet::fuzz {

inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

inline std::string_view text_of(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

// No problem is silent.
inline void require_told(const Diagnostics& diagnostics) {
  for (const Diagnostic& item : diagnostics.items()) require(!item.message.empty() && !text_of(item.code).empty());
}

// Control characters that would end a line of HTTP, or a C text.
inline bool is_line_clean(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos; }

}  // namespace gatelet::fuzz
