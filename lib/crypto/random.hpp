// Random: where random bytes come from. This room has none of its own: whoever needs some is given a source. Keys and paddings depend on
// it, so it must be one for cryptography (net/random, or what a host of the C ABI hands in).
#pragma once

#include <cstddef>

namespace gatelet::crypto {

struct Random {
  void (*fill)(void* state, void* out, size_t size) = nullptr;
  void* state = nullptr;

  // As mbedTLS calls it; `random` is a Random.
  static int of_mbedtls(void* random, unsigned char* out, size_t size) {
    const auto& self = *static_cast<const Random*>(random);
    self.fill(self.state, out, size);
    return 0;
  }
};

}  // namespace gatelet::crypto
