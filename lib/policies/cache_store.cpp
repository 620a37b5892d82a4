// cache-store: keeps the response for the cache-lookup that found none (policies-a.md 8.3). What is kept is the response as it is here.
#include "base/limits.hpp"
#include "policies/cached_response.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

class CacheStore final : public Policy {
 public:
  explicit CacheStore(PolicyReader& in) : duration_s_(in.required_integer("duration", {INT32_MIN, cache_duration_s_max})) {
    if (in.has("cache-response")) any_status_ = in.required_bool("cache-response");
  }
  uint8_t needs() const override {
    return static_cast<uint8_t>(duration_s_.needs() | (any_status_ ? any_status_->needs() : 0) | needs_response_body);
  }

  Flow run(Context& context) const override {
    CacheLookup* lookup = context.cache_lookup;
    if (!lookup || lookup->key.empty()) return context.tell("There was no cache lookup: nothing was stored."), Flow::next;
    int64_t duration_s = 0;
    bool is_wanted = context.response.status == 200;
    if (!duration_s_.get(context, duration_s) || (any_status_ && !any_status_->get(context, is_wanted))) return Flow::fail;
    Cache* cache = context.cache_of(lookup->caching);
    if (!cache || !is_wanted || duration_s <= 0 || context.response.body.kind == Body::Kind::stream)
      return context.tell("The response was not stored."), Flow::next;
    cache->store(lookup->key, encode_response(context.response, context.now.wall_ms, duration_s), static_cast<uint64_t>(duration_s) * 1000,
                 context.now.steady_ms());
    tell_downstream(context, *lookup, duration_s);
    lookup->key = {};  // once
    context.tell("The response was stored in the cache.");
    return Flow::next;
  }

 private:
  IntegerValue duration_s_;
  std::optional<BoolValue> any_status_;
};

}  // namespace

std::unique_ptr<Policy> read_cache_store(PolicyReader& in) { return std::make_unique<CacheStore>(in); }

}  // namespace gatelet
