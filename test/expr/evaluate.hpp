// Runs an expression for a test: its value as text with its type, "!Exception: message", or the problem of its compilation.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <string>

#include "crypto/certificate.hpp"
#include "expr/context_model.hpp"
#include "expr/context_objects.hpp"
#include "expr/expression.hpp"

namespace gatelet {

// A request that tests fill in.
class TestContext final : public cs::ContextModel {
 public:
  explicit TestContext(Arena& memory) : arena(memory), message(memory), answer(memory) {}
  ~TestContext() override {
    for (auto& [object, destroy] : owned) destroy(object);
  }
  int64_t utc_ticks() override { return ticks; }
  void random_bytes(void* out, size_t size) override {
    for (size_t i = 0; i < size; ++i) static_cast<unsigned char*>(out)[i] = static_cast<unsigned char>(random++ * 37);
  }
  void own(void* object, void (*destroy)(void*)) override { owned.emplace_back(object, destroy); }
  Request* request() override { return &message; }
  Response* response() override { return has_answer ? &answer : nullptr; }
  cs::UrlView url(bool) override { return {"https", "gateway.test", 443, "/a/b", "q=1&q=2&r=x%20y"}; }
  bool has(cs::ContextPart part) override { return part == cs::ContextPart::api; }
  std::optional<std::string_view> fact(cs::Fact fact) override {
    if (fact == cs::Fact::api_id) return "echo";
    if (fact == cs::Fact::request_id) return "00112233-4455-6677-8899-aabbccddeeff";
    return std::nullopt;
  }
  bool variable(cs::Evaluation&, std::string_view name, cs::Value& out) override {
    const auto found = variables.find(name);
    if (found == variables.end()) return false;
    out = found->second;
    return true;
  }
  size_t variable_count() override { return variables.size(); }
  const crypto::Certificate* client_certificate() override { return client ? &*client : nullptr; }
  size_t certificate_count() override { return deployed.size(); }
  cs::NamedCertificate certificate(size_t index) override { return {deployed[index].first, &deployed[index].second}; }
  bool is_trusted(const crypto::Certificate& certificate, bool with_revocation) override {
    return !with_revocation && crypto::is_trusted(certificate, {}, roots, (ticks - cs::unix_epoch_ticks) / cs::ticks_per_second);
  }
  std::string_view variable_name(size_t index) override { return std::next(variables.begin(), static_cast<std::ptrdiff_t>(index))->first; }

  Arena& arena;
  Request message;
  Response answer;
  bool has_answer = false;
  int64_t ticks = 638'448'087'091'234'567;  // 2024-02-29T13:05:09.1234567Z
  unsigned random = 1;
  std::optional<crypto::Certificate> client;
  std::vector<std::pair<std::string, crypto::Certificate>> deployed;
  std::vector<crypto::Certificate> roots;
  std::map<std::string, cs::Value, std::less<>> variables;
  std::vector<std::pair<void*, void (*)(void*)>> owned;
};

// "Int32 5", "String x", "null", "!FormatException: …", or "1:7 message" when it does not compile.
inline std::string shown(cs::Evaluation& run, cs::Value value) {
  if (run.failed()) return "!" + fault_name(run) + ": " + std::string(fault_message(run));
  if (value.is_null()) return "null";
  std::string text = cs::utf8(*cs::to_string(run, value));
  if (value.type->kind == cs::TypeKind::array) {
    text.clear();
    for (cs::Items items(run, value); items.next();) text += (text.empty() ? "" : ",") + cs::utf8(*cs::to_string(run, items.current));
  }
  return cs::short_name(*value.type) + " " + text;
}

inline std::string evaluate(std::string_view expression, TestContext& context) {
  const auto compiled = compile_expression(expression, ExpressionType::any, {1, 1});
  if (!compiled)
    return std::to_string(compiled.error().at.line) + ":" + std::to_string(compiled.error().at.column) + " " + compiled.error().message;
  cs::Evaluation run(context.arena, context);
  const cs::Value value = (*compiled)->run(run);
  return shown(run, value);
}

inline std::string evaluate(std::string_view expression) {
  Arena arena;
  TestContext context(arena);
  return evaluate(expression, context);
}

// An expression and what evaluate() says of it.
struct Row {
  std::string expression;
  std::string result;
};

inline void check(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.expression);
    CHECK(evaluate(row.expression) == row.result);
  }
}

}  // namespace gatelet
