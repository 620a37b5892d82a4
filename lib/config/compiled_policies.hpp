// CompiledPolicies: the policy documents of a configuration with all that each was made from, and the programs merged from them. A Config
// keeps its own, and the one built after it takes over what would come out the same: an API that did not change is not compiled again.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "policy/document.hpp"

namespace gatelet {

// What the reading of a document asked for, and what it got. All that ReadEnvironment can look up must be in here.
struct LookUps {
  std::map<std::string, std::optional<std::string>, std::less<>> named_values;
  std::map<std::string, std::shared_ptr<const ReadEnvironment::Fragment>, std::less<>> fragments;  // null: there was none
  std::map<std::string, std::shared_ptr<const Upstream>, std::less<>> backends;                    // null: there was none
  std::map<std::string, bool, std::less<>> loggers;                                                // whether it was there
};

struct CompiledDocument {
  std::shared_ptr<const Document> document;  // null: it has errors
  std::string text;                          // when the document does not have it
  std::string file;
  std::string scope_text;
  Scope scope = Scope::global;
  XmlForm form = XmlForm::any;
  std::optional<std::vector<std::string>> template_parameters;
  LookUps look_ups;
  Diagnostics problems;
};

struct CompiledBackend {
  std::string properties;  // that it was made from
  std::shared_ptr<const Upstream> upstream;
};

using ProgramKey = std::array<const Document*, 4>;  // by scope; the program keeps them alive

struct CompiledPolicies {
  const ExpressionCompiler* expressions = nullptr;
  SourceLimits expression_limits;
  std::shared_ptr<const Document> default_document;
  std::map<std::string, std::shared_ptr<const CompiledDocument>, std::less<>> documents;           // by resource key in lower case
  std::map<std::string, std::shared_ptr<const ReadEnvironment::Fragment>, std::less<>> fragments;  // by id in lower case
  std::map<std::string, CompiledBackend, std::less<>> backends;                                    // by id in lower case
  std::string referable_by_backends;  // what those with references could be made from besides
  std::map<ProgramKey, std::shared_ptr<const Program>> programs;
  size_t documents_read = 0;  // what was not taken over
  size_t programs_made = 0;
};

}  // namespace gatelet
