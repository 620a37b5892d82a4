// retry: runs its policies again while a condition holds, with waits between (policies-b.md 5.4). In the program it is an instruction
// before its children, which makes their failures its own, and one behind them, which decides and waits.
#include <algorithm>
#include <cmath>

#include "policies/elements.hpp"

namespace gatelet {

namespace {

constexpr IntegerRange count_range{1, 50};
constexpr IntegerRange interval_range{0, INT32_MAX};  // documents in the wild say 0
constexpr IntegerRange positive_range{1, INT32_MAX};

class Begin final : public Policy {
 public:
  Flow run(Context&) const override { return Flow::enter; }
};

class Retry final : public Policy {
 public:
  explicit Retry(PolicyReader& in)
      : condition_(in.required_bool("condition")),
        count_(in.required_integer("count", count_range)),
        interval_(in.required_integer("interval", interval_range)),
        max_interval_(in.optional_integer("max-interval", positive_range)),
        delta_(in.optional_integer("delta", positive_range)),
        is_first_fast_(in.optional_bool("first-fast-retry", false)) {
    in.block(in);
  }

  uint8_t needs() const override {
    return static_cast<uint8_t>(condition_.needs() | count_.needs() | interval_.needs() | (max_interval_ ? max_interval_->needs() : 0) |
                                (delta_ ? delta_->needs() : 0) | is_first_fast_.needs());
  }

  void flatten(const Statement& statement, Flattener& out) const override {
    const uint32_t begin = out.emit(begin_, *statement.origin);
    const uint32_t first = out.here();
    out.block(statement.blocks[0]);
    out.set_jump(begin, out.here());
    const uint32_t end = out.emit(*this, *statement.origin);
    out.set_jump(end, first);
  }

  // The children have run, or one of them has failed. What goes wrong here after a failure of theirs leaves that one standing.
  Flow run(Context& context) const override {
    bool is_true = false;
    int64_t count = 0;
    uint64_t wait_us = 0;
    if (!condition_.get(context, is_true)) return context.end_retry(Flow::fail);
    if (!is_true) return context.end_retry(Flow::next);
    if (!count_.get(context, count) || !read_wait(context, wait_us)) return context.end_retry(Flow::fail);
    if (context.retrying().count >= count || !context.may_retry()) return context.end_retry(Flow::next);
    if (context.trace)
      context.tell("Retry ", decimal(context.arena, context.retrying().count + 1), " of ", decimal(context.arena, count), " begins in ",
                   decimal(context.arena, static_cast<int64_t>(wait_us / 1000)), " ms.");
    if (wait_us == 0) return resume(context);
    context.wait_until(context.now.steady_us + wait_us);
    return Flow::wait;
  }

  Flow resume(Context& context) const override {
    context.begin_retry();
    return Flow::jump;
  }

 private:
  bool read_wait(Context& context, uint64_t& wait_us) const {
    int64_t interval = 0, most = INT64_MAX, delta = 0;
    bool is_first_fast = false;
    if (!interval_.get(context, interval) || !is_first_fast_.get(context, is_first_fast)) return false;
    if ((max_interval_ && !max_interval_->get(context, most)) || (delta_ && !delta_->get(context, delta))) return false;
    const uint32_t before = context.retrying().count;
    if (is_first_fast && before == 0) return true;
    double seconds = static_cast<double>(interval);
    if (delta_ && !max_interval_) seconds += static_cast<double>(before) * static_cast<double>(delta);
    if (delta_ && max_interval_) seconds += (std::exp2(before) - 1) * jitter(context) * static_cast<double>(delta);
    wait_us = static_cast<uint64_t>(std::min(seconds, static_cast<double>(most)) * 1e6);
    return true;
  }

  // From 0.8 to 1.2, so that those who failed together do not come back together.
  static double jitter(Context& context) { return 0.8 + 0.4 * std::ldexp(static_cast<double>(context.random_bits() >> 11), -53); }

  Begin begin_;
  BoolValue condition_;
  IntegerValue count_;
  IntegerValue interval_;
  std::optional<IntegerValue> max_interval_;
  std::optional<IntegerValue> delta_;
  BoolValue is_first_fast_;
};

}  // namespace

std::unique_ptr<Policy> read_retry(PolicyReader& in) { return std::make_unique<Retry>(in); }

}  // namespace gatelet
