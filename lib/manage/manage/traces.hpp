// Traces: what gateways tell of requests that were traced, for an hour and in memory only, as they may hold what nobody wants on a disk.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace gatelet::manage {

inline constexpr size_t trace_bytes_max = 1024 * 1024, traces_bytes_max = 64 * 1024 * 1024;
inline constexpr size_t trace_id_bytes_max = 128;
inline constexpr int64_t trace_kept_ms = 3'600'000;

class Traces {
 public:
  // The oldest make room.
  void put(const std::string& gateway, const std::string& id, std::string text, int64_t now_ms) {
    std::erase_if(traces_, [&](const Trace& item) {
      const bool is_gone = item.at_ms + trace_kept_ms < now_ms || (item.gateway == gateway && item.id == id);
      if (is_gone) bytes_ -= item.text.size();
      return is_gone;
    });
    for (bytes_ += text.size(); bytes_ > traces_bytes_max; traces_.pop_front()) bytes_ -= traces_.front().text.size();
    traces_.push_back({gateway, id, std::move(text), now_ms});
  }
  std::optional<std::string> find(const std::string& gateway, std::string_view id, int64_t now_ms) const {
    for (const Trace& item : traces_)
      if (item.gateway == gateway && item.id == id && item.at_ms + trace_kept_ms >= now_ms) return item.text;
    return std::nullopt;
  }

 private:
  struct Trace {
    std::string gateway, id, text;
    int64_t at_ms = 0;
  };
  std::deque<Trace> traces_;  // the oldest first
  size_t bytes_ = 0;
};

}  // namespace gatelet::manage
