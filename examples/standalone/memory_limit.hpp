#pragma once

#include <cstdint>

namespace host {

// How much memory the control groups of this process let it have; 0: as much as there is.
uint64_t control_group_memory_bytes();

}  // namespace host
