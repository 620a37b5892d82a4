// VersionSets: by what the versions of an API are told apart. A set is read once, so that what is wrong with it is told once and not for
// each of its APIs.
#pragma once

#include <map>
#include <string>

#include "config/properties.hpp"
#include "config/resource.hpp"
#include "route/router.hpp"

namespace gatelet {

struct VersionSet {
  VersionScheme scheme = VersionScheme::none;
  std::string name;        // header or query parameter
  bool is_broken = false;  // its APIs cannot be served
};

class VersionSets {
 public:
  VersionSets(const ResourceSet& resources, Diagnostics& diagnostics);
  // The set that an API names or holds; one without a scheme when it has none.
  VersionSet of(const Properties& api) const;

 private:
  std::map<std::string, VersionSet, std::less<>> by_id_;  // in lower case
};

}  // namespace gatelet
