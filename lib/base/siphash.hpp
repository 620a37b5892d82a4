// 128 bits of SipHash: what tables keep in the place of a key of any length that clients choose. Two keys of one table never have the same
// in practice, and nobody who does not know the seed can make them.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/text.hpp"

namespace gatelet {

struct KeyHash {
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const KeyHash&) const = default;
};

// SipHash-2-4 with 128 bits of output, by the same authors; siphash() of base/text.hpp is the one with 64.
KeyHash siphash_128(SipKey key, std::string_view text);

}  // namespace gatelet
