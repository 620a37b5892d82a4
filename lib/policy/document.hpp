// Document: one policy document read into statements, and the flattening of the documents of all scopes into a Program
// (policies-a.md 2.2, policies-b.md 1). Named values are substituted in the texts before they are read as values; fragments are read at
// each place that includes them, because path, section and scope differ there.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "policy/policy.hpp"
#include "policy/table.hpp"
#include "policy/upstream.hpp"
#include "xml/reader.hpp"

namespace gatelet {

// What reading a document may look up. The pointers outlive the call.
struct ReadEnvironment {
  const PolicyTable* policies = nullptr;
  const ExpressionCompiler* expressions = nullptr;  // null: expressions are an error with their place
  SourceLimits expression_limits;
  // The value of {{name}}; nullopt: unknown.
  std::function<std::optional<std::string>(std::string_view name)> named_value;
  struct Fragment {
    std::string text;
    std::string file;
    XmlForm form = XmlForm::any;
  };
  std::function<const Fragment*(std::string_view id)> fragment;
  // The backend resource's upstream; null: unknown.
  std::function<std::shared_ptr<const Upstream>(std::string_view id)> backend;
  // Whether there is a logger resource of that id; null: nobody knows.
  std::function<bool(std::string_view id)> logger;
  // A single document is checked without its service: unknown names are warnings, an unknown named value stands as "1".
  bool lenient = false;
};

struct DocumentSource {
  std::string_view text;
  std::string_view file;
  Scope scope = Scope::global;
  std::string_view scope_text;  // for diagnostics: "api echo;rev=1"
  XmlForm form = XmlForm::any;  // `escaped` when the resource says its format is "xml"
  // False when a single document is read without knowing where it belongs: any scope is right then.
  bool is_scope_known = true;
  // Names of the operation's template parameters, which rewrite-uri may use; null: not an operation's document, or unknown.
  const std::vector<std::string>* template_parameters = nullptr;
};

struct Document {
  // As read, named values not replaced: for effective_text().
  struct Source {
    std::string text;
    XmlForm form = XmlForm::any;
  };
  Scope scope = Scope::global;
  std::optional<Block> sections[section_count];  // nullopt: absent, behaves as if it held only <base/>
  Source source;
  std::map<std::string, Source, std::less<>> fragments;  // those it includes
};

// Null when the document has errors; all problems are in `diagnostics`, which are best those of the whole configuration: that a policy is
// skipped is said once in them. `as_fragment`: the root is <fragment>, read for its problems only (gatelet check of a single fragment).
std::shared_ptr<const Document> read_document(const DocumentSource& source, const ReadEnvironment& environment, Diagnostics& diagnostics,
                                              bool as_fragment = false);

// The default document of the global scope: backend = <forward-request/>. What a global document leaves out comes from here, as what other
// documents leave out comes from their parents.
extern const std::string_view default_global_text;
std::shared_ptr<const Document> default_global_document(const PolicyTable& policies);

// Merges from broad to narrow; null entries are scopes without a document. The error is a limit (program_instructions_max).
Result<std::shared_ptr<const Program>> flatten(const std::shared_ptr<const Document> (&by_scope)[4]);

// The merged policy as a document again, fragments and <base/> expanded, for `check --effective`. For documents that flatten() took. It is
// in raw form, whatever forms its parts have, and reads as they do.
std::string effective_text(const std::shared_ptr<const Document> (&by_scope)[4]);

// Used by Policy::flatten overrides. What is emitted must be owned by the statement's policy.
class Flattener {
 public:
  virtual ~Flattener() = default;
  // Appends an instruction and returns its index.
  virtual uint32_t emit(const Policy& policy, const Origin& origin) = 0;
  virtual void set_jump(uint32_t index, uint32_t target) = 0;
  virtual uint32_t here() const = 0;
  // Appends the children, <base/> spliced.
  virtual void block(const Block& block) = 0;
};

}  // namespace gatelet
