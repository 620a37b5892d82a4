#include "policies/increment.hpp"

namespace gatelet {

static bool reads_response(const std::optional<std::string>& source) {
  return source && source->find("context.Response") != std::string::npos;
}

static IntegerValue read_count(PolicyReader& in) {
  auto count = in.optional_integer("increment-count", {0, UINT32_MAX});
  return count ? std::move(*count) : IntegerValue(1);
}

Increment::Increment(PolicyReader& in)
    : condition_(in.optional_bool("increment-condition", true)),
      count_(read_count(in)),
      is_deferred_(reads_response(in.expression_source("increment-condition")) || reads_response(in.expression_source("increment-count"))) {
}

bool Increment::get(Context& context, bool& counts, int64_t& count) const {
  return condition_.get(context, counts) && (!counts || count_.get(context, count));
}

}  // namespace gatelet
