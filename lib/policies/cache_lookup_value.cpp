// cache-lookup-value: a value of a cache becomes a variable (policies-a.md 8.4).
#include "expr/registry.hpp"
#include "policies/cached_value.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

class CacheLookupValue final : public Policy {
 public:
  explicit CacheLookupValue(PolicyReader& in)
      : key_(in.required_text("key")), name_(in.required_literal("variable-name")), caching_(read_caching_type(in)) {
    if (in.has("default-value")) fallback_ = in.required_any("default-value");
    cs::registry();  // links the types of what caches hold, where no expression of the document has
  }
  uint8_t needs() const override { return static_cast<uint8_t>(key_.needs() | (fallback_ ? fallback_->needs() : 0)); }

  Flow run(Context& context) const override {
    std::string_view key;
    if (!key_.get(context, key)) return Flow::fail;
    context.cache_reply = {};
    Cache* cache = context.cache_of(caching_);
    if (cache && !context.find_cached(*cache, value_key(context, key))) return Flow::wait;
    return resume(context);
  }

  Flow resume(Context& context) const override {
    const CacheReply reply = std::exchange(context.cache_reply, {});
    if (reply.is_found && decode_into_variable(context, name_, reply.value.head.view())) {
      context.tell("Cache lookup resulted in a hit; variable '", name_, "' was set.");
      return Flow::next;
    }
    if (!fallback_) {
      context.tell("Cache lookup resulted in a miss, variable will not be set.");
      return Flow::next;
    }
    AnyRead value;
    if (!fallback_->get(context, value)) return Flow::fail;
    if (value.is_typed)
      context.set_variable(name_, value.value, value.text);
    else
      context.set_variable(name_, value.text);
    context.tell("Cache lookup resulted in a miss; variable '", name_, "' was set to the default value.");
    return Flow::next;
  }

 private:
  TextValue key_;
  std::string name_;
  CachingType caching_;
  std::optional<AnyValue> fallback_;
};

}  // namespace

std::unique_ptr<Policy> read_cache_lookup_value(PolicyReader& in) { return std::make_unique<CacheLookupValue>(in); }

}  // namespace gatelet
