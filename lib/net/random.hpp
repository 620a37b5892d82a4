// Random bits of the system (getrandom).
#pragma once

#include <cstdint>

namespace gatelet {

void random_bits(uint64_t (&out)[2]);

}  // namespace gatelet
