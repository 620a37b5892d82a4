// {#placeholders#} of APIOps files, replaced by values of the environment.
#pragma once

#include <functional>
#include <optional>

#include "base/diagnostics.hpp"
#include "base/json.hpp"

namespace gatelet {

using EnvironmentLookup = std::function<std::optional<std::string>(std::string_view)>;

// Replaces in strings only, so that a value can neither break the document nor become a part of it. An unset one is an error
// and its string becomes null.
Json with_placeholders_replaced(const Json& json, const EnvironmentLookup& environment, const std::string& file, const std::string& scope,
                                Diagnostics& diagnostics);

// For texts that cannot be read: says where placeholders may stand, when there are any.
std::string placeholder_hint(std::string_view text);

}  // namespace gatelet
