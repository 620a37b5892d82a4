#include "expr/code.hpp"

namespace gatelet::cs {

static Value fail_index(Evaluation& run) {
  return run.fail(types::index_out_of_range_exception, "Index was outside the bounds of the array.");
}

static bool is_bytes(Value array) { return array.type == &byte_array_type(); }

static uint32_t length_of(Value array) {
  return is_bytes(array) ? array.object<const Bytes>()->length : array.object<const Array>()->length;
}

namespace {

// Runs two nodes; false when one failed or the first is null.
bool run_both(Frame& frame, const Code& array, const Code& index, Value& a, Value& i) {
  a = array.run(frame);
  if (frame.run.failed()) return false;
  i = index.run(frame);
  if (frame.run.failed()) return false;
  if (a.is_null()) return frame.run.fail_null_reference(), false;
  if (i.int64() < 0 || i.int64() >= length_of(a)) return fail_index(frame.run), false;
  return true;
}

class ArrayCode final : public Code {
 public:
  ArrayCode(const Type& element, std::vector<CodePtr> items) : element_(element), items_(std::move(items)) {}
  Value run(Frame& frame) const override {
    const std::span<Value> values = frame.run.try_array<Value>(items_.size());
    if (!values.data() || !frame.run.charge(items_.size())) return {};
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = items_[i]->run(frame);
      if (frame.run.failed()) return {};
    }
    if (&element_ == &types::uint8) return array_value(frame.run, element_, values);
    return value_of_object(array_of(element_), frame.run.make<Array>(values.data(), static_cast<uint32_t>(values.size())));
  }

 private:
  const Type& element_;
  std::vector<CodePtr> items_;
};

class NewArrayCode final : public Code {
 public:
  NewArrayCode(const Type& element, CodePtr length) : element_(element), type_(array_of(element)), length_(std::move(length)) {}
  Value run(Frame& frame) const override {
    const Value length = length_->run(frame);
    if (frame.run.failed()) return {};
    if (length.int64() < 0) return frame.run.fail(types::overflow_exception, "Arithmetic operation resulted in an overflow.");
    const auto count = static_cast<size_t>(length.int64());
    if (&element_ == &types::uint8) return value_of_object(type_, make_bytes(frame.run, count));
    return value_of_object(type_, make_array(frame.run, element_, count));
  }

 private:
  const Type& element_;
  const Type& type_;
  CodePtr length_;
};

class ArrayItemCode final : public Code {
 public:
  ArrayItemCode(CodePtr array, CodePtr index) : array_(std::move(array)), index_(std::move(index)) {}
  Value run(Frame& frame) const override {
    Value array, index;
    if (!run_both(frame, *array_, *index_, array, index)) return {};
    const auto at = static_cast<size_t>(index.int64());
    return is_bytes(array) ? value_of_bits(types::uint8, array.object<const Bytes>()->data[at]) : array.object<const Array>()->items[at];
  }

 private:
  CodePtr array_;
  CodePtr index_;
};

class ArrayItemStoreCode final : public Code {
 public:
  ArrayItemStoreCode(CodePtr array, CodePtr index, CodePtr value)
      : array_(std::move(array)), index_(std::move(index)), value_(std::move(value)) {}
  Value run(Frame& frame) const override {
    Value array, index;
    if (!run_both(frame, *array_, *index_, array, index)) return {};
    const Value value = value_->run(frame);
    if (frame.run.failed()) return {};
    const auto at = static_cast<size_t>(index.int64());
    if (is_bytes(array)) return array.object<Bytes>()->data[at] = static_cast<uint8_t>(value.bits), value;
    if (!value.is_null() && !is_instance(value, *array.type->element()))
      return frame.run.fail(types::array_type_mismatch_exception, "Attempted to access an element as a type incompatible with the array.");
    return array.object<Array>()->items[at] = value;
  }

 private:
  CodePtr array_;
  CodePtr index_;
  CodePtr value_;
};

class ArrayLengthCode final : public Code {
 public:
  explicit ArrayLengthCode(CodePtr array) : array_(std::move(array)) {}
  Value run(Frame& frame) const override {
    const Value array = array_->run(frame);
    if (frame.run.failed()) return {};
    return array.is_null() ? frame.run.fail_null_reference() : int32(static_cast<int32_t>(length_of(array)));
  }

 private:
  CodePtr array_;
};

class AnonymousCode final : public Code {
 public:
  AnonymousCode(const Type& type, std::vector<CodePtr> fields) : type_(type), fields_(std::move(fields)) {}
  Value run(Frame& frame) const override {
    auto* values = static_cast<Value*>(frame.run.allocate(fields_.size() * sizeof(Value), alignof(Value)));
    for (size_t i = 0; i < fields_.size(); ++i) {
      values[i] = fields_[i]->run(frame);
      if (frame.run.failed()) return {};
    }
    return value_of_object(type_, frame.run.make<Anonymous>(values));
  }

 private:
  const Type& type_;
  std::vector<CodePtr> fields_;
};

class FieldCode final : public Code {
 public:
  FieldCode(CodePtr object, size_t index) : object_(std::move(object)), index_(index) {}
  Value run(Frame& frame) const override {
    const Value object = object_->run(frame);
    if (frame.run.failed()) return {};
    return object.is_null() ? frame.run.fail_null_reference() : object.object<const Anonymous>()->fields[index_];
  }

 private:
  CodePtr object_;
  size_t index_;
};

}  // namespace

CodePtr array_code(const Type& element, std::vector<CodePtr> items) { return std::make_unique<ArrayCode>(element, std::move(items)); }
CodePtr new_array_code(const Type& element, CodePtr length) { return std::make_unique<NewArrayCode>(element, std::move(length)); }
CodePtr array_item_code(CodePtr array, CodePtr index) { return std::make_unique<ArrayItemCode>(std::move(array), std::move(index)); }
CodePtr array_item_store_code(CodePtr array, CodePtr index, CodePtr value) {
  return std::make_unique<ArrayItemStoreCode>(std::move(array), std::move(index), std::move(value));
}
CodePtr array_length_code(CodePtr array) { return std::make_unique<ArrayLengthCode>(std::move(array)); }
CodePtr anonymous_code(const Type& type, std::vector<CodePtr> fields) { return std::make_unique<AnonymousCode>(type, std::move(fields)); }
CodePtr field_code(CodePtr object, size_t index) { return std::make_unique<FieldCode>(std::move(object), index); }

}  // namespace gatelet::cs
