// The public policy documents: whatever this build makes of them, each problem has a place and no known element is called unknown.
#include <doctest/doctest.h>

#include <cstdio>

#include "corpora.hpp"
#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

static bool ends_with(const std::string& text, std::string_view end) { return text.size() >= end.size() && text.ends_with(end); }

TEST_CASE("corpus: 296 public documents are read without a crash and without a problem that has no place") {
  const auto folder = find_corpus("policies", 296);
  if (!folder) return;
  FakeEnvironment environment;
  environment.lenient = true;
  const auto policies = builtin_policies();
  int documents = 0, usable = 0;
  std::map<std::string, int> counts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
    if (!ends_with(entry.path().string(), ".xml")) continue;
    const std::string text = read_bytes(entry.path());
    const std::string file = entry.path().filename().string();
    const bool is_fragment = text.find("<fragment") != std::string::npos && text.find("<policies") == std::string::npos;
    CAPTURE(file);
    Diagnostics diagnostics;
    const DocumentSource source{.text = text, .file = file, .scope_text = {}, .is_scope_known = false};
    const auto document = read_document(source, environment.lookup(), diagnostics, is_fragment);
    ++documents;
    usable += document != nullptr;
    CHECK((document != nullptr) == !diagnostics.has_errors());
    for (const Diagnostic& problem : diagnostics.items()) {
      ++counts[std::string(text_of(problem.code)) + (problem.severity == Severity::error ? " (error)" : " (warning)")];
      CAPTURE(format(problem));
      CHECK(problem.at);
      for (std::string_view element : policies->elements())
        CHECK_FALSE((problem.code == DiagnosticCode::unknown_element && problem.message.starts_with("'" + std::string(element) + "'")));
    }
  }
  CHECK(documents == 296);
  std::printf("policies corpus: %d documents, %d usable without expressions\n", documents, usable);
  for (const auto& [code, count] : counts) std::printf("  %-40s %d\n", code.c_str(), count);
}
