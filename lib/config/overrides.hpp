// Overrides (management.md 4.6): configuration.<env>.yaml changes properties of an APIOps folder's resources.
#pragma once

#include <map>
#include <set>

#include "config/placeholders.hpp"
#include "config/resource.hpp"

namespace gatelet {

class Overrides {
 public:
  Overrides() = default;  // changes nothing
  // Placeholders are replaced; an environment variable such as namedValues__0__properties__value replaces one value of the file.
  Overrides(const ConfigFile& file, const EnvironmentLookup& environment, Diagnostics& diagnostics);

  // The properties with the overrides of `path` ("apis/echo", "apis/echo/operations/get/policies/policy") merged in. The places are
  // those of the properties, also of what came from the overrides, so that one resource has one file.
  Json applied(std::string_view path, const Json& properties);
  // Whether the overrides replace a member of the resource: a policy's text then has no file of its own.
  bool replaces(std::string_view path, std::string_view member) const;
  // Those of `path` and everything below it are without an effect, but not by mistake.
  void accept(std::string_view path);
  // Overrides of resources that are not in the folder.
  void report_unused(Diagnostics& diagnostics) const;

 private:
  struct Entry {
    std::string path;
    Json properties;
    SourcePos at;
    bool is_used = false;
  };

  void read_collection(const Json::Member& collection, const std::string& parent, std::string_view parent_kind, Diagnostics& diagnostics);
  void read_entry(const Json& entry, const std::string& parent, std::string_view kind, Diagnostics& diagnostics);

  std::string file_;
  std::map<std::string, Entry> entries_;  // by path in lower case
  std::set<std::string> asked_;           // the paths of all resources, to suggest one
};

}  // namespace gatelet
