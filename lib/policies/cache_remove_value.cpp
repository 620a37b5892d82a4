// cache-remove-value: a value of a cache is forgotten; it is no error when there is none (policies-a.md 8.6).
#include "policies/cached_value.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

class CacheRemoveValue final : public Policy {
 public:
  explicit CacheRemoveValue(PolicyReader& in) : key_(in.required_text("key")), caching_(read_caching_type(in)) {}
  uint8_t needs() const override { return key_.needs(); }

  Flow run(Context& context) const override {
    std::string_view key;
    if (!key_.get(context, key)) return Flow::fail;
    if (Cache* cache = context.cache_of(caching_)) cache->remove(value_key(context, key));
    return Flow::next;
  }

 private:
  TextValue key_;
  CachingType caching_;
};

}  // namespace

std::unique_ptr<Policy> read_cache_remove_value(PolicyReader& in) { return std::make_unique<CacheRemoveValue>(in); }

}  // namespace gatelet
