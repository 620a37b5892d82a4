// The clocks of this machine, read only by hosts: everything below net is given an Instant.
#pragma once

#include "base/time.hpp"

namespace gatelet {

Instant read_clocks();

}  // namespace gatelet
