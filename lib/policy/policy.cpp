#include "policy/policy.hpp"

#include "policy/document.hpp"

namespace gatelet {

std::string_view text_of(Section section) {
  static constexpr std::string_view texts[] = {"inbound", "backend", "outbound", "on-error"};
  return texts[static_cast<size_t>(section)];
}

std::string_view text_of(Scope scope) {
  static constexpr std::string_view texts[] = {"global", "product", "api", "operation"};
  return texts[static_cast<size_t>(scope)];
}

// Only policies that return Flow::wait are resumed.
Flow Policy::resume(Context&) const { return Flow::next; }

Flow Policy::run_early(Context&) const { return Flow::next; }

void Policy::after_response(Context&, const AfterResponse&) const {}

void Policy::flatten(const Statement& statement, Flattener& out) const { out.emit(*this, *statement.origin); }

}  // namespace gatelet
