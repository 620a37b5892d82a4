// cache-store: keeps the response for the cache-lookup that found none (policies-a.md 8.3). What is kept is the response as it is here.
#include "base/limits.hpp"
#include "policies/cached_response.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

// Of a response that streams past: it is kept once it was received in full.
class Keeping final : public BodyFilter {
 public:
  Keeping(Cache& cache, std::string_view key, Buffer head, uint64_t duration_ms)
      : cache_(cache), key_(key), head_(std::move(head)), duration_ms_(duration_ms) {}

  void feed(std::string_view bytes, std::string& out) override {
    out += bytes;
    if (!is_too_large_) body_ += bytes;
    is_too_large_ |= body_.size() > buffered_body_bytes_max_default;
    if (is_too_large_) std::string().swap(body_);
  }
  void finish(bool is_complete, Instant now, std::string&) override {
    if (is_complete && !is_too_large_) cache_.store(key_, {std::move(head_), Buffer::copy(body_)}, duration_ms_, now.steady_ms());
  }

 private:
  Cache& cache_;
  const std::string key_;
  Buffer head_;
  const uint64_t duration_ms_;
  std::string body_;
  bool is_too_large_ = false;
};

class CacheStore final : public Policy {
 public:
  explicit CacheStore(PolicyReader& in) : duration_s_(in.required_integer("duration", {INT32_MIN, cache_duration_s_max})) {
    if (in.has("cache-response")) any_status_ = in.required_bool("cache-response");
  }
  uint8_t needs() const override {
    return static_cast<uint8_t>(duration_s_.needs() | (any_status_ ? any_status_->needs() : 0) | filters_response_body);
  }

  Flow run(Context& context) const override {
    CacheLookup* lookup = context.cache_lookup;
    if (!lookup || lookup->key.empty()) return context.tell("There was no cache lookup: nothing was stored."), Flow::next;
    int64_t duration_s = 0;
    Response& response = context.response;
    bool is_wanted = response.status == 200;
    if (!duration_s_.get(context, duration_s) || (any_status_ && !any_status_->get(context, is_wanted))) return Flow::fail;
    Cache* cache = context.cache_of(lookup->caching);
    const bool streams = response.body.kind == Body::Kind::stream;
    const bool is_whole = response.status != 206 && (!streams || context.filters_response());  // a part is never kept
    if (!cache || !is_wanted || duration_s <= 0 || !is_whole) return context.tell("The response was not stored."), Flow::next;
    CacheValue value = encode_response(response, context.now.wall_ms, duration_s);
    const uint64_t duration_ms = static_cast<uint64_t>(duration_s) * 1000;
    const std::string_view key = std::exchange(lookup->key, {});  // once
    tell_downstream(context, *lookup, duration_s);
    if (streams) {
      context.response_filters.add(std::make_unique<Keeping>(*cache, key, std::move(value.head), duration_ms));
      context.tell("Response will be buffered during streaming and stored in the cache after it is received in full.");
    } else {
      cache->store(key, std::move(value), duration_ms, context.now.steady_ms());
      context.tell("The response was stored in the cache.");
    }
    return Flow::next;
  }

 private:
  IntegerValue duration_s_;
  std::optional<BoolValue> any_status_;
};

}  // namespace

std::unique_ptr<Policy> read_cache_store(PolicyReader& in) { return std::make_unique<CacheStore>(in); }

}  // namespace gatelet
