// What gateways get of a resource (management.md 3.3): its properties with secrets, links as lists in their owner.
#pragma once

#include <optional>

#include "config/resource.hpp"
#include "manage/manage/tree.hpp"

namespace gatelet::manage {

// None: of no use to gateways.
std::optional<Json> delivered_value(const Tree& tree, const Entry& entry);
// Back: a resource of a folder as entries, its lists as links. New secrets are made by the caller.
std::vector<Entry> entries_of_resource(const Resource& resource);

}  // namespace gatelet::manage
