#include "expr/code.hpp"

namespace gatelet::cs {

static void give_cell(Frame& frame, const VariablePlace& place) {
  if (place.is_boxed) frame.locals[place.slot] = value_of_object(types::object, frame.run.make<Value>());
}

static void store(Frame& frame, const VariablePlace& place, Value value) {
  Value& slot = frame.locals[place.slot];
  (place.is_boxed ? *slot.object<Value>() : slot) = value;
}

namespace {

class BlockStatement final : public StatementCode {
 public:
  explicit BlockStatement(BlockPlan plan) : plan_(std::move(plan)) {}
  Step run(Frame& frame) const override {
    for (const PlacePtr& variable : plan_.variables) give_cell(frame, *variable);
    for (const auto& [place, code] : plan_.functions) store(frame, *place, code->run(frame));
    for (const StatementPtr& statement : plan_.statements)
      if (const Step step = statement->run(frame); step != Step::next) return step;
    return Step::next;
  }

 private:
  BlockPlan plan_;
};

class ExpressionStatement final : public StatementCode {
 public:
  ExpressionStatement(CodePtr code, uint64_t cost) : code_(std::move(code)), cost_(cost) {}
  Step run(Frame& frame) const override {
    if (!frame.run.charge(cost_)) return Step::failed;
    code_->run(frame);
    return frame.run.failed() ? Step::failed : Step::next;
  }

 private:
  CodePtr code_;
  uint64_t cost_;
};

class ReturnStatement final : public StatementCode {
 public:
  ReturnStatement(CodePtr code, uint64_t cost) : code_(std::move(code)), cost_(cost) {}
  Step run(Frame& frame) const override {
    if (!frame.run.charge(cost_)) return Step::failed;
    if (code_) frame.result = code_->run(frame);
    return frame.run.failed() ? Step::failed : Step::return_;
  }

 private:
  CodePtr code_;
  uint64_t cost_;
};

class JumpStatement final : public StatementCode {
 public:
  explicit JumpStatement(Step step) : step_(step) {}
  Step run(Frame&) const override { return step_; }

 private:
  Step step_;
};

class IfStatement final : public StatementCode {
 public:
  IfStatement(CodePtr condition, StatementPtr yes, StatementPtr no, uint64_t cost)
      : condition_(std::move(condition)), yes_(std::move(yes)), no_(std::move(no)), cost_(cost) {}
  Step run(Frame& frame) const override {
    if (!frame.run.charge(cost_)) return Step::failed;
    const Value condition = condition_->run(frame);
    if (frame.run.failed()) return Step::failed;
    if (condition.boolean()) return yes_->run(frame);
    return no_ ? no_->run(frame) : Step::next;
  }

 private:
  CodePtr condition_;
  StatementPtr yes_;
  StatementPtr no_;
  uint64_t cost_;
};

class LoopStatement final : public StatementCode {
 public:
  explicit LoopStatement(LoopPlan plan) : plan_(std::move(plan)) {}
  Step run(Frame& frame) const override {
    bool tests = plan_.tests_first;
    while (true) {
      if (!frame.run.charge(plan_.cost)) return Step::failed;
      if (tests && plan_.condition) {
        const Value goes_on = plan_.condition->run(frame);
        if (frame.run.failed()) return Step::failed;
        if (!goes_on.boolean()) return Step::next;
      }
      tests = true;
      const Step step = plan_.body->run(frame);
      if (step == Step::break_) return Step::next;
      if (step == Step::return_ || step == Step::failed) return step;
      for (const CodePtr& code : plan_.steps) {
        code->run(frame);
        if (frame.run.failed()) return Step::failed;
      }
    }
  }

