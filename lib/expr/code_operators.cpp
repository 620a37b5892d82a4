#include "expr/code.hpp"
#include "expr/format.hpp"

namespace gatelet::cs {

namespace {

class UnaryCode final : public Code {
 public:
  UnaryCode(UnaryFunction function, CodePtr a, bool is_lifted) : function_(function), a_(std::move(a)), is_lifted_(is_lifted) {}
  Value run(Frame& frame) const override {
    const Value a = a_->run(frame);
    if (frame.run.failed() || (is_lifted_ && a.is_null())) return {};
    return function_(frame.run, a);
  }

 private:
  UnaryFunction function_;
  CodePtr a_;
  bool is_lifted_;
};

class BinaryCode final : public Code {
 public:
  BinaryCode(BinaryFunction function, CodePtr a, CodePtr b) : function_(function), a_(std::move(a)), b_(std::move(b)) {}
  Value run(Frame& frame) const override {
    const Value a = a_->run(frame);
    if (frame.run.failed()) return {};
    const Value b = b_->run(frame);
    if (frame.run.failed()) return {};
    return function_(frame.run, a, b);
  }

 private:
  BinaryFunction function_;
  CodePtr a_;
  CodePtr b_;
};

class LiftedCode final : public Code {
 public:
  LiftedCode(BinaryFunction function, CodePtr a, CodePtr b, Lift lift)
      : function_(function), a_(std::move(a)), b_(std::move(b)), lift_(lift) {}
  Value run(Frame& frame) const override {
    const Value a = a_->run(frame);
    if (frame.run.failed()) return {};
    const Value b = b_->run(frame);
    if (frame.run.failed()) return {};
    if (!a.is_null() && !b.is_null()) return function_(frame.run, a, b);
    const bool are_both_null = a.is_null() && b.is_null();
    switch (lift_) {
      case Lift::arithmetic: return {};
      case Lift::comparison: return boolean(false);
      case Lift::equality: return boolean(are_both_null);
      case Lift::inequality: return boolean(!are_both_null);
    }
    return {};
  }

 private:
  BinaryFunction function_;
  CodePtr a_;
  CodePtr b_;
  Lift lift_;
};

class LogicalCode final : public Code {
 public:
  LogicalCode(bool is_and, CodePtr a, CodePtr b) : is_and_(is_and), a_(std::move(a)), b_(std::move(b)) {}
  Value run(Frame& frame) const override {
    const Value a = a_->run(frame);
    if (frame.run.failed() || a.boolean() != is_and_) return a;
    return b_->run(frame);
  }

 private:
  bool is_and_;
  CodePtr a_;
  CodePtr b_;
};

class ConditionalCode final : public Code {
 public:
  ConditionalCode(CodePtr condition, CodePtr yes, CodePtr no)
      : condition_(std::move(condition)), yes_(std::move(yes)), no_(std::move(no)) {}
  Value run(Frame& frame) const override {
    const Value condition = condition_->run(frame);
    if (frame.run.failed()) return {};
    return (condition.boolean() ? yes_ : no_)->run(frame);
  }

 private:
  CodePtr condition_;
  CodePtr yes_;
  CodePtr no_;
};

class CoalesceCode final : public Code {
 public:
  CoalesceCode(CodePtr a, CodePtr b) : a_(std::move(a)), b_(std::move(b)) {}
  Value run(Frame& frame) const override {
    const Value a = a_->run(frame);
    return frame.run.failed() || !a.is_null() ? a : b_->run(frame);
  }

 private:
  CodePtr a_;
  CodePtr b_;
};

class ConditionalAccessCode final : public Code {
 public:
  ConditionalAccessCode(CodePtr a, PlacePtr receiver, CodePtr chain)
      : a_(std::move(a)), receiver_(std::move(receiver)), chain_(std::move(chain)) {}
  Value run(Frame& frame) const override {
    const Value a = a_->run(frame);
    if (frame.run.failed() || a.is_null()) return {};
    frame.locals[receiver_->slot] = a;
    return chain_->run(frame);
  }

 private:
  CodePtr a_;
  PlacePtr receiver_;
  CodePtr chain_;
};

class ConcatCode final : public Code {
 public:
  explicit ConcatCode(std::vector<CodePtr> parts) : parts_(std::move(parts)) {}
  Value run(Frame& frame) const override {
    TextBuilder out(frame.run);
    for (const CodePtr& part : parts_) {
      const Value value = part->run(frame);
      if (frame.run.failed()) return {};
      out.append(to_string(frame.run, value));
    }
    return text(out.finish());
  }

 private:
  std::vector<CodePtr> parts_;
};

class InterpolationCode final : public Code {
 public:
  explicit InterpolationCode(std::vector<InterpolationPart> parts) : parts_(std::move(parts)) {}
  Value run(Frame& frame) const override {
    TextBuilder out(frame.run);
    for (const InterpolationPart& part : parts_) {
      const Value value = part.value->run(frame);
      if (frame.run.failed()) return {};
      append_aligned(out, *format_value(frame.run, value, part.format), part.alignment);
      if (frame.run.failed()) return {};
    }
    return text(out.finish());
  }

 private:
  std::vector<InterpolationPart> parts_;
};

}  // namespace

CodePtr unary_code(UnaryFunction function, CodePtr a, bool is_lifted) {
  return std::make_unique<UnaryCode>(function, std::move(a), is_lifted);
}
CodePtr binary_code(BinaryFunction function, CodePtr a, CodePtr b) {
  return std::make_unique<BinaryCode>(function, std::move(a), std::move(b));
}
CodePtr lifted_code(BinaryFunction function, CodePtr a, CodePtr b, Lift lift) {
  return std::make_unique<LiftedCode>(function, std::move(a), std::move(b), lift);
}
CodePtr logical_code(bool is_and, CodePtr a, CodePtr b) { return std::make_unique<LogicalCode>(is_and, std::move(a), std::move(b)); }
CodePtr conditional_code(CodePtr condition, CodePtr yes, CodePtr no) {
  return std::make_unique<ConditionalCode>(std::move(condition), std::move(yes), std::move(no));
}
CodePtr coalesce_code(CodePtr a, CodePtr b) { return std::make_unique<CoalesceCode>(std::move(a), std::move(b)); }
CodePtr conditional_access_code(CodePtr a, PlacePtr receiver, CodePtr chain) {
  return std::make_unique<ConditionalAccessCode>(std::move(a), std::move(receiver), std::move(chain));
}
CodePtr concat_code(std::vector<CodePtr> parts) { return std::make_unique<ConcatCode>(std::move(parts)); }
CodePtr interpolation_code(std::vector<InterpolationPart> parts) { return std::make_unique<InterpolationCode>(std::move(parts)); }

}  // namespace gatelet::cs
