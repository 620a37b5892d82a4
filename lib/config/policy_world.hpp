// PolicyWorld: what the policy documents of one configuration refer to (named values, fragments, backends), the documents themselves, and
// the programs merged from them, each combination once.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "config/backends.hpp"
#include "config/build.hpp"

namespace gatelet {

class PolicyWorld {
 public:
  PolicyWorld(const ResourceSet& resources, const BuildOptions& options, Diagnostics& diagnostics);

  // The policy document with this key ("apis/echo;rev=1/policies/policy"); null: there is none, or it has errors, which are reported.
  std::shared_ptr<const Document> document(std::string_view key, Scope scope, const std::string& scope_text,
                                           const std::vector<std::string>* template_parameters = nullptr);
  // Null: too long, which is reported under `scope_text`.
  std::shared_ptr<const Program> program(const std::shared_ptr<const Document>& global, const std::shared_ptr<const Document>& product,
                                         const std::shared_ptr<const Document>& api, const std::shared_ptr<const Document>& operation,
                                         const std::string& scope_text);
  // When all documents were read: the problems of fragments that none of them includes. They break nothing that is served.
  void check_unused_fragments();
  const Upstreams& backends() const { return backends_; }

 private:
  struct Fragment {
    ReadEnvironment::Fragment source;
    std::string id;
    bool is_included = false;
  };

  std::optional<XmlForm> form_of(const Resource& resource, const std::string& scope_text);
  void read_fragment(const Resource& resource, const std::string& id);
  void read_named_value(const Resource& resource, const std::string& id);

  Diagnostics& diagnostics_;
  std::map<std::string, std::string> named_values_;         // by display name
  std::map<std::string, Fragment, std::less<>> fragments_;  // by id in lower case
  Upstreams backends_;
  std::map<std::string, const Resource*, std::less<>> policies_;  // by key in lower case
  std::map<std::array<const Document*, 4>, std::shared_ptr<const Program>> programs_;
  ReadEnvironment environment_;
};

}  // namespace gatelet
