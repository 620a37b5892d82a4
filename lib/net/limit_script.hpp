// The commands that count limits in Redis, and their answers: one script decides about all limits of a claim at once and counts in all of
// them or in none. Its clock is the server's own, so that gateways whose clocks differ agree, and counters expire by themselves. It needs
// Redis 5 or newer, and no cluster. Sent whole each time: no state of the server has to be known.
#pragma once

#include <string_view>

#include "base/buffer.hpp"
#include "policy/shared_limits.hpp"

namespace gatelet {

enum class LimitCounting : uint8_t { decided, forced };

// `bytes` are of quotas. Empty: there was no memory.
Buffer limit_command(const LimitClaim& claim, uint64_t bytes, LimitCounting counting, std::string_view prefix);
// Not known: the answer is none of the script's.
LimitReply read_rate_answer(std::string_view text);
LimitReply read_quota_answer(std::string_view text, int64_t wall_ms);

}  // namespace gatelet
