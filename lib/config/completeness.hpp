// What every source must check of its resources once all of them are there.
#pragma once

#include "config/resource.hpp"

namespace gatelet {

// A named value without a value is an error and left out; a subscription without a key stays, with a warning that it admits nobody.
void check_completeness(ResourceSet& resources, Diagnostics& diagnostics);

}  // namespace gatelet
