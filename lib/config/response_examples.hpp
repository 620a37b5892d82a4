// ResponseExamples: the answers that mock-response gives, made of the responses of operations (management.md 2.2) when a configuration is
// built. Equal bodies are kept once, and all together are bounded.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "policy/facts.hpp"

namespace gatelet {

class ResponseExamples {
 public:
  // The properties of a schema of the operation's API; null: there is none of that id.
  using FindSchema = std::function<const Json*(std::string_view id)>;

  // `responses` of an operation's properties.
  std::vector<ResponseExample> read(const Json& responses, const FindSchema& find_schema);
  // Whether mock_bytes_max was reached.
  bool has_left_out() const { return has_left_out_; }

 private:
  void add(const Json& representation, const FindSchema& find_schema, int status, std::vector<ResponseExample>& out);
  std::optional<Json> sample_of(const Json& representation, const FindSchema& find_schema);
  const Json& document_of(const Json& schema);
  Buffer keep(std::string text);

  std::map<const Json*, Json> documents_;  // of schemas whose document is a text
  std::map<std::string, Buffer, std::less<>> bodies_;
  size_t bytes_ = 0;
  bool has_left_out_ = false;
};

}  // namespace gatelet
