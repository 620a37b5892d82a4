#include "base/siphash.hpp"

#include <cstring>

namespace gatelet {

namespace {

struct SipState {
  uint64_t v0, v1, v2, v3;

  explicit SipState(SipKey key)
      : v0(key.k0 ^ 0x736f6d6570736575),
        v1(key.k1 ^ 0x646f72616e646f6d),
        v2(key.k0 ^ 0x6c7967656e657261),
        v3(key.k1 ^ 0x7465646279746573) {}

  static uint64_t rotate(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }
  void round() {
    v0 += v1, v1 = rotate(v1, 13), v1 ^= v0, v0 = rotate(v0, 32);
    v2 += v3, v3 = rotate(v3, 16), v3 ^= v2;
    v0 += v3, v3 = rotate(v3, 21), v3 ^= v0;
    v2 += v1, v1 = rotate(v1, 17), v1 ^= v2, v2 = rotate(v2, 32);
  }
  void mix(uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  void mix(std::string_view text) {
    size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
      uint64_t word;
      std::memcpy(&word, text.data() + at, 8);
      mix(word);
    }
    uint64_t last = static_cast<uint64_t>(text.size()) << 56;
    for (size_t i = 0; at + i < text.size(); ++i) last |= static_cast<uint64_t>(static_cast<unsigned char>(text[at + i])) << (8 * i);
    mix(last);
  }
  uint64_t finish() {
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

}  // namespace

uint64_t siphash(SipKey key, std::string_view text) {
  SipState state(key);
  state.mix(text);
  state.v2 ^= 0xff;
  return state.finish();
}

KeyHash siphash_128(SipKey key, std::string_view text) {
  SipState state(key);
  state.v1 ^= 0xee;
  state.mix(text);
  state.v2 ^= 0xee;
  KeyHash hash;
  hash.low = state.finish();
  state.v1 ^= 0xdd;
  hash.high = state.finish();
  return hash;
}

}  // namespace gatelet
