// Which operations hold bodies in memory, and because of which policy: everything else streams through.
#pragma once

#include "base/diagnostics.hpp"
#include "config/model.hpp"

namespace gatelet {

// One note for each body of an operation that a policy needs whole, at the first policy that does. What only the policies of a product need
// is told with its name: "echo/get/starter".
Diagnostics buffered_bodies(const Config& config);

}  // namespace gatelet
