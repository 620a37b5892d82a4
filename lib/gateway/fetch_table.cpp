#include "gateway/fetch_table.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace gatelet {

// A new one takes the place of that which was not asked for the longest, unless it is being fetched.
FetchTable::Entry& FetchTable::entry(std::string_view name, uint64_t steady_ms) {
  auto found = entries_.find(name);
  if (found == entries_.end()) {
    if (entries_.size() >= fetched_names_max) {
      const auto oldest = std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
        if (a.second.is_fetching != b.second.is_fetching) return b.second.is_fetching;
        return a.second.used_ms < b.second.used_ms;
      });
      entries_.erase(oldest);
    }
    found = entries_.emplace(name, Entry{}).first;
  }
  found->second.used_ms = steady_ms;
  return found->second;
}

FetchLook FetchTable::look(std::string_view name, bool wants_newer, uint64_t steady_ms) {
  std::lock_guard lock(mutex_);
  Entry& found = entry(name, steady_ms);
  if (found.value && steady_ms >= found.usable_until_ms) found.value = nullptr;
  const bool is_fresh = found.value && steady_ms < found.fresh_until_ms && !wants_newer;
  if (is_fresh) return {FetchLook::Turn::use, found.value};
  if (found.is_fetching) return {found.value && !wants_newer ? FetchLook::Turn::use : FetchLook::Turn::wait, found.value};
  // What has served its time is fetched at once; what failed, or lacked something again, has to wait.
  const bool has_served = found.fresh_until_ms >= found.tried_ms;
  const bool is_time = wants_newer && has_served && steady_ms < found.fresh_until_ms
                           ? !found.was_newer_tried || steady_ms - found.newer_tried_ms >= fetch_again_ms
                           : !found.was_tried || has_served || steady_ms - found.tried_ms >= fetch_again_ms;
  if (!is_time || (!found.value && !may_fetch_first(steady_ms))) return {FetchLook::Turn::use, found.value};
  if (wants_newer) found.was_newer_tried = true, found.newer_tried_ms = steady_ms;
  found.is_fetching = found.was_tried = true;
  found.tried_ms = steady_ms;
  return {FetchLook::Turn::fetch, found.value};
}

bool FetchTable::may_fetch_first(uint64_t steady_ms) {
  constexpr uint64_t minute_ms = 60'000;
  if (steady_ms / minute_ms != minute_) {
    minute_ = steady_ms / minute_ms;
    first_fetches_ = 0;
  }
  if (first_fetches_ >= first_fetches_max) return false;
  ++first_fetches_;
  return true;
}

void FetchTable::give(std::string_view name, std::shared_ptr<const Fetched> value, uint64_t fresh_ms, uint64_t usable_ms,
                      uint64_t steady_ms) {
  std::lock_guard lock(mutex_);
  Entry& found = entry(name, steady_ms);
  found.value.swap(value);  // the one before dies behind the lock
  found.is_fetching = false;
  found.fresh_until_ms = steady_ms + fresh_ms;
  found.usable_until_ms = steady_ms + usable_ms;
}

void FetchTable::give_up(std::string_view name, bool has_failed) {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return;
  found->second.is_fetching = false;
  if (!has_failed) found->second.was_tried = false;
}

}  // namespace gatelet
