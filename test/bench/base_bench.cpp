// Micro-benchmarks of the base room: the arena that each exchange allocates from, and the keyed hash of every table that requests look
// into.
#include <memory>
#include <string>

#include "base/arena.hpp"
#include "base/text.hpp"
#include "micro.hpp"

using namespace gatelet;

static constexpr SipKey sip_key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

static void bench_arena(Micro& micro) {
  Arena arena;
  micro.run("arena: 16 allocations of 64 bytes, then clear", [&] {
    for (int i = 0; i < 16; ++i) keep(arena.allocate(64));
    arena.clear();
  });
  micro.run("arena: copy a header of 40 bytes, then clear", [&] {
    keep(arena.copy("X-Forwarded-For: 203.0.113.7, 198.51.100").data());
    arena.clear();
  });
  micro.run("arena: a fresh one for each exchange, 1 KB used", [] {
    Arena fresh;
    keep(fresh.allocate(1024));
  });
  micro.run("for comparison: 16 heap blocks of 64 bytes", [] {
    std::unique_ptr<char[]> blocks[16];
    for (auto& block : blocks) {
      block = std::make_unique_for_overwrite<char[]>(64);
      keep(block.get());
    }
  });
}

static void bench_siphash(Micro& micro) {
  const std::string segment(8, 's'), key(32, 'k'), token(1000, 't');
  micro.run("siphash: a path segment of 8 bytes", [&] { keep(siphash(sip_key, segment)); });
  micro.run("siphash: a subscription key of 32 bytes", [&] { keep(siphash(sip_key, key)); });
  micro.run("siphash: a token of 1000 bytes", [&] { keep(siphash(sip_key, token)); });
}

int main(int argc, char** argv) {
  Micro micro(argc, argv);
  bench_arena(micro);
  bench_siphash(micro);
  return micro.finish();
}
