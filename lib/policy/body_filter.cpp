#include "policy/body_filter.hpp"

namespace gatelet {

std::string_view BodyFilters::pass(std::string_view bytes, bool is_last, Instant now) {
  passed_ = bytes;
  for (const auto& filter : filters_) {
    passing_.clear();
    filter->feed(passed_, passing_);
    if (is_last) filter->finish(true, now, passing_);
    passed_.swap(passing_);
  }
  if (is_last) filters_.clear();
  return passed_;
}

void BodyFilters::break_off(Instant now) {
  for (const auto& filter : filters_) filter->finish(false, now, passing_);
  filters_.clear();
}

}  // namespace gatelet
