// choose: the first branch whose condition is true (policies-b.md 5.1). It leaves no trace in the program but a conditional jump before
// each branch and a jump behind it.
#include "policies/elements.hpp"

namespace gatelet {

namespace {

// Before a branch: into it, or to the next one.
class Branch final : public Policy {
 public:
  Branch(BoolValue condition, std::shared_ptr<const Origin> origin) : condition_(std::move(condition)), origin_(std::move(origin)) {}
  uint8_t needs() const override { return condition_.needs(); }
  const Origin& origin() const { return *origin_; }

  Flow run(Context& context) const override {
    bool is_true;
    if (!condition_.get(context, is_true)) return Flow::fail;
    context.tell(is_true ? "The condition is true: the branch is taken." : "The condition is false.");
    return is_true ? Flow::next : Flow::jump;
  }

 private:
  BoolValue condition_;
  std::shared_ptr<const Origin> origin_;
};

// Behind a branch: past the others.
class Leave final : public Policy {
 public:
  Flow run(Context&) const override { return Flow::jump; }
};

class Choose final : public Policy {
 public:
  explicit Choose(PolicyReader& in) {
    for (PolicyReader* when : in.children("when", {.least = 1})) {
      branches_.push_back(std::make_unique<const Branch>(when->required_bool("condition"), when->origin()));
      in.block(*when);
    }
    for (PolicyReader* otherwise : in.children("otherwise", {.most = 1})) in.block(*otherwise);
  }

  // Never part of a program itself.
  Flow run(Context&) const override { return Flow::next; }

  void flatten(const Statement& statement, Flattener& out) const override {
    std::vector<uint32_t> leaves;
    for (size_t i = 0; i < branches_.size(); ++i) {
      const uint32_t branch = out.emit(*branches_[i], branches_[i]->origin());
      out.block(statement.blocks[i]);
      if (i + 1 < statement.blocks.size()) leaves.push_back(out.emit(leave_, *statement.origin));
      out.set_jump(branch, out.here());
    }
    if (statement.blocks.size() > branches_.size()) out.block(statement.blocks.back());
    for (uint32_t leave : leaves) out.set_jump(leave, out.here());
  }

 private:
  std::vector<std::unique_ptr<const Branch>> branches_;
  Leave leave_;
};

}  // namespace

std::unique_ptr<Policy> read_choose(PolicyReader& in) { return std::make_unique<Choose>(in); }

}  // namespace gatelet
