#include "expr/objects.hpp"

#include <algorithm>

namespace gatelet::cs {

Value default_of(Evaluation& run, const Type& type) {
  switch (type.kind) {
    case TypeKind::enumeration: return value_of_bits(type, 0);
    case TypeKind::structure: break;
    default: return {};
  }
  if (type.basic == Basic::decimal) return value_of_object(type, run.make<Decimal>());
  if (type.basic == Basic::real || type.basic == Basic::single) return value_of_real(type, 0);
  if (&type == &types::guid) return value_of_object(type, run.make<Guid>());
  if (&type == &types::date_time_offset) return value_of_object(type, run.make<DateTimeOffset>());
  if (type.definition() == &types::key_value_pair) {
    const auto arguments = type.arguments();
    return value_of_object(type, run.make<KeyValue>(default_of(run, *arguments[0]), default_of(run, *arguments[1])));
  }
  return value_of_bits(type, 0);
}

Array* make_array(Evaluation& run, const Type& element, size_t length) {
  const std::span<Value> items = run.try_array<Value>(length);
  if (!items.data() || !run.charge(length)) return nullptr;
  std::fill(items.begin(), items.end(), default_of(run, element));
  return run.make<Array>(items.data(), static_cast<uint32_t>(length));
}

Bytes* make_bytes(Evaluation& run, size_t length) {
  auto* data = static_cast<uint8_t*>(run.try_allocate(std::max<size_t>(length, 1), 1));
  if (!data || !run.charge_text(length)) return nullptr;
  std::fill(data, data + length, static_cast<uint8_t>(0));
  return run.make<Bytes>(data, static_cast<uint32_t>(length));
}

Value array_value(Evaluation& run, const Type& element, std::span<const Value> items) {
  if (&element == &types::uint8) {
    Bytes* bytes = make_bytes(run, items.size());
    if (!bytes) return {};
    for (size_t i = 0; i < items.size(); ++i) bytes->data[i] = static_cast<uint8_t>(items[i].bits);
    return value_of_object(byte_array_type(), bytes);
  }
  const std::span<Value> kept = run.try_array<Value>(items.size());
  if (!kept.data() || !run.charge(items.size())) return {};
  std::copy(items.begin(), items.end(), kept.begin());
  return value_of_object(array_of(element), run.make<Array>(kept.data(), static_cast<uint32_t>(items.size())));
}

Value bytes_value(Evaluation& run, std::string_view content) {
  Bytes* bytes = make_bytes(run, content.size());
  if (!bytes) return {};
  std::copy(content.begin(), content.end(), bytes->data);
  return value_of_object(byte_array_type(), bytes);
}

Value strings_value(Evaluation& run, std::span<const String* const> items) {
  const std::span<Value> kept = run.try_array<Value>(items.size());
  if (!kept.data() || !run.charge(items.size())) return {};
  std::transform(items.begin(), items.end(), kept.begin(), [](const String* item) { return text(item); });
  return value_of_object(string_array_type(), run.make<Array>(kept.data(), static_cast<uint32_t>(items.size())));
}

const Type& byte_array_type() {
  static const Type& type = array_of(types::uint8);
  return type;
}

const Type& string_array_type() {
  static const Type& type = array_of(types::text);
  return type;
}

bool List::add(Evaluation& run, Value item) {
  if (count == capacity) {
    const std::span<Value> room = run.try_array<Value>(std::max<size_t>(4, capacity * 2ul));
    if (!room.data() || !run.charge(count)) return false;
    std::copy(items, items + count, room.begin());
    items = room.data();
    capacity = static_cast<uint32_t>(room.size());
  }
  items[count++] = item;
  ++version;
  return true;
}

Iterator* iterate(Evaluation& run, Value source) {
  if (source.is_null()) return run.fail_null_reference(), nullptr;
  const auto begin = source.type->operations().iterate;
  if (begin) return begin(run, source);
  run.fail(types::invalid_cast_exception,
           "Unable to cast object of type '" + full_name(*source.type) + "' to type 'System.Collections.IEnumerable'.");
  return nullptr;
}

bool count_of(Evaluation& run, Value source, size_t& count) {
  if (source.is_null()) return false;
  const TypeOps& ops = source.type->operations();
  if (ops.list)
    count = ops.list->count(run, source);
  else if (ops.dictionary)
    count = ops.dictionary->count(run, source);
  else if (source.is(types::text))
    count = source.text()->length;
  else
    return false;
  return true;
}

Items::Items(Evaluation& run, Value source) : run_(run) {
  if (!source.is_null() && source.type->kind == TypeKind::array && source.type != &byte_array_type())
    array_ = source.object<const Array>();
  else
    iterator_ = iterate(run, source);
}

bool Items::next() {
  if (run_.failed() || !run_.charge(1)) return false;
  if (array_) {
    if (index_ == array_->length) return false;
    current = array_->items[index_++];
    return true;
  }
  return iterator_ && iterator_->next(*iterator_, run_, current) && !run_.failed();
}

}  // namespace gatelet::cs
