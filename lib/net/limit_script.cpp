#include "net/limit_script.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/hexadecimal.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "net/redis_protocol.hpp"

namespace gatelet {
namespace limit_script {

// A counter is a text: the longest period asked for, when the newest group began, and groups of calls as StripedRateCounters has them: the
// time of the latest, and how many. ARGV: the count, whether it is counted whatever the limit, and for each key the calls allowed, the
// period, and how many have to be left. A clock that was set back a little stands still, one that was set back further begins anew.
constexpr std::string_view rate_script = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count, forced = tonumber(ARGV[1]), ARGV[2] == '1'
local allowed, wait, left, counters = 1, 0, 4294967295, {}
for i, key in ipairs(KEYS) do
  local calls, period, wanted = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2])
  local n = {}
  for number in string.gmatch(redis.call('GET', key) or '', '%d+') do n[#n + 1] = tonumber(number) end
  local c = {at = now, keep = math.max(n[1] or 0, period), first = n[2] or 0}
  if #n > 3 and n[#n - 1] > now then
    if n[#n - 1] - now > c.keep then n = {} else c.at = n[#n - 1] end
  end
  local sum = 0
  for j = 3, #n - 1, 2 do
    local age = c.at - n[j]
    if age < c.keep then
      c[#c + 1] = n[j]
      c[#c + 1] = n[j + 1]
    end
    if age < period then sum = sum + n[j + 1] end
  end
  if not forced and sum + wanted > calls then
    local rest, needed = sum, period
    for j = 1, #c, 2 do
      local age = c.at - c[j]
      if age < period and rest + wanted > calls then
        rest = rest - c[j + 1]
        needed = period - age
      end
    end
    if wanted > calls then needed = period end
    allowed = 0
    wait = math.max(wait, needed)
  end
  left = math.min(left, math.max(0, calls - sum - count))
  c.width = calls > 60 and math.max(100, math.ceil(period / 60)) or 0
  counters[i] = c
end
if allowed == 1 and count > 0 then
  for i, key in ipairs(KEYS) do
    local c = counters[i]
    if #c > 0 and (c[#c - 1] == c.at or c.at - c.first < c.width or #c >= 128) then
      c[#c - 1] = c.at
      c[#c] = math.min(c[#c] + count, 4294967295)
    else
      c.first = c.at
      c[#c + 1] = c.at
      c[#c + 1] = count
    end
    redis.call('SET', key, c.keep .. ' ' .. c.first .. ' ' .. table.concat(c, ' '), 'PX', c.keep)
  end
end
return allowed .. ' ' .. wait .. ' ' .. left
)lua";

// A counter is a text: where its window begins, the calls and the bytes in it. ARGV: calls and bytes to count, whether whatever the limit,
// and for each key the window by the clock of the gateway, where the one before begins, and what is allowed (0: no limit); an end of -1
// is that of a window that never ends. The window in force is that of the server's clock; shortly before the one that is counted it is
// a clock that was set back. The answer: what is used up, when that ends, and how many calls are left then (-1: any number).
constexpr std::string_view quota_script = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count, bytes, forced = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local kind, left, calls_left, counters = 0, 0, -1, {}
for i, key in ipairs(KEYS) do
  local a = 5 * i - 1
  local from, to, previous = tonumber(ARGV[a]), tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
  local start, calls, used = string.match(redis.call('GET', key) or '', '^(%-?%d+) (%d+) (%d+)$')
  start, calls, used = tonumber(start or ''), tonumber(calls or '0'), tonumber(used or '0')
  if to ~= -1 then
    local length = to - from
    if now < from and now >= previous then
      from, to = previous, from
    else
      from = from + math.floor((now - from) / length) * length
      to = from + length
    end
    if start == to and to - now <= 10000 then from, to = to, to + length end
  end
  if start ~= from then calls, used = 0, 0 end
  local calls_max, bytes_max, full = tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4]), 0
  if calls_max > 0 and calls >= calls_max then full = 1 elseif bytes_max > 0 and used >= bytes_max then full = 2 end
  if calls_max > 0 then
    local fit = math.max(0, calls_max - calls - count)
    if calls_left == -1 or fit < calls_left then calls_left = fit end
  end
  local rest = to == -1 and -1 or to - now
  if full > 0 and not forced and (kind == 0 or left ~= -1 and (rest == -1 or rest > left)) then kind, left = full, rest end
  counters[i] = {from = from, rest = rest, calls = calls, used = used}
end
if kind == 0 and count + bytes > 0 then
  for i, key in ipairs(KEYS) do
    local c = counters[i]
    local text = string.format('%.0f %.0f %.0f', c.from, math.min(c.calls + count, 2 ^ 53), math.min(c.used + bytes, 2 ^ 53))
    if c.rest == -1 then redis.call('SET', key, text) else redis.call('SET', key, text, 'PX', math.max(1, c.rest)) end
  end
end
return string.format('%d %.0f %.0f', kind, left, calls_left)
)lua";

// A longer key is a hash of it.
constexpr size_t key_bytes_max = 256;

std::string key_of(std::string_view prefix, std::string_view kind, std::string_view key) {
  std::string out(prefix);
  out += kind;
  if (key.size() > key_bytes_max) return out.append("sha256:").append(hexadecimal(crypto::digest_of(crypto::Hash::sha256, key).view()));
  return out.append(key);
}

std::optional<int64_t> take_number(std::string_view& text) {
  const size_t end = std::min(text.find(' '), text.size());
  const auto number = parse_signed(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return number;
}

}  // namespace limit_script

Buffer limit_command(const LimitClaim& claim, uint64_t bytes, LimitCounting counting, std::string_view prefix) {
  const bool is_rate = !claim.rates.empty();
  std::vector<std::string> texts;
  texts.push_back(std::to_string(is_rate ? claim.rates.size() : claim.quotas.size()));
  for (const RateHit& hit : claim.rates) texts.push_back(limit_script::key_of(prefix, "rate:", hit.key));
  for (const QuotaHit& hit : claim.quotas) texts.push_back(limit_script::key_of(prefix, "quota:", hit.key));
  texts.push_back(std::to_string(claim.count));
  if (!is_rate) texts.push_back(std::to_string(bytes));
  texts.push_back(counting == LimitCounting::forced ? "1" : "0");
  for (const RateHit& hit : claim.rates) {
    const uint64_t wanted = hit.must_fit ? std::max<uint64_t>(claim.count, 1) : 1;
    for (uint64_t number : {uint64_t{hit.calls}, uint64_t{hit.period_s} * 1000, wanted}) texts.push_back(std::to_string(number));
  }
  for (const QuotaHit& hit : claim.quotas) {
    const bool is_endless = hit.window.end_ms == INT64_MAX;
    const int64_t before = hit.previous_ms != 0 ? hit.previous_ms : hit.window.start_ms - (hit.window.end_ms - hit.window.start_ms);
    for (int64_t number : {hit.window.start_ms, is_endless ? -1 : hit.window.end_ms, is_endless ? 0 : before})
      texts.push_back(std::to_string(number));
    for (uint64_t number : {hit.calls_max, hit.bytes_max}) texts.push_back(std::to_string(number));
  }
  std::vector<std::string_view> words{"EVAL", is_rate ? limit_script::rate_script : limit_script::quota_script};
  words.insert(words.end(), texts.begin(), texts.end());
  return redis_command(words);
}

LimitReply read_rate_answer(std::string_view text) {
  const auto allowed = limit_script::take_number(text), wait_ms = limit_script::take_number(text), left = limit_script::take_number(text);
  const bool is_sound = allowed && wait_ms && left && *wait_ms >= 0 && *left >= 0 && *left <= UINT32_MAX;
  if (!is_sound || *wait_ms > rate_limit_period_s_max * 1000) return {};
  if (*allowed == 1) return {true, {true, 0, static_cast<uint32_t>(*left)}, {}};
  return {true, {false, std::max(1u, static_cast<uint32_t>(*wait_ms + 999) / 1000), 0}, {}};
}

LimitReply read_quota_answer(std::string_view text, int64_t wall_ms) {
  const auto kind = limit_script::take_number(text), left_ms = limit_script::take_number(text), calls = limit_script::take_number(text);
  const bool is_sound = kind && left_ms && calls && *kind >= 0 && *kind <= 2 && *left_ms >= -1 && *calls >= -1;
  if (!is_sound || *left_ms > INT64_MAX - wall_ms) return {};
  constexpr QuotaDecision::Kind kinds[] = {QuotaDecision::Kind::allowed, QuotaDecision::Kind::out_of_calls,
                                           QuotaDecision::Kind::out_of_bandwidth};
  return {true, {}, {kinds[*kind], *left_ms == -1 ? INT64_MAX : wall_ms + *left_ms, static_cast<uint64_t>(*calls)}};  // -1: UINT64_MAX
}

}  // namespace gatelet
