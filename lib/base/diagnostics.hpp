// Diagnostics: all problems found in a configuration, each with its place and a remedy. Loading never stops at the first one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gatelet {

enum class Severity { error, warning, note };  // note: nothing is wrong

// The codes are kebab-case and listed once, in diagnostic_codes.inc.
enum class DiagnosticCode {
#define GATELET_DIAGNOSTIC(id, text, meaning) id,
#include "base/diagnostic_codes.inc"
#undef GATELET_DIAGNOSTIC
};
std::string_view text_of(DiagnosticCode code);

struct Diagnostic {
  Severity severity = Severity::error;
  DiagnosticCode code{};
  std::string message;  // what is wrong, with the offending value, and what to do about it
  std::string file;     // path as the host gave it, or the resource key; empty for a bare text
  SourcePos at;
  std::string scope;  // "global", "product starter", "api echo;rev=1", "operation echo;rev=1/get"; empty outside policies
  std::shared_ptr<const std::string> source = nullptr;  // the text that `at` counts in, where `file` is no file: one in a document
};

// One line: file:line:column: severity: message [code]
std::string format(const Diagnostic& diagnostic);

class Diagnostics {
 public:
  void add(Diagnostic diagnostic);
  void error(DiagnosticCode code, std::string message, std::string file = {}, SourcePos at = {}, std::string scope = {});
  void warning(DiagnosticCode code, std::string message, std::string file = {}, SourcePos at = {}, std::string scope = {});
  void append(const Diagnostics& other);
  // The texts by what messages call them, for those that are no files.
  void give_sources(const std::map<std::string_view, std::string_view>& texts);

  bool has_errors() const { return error_count_ != 0; }
  size_t error_count() const { return error_count_; }
  size_t count() const { return items_.size(); }
  const std::vector<Diagnostic>& items() const { return items_; }

 private:
  std::vector<Diagnostic> items_;
  size_t error_count_ = 0;
};

// The candidate nearest to `word` (edit distance, at most a third of its length), or empty: for "did you mean" hints.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace gatelet
