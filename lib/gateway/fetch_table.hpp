// FetchTable: what exchanges fetch for all of them, by name (SharedFetches), and the requests that the host is to send for it. One lock: it
// is asked for once a request at most.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "base/log.hpp"
#include "policy/services.hpp"

namespace gatelet {

class FetchTable final : public SharedFetches {
 public:
  // The log hears of fetches that fail; null: there is none.
  explicit FetchTable(LogSink* log) : log_(log) {}

  FetchLook look(const FetchWish& wish, uint64_t steady_ms) override;
  std::optional<OutboxItem> answer(uint64_t ticket, const FetchReply& reply, Instant now) override;
  void abandon(uint64_t ticket) override;

  // Without the lock: whether take() is worth a try.
  bool has_requests() const { return request_count_.load(std::memory_order_relaxed) != 0; }
  // The host's: what it takes it sends, and calls answer() or abandon().
  std::optional<OutboxItem> take();
  // For a host that does not send the next request at once.
  void put(OutboxItem request);

 private:
  struct Entry {
    std::shared_ptr<const Fetched> value;
    uint64_t ticket = 0;            // of the fetch under way; 0: none is
    std::unique_ptr<FetchJob> job;  // its; null while an answer is read
    std::string problem;            // of the last one
    bool was_tried = false;
    uint64_t tried_ms = 0;  // when the last fetch began
    bool was_newer_tried = false;
    uint64_t newer_tried_ms = 0;  // when the last one began because something was not there
    uint64_t fresh_until_ms = 0;
    uint64_t usable_until_ms = 0;
    uint64_t used_ms = 0;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  static constexpr uint32_t first_fetches_max = 300;  // a minute, of what was never there: names may come out of requests

  Entry& entry(std::string_view name, uint64_t steady_ms);
  Entries::iterator with_ticket(uint64_t ticket);
  bool is_time(const Entry& found, bool wants_newer, uint64_t steady_ms);
  bool may_fetch_first(uint64_t steady_ms);
  void begin(Entry& found, const FetchWish& wish, uint64_t steady_ms, FetchLook& look);
  void forget(Entry& found);
  void queue(OutboxItem request);
  void tell(std::string_view name, std::string_view problem);

  LogSink* const log_;
  std::mutex mutex_;
  Entries entries_;
  uint64_t last_ticket_ = 0;
  std::deque<OutboxItem> requests_;  // one of an entry at most
  std::atomic<size_t> request_count_{0};
  uint64_t minute_ = 0;
  uint32_t first_fetches_ = 0;  // in it
};

}  // namespace gatelet
