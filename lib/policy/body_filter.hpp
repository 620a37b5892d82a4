// BodyFilter: sees or changes the body of the answer while it streams to the client. By then the exchange may be over: a filter has nothing
// of the configuration or the arena.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace gatelet {

// Beside BodyNeeds: the response's body must be in memory unless the host lets it pass through filters (Context::filters_response).
inline constexpr uint8_t filters_response_body = 4;
// Likewise, in any case where the body has a content coding.
inline constexpr uint8_t decodes_response_body = 8;

class BodyFilter {
 public:
  virtual ~BodyFilter() = default;
  // Appends to `out` what goes on.
  virtual void feed(std::string_view bytes, std::string& out) = 0;
  // Nothing follows. False: the body broke off, or the client has gone; nothing goes on any more.
  virtual void finish(bool is_complete, Instant now, std::string& out) = 0;
};

// What a body passes through, the first one first.
class BodyFilters {
 public:
  bool is_empty() const { return filters_.empty(); }
  void add(std::unique_ptr<BodyFilter> filter) { filters_.push_back(std::move(filter)); }
  // What goes on of the next bytes; valid until the next call.
  std::string_view pass(std::string_view bytes, bool is_last, Instant now);
  // Nothing follows although there was no last part. Does nothing after it.
  void break_off(Instant now);
  void clear() { filters_.clear(); }

 private:
  std::vector<std::unique_ptr<BodyFilter>> filters_;
  std::string passed_, passing_;
};

}  // namespace gatelet
