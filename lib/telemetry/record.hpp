// Record: what is known of one exchange when it is over. Counters, request logs, traces and events are encodings of it (gateway.md 2.16).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace gatelet {

// A message of the policy trace.
struct TraceRecord {
  std::string source;
  std::string_view severity;  // static
  std::string message;
  std::vector<std::pair<std::string, std::string>> metadata;
};

// The views live until the call that hands the record over returns.
struct Record {
  int64_t time_generated_ms = 0;  // wall clock at the request's first byte
  uint64_t total_us = 0;
  uint64_t backend_us = 0;
  uint64_t client_us = 0;  // reading the request and writing the answer
  uint64_t cache_us = 0;
  std::string_view caller_ip_address;
  std::string_view region;
  std::string_view correlation_id;
  std::string_view method;
  std::string_view url;     // public URL, as received and canonical
  int response_code = 0;    // 0: the client vanished
  bool is_complete = true;  // false: the answer's body did not go out whole
  uint64_t request_size = 0;
  uint64_t response_size = 0;
  std::string_view cache = "none";
  std::string_view api_id;
  std::string_view operation_id;
  std::string_view product_id;
  std::string_view user_id;
  std::string_view subscription_id;
  std::string_view api_revision;
  std::string_view client_protocol = "HTTP/1.1";
  std::string_view client_tls_version;
  std::string_view backend_id;
  std::string_view backend_method;
  std::string_view backend_url;
  int backend_response_code = 0;
  std::string_view backend_protocol;
  std::string_view route_miss;  // why no operation matched; empty when one did
  std::string_view config_revision;
  struct LastError {
    uint64_t elapsed_us = 0;
    std::string_view source, scope, section, path, reason, message;
  } last_error;
  bool has_error = false;
  std::span<const TraceRecord> trace_records;
  bool is_success() const { return is_complete && response_code > 0 && response_code < 400; }
};

class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void record(const Record& record) = 0;  // any worker thread, must not block
  // One of those who watch the memory found it short, or no longer: what is counted goes on, what is written of each request becomes less.
  virtual void be_brief(bool /*is_short*/) {}
};

}  // namespace gatelet
