// cache-store-value: keeps a value in a cache for a time (policies-a.md 8.5).
#include "base/limits.hpp"
#include "policies/cached_value.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

class CacheStoreValue final : public Policy {
 public:
  explicit CacheStoreValue(PolicyReader& in)
      : key_(in.required_text("key")),
        value_(in.required_any("value")),
        duration_s_(in.required_integer("duration", {INT32_MIN, cache_duration_s_max})),
        caching_(read_caching_type(in)) {}
  uint8_t needs() const override { return static_cast<uint8_t>(key_.needs() | value_.needs() | duration_s_.needs()); }

  Flow run(Context& context) const override {
    std::string_view key;
    AnyRead value;
    int64_t duration_s = 0;
    bool is_null = false;
    Buffer bytes;
    if (!key_.get(context, key) || !value_.get(context, value) || !duration_s_.get(context, duration_s)) return Flow::fail;
    if (!encode_value(context, value, bytes, is_null)) return Flow::fail;
    Cache* cache = context.cache_of(caching_);
    if (!cache || is_null || duration_s <= 0) {
      context.tell(!cache ? "There is no cache: nothing was stored." : "Nothing was stored.");
      return Flow::next;
    }
    cache->store(value_key(context, key), {std::move(bytes), {}}, static_cast<uint64_t>(duration_s) * 1000, context.now.steady_ms());
    context.tell("The value was stored.");
    return Flow::next;
  }

 private:
  TextValue key_;
  AnyValue value_;
  IntegerValue duration_s_;
  CachingType caching_;
};

}  // namespace

std::unique_ptr<Policy> read_cache_store_value(PolicyReader& in) { return std::make_unique<CacheStoreValue>(in); }

}  // namespace gatelet
