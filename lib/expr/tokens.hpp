// Tokens: Jwt and Authorization as values, for the policies that make them.
#pragma once

#include <string_view>

#include "base/json.hpp"
#include "base/json_text.hpp"
#include "crypto/jws.hpp"
#include "expr/evaluation.hpp"

namespace gatelet::cs {

// Jwt of a token whose claims were read; nothing of either is referred to afterwards.
Value jwt_value(Evaluation& run, const crypto::CompactToken& token, const JsonText& claims);
// Authorization, as get-authorization-context gives it.
Value authorization_value(Evaluation& run, std::string_view access_token, const Json& claims);

}  // namespace gatelet::cs
