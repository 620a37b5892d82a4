// The maximums of Liquid (reliability.md A-79).
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatelet {

inline constexpr uint32_t liquid_depth_max = 100;             // of blocks, brackets and values in one another
inline constexpr uint64_t liquid_steps_max = 4'000'000;       // of one rendering: tags, outputs, turns of loops; 1 for 64 bytes of text
inline constexpr uint64_t liquid_iterations_max = 1'000'000;  // turns of all loops of one rendering
inline constexpr size_t liquid_problems_max = 20;             // of one template, then reading stops

}  // namespace gatelet
