#include "manage/manage/counters.hpp"

#include <cmath>
#include <optional>

#include "base/text.hpp"
#include "base/time.hpp"
#include "config/json_members.hpp"

namespace gatelet::manage {

namespace quota_exchanging {

constexpr double delta_max = 9e15;
constexpr int64_t sweep_ms = 60'000;

// The end of a period; none: it is no period.
std::optional<int64_t> end_of(std::string_view period) {
  const size_t slash = period.find('/');
  if (slash == period.npos || !parse_iso_timestamp(period.substr(0, slash))) return std::nullopt;
  const std::string_view end = period.substr(slash + 1);
  return end == ".." ? std::optional(INT64_MAX) : parse_iso_timestamp(end);
}

std::optional<uint64_t> delta_of(const Json& value) {
  if (value.is_null()) return 0;
  if (!value.is_number() || !(value.number() >= 0 && value.number() <= delta_max)) return std::nullopt;
  return static_cast<uint64_t>(value.number());
}

struct Delta {
  std::string key, period;
  uint64_t calls = 0, kb = 0;
  int64_t end_ms = 0;
};

std::vector<ErrorDetail> read_deltas(const Json& body, std::vector<Delta>& out) {
  std::vector<ErrorDetail> details;
  for (size_t i = 0; i < body.size(); ++i) {
    const Json& item = body[i];
    const std::string place = '[' + std::to_string(i) + ']';
    const std::string_view key = item["key"].string(), period = item["period"].string();
    const auto end = end_of(period);
    const auto calls = delta_of(item["deltaCalls"]), kb = delta_of(item["deltaKb"]);
    if (key.empty() || key.size() > counter_key_bytes_max) details.push_back({place + ".key", "'key' is a text of 1 to 512 bytes"});
    if (!end) details.push_back({place + ".period", "'period' is start/end, both times such as 2026-01-31T00:00:00Z, or start/.."});
    if (!calls || !kb) details.push_back({place, "'deltaCalls' and 'deltaKb' are numbers from 0 on"});
    if (details.empty()) out.push_back({std::string(key), std::string(period), *calls, *kb, *end});
  }
  return details;
}

}  // namespace quota_exchanging

using namespace quota_exchanging;

void QuotaExchange::load(const std::vector<StoredCounter>& stored) {
  for (const StoredCounter& item : stored) totals_[{item.key, item.period}] = {item.calls, item.kb, item.end_ms};
}

ManageAnswer QuotaExchange::exchange(const ManageRequest& request, StoreBatch& out) {
  if (request.body.size() > counters_bytes_max) return error_answer(413, "RequestEntityTooLarge", "Counters have at most 64 KiB.");
  const auto body = Json::parse(request.body, counters_bytes_max);
  if (!body || !body->is_array())
    return error_answer(400, "InvalidRequestContent", "Counters are a list of {key, period, deltaCalls, deltaKb}.");
  std::vector<Delta> deltas;
  if (const auto details = read_deltas(*body, deltas); !details.empty()) return validation_answer(details);
  if (totals_.size() + deltas.size() > counters_max) return error_answer(429, "TooManyRequests", "There are too many counters.");
  if (request.now_ms - swept_ms_ > sweep_ms) {
    swept_ms_ = request.now_ms;
    out.counters_ended_before_ms = request.now_ms - counter_kept_ms;
    std::erase_if(totals_, [&](const auto& item) { return item.second.end_ms < request.now_ms - counter_kept_ms; });
  }
  std::vector<Json> answer;
  for (const Delta& delta : deltas) {
    const Id id(delta.key, delta.period);
    const auto known = totals_.find(id);
    before_.emplace(id, known == totals_.end() ? std::nullopt : std::optional(known->second));
    Total& total = totals_[id];
    total.end_ms = delta.end_ms;
    total.calls += delta.calls;
    total.kb += delta.kb;
    if (delta.calls != 0 || delta.kb != 0) out.counters[id] = {delta.key, delta.period, total.calls, total.kb, total.end_ms};
    JsonMembers item;
    item.add_text("key", delta.key);
    item.add_text("period", delta.period);
    item.add("calls", Json::from(static_cast<double>(total.calls)));
    item.add("kb", Json::from(static_cast<double>(total.kb)));
    item.add("periodEnd", total.end_ms == INT64_MAX ? Json() : Json::from(iso_timestamp(total.end_ms)));
    answer.push_back(item.object());
  }
  return json_answer(200, Json::array(std::move(answer)));
}

void QuotaExchange::settle(bool is_written) {
  if (!is_written)
    for (const auto& [id, total] : before_) {
      if (total) {
        totals_[id] = *total;
      } else {
        totals_.erase(id);
      }
    }
  before_.clear();
}

}  // namespace gatelet::manage
