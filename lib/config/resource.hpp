// Resources: the one form of configuration that every source yields (folder, document, management plane, backup) and the builder reads.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/json.hpp"

namespace gatelet {

// `key` is the management path below the service (management.md 3.3): "apis/echo;rev=1", "apis/echo;rev=1/operations/get-a",
// "apis/echo;rev=1/operations/get-a/policies/policy", "products/starter", "policyFragments/f", "policies/policy", … APIs always carry their
// revision. `value` is the ARM `properties`. Besides: an API has "isCurrent"; the links of products, tags and gateways are lists in their
// owner ("apis", "groups", "products": names); a policy is {"value": text, "format": "rawxml"|"xml"}.
struct Resource {
  std::string key;
  Json value;
  std::string file;  // where the places of `value` are; of a policy or fragment the file whose places are those of its text
};

struct ResourceSet {
  std::vector<Resource> resources;  // in loader order (management.md 4.6): what is referred to stands before what refers

  // Keys compare without case, as all names of APIM do. Looks at each: whoever looks up much makes an index.
  const Resource* find(std::string_view key) const;
};

// The scope of diagnostics about a resource: "api echo;rev=1" for an API and everything below it, otherwise empty.
std::string scope_of_key(std::string_view key);

// "apis/echo;rev=1" → "echo"; "/subscriptions/…/products/starter" or "/products/starter" → "starter": references in bodies may be full
// or short ids. Empty when `id` does not name something of the collection.
std::string_view name_in_id(std::string_view id, std::string_view collection);

// A file of the tree; the host has read it. The path is relative to the root, with '/'.
struct ConfigFile {
  std::string path;
  std::string bytes;
};

struct FolderOptions {
  std::string root_name;                // stands before each path in messages, so that file:line:column can be opened
  std::optional<ConfigFile> overrides;  // configuration.<env>.yaml; its path is used in messages as it is
  std::string gateway_name;             // when set, only the APIs under gateways/<name>/apis are taken
  std::function<std::optional<std::string>(std::string_view)> environment;  // for {#placeholders#} and overrides of single values
};

// An APIOps folder (management.md 4.6). Problems of one API carry its scope; what is broken is left out, the rest is there.
ResourceSet resources_from_folder(const std::vector<ConfigFile>& files, const FolderOptions& options, Diagnostics& diagnostics);

// {"resources":[{"k":…,"v":…}]} in JSON or YAML, told apart by the extension of `file`, else by the first character.
ResourceSet resources_from_document(std::string_view text, std::string_view file, Diagnostics& diagnostics);

}  // namespace gatelet
