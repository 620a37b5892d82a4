// DocumentContext: `context` read from a JSON document, for `gatelet eval` (architecture.md 5): request, response, variables and facts in
// camelCase; what is absent is null, the request is GET https://gateway.test/ unless given.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/siphash.hpp"
#include "crypto/certificate.hpp"
#include "expr/context_model.hpp"
#include "expr/evaluation.hpp"
#include "expr/expression.hpp"

namespace gatelet {

class DocumentContext final : public cs::ContextModel {
 public:
  // `now_ticks` and `seed` come from the host. The document must outlive the context.
  DocumentContext(Arena& memory, const Json& document, int64_t now_ticks, SipKey seed);
  ~DocumentContext() override;

  // Reads the document; the error names the member that is wrong.
  Result<> read();

  int64_t utc_ticks() override { return now_ticks_; }
  void random_bytes(void* out, size_t size) override;
  void own(void* object, void (*destroy)(void*)) override { owned_.emplace_back(object, destroy); }
  int64_t received_ticks() override { return received_ticks_; }
  Request* request() override { return &request_; }
  Response* response() override { return has_response_ ? &response_ : nullptr; }
  cs::UrlView url(bool as_received) override { return as_received ? original_url_ : url_; }
  bool has(cs::ContextPart part) override;
  std::optional<std::string_view> fact(cs::Fact fact) override;
  std::optional<int64_t> number(cs::Number number) override;
  size_t list_size(cs::ContextList list) override { return list_of(list).size(); }
  cs::NamedItem list_item(cs::ContextList list, size_t index) override;
  std::optional<std::string_view> product_api_fact(size_t index, cs::Fact fact) override;
  cs::Value graphql(cs::Evaluation& run, std::string_view member) override;
  size_t matched_parameter_count() override { return document_["request"]["matchedParameters"].members().size(); }
  cs::NamedItem matched_parameter(size_t index) override;
  bool variable(cs::Evaluation& run, std::string_view name, cs::Value& out) override;
  size_t variable_count() override { return document_["variables"].members().size(); }
  std::string_view variable_name(size_t index) override { return document_["variables"].members()[index].name; }
  const crypto::Certificate* client_certificate() override { return client_certificate_ ? &*client_certificate_ : nullptr; }
  size_t certificate_count() override { return certificates_.size(); }
  cs::NamedCertificate certificate(size_t index) override { return {certificates_[index].first, &certificates_[index].second}; }

 private:
  Result<> read_url(const Json& text, cs::UrlView& out);
  Result<> read_headers(const Json& from, Headers& to);
  Result<> read_body(const Json& from, Body& to);
  Result<> read_response(const Json& from, Response& to);
  Result<crypto::Certificate> read_certificate(const Json& from);
  Result<> read_certificates();
  const Json& list_of(cs::ContextList list) const;
  std::optional<std::string_view> api_fact(const Json& api, cs::Fact fact) const;
  cs::Value value_of(cs::Evaluation& run, const Json& json);
  cs::Value typed_value(cs::Evaluation& run, std::string_view type, const Json& value);

  Arena& arena_;
  const Json& document_;
  int64_t now_ticks_;
  int64_t received_ticks_;
  SipKey seed_;
  uint64_t random_count_ = 0;
  Request request_;
  Response response_;
  bool has_response_ = false;
  cs::UrlView url_;
  cs::UrlView original_url_;
  std::map<std::string, cs::Value, std::less<>> variables_;  // made on first use
  std::vector<std::unique_ptr<Response>> held_;
  std::optional<crypto::Certificate> client_certificate_;
  std::vector<std::pair<std::string, crypto::Certificate>> certificates_;
  std::vector<std::pair<void*, void (*)(void*)>> owned_;
};

struct ExpressionLimits {
  cs::Budget budget;
  SourceLimits source;
};

// Compiles and runs one expression over a context document: the result as the JSON object of architecture.md 5, without "id". `failed`
// tells whether it holds an error.
std::string evaluate_document(std::string_view expression, const Json& context, int64_t now_ticks, SipKey seed,
                              const ExpressionLimits& limits, bool& failed);
// The same for one that is compiled.
std::string evaluate_document(const Expression& expression, const Json& context, int64_t now_ticks, SipKey seed, const cs::Budget& budget,
                              bool& failed);

}  // namespace gatelet
