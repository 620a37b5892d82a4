// Expressions run over one request with little fuel and memory: each ends with a value or a fault, the same twice. The input is an
// expression with its brackets, or the code between them.
#include <string>

#include "base/json.hpp"
#include "expr/document_context.hpp"
#include "expr/expression.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

static constexpr std::string_view request = R"({"request":{"method":"POST","url":"https://gateway.test/a/b?q=1&q=2&r=x%20y",
"headers":{"Accept":["a","b"],"Authorization":"Basic dTpw","Content-Type":"application/json"},
"body":"{\"s\":\"x\",\"i\":5,\"f\":1.0,\"n\":null,\"d\":\"2024-02-29T13:05:09Z\",\"a\":[1,2]}","matchedParameters":{"id":"7"}},
"response":{"statusCode":200,"headers":{"X":"y"},"body":"<r a='1'><b>t</b></r>"},
"variables":{"s":"text","n":5,"t":true,"o":{"k":[1,"2"]},"z":null}})";

static std::string evaluate(const Expression& expression, const Json& document) {
  constexpr int64_t now_ticks = 638'448'087'091'234'567;
  constexpr cs::Budget budget{20'000, 1024 * 1024};
  Arena arena;
  DocumentContext context(arena, document, now_ticks, SipKey{1, 2});
  require(static_cast<bool>(context.read()));
  cs::Evaluation run(arena, context, budget);
  const cs::Value value = expression.run(run);
  std::string shown = run.failed() ? std::string() : cs::utf8(*cs::to_string(run, value));
  if (!run.failed()) return shown;
  require(!fault_name(run).empty());
  return fault_name(run) + std::string(fault_message(run));
}

static void check(const std::string& text, const Json& document) {
  const auto compiled = compile_expression(text, ExpressionType::any, {1, 1});
  if (compiled) require(evaluate(**compiled, document) == evaluate(**compiled, document));
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Json document = *Json::parse(request);
  const std::string code(text_of(data, size));
  if (code.starts_with('@')) return check(code, document), 0;
  check("@(" + code + ")", document);
  check("@{" + code + "}", document);
  return 0;
}
