// RequestTrace: what happened to one request, in order, for the person who asked (policies-b.md 2.4). It exists only for a request that is
// traced; for all others it costs the question whether there is one. Entries copy what they tell, so that a trace outlives the
// configuration.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "http/message.hpp"

namespace gatelet {

struct BackendCredentials;
struct Failure;
struct Origin;

struct TraceEntry {
  std::string source;  // the policy's element, or a step of the gateway: "api-inspector", "transfer-response"
  std::string scope;   // of the policy; empty for a step of the gateway
  std::string section;
  std::string path;         // "choose[1]\when\set-header"
  uint64_t elapsed_us = 0;  // since the request began
  std::string data;         // JSON: an object, a string, or null for a policy that has nothing to add
};

class RequestTrace {
 public:
  explicit RequestTrace(Instant start) : start_us_(start.steady_us) {}
  // `origin` null: a step of the gateway, called `source`. Nothing is added any more once the entries hold trace_bytes_max; a last one says
  // so.
  void add(std::string_view source, const Origin* origin, Instant now, std::string data);
  const std::vector<TraceEntry>& entries() const { return entries_; }

 private:
  std::vector<TraceEntry> entries_;
  uint64_t start_us_;
  size_t bytes_ = 0;
};

// Parts of the data, as JSON.
std::string trace_text(std::string_view text);
// The values of the headers that are `hidden` are left out.
std::string trace_request(std::string_view method, std::string_view url, const Headers& headers,
                          const BackendCredentials* hidden = nullptr);
std::string trace_response(const Response& response);
std::string trace_failure(const Failure& failure);

}  // namespace gatelet
