// Resource documents that are read already: what the management plane and backups hold has the same form as a file.
#pragma once

#include "config/resource.hpp"

namespace gatelet {

// `file` names the document in messages; policies and fragments have their key instead, as their places are those of their text.
ResourceSet resources_from_json(const Json& document, std::string_view file, Diagnostics& diagnostics);

// Whether this build knows resources of the kind, "apis" or "apis/*/operations".
bool is_known_kind(std::string_view kind);

}  // namespace gatelet
