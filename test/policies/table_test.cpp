#include <doctest/doctest.h>

#include "fake_context.hpp"

using namespace gatelet;
using namespace gatelet::test;

TEST_CASE("catalogue: every element of API Management is known, and what runs here is listed") {
  const auto table = builtin_policies();
  CHECK(table->elements().size() == 75);
  std::string readers;
  for (std::string_view element : table->elements())
    if (table->find(element)->read) readers += std::string(element) + " ";
  CHECK(
      readers ==
      "authentication-basic authentication-certificate authentication-managed-identity azure-openai-emit-token-metric "
      "azure-openai-token-limit cache-lookup cache-lookup-value cache-remove-value cache-store cache-store-value check-header choose cors "
      "cross-domain emit-metric find-and-replace forward-request get-authorization-context ip-filter json-to-xml limit-concurrency "
      "llm-emit-token-metric llm-token-limit log-to-eventhub mock-response quota quota-by-key rate-limit rate-limit-by-key retry "
      "return-response rewrite-uri "
      "send-one-way-request send-request set-backend-service set-body set-header set-method set-query-parameter set-status set-variable "
      "trace validate-azure-ad-token validate-client-certificate validate-content validate-headers validate-jwt validate-parameters "
      "validate-status-code wait xml-to-json ");
  CHECK(table->find("include-fragment"));
  CHECK(table->find("when") == nullptr);
  CHECK(table->find("Set-Header") == nullptr);
}

TEST_CASE("catalogue: elements stand where API Management lets them") {
  struct Row {
    const char* element;
    const char* where;   // I B O E
    const char* scopes;  // G P A O
  };
  for (const Row& row : {
           Row{"set-header", "IBOE", "GPAO"},
           Row{"rewrite-uri", "I", "GPAO"},
           Row{"forward-request", "B", "GPAO"},
           Row{"check-header", "IO", "GPAO"},
           Row{"rate-limit", "I", "PAO"},
           Row{"quota", "I", "P"},
           Row{"cache-store", "O", "GPAO"},
           Row{"validate-headers", "OE", "GPAO"},
           Row{"validate-content", "IOE", "GPAO"},
           Row{"validate-odata-request", "I", "GPA"},
           Row{"cross-domain", "I", "G"},
           Row{"jsonp", "O", "GPAO"},
           Row{"http-data-source", "", "GPAO"},
           Row{"retry", "IBOE", "GPAO"},
       }) {
    CAPTURE(row.element);
    const PolicyType* type = builtin_policies()->find(row.element);
    REQUIRE(type);
    std::string where, scopes;
    for (unsigned i = 0; i < 4; ++i) {
      if (type->sections & (1 << i)) where += "IBOE"[i];
      if (type->scopes & (1 << i)) scopes += "GPAO"[i];
    }
    CHECK(where == row.where);
    CHECK(scopes == row.scopes);
  }
}
