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
        const bool is_a_fetched = a.second.ticket != 0, is_b_fetched = b.second.ticket != 0;
        return is_a_fetched != is_b_fetched ? is_b_fetched : a.second.used_ms < b.second.used_ms;
      });
      forget(oldest->second);
      entries_.erase(oldest);
    }
    found = entries_.emplace(name, Entry{}).first;
  }
  found->second.used_ms = steady_ms;
  return found->second;
}

FetchTable::Entries::iterator FetchTable::with_ticket(uint64_t ticket) {
  return std::find_if(entries_.begin(), entries_.end(), [ticket](const auto& each) { return each.second.ticket == ticket; });
}

FetchLook FetchTable::look(const FetchWish& wish, uint64_t steady_ms) {
  FetchLook look;
  std::lock_guard lock(mutex_);
  Entry& found = entry(wish.name, steady_ms);
  if (found.value && steady_ms >= found.usable_until_ms) found.value = nullptr;
  look.value = found.value;
  if (found.value && steady_ms < found.fresh_until_ms && !wish.wants_newer) return look;
  if (found.ticket && steady_ms - found.tried_ms >= fetch_patience_ms) forget(found);
  if (!found.ticket && is_time(found, wish.wants_newer, steady_ms) && (found.value || may_fetch_first(steady_ms)))
    begin(found, wish, steady_ms, look);
  if (look.turn == FetchLook::Turn::send || (found.value && !wish.wants_newer)) return look;
  if (found.ticket) {
    look.turn = FetchLook::Turn::wait;
    look.wait_ms = static_cast<uint32_t>(std::clamp<uint64_t>((steady_ms - found.tried_ms) / 8, fetch_look_ms, fetch_look_ms_max));
  } else if (!found.value) {
    look.problem = found.problem.empty() ? "too many others were asked a moment ago" : found.problem;
  }
  return look;
}

// What has served its time is fetched at once; what failed, or lacked something again, has to wait.
bool FetchTable::is_time(const Entry& found, bool wants_newer, uint64_t steady_ms) {
  const bool has_served = found.fresh_until_ms > found.tried_ms;
  if (wants_newer && has_served && steady_ms < found.fresh_until_ms)
    return !found.was_newer_tried || steady_ms - found.newer_tried_ms >= fetch_again_ms;
  return !found.was_tried || has_served || steady_ms - found.tried_ms >= fetch_again_ms;
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

// Nobody waits for a renewal, so the host sends it, also for an exchange that would send it itself.
void FetchTable::begin(Entry& found, const FetchWish& wish, uint64_t steady_ms, FetchLook& look) {
  if (wish.wants_newer) found.was_newer_tried = true, found.newer_tried_ms = steady_ms;
  found.was_tried = true;
  found.tried_ms = steady_ms;
  found.job = wish.make();
  OutboxItem request;
  FetchResult result;
  if (!found.job->begin(request, result)) {
    found.job = nullptr;
    found.problem = std::move(result.problem);
    return;
  }
  found.ticket = request.ticket = ++last_ticket_;
  if (!wish.sends_itself || (found.value && !wish.wants_newer)) return queue(std::move(request));
  look.turn = FetchLook::Turn::send;
  look.request = std::move(request);
}

std::optional<OutboxItem> FetchTable::answer(uint64_t ticket, const FetchReply& reply, Instant now) {
  std::unique_ptr<FetchJob> job;
  {
    std::lock_guard lock(mutex_);
    if (const auto found = with_ticket(ticket); ticket && found != entries_.end()) job = std::move(found->second.job);
  }
  if (!job) return std::nullopt;
  OutboxItem next;
  FetchResult result;
  bool is_over = true;
  if (reply.status == 0) {
    result.problem = reply.fault.empty() ? std::string_view("it did not answer") : reply.fault;
  } else if (is_redirect(reply.status)) {
    is_over = !job->follow(reply.location, next, result);
  } else if (reply.status != 200) {
    result.problem = "it answered with status " + std::to_string(reply.status);
  } else if (reply.body.size() > keys_bytes_max) {
    result.problem = "its answer is too large";
  } else {
    is_over = !job->take(reply.body, now.wall_ms, next, result);  // behind the lock: it may be much to read
  }
  std::shared_ptr<const Fetched> before;  // dies behind the lock
  std::unique_lock lock(mutex_);
  const auto place = with_ticket(ticket);
  if (place == entries_.end()) return std::nullopt;
  Entry& found = place->second;
  if (!is_over) {
    found.job = std::move(job);
    next.ticket = ticket;
    return next;
  }
  found.ticket = 0;
  found.problem = result.problem;
  if (!result.value) {
    const std::string name = place->first;
    lock.unlock();
    tell(name, result.problem);
    return std::nullopt;
  }
  before = std::exchange(found.value, std::move(result.value));
  found.fresh_until_ms = now.steady_ms() + result.fresh_ms;
  found.usable_until_ms = now.steady_ms() + result.usable_ms;
  return std::nullopt;
}

void FetchTable::abandon(uint64_t ticket) {
  std::lock_guard lock(mutex_);
  if (const auto found = with_ticket(ticket); ticket && found != entries_.end()) forget(found->second);
}

// As if it had not been tried.
void FetchTable::forget(Entry& found) {
  if (!found.ticket) return;
  std::erase_if(requests_, [&](const OutboxItem& request) { return request.ticket == found.ticket; });
  request_count_.store(requests_.size(), std::memory_order_relaxed);
  found.ticket = 0;
  found.job = nullptr;
  found.was_tried = found.was_newer_tried = false;
}

std::optional<OutboxItem> FetchTable::take() {
  std::lock_guard lock(mutex_);
  if (requests_.empty()) return std::nullopt;
  OutboxItem request = std::move(requests_.front());
  requests_.pop_front();
  request_count_.store(requests_.size(), std::memory_order_relaxed);
  return request;
}

void FetchTable::put(OutboxItem request) {
  std::lock_guard lock(mutex_);
  if (with_ticket(request.ticket) != entries_.end()) queue(std::move(request));
}

void FetchTable::queue(OutboxItem request) {
  requests_.push_back(std::move(request));
  request_count_.store(requests_.size(), std::memory_order_relaxed);
}

void FetchTable::tell(std::string_view name, std::string_view problem) {
  if (!log_) return;
  const LogField fields[] = {{"name", name.substr(0, name.find('?'))}};  // what follows may be a secret
  log_->log(LogLevel::warn, "FetchFailed", problem, fields, std::size(fields));
}

}  // namespace gatelet