 private:
  LoopPlan plan_;
};

class ForeachStatement final : public StatementCode {
 public:
  explicit ForeachStatement(ForeachPlan plan) : plan_(std::move(plan)) {}
  Step run(Frame& frame) const override {
    const Value source = plan_.source->run(frame);
    if (frame.run.failed()) return Step::failed;
    Items items(frame.run, source);
    while (items.next()) {
      if (!frame.run.charge(plan_.cost)) return Step::failed;
      frame.locals[plan_.item->slot] = items.current;
      give_cell(frame, *plan_.variable);
      plan_.assign->run(frame);
      if (frame.run.failed()) return Step::failed;
      const Step step = plan_.body->run(frame);
      if (step == Step::break_) return Step::next;
      if (step == Step::return_ || step == Step::failed) return step;
    }
    return frame.run.failed() ? Step::failed : Step::next;
  }

 private:
  ForeachPlan plan_;
};

class SwitchStatement final : public StatementCode {
 public:
  explicit SwitchStatement(SwitchPlan plan) : plan_(std::move(plan)) {}
  Step run(Frame& frame) const override {
    if (!frame.run.charge(plan_.cost)) return Step::failed;
    const Value value = plan_.value->run(frame);
    if (frame.run.failed()) return Step::failed;
    size_t section = plan_.otherwise;
    for (const auto& [label, target] : plan_.labels)
      if (equals(frame.run, label, value)) {
        section = target;
        break;
      }
    if (section == SIZE_MAX) return Step::next;
    const Step step = plan_.sections[section]->run(frame);
    return step == Step::break_ ? Step::next : step;
  }

 private:
  SwitchPlan plan_;
};

class TryStatement final : public StatementCode {
 public:
  TryStatement(StatementPtr body, std::vector<CatchPlan> catches, StatementPtr finally)
      : body_(std::move(body)), catches_(std::move(catches)), finally_(std::move(finally)) {}
  Step run(Frame& frame) const override {
    Step step = body_->run(frame);
    if (step == Step::failed) step = handle(frame);
    if (!finally_ || frame.run.is_aborted()) return step;
    const Exception* pending = frame.run.take_fault();
    const Value result = frame.result;
    if (const Step last = finally_->run(frame); last == Step::failed) return last;
    frame.result = result;
    if (pending) frame.run.raise(pending);
    return step;
  }

 private:
  Step handle(Frame& frame) const {
    const Exception* thrown = frame.run.take_fault();
    if (!thrown) return Step::failed;
    for (const CatchPlan& plan : catches_) {
      if (plan.type && !is_assignable(*thrown->type, *plan.type)) continue;
      give_cell(frame, *plan.variable);
      store(frame, *plan.variable, value_of_object(*thrown->type, thrown));
      if (plan.when) {
        const Value applies = plan.when->run(frame);
        if (frame.run.is_aborted()) return Step::failed;
        if (frame.run.take_fault() || !applies.boolean()) continue;
      }
      return plan.body->run(frame);
    }
    frame.run.raise(thrown);
    return Step::failed;
  }

  StatementPtr body_;
  std::vector<CatchPlan> catches_;
  StatementPtr finally_;
};

}  // namespace

StatementPtr block_statement(BlockPlan plan) { return std::make_unique<BlockStatement>(std::move(plan)); }
StatementPtr expression_statement(CodePtr code, uint64_t cost) { return std::make_unique<ExpressionStatement>(std::move(code), cost); }
StatementPtr return_statement(CodePtr code, uint64_t cost) { return std::make_unique<ReturnStatement>(std::move(code), cost); }
StatementPtr jump_statement(Step step) { return std::make_unique<JumpStatement>(step); }
StatementPtr if_statement(CodePtr condition, StatementPtr yes, StatementPtr no, uint64_t cost) {
  return std::make_unique<IfStatement>(std::move(condition), std::move(yes), std::move(no), cost);
}
StatementPtr loop_statement(LoopPlan plan) { return std::make_unique<LoopStatement>(std::move(plan)); }
StatementPtr foreach_statement(ForeachPlan plan) { return std::make_unique<ForeachStatement>(std::move(plan)); }
StatementPtr switch_statement(SwitchPlan plan) { return std::make_unique<SwitchStatement>(std::move(plan)); }
StatementPtr try_statement(StatementPtr body, std::vector<CatchPlan> catches, StatementPtr finally) {
  return std::make_unique<TryStatement>(std::move(body), std::move(catches), std::move(finally));
}

}  // namespace gatelet::cs
