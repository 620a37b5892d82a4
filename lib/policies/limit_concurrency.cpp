// limit-concurrency: at most so many requests at the same time in the policies it holds; one more fails at once (policies-a.md 4.5). A
// place is given back when the block is left, in whichever way; a body that streams to the client afterwards does not hold it.
#include "policies/elements.hpp"

namespace gatelet {

namespace {

constexpr std::string_view limit_exceeded = "Concurrency limit is exceeded.";  // ours: no text is documented

struct Place : Obligation {
  ConcurrencyCounters* counters = nullptr;
  KeyHash id = {};

  static void leave(Obligation& self, const ExchangeEnd&) {
    const auto& place = static_cast<Place&>(self);
    place.counters->leave(place.id);
  }
};

// Behind the block.
class LeaveBlock final : public Policy {
 public:
  explicit LeaveBlock(const Policy& entered) : entered_(entered) {}
  Flow run(Context& context) const override {
    Obligation* place = context.owed_by_block.newest();
    while (place && place->owner != &entered_) place = place->older;
    if (place) context.owed_by_block.settle({}, place->older);
    return Flow::next;
  }

 private:
  const Policy& entered_;
};

class LimitConcurrency final : public Policy {
 public:
  explicit LimitConcurrency(PolicyReader& in)
      : key_(in.required_text("key")),
        count_max_(static_cast<uint32_t>(in.required_literal_integer("max-count", {1, INT32_MAX}))),
        leave_(*this) {
    in.block(in);
  }

  uint8_t needs() const override { return key_.needs(); }

  Flow run(Context& context) const override {
    std::string_view key;
    if (!key_.get(context, key)) return Flow::fail;
    auto* place = context.arena.make<Place>(Obligation{Place::leave, this}, context.services->concurrency_counters);
    if (!place->counters->enter(key, count_max_, place->id)) {
      Failure failure;
      failure.reason = reason::concurrency_limit_exceeded;
      failure.message = failure.public_message = limit_exceeded;
      failure.status = 429;
      return context.fail(failure);
    }
    context.owed_by_block.add(*place);
    return Flow::next;
  }

  void flatten(const Statement& statement, Flattener& out) const override {
    out.emit(*this, *statement.origin);
    for (const Block& block : statement.blocks) out.block(block);
    out.emit(leave_, *statement.origin);
  }

 private:
  TextValue key_;
  uint32_t count_max_;
  LeaveBlock leave_;
};

}  // namespace

std::unique_ptr<Policy> read_limit_concurrency(PolicyReader& in) { return std::make_unique<LimitConcurrency>(in); }

}  // namespace gatelet
