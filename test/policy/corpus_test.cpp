// The public policy documents: whatever this build makes of them, each problem has a place and no known element is called unknown.
#include <doctest/doctest.h>

#include <cstdio>
#include <set>

#include "corpora.hpp"
#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

// What real documents use most, and what the build runs besides: none of it is skipped.
static const std::set<std::string, std::less<>> elements_that_run = {"authentication-basic",
                                                                     "authentication-certificate",
                                                                     "authentication-managed-identity",
                                                                     "azure-openai-emit-token-metric",
                                                                     "azure-openai-token-limit",
                                                                     "cache-lookup",
                                                                     "cache-lookup-value",
                                                                     "cache-remove-value",
                                                                     "cache-store",
                                                                     "cache-store-value",
                                                                     "check-header",
                                                                     "choose",
                                                                     "cors",
                                                                     "emit-metric",
                                                                     "find-and-replace",
                                                                     "forward-request",
                                                                     "get-authorization-context",
                                                                     "include-fragment",
                                                                     "ip-filter",
                                                                     "json-to-xml",
                                                                     "llm-emit-token-metric",
                                                                     "llm-token-limit",
                                                                     "log-to-eventhub",
                                                                     "mock-response",
                                                                     "rate-limit",
                                                                     "rate-limit-by-key",
                                                                     "retry",
                                                                     "return-response",
                                                                     "rewrite-uri",
                                                                     "send-one-way-request",
                                                                     "send-request",
                                                                     "set-backend-service",
                                                                     "set-body",
                                                                     "set-header",
                                                                     "set-method",
                                                                     "set-query-parameter",
                                                                     "set-status",
                                                                     "set-variable",
                                                                     "trace",
                                                                     "validate-azure-ad-token",
                                                                     "validate-client-certificate",
                                                                     "validate-content",
                                                                     "validate-headers",
                                                                     "validate-jwt",
                                                                     "validate-parameters",
                                                                     "validate-status-code",
                                                                     "wait",
                                                                     "xml-to-json"};

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
      const std::string_view element = std::string_view(problem.message).substr(1, problem.message.find('\'', 1) - 1);
      CHECK_FALSE((problem.code == DiagnosticCode::unsupported_policy && elements_that_run.contains(element)));
      for (std::string_view known : policies->elements())
        CHECK_FALSE((problem.code == DiagnosticCode::unknown_element && problem.message.starts_with("'" + std::string(known) + "'")));
    }
  }
  CHECK(documents == 296);
  std::printf("policies corpus: %d documents, %d usable without expressions\n", documents, usable);
  for (const auto& [code, count] : counts) std::printf("  %-40s %d\n", code.c_str(), count);
}
