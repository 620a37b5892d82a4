// What the options of gatelet/sync.h say, for a link of the host's and for one of a server's.
#pragma once

#include "capi/handles.hpp"
#include "config/sync/federation.hpp"
#include "gatelet/sync.h"

namespace gatelet {

// The gateway may be empty. The log outlives what is made of them.
Result<FederationOptions> federation_options_from(const gatelet_sync_options& given, HostLog& log);

}  // namespace gatelet
