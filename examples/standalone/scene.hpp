// Scene: the resource document that the first sections of a behaviour file describe.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "behaviour.hpp"
#include "support.hpp"

namespace host {

// The resource document as JSON, or a message in `problem` ("LINE: …").
std::string scene_document(const Behaviour& behaviour, std::string& problem);
// The gateway options and limits that [settings] asks for.
bool scene_options(const Behaviour& behaviour, gatelet_gateway_options& options, gatelet_expression_limits& limits,
                   std::deque<std::string>& texts, std::string& problem);

}  // namespace host
