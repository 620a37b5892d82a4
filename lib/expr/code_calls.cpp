#include <algorithm>

#include "base/limits.hpp"
#include "expr/code.hpp"

namespace gatelet::cs {

static constexpr size_t stack_slots = 16;

namespace {

// Plan that its nodes share: the call's site points into it.
CallPlan settled(CallPlan plan) {
  plan.site.types = plan.types;
  return plan;
}

// count: arguments that are known to be few stand in registers and on the stack; dynamic: as many as the plan says.
template <size_t count>
class CallCode final : public Code {
 public:
  explicit CallCode(CallPlan plan) : plan_(settled(std::move(plan))) {}
  Value run(Frame& frame) const override {
    Value self;
    if (plan_.self) {
      self = plan_.self->run(frame);
      if (frame.run.failed()) return {};
    }
    Value values[count ? count : 1];
    for (size_t i = 0; i < count; ++i) {
      values[i] = plan_.arguments[i]->run(frame);
      if (frame.run.failed()) return {};
    }
    if (self.is_null() && plan_.self && !plan_.allows_null_self) return frame.run.fail_null_reference();
    if (!frame.run.charge(1)) return {};
    Call call{frame.run, plan_.site, self, values};
    return plan_.native(call);
  }

 private:
  CallPlan plan_;
};

class AnyCallCode final : public Code {
 public:
  explicit AnyCallCode(CallPlan plan) : plan_(settled(std::move(plan))) {}
  Value run(Frame& frame) const override;

 private:
  CallPlan plan_;
};

}  // namespace

Value AnyCallCode::run(Frame& frame) const {
  Value self;
  if (plan_.self) self = plan_.self->run(frame);
  if (frame.run.failed()) return {};
  Value values[expression_parameters_max], received[expression_parameters_max];
  for (size_t i = 0; i < plan_.arguments.size(); ++i) {
    values[i] = plan_.arguments[i] ? plan_.arguments[i]->run(frame) : value_of_object(types::object, &received[i]);
    if (frame.run.failed()) return {};
  }
  if (self.is_null() && plan_.self && !plan_.allows_null_self) return frame.run.fail_null_reference();
  if (!frame.run.charge(1)) return {};
  Call call{frame.run, plan_.site, self, values};
  const Value result = plan_.native(call);
  if (frame.run.failed()) return {};
  for (const auto& [argument, place] : plan_.outs) frame.locals[place->slot] = received[argument];
  return result;
}

CodePtr call_code(CallPlan plan) {
  if (!plan.outs.empty()) return std::make_unique<AnyCallCode>(std::move(plan));
  switch (plan.arguments.size()) {
    case 0: return std::make_unique<CallCode<0>>(std::move(plan));
    case 1: return std::make_unique<CallCode<1>>(std::move(plan));
    case 2: return std::make_unique<CallCode<2>>(std::move(plan));
    case 3: return std::make_unique<CallCode<3>>(std::move(plan));
    default: return std::make_unique<AnyCallCode>(std::move(plan));
  }
}

static void box(Evaluation& run, Value* locals, const VariablePlace& place) {
  if (place.is_boxed) locals[place.slot] = value_of_object(types::object, run.make<Value>(locals[place.slot]));
}

Value run_function(Evaluation& run, const FunctionBody& body, Value** captured, std::span<const Value> arguments) {
  if (!run.charge(body.cost) || !run.enter_call()) return {};
  Value few[stack_slots];
  Value* locals = few;
  if (body.slot_count > stack_slots) {
    const std::span<Value> many = run.try_array<Value>(body.slot_count);
    if (!many.data()) return {};
    std::fill(many.begin(), many.end(), Value{});
    locals = many.data();
  }
  for (size_t i = 0; i < body.parameters.size() && i < arguments.size(); ++i) {
    locals[body.parameters[i]->slot] = arguments[i];
    box(run, locals, *body.parameters[i]);
  }
  Frame frame{run, locals, captured, {}};
  if (body.expression)
    frame.result = body.expression->run(frame);
  else
    body.statement->run(frame);
  run.leave_call();
  return frame.result;
}

Value invoke(Evaluation& run, Value function, std::span<const Value> arguments) {
  if (function.is_null()) return run.fail_null_reference();
  const Delegate& delegate = *function.object<const Delegate>();
  if (!delegate.native) return run_function(run, *delegate.body, delegate.captured, arguments);
  if (!run.charge(1)) return {};
  Call call{run, *delegate.site, delegate.self, arguments.data()};
  return delegate.native(call);
}

Value invoke(Evaluation& run, Value function, Value argument) { return invoke(run, function, {&argument, 1}); }

Value invoke(Evaluation& run, Value function, Value first, Value second) {
  const Value arguments[] = {first, second};
  return invoke(run, function, arguments);
}

namespace {

class FunctionCode final : public Code {
 public:
  FunctionCode(std::shared_ptr<const FunctionBody> body, const Type& type) : body_(std::move(body)), type_(type) {}
  Value run(Frame& frame) const override {
    auto** cells = static_cast<Value**>(frame.run.allocate(body_->captures.size() * sizeof(Value*), alignof(Value*)));
    for (size_t i = 0; i < body_->captures.size(); ++i) {
      const FunctionBody::Capture& capture = body_->captures[i];
      cells[i] = capture.local ? frame.locals[capture.local->slot].object<Value>() : frame.captured[capture.index];
    }
    return value_of_object(type_, frame.run.make<Delegate>(body_.get(), cells, nullptr, nullptr, Value{}));
  }

 private:
  std::shared_ptr<const FunctionBody> body_;
  const Type& type_;
};

class MethodGroupCode final : public Code {
 public:
  MethodGroupCode(CallPlan plan, const Type& type) : plan_(settled(std::move(plan))), type_(type) {}
  Value run(Frame& frame) const override {
    Value self;
    if (plan_.self) {
      self = plan_.self->run(frame);
      if (frame.run.failed()) return {};
      if (self.is_null()) return frame.run.fail_null_reference();
    }
    return value_of_object(type_, frame.run.make<Delegate>(nullptr, nullptr, plan_.native, &plan_.site, self));
  }

 private:
  CallPlan plan_;
  const Type& type_;
};

class InvokeCode final : public Code {
 public:
  InvokeCode(CodePtr function, std::vector<CodePtr> arguments) : function_(std::move(function)), arguments_(std::move(arguments)) {}
  Value run(Frame& frame) const override {
    const Value function = function_->run(frame);
    if (frame.run.failed()) return {};
    Value values[expression_parameters_max];
    for (size_t i = 0; i < arguments_.size(); ++i) {
      values[i] = arguments_[i]->run(frame);
      if (frame.run.failed()) return {};
    }
    return invoke(frame.run, function, {values, arguments_.size()});
  }

 private:
  CodePtr function_;
  std::vector<CodePtr> arguments_;
};

}  // namespace

CodePtr function_code(std::shared_ptr<const FunctionBody> body, const Type& delegate) {
  return std::make_unique<FunctionCode>(std::move(body), delegate);
}
CodePtr method_group_code(CallPlan plan, const Type& delegate) { return std::make_unique<MethodGroupCode>(std::move(plan), delegate); }
CodePtr invoke_code(CodePtr function, std::vector<CodePtr> arguments) {
  return std::make_unique<InvokeCode>(std::move(function), std::move(arguments));
}

}  // namespace gatelet::cs
