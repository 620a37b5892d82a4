// Messages of the management plane: a request with its body, an answer, and the errors that Azure's clients understand (management.md 1.4).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace gatelet::manage {

struct ManageRequest {
  std::string method;
  std::string path;   // percent-encoded, begins with '/'
  std::string query;  // without '?'
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string client;  // its address
  int64_t now_ms = 0;

  std::string_view header(std::string_view name) const;  // empty: absent
};

struct ManageAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body;  // may be null

  void add(std::string_view name, std::string value) { headers.emplace_back(name, std::move(value)); }
};

struct ErrorDetail {
  std::string target;
  std::string message;
};

ManageAnswer json_answer(int status, const Json& body);
ManageAnswer error_answer(int status, std::string_view code, std::string_view message);
// 400 ValidationError with all details; the first one's text stands in the message, too, as many clients drop the others.
ManageAnswer validation_answer(const std::vector<ErrorDetail>& details);
ManageAnswer too_many_failures();               // 429: this address showed wrong credentials too often
ManageAnswer not_found(std::string_view noun);  // "API" → "API not found."

// name=value pairs, percent-decoded, names in lower case; of a repeated name the first counts.
std::map<std::string, std::string> query_of(std::string_view query);

}  // namespace gatelet::manage
