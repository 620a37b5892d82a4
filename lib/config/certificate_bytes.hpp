// The bytes of a certificate resource's `data`.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gatelet {

// PEM as it is, else base64.
Result<std::string> certificate_bytes(std::string_view data);

}  // namespace gatelet
