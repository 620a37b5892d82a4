// Loggers: the resources loggers/*, of which those of the type azureEventHub get the events of log-to-eventhub (policies-b.md 4.3).
#pragma once

#include <map>
#include <memory>
#include <string>

#include "config/backends.hpp"
#include "policy/event_hub.hpp"

namespace gatelet {

using EventHubs = std::map<std::string, std::shared_ptr<const EventHub>, std::less<>>;  // by resource id in lower case

// Every problem is reported with its place; a logger that has one is left out, and keeps nothing else from running.
EventHubs read_event_hubs(const ResourceSet& resources, const NamedValueLookup& named_value, Diagnostics& diagnostics);

}  // namespace gatelet
