// StripedRateCounters: sliding windows in one striped table of the process, exact across workers: one short lock per decision
// (performance.md 5.7, policies-a.md 4.0).
#pragma once

#include <memory>

#include "base/text.hpp"
#include "policy/services.hpp"

namespace gatelet {

class StripedRateCounters final : public RateCounters {
 public:
  explicit StripedRateCounters(SipKey seed = {});
  ~StripedRateCounters() override;
  RateDecision hit(std::string_view key, uint32_t calls, uint32_t period_s, uint32_t count, uint64_t steady_ms) override;
  size_t key_count() const;

 private:
  struct Stripe;
  std::unique_ptr<Stripe[]> stripes_;
  SipKey seed_;
};

}  // namespace gatelet
