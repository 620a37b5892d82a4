// FetchTable: what exchanges fetch for all of them, by name (SharedFetches). One lock: it is asked for once a request at most.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "policy/services.hpp"

namespace gatelet {

class FetchTable final : public SharedFetches {
 public:
  FetchLook look(std::string_view name, bool wants_newer, uint64_t steady_ms) override;
  void give(std::string_view name, std::shared_ptr<const Fetched> value, uint64_t fresh_ms, uint64_t usable_ms,
            uint64_t steady_ms) override;
  void give_up(std::string_view name, bool has_failed) override;

 private:
  struct Entry {
    std::shared_ptr<const Fetched> value;
    bool is_fetching = false;
    bool was_tried = false;
    uint64_t tried_ms = 0;  // when the last fetch began
    bool was_newer_tried = false;
    uint64_t newer_tried_ms = 0;  // when the last one began because something was not there
    uint64_t fresh_until_ms = 0;
    uint64_t usable_until_ms = 0;
    uint64_t used_ms = 0;
  };

  static constexpr uint32_t first_fetches_max = 300;  // a minute, of what was never there: names may come out of requests

  Entry& entry(std::string_view name, uint64_t steady_ms);
  bool may_fetch_first(uint64_t steady_ms);

  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  uint64_t minute_ = 0;
  uint32_t first_fetches_ = 0;  // in it
};

}  // namespace gatelet
