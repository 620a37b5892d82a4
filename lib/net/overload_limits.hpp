// The maxima of a server that has too much to do, beside those of base/limits.hpp (reliability.md ).
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatelet {

inline constexpr uint32_t descriptors_per_reserved = 128;  // of many descriptors one in so many is kept instead
inline constexpr uint32_t guest_connections_max = 256;     // per process, let in for probes although there is no room
inline constexpr uint32_t guest_timeout_ms = 1'000;        // until the head of a guest's request
inline constexpr uint32_t guest_stay_ms = 10;              // then a guest that has not asked yet makes room for the next one
inline constexpr size_t idle_search_clients_per_ms = 500;  // after so many busy clients no idle one is looked for during a millisecond

// Memory of the process, where a maximum is set
inline constexpr uint32_t memory_soft_percent = 80;
inline constexpr uint32_t memory_hard_percent = 95;
inline constexpr uint32_t memory_relief_percent = 5;     // below a mark until its state ends, so that it does not flicker
inline constexpr uint32_t memory_look_ms = 50;           // bodies arrive with a gigabyte a second at most: 50 MB until it is seen
inline constexpr uint32_t memory_looks_per_release = 8;  // giving memory back takes milliseconds
inline constexpr uint32_t overload_idle_timeout_ms = 5'000;

}  // namespace gatelet
