#include "expr/code.hpp"

namespace gatelet::cs {

namespace {

class ConstantCode final : public Code {
 public:
  explicit ConstantCode(Value value) : value_(value) {}
  Value run(Frame&) const override { return value_; }

 private:
  Value value_;
};

class LocalCode final : public Code {
 public:
  explicit LocalCode(PlacePtr place) : place_(std::move(place)) {}
  Value run(Frame& frame) const override {
    const Value& slot = frame.locals[place_->slot];
    return place_->is_boxed ? *slot.object<Value>() : slot;
  }

 private:
  PlacePtr place_;
};

class LocalStoreCode final : public Code {
 public:
  LocalStoreCode(PlacePtr place, CodePtr value) : place_(std::move(place)), value_(std::move(value)) {}
  Value run(Frame& frame) const override {
    const Value value = value_->run(frame);
    if (frame.run.failed()) return {};
    Value& slot = frame.locals[place_->slot];
    (place_->is_boxed ? *slot.object<Value>() : slot) = value;
    return value;
  }

 private:
  PlacePtr place_;
  CodePtr value_;
};

class CapturedCode final : public Code {
 public:
  explicit CapturedCode(uint32_t index) : index_(index) {}
  Value run(Frame& frame) const override { return *frame.captured[index_]; }

 private:
  uint32_t index_;
};

class CapturedStoreCode final : public Code {
 public:
  CapturedStoreCode(uint32_t index, CodePtr value) : index_(index), value_(std::move(value)) {}
  Value run(Frame& frame) const override {
    const Value value = value_->run(frame);
    if (!frame.run.failed()) *frame.captured[index_] = value;
    return value;
  }

 private:
  uint32_t index_;
  CodePtr value_;
};

class SequenceCode final : public Code {
 public:
  SequenceCode(std::vector<CodePtr> effects, CodePtr result) : effects_(std::move(effects)), result_(std::move(result)) {}
  Value run(Frame& frame) const override {
    for (const CodePtr& effect : effects_) {
      effect->run(frame);
      if (frame.run.failed()) return {};
    }
    return result_->run(frame);
  }

 private:
  std::vector<CodePtr> effects_;
  CodePtr result_;
};

class ConvertCode final : public Code {
 public:
  ConvertCode(ConvertFunction convert, const Type& to, CodePtr value, bool is_lifted)
      : convert_(convert), to_(to), value_(std::move(value)), is_lifted_(is_lifted) {}
  Value run(Frame& frame) const override {
    const Value value = value_->run(frame);
    if (frame.run.failed() || (is_lifted_ && value.is_null())) return {};
    return convert_(frame.run, value, to_);
  }

 private:
  ConvertFunction convert_;
  const Type& to_;
  CodePtr value_;
  bool is_lifted_;
};

class DefaultCode final : public Code {
 public:
  explicit DefaultCode(const Type& type) : type_(type) {}
  Value run(Frame& frame) const override { return default_of(frame.run, type_); }

 private:
  const Type& type_;
};

class TypeTestCode final : public Code {
 public:
  TypeTestCode(CodePtr value, const Type& type, bool gives_value) : value_(std::move(value)), type_(type), gives_value_(gives_value) {}
  Value run(Frame& frame) const override {
    const Value value = value_->run(frame);
    if (frame.run.failed()) return {};
    const bool is = is_instance(value, type_);
    return gives_value_ ? (is ? value : Value{}) : boolean(is);
  }

 private:
  CodePtr value_;
  const Type& type_;
  bool gives_value_;
};

class ThrowCode final : public Code {
 public:
  explicit ThrowCode(CodePtr exception) : exception_(std::move(exception)) {}
  Value run(Frame& frame) const override {
    const Value exception = exception_->run(frame);
    if (frame.run.failed()) return {};
    return exception.is_null() ? frame.run.fail_null_reference() : frame.run.raise(exception.object<const Exception>());
  }

 private:
  CodePtr exception_;
};

}  // namespace

CodePtr constant_code(Value value) { return std::make_unique<ConstantCode>(value); }
CodePtr local_code(PlacePtr place) { return std::make_unique<LocalCode>(std::move(place)); }
CodePtr local_store_code(PlacePtr place, CodePtr value) { return std::make_unique<LocalStoreCode>(std::move(place), std::move(value)); }
CodePtr captured_code(uint32_t index) { return std::make_unique<CapturedCode>(index); }
CodePtr captured_store_code(uint32_t index, CodePtr value) { return std::make_unique<CapturedStoreCode>(index, std::move(value)); }
CodePtr sequence_code(std::vector<CodePtr> effects, CodePtr result) {
  return std::make_unique<SequenceCode>(std::move(effects), std::move(result));
}
CodePtr convert_code(ConvertFunction convert, const Type& to, CodePtr value, bool is_lifted) {
  return std::make_unique<ConvertCode>(convert, to, std::move(value), is_lifted);
}
CodePtr default_code(const Type& type) { return std::make_unique<DefaultCode>(type); }
CodePtr type_test_code(CodePtr value, const Type& type) { return std::make_unique<TypeTestCode>(std::move(value), type, false); }
CodePtr type_cast_code(CodePtr value, const Type& type) { return std::make_unique<TypeTestCode>(std::move(value), type, true); }
CodePtr throw_code(CodePtr exception) { return std::make_unique<ThrowCode>(std::move(exception)); }

}  // namespace gatelet::cs
