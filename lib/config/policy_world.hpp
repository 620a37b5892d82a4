// PolicyWorld: what the policy documents of one configuration refer to (named values, fragments, backends), the documents themselves, and
// the programs merged from them, each combination once. What did not change since BuildOptions::previous is taken over from it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "config/backends.hpp"
#include "config/build.hpp"
#include "config/compiled_policies.hpp"

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
  // Of the global scope, when the service has none.
  const std::shared_ptr<const Document>& default_document();
  Upstreams backends() const;
  // By display name; nothing: there is none.
  std::optional<std::string> find_named_value(std::string_view name) const;
  // All that was made, for the Config and the one after it.
  std::shared_ptr<const CompiledPolicies> compiled() const { return compiled_; }

 private:
  std::optional<XmlForm> form_of(const Resource& resource, const std::string& scope_text);
  void set_environment(const BuildOptions& options);
  void read_named_value(const Resource& resource, const std::string& id);
  void read_fragment(const Resource& resource, const std::string& id);
  void take_backends(const ResourceSet& resources, SipKey seed);
  bool is_same(const CompiledDocument& known, const DocumentSource& source) const;
  std::shared_ptr<const CompiledDocument> read(const DocumentSource& source);
  void report(const Diagnostics& problems);

  Diagnostics& diagnostics_;
  std::shared_ptr<const CompiledPolicies> previous_;  // null: nothing can be taken over
  std::shared_ptr<CompiledPolicies> compiled_ = std::make_shared<CompiledPolicies>();
  std::map<std::string, std::string, std::less<>> named_values_;  // by display name
  std::map<std::string, const Resource*, std::less<>> policies_;  // by key in lower case
  std::map<std::string, std::string, std::less<>> fragment_ids_;  // as written, by id in lower case
  std::set<std::string, std::less<>> logger_ids_;                 // in lower case
  ReadEnvironment environment_;
  LookUps* look_ups_ = nullptr;                   // of the document that is being read
  std::set<std::string, std::less<>> said_once_;  // that a policy is skipped is said once in a configuration
};

}  // namespace gatelet
