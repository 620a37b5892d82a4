// System.Object, arrays, anonymous types, enumerations, Exception: what the language itself needs of its types.
#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "expr/collections.hpp"
#include "expr/format.hpp"
#include "expr/member.hpp"
#include "expr/signature.hpp"

namespace gatelet::cs {

static const String* name_text(Evaluation& run, Value self) { return copy_of(run, full_name(*self.type)); }

static bool same_bits(Evaluation&, Value self, Value other) { return self.type == other.type && self.bits == other.bits; }

static int32_t hash_bits(Evaluation&, Value self) {
  const auto bits = static_cast<uint64_t>(self.bits);
  return static_cast<int32_t>(bits ^ bits >> 32);
}

const TypeOps& object_operations() {
  static constexpr TypeOps ops{.to_string = name_text, .equals = same_bits, .hash = hash_bits};
  return ops;
}

namespace {

struct ArrayIterator : Iterator {
  const Array* array;
  size_t index = 0;
};
struct BytesIterator : Iterator {
  const Bytes* bytes;
  size_t index = 0;
};

}  // namespace

static Iterator* iterate_array(Evaluation& run, Value self) {
  if (self.type == &byte_array_type()) {
    auto* iterator = run.make<BytesIterator>();
    iterator->bytes = self.object<const Bytes>();
    iterator->next = [](Iterator& base, Evaluation&, Value& item) {
      auto& at = static_cast<BytesIterator&>(base);
      if (at.index == at.bytes->length) return false;
      item = value_of_bits(types::uint8, at.bytes->data[at.index++]);
      return true;
    };
    return iterator;
  }
  auto* iterator = run.make<ArrayIterator>();
  iterator->array = self.object<const Array>();
  iterator->next = [](Iterator& base, Evaluation&, Value& item) {
    auto& at = static_cast<ArrayIterator&>(base);
    if (at.index == at.array->length) return false;
    item = at.array->items[at.index++];
    return true;
  };
  return iterator;
}

static size_t array_count(Evaluation&, Value self) {
  return self.type == &byte_array_type() ? self.object<const Bytes>()->length : self.object<const Array>()->length;
}

static Value array_at(Evaluation&, Value self, size_t index) {
  if (self.type == &byte_array_type()) return value_of_bits(types::uint8, self.object<const Bytes>()->data[index]);
  return self.object<const Array>()->items[index];
}

const TypeOps& array_operations() {
  static constexpr ListOps list{array_count, array_at};
  static constexpr TypeOps ops{.iterate = iterate_array, .list = &list};
  return ops;
}

// Objects in objects are as deep as calls may be, and every one costs: what holds another twice doubles.
static const String* anonymous_to_text(Evaluation& run, Value self) {
  if (!run.charge(1) || !run.enter_call()) return &empty_string;
  TextBuilder out(run);
  const TypeLinks& links = *self.type->links;
  for (size_t i = 0; i < links.arguments.size(); ++i) {
    out.append(std::string_view(i ? ", " : "{ "));
    out.append(links.field_names[i]);
    out.append(std::string_view(" = "));
    out.append(to_string(run, self.object<Anonymous>()->fields[i]));
  }
  out.append(std::string_view(links.arguments.empty() ? "{ }" : " }"));
  run.leave_call();
  return out.finish();
}

static bool anonymous_equals(Evaluation& run, Value self, Value other) {
  if (self.type != other.type || !run.charge(1) || !run.enter_call()) return false;
  const Value *a = self.object<Anonymous>()->fields, *b = other.object<Anonymous>()->fields;
  const size_t count = self.type->links->arguments.size();
  size_t same = 0;
  while (same < count && equals(run, a[same], b[same])) ++same;
  run.leave_call();
  return same == count;
}

static int32_t anonymous_hash(Evaluation& run, Value self) {
  if (!run.charge(1) || !run.enter_call()) return 0;
  uint32_t hash = 17;
  for (size_t i = 0; i < self.type->links->arguments.size(); ++i)
    hash = hash * 31 + static_cast<uint32_t>(hash_of(run, self.object<Anonymous>()->fields[i]));
  run.leave_call();
  return static_cast<int32_t>(hash);
}

const TypeOps& anonymous_operations() {
  static constexpr TypeOps ops{.to_string = anonymous_to_text, .equals = anonymous_equals, .hash = anonymous_hash};
  return ops;
}

static const String* enumeration_text(Evaluation& run, Value self) {
  for (const EnumConstant& constant : self.type->constants)
    if (constant.value == self.bits) return view_of(run, constant.name);
  if (!self.type->is_flags) return integer_text(run, self.bits);
  int64_t rest = self.bits;
  std::string names;
  for (const EnumConstant& constant : self.type->constants)
    if (constant.value && (rest & constant.value) == constant.value) {
      names += (names.empty() ? "" : ", ") + std::string(constant.name);
      rest &= ~constant.value;
    }
  return rest ? integer_text(run, self.bits) : copy_of(run, names);
}

static const String* enumeration_format(Evaluation& run, Value self, const String* format) {
  if (!format || format->empty()) return enumeration_text(run, self);
  switch (format->length == 1 ? lower_unit((*format)[0]) : u'\0') {
    case 'g':
    case 'f': return enumeration_text(run, self);
    case 'd': return integer_text(run, self.bits);
    case 'x': break;
    default: run.fail(types::format_exception, "Format String can be only 'G', 'g', 'X', 'x', 'F', 'f', 'D' or 'd'."); return &empty_string;
  }
  static constexpr char digits[] = "0123456789ABCDEF";
  char text[8];
  for (size_t i = 0; i < sizeof text; ++i) text[i] = digits[self.bits >> (28 - 4 * i) & 15];
  return copy_of(run, {text, sizeof text});
}

static int compare_bits(Evaluation&, Value a, Value b) { return a.bits < b.bits ? -1 : a.bits > b.bits; }

static constexpr TypeOps enumeration_ops{.to_string = enumeration_text, .format = enumeration_format, .compare = compare_bits};

// A name, a number, or names with commas between them, which are put together.
static bool parse_enumeration(const Type& type, const String& text, bool ignores_case, int64_t& out) {
  const std::string given = utf8(text);
  out = 0;
  for (std::string_view name : split(given, ',')) {
    name = trim(name);
    const auto known = std::find_if(type.constants.begin(), type.constants.end(), [&](const EnumConstant& constant) {
      return ignores_case ? gatelet::equal_ignoring_case(constant.name, name) : constant.name == name;
    });
    int64_t number = 0;
    const char* const end = name.data() + name.size();
    const auto read = std::from_chars(name.data(), end, number);
    if (known != type.constants.end())
      out |= known->value;
    else if (name.empty() || read.ec != std::errc() || read.ptr != end)
      return false;
    else
      out |= number;
  }
  return true;
}

static Value parse_enum(Call& call) {
  const auto* type = call.object<const Type>(0);
  if (!type || !call.text(1)) return call.run.fail_null(type ? "value" : "enumType");
  if (type->kind != TypeKind::enumeration)
    return call.run.fail_argument(types::argument_exception, "Type provided must be an Enum.", "enumType");
  int64_t value = 0;
  if (!call.run.charge_text(call.text(1)->length)) return {};
  if (parse_enumeration(*type, *call.text(1), call.boolean(2), value)) return value_of_bits(*type, value);
  return call.run.fail_argument(types::argument_exception, "Requested value '" + utf8(*call.text(1)) + "' was not found.", "value");
}

template <size_t result>
static Value try_parse_enum(Call& call) {
  const Type& type = *call.site.types[0];
  int64_t value = 0;
  const bool is_known = call.text(0) && call.run.charge_text(call.text(0)->length) && type.kind == TypeKind::enumeration &&
                        parse_enumeration(type, *call.text(0), result == 2 && call.boolean(1), value);
  call.out(result) = is_known ? value_of_bits(type, value) : default_of(call.run, type);
  return boolean(is_known);
}

static Value parse_enum_of(Call& call) {
  const Type& type = *call.site.types[0];
  const Value arguments[] = {value_of_object(types::type, &type), call.arguments[0], call.arguments[1]};
  Call parsing{call.run, call.site, {}, arguments};
  return parse_enum(parsing);
}

static constexpr Member enumeration_members[] = {
    {"static object Parse(Type enumType, string value, bool ignoreCase = false)", parse_enum},
    {"static TEnum Parse<TEnum>(string value, bool ignoreCase = false)", parse_enum_of},
    {"static bool TryParse<TEnum>(string value, out TEnum result)", try_parse_enum<1>},
    {"static bool TryParse<TEnum>(string value, bool ignoreCase, out TEnum result)", try_parse_enum<2>},
    {"string ToString(string format)", [](Call& call) { return text(enumeration_format(call.run, call.self, call.text(0))); }},
};

static Value message(Call& call) {
  const Exception& self = *call.self.object<const Exception>();
  return text(self.message ? self.message : &empty_string);
}

static const String* exception_text(Evaluation& run, Value self) {
  TextBuilder out(run);
  out.append(full_name(*self.type));
  const String* told = self.object<const Exception>()->message;
  if (told && !told->empty()) {
    out.append(std::string_view(": "));
    out.append(told);
  }
  return out.finish();
}

static Value construct(Call& call) {
  const auto* inner = call.object<const Exception>(1);
  const String* given = call.text(0);
  if (!given) given = copy_of(call.run, "Exception of type '" + full_name(*call.site.result) + "' was thrown.");
  return value_of_object(*call.site.result, call.run.make<Exception>(call.site.result, given, nullptr, inner, Value()));
}

static constexpr TypeOps exception_ops{.to_string = exception_text};

static Value inner_exception(Call& call) {
  const Exception* inner = call.self.object<const Exception>()->inner;
  return inner ? value_of_object(*inner->type, inner) : Value{};
}

namespace {

struct ResultNumber {
  const Type& type;
  uint32_t number;
};

}  // namespace

// Exception.HResult. The first type that an exception is of counts: derived ones stand before their bases.
static constexpr ResultNumber result_numbers[] = {
    {types::argument_null_exception, 0x80004003},
    {types::argument_out_of_range_exception, 0x80131502},
    {types::argument_exception, 0x80070057},
    {types::divide_by_zero_exception, 0x80020012},
    {types::overflow_exception, 0x80131516},
    {types::arithmetic_exception, 0x80070216},
    {types::format_exception, 0x80131537},
    {types::index_out_of_range_exception, 0x80131508},
    {types::invalid_cast_exception, 0x80004002},
    {types::invalid_operation_exception, 0x80131509},
    {types::key_not_found_exception, 0x80131577},
    {types::not_supported_exception, 0x80131515},
    {types::not_implemented_exception, 0x80004001},
    {types::null_reference_exception, 0x80004003},
    {types::cryptographic_exception, 0x80131430},
    {types::xml_exception, 0x80131940},
    {types::regex_match_timeout_exception, 0x80131505},
    {types::rank_exception, 0x80131517},
    {types::array_type_mismatch_exception, 0x80131503},
    {types::io_exception, 0x80131620},
    {types::system_exception, 0x80131501},
    {types::exception, 0x80131500},
};

static Value result_number(Call& call) {
  const auto* row = std::find_if(std::begin(result_numbers), std::end(result_numbers) - 1,
                                 [&](const ResultNumber& one) { return is_instance(call.self, one.type); });
  return int32(static_cast<int32_t>(row->number));
}

// Exception.Data: objects by objects, of which those that are not there are null.
static constinit const Type data_type{.name = "System.Collections.IDictionary", .is_abstract = true};

static Value data(Call& call) {
  const Exception& self = *call.self.object<const Exception>();
  if (self.data.is_null()) self.data = value_of_object(data_type, call.run.make<HashTable>());
  return self.data;
}

static HashTable& self_data(const Call& call) { return *call.self.object<HashTable>(); }

static Value data_item(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("key");
  const HashTable::Entry* entry = self_data(call).find(call.run, call.arguments[0]);
  return entry ? entry->value : Value{};
}

static Value has_data_item(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("key");
  return boolean(self_data(call).find(call.run, call.arguments[0]) != nullptr);
}

template <bool replaces>
static Value set_data_item(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("key");
  bool is_new;
  HashTable::Entry* entry = self_data(call).insert(call.run, call.arguments[0], is_new);
  if (!entry) return {};
  if (!replaces && !is_new) return call.run.fail(types::argument_exception, "An item with the same key has already been added.");
  entry->value = call.arguments[1];
  return {};
}

static constexpr Member data_members[] = {
    {"object this[object key]", data_item, set_data_item<true>},
    {"int Count", [](Call& call) { return int32(static_cast<int32_t>(self_data(call).count)); }},
    {"bool Contains(object key)", has_data_item},
    {"void Add(object key, object value)", set_data_item<false>},
    {"void Remove(object key)", [](Call& call) { return self_data(call).remove(call.run, call.arguments[0]), Value{}; }},
    {"void Clear()", [](Call& call) { return self_data(call).clear(), Value{}; }},
};

static constexpr Member exception_members[] = {
    {"new(string message = null, Exception innerException = null)", construct},
    {"string Message", message},
    {"Exception InnerException", inner_exception},
    {"IDictionary Data", data},
    {"string StackTrace", [](Call&) { return Value{}; }},
    {"string HelpLink", [](Call&) { return Value{}; }},
    {"int HResult", result_number},
    {"string Source", [](Call&) { return Value{}; }},
    {"Exception GetBaseException()",
     [](Call& call) {
       Value self = call.self;
       while (self.object<const Exception>()->inner && call.run.charge(1))
         self = value_of_object(*self.object<const Exception>()->inner->type, self.object<const Exception>()->inner);
       return self;
     }},
};

static const String* type_text(Evaluation& run, Value self) { return copy_of(run, full_name(*self.object<const Type>())); }

static constexpr TypeOps type_ops{.to_string = type_text};

static constexpr Member type_members[] = {
    {"string Name", [](Call& call) { return text(copy_of(call.run, short_name(*call.self.object<const Type>()))); }},
    {"string FullName", [](Call& call) { return text(copy_of(call.run, full_name(*call.self.object<const Type>()))); }},
};

static Value argument_exception(Call& call) {
  const String* given = call.text(0);
  return value_of_object(*call.site.result, call.run.make<Exception>(call.site.result, given, call.text(1), nullptr, Value()));
}

static constexpr Member argument_members[] = {
    {"new()",
     [](Call& call) {
       return value_of_object(*call.site.result, call.run.make<Exception>(
                                                     call.site.result, view_of(call.run, "Value does not fall within the expected range."),
                                                     nullptr, nullptr, Value()));
     }},
    {"new(string message, string paramName = null)", argument_exception},
    {"new(string message, Exception innerException)", construct},
    {"new(string message, string paramName, Exception innerException)",
     [](Call& call) {
       return value_of_object(*call.site.result, call.run.make<Exception>(call.site.result, call.text(0), call.text(1),
                                                                          call.object<const Exception>(2), Value()));
     }},
    {"string ParamName", [](Call& call) { return text(call.self.object<const Exception>()->parameter); }},
};

static constexpr Member plain_exception_members[] = {
    {"new(string message = null, Exception innerException = null)", construct},
};

static Value new_object(Call& call) { return value_of_object(types::object, call.run.allocate(1)); }

static Value object_to_text(Call& call) { return text(to_string(call.run, call.self)); }

static constexpr Member object_members[] = {
    {"new()", new_object},
    {"string ToString()", object_to_text},
    {"bool Equals(object obj)", [](Call& call) { return boolean(equals(call.run, call.self, call.arguments[0])); }},
    {"int GetHashCode()", [](Call& call) { return int32(hash_of(call.run, call.self)); }},
    {"Type GetType()", [](Call& call) { return value_of_object(types::type, call.self.type); }},
    {"static bool Equals(object objA, object objB)",
     [](Call& call) { return boolean(equals(call.run, call.arguments[0], call.arguments[1])); }},
    {"static bool ReferenceEquals(object objA, object objB)",
     [](Call& call) { return boolean(same_reference(call.arguments[0], call.arguments[1])); }},
};

static constexpr Member nullable_members[] = {
    {"string ToString()", object_to_text},
    {"bool HasValue", [](Call& call) { return boolean(!call.self.is_null()); }},
    {"T Value",
     [](Call& call) {
       if (call.self.is_null()) return call.run.fail(types::invalid_operation_exception, "Nullable object must have a value.");
       return call.self;
     }},
    {"T GetValueOrDefault()", [](Call& call) { return call.self.is_null() ? default_of(call.run, *call.site.result) : call.self; }},
    {"T GetValueOrDefault(T defaultValue)", [](Call& call) { return call.self.is_null() ? call.arguments[0] : call.self; }},
};

static constinit const Type nullables_type{.name = "System.Nullable", .is_static = true};

static constexpr Member nullables_members[] = {
    {"static int Compare<T>(T? n1, T? n2)", [](Call& call) { return int32(compare(call.run, call.arguments[0], call.arguments[1])); }},
    {"static bool Equals<T>(T? n1, T? n2)", [](Call& call) { return boolean(equals(call.run, call.arguments[0], call.arguments[1])); }},
    {"static Type GetUnderlyingType(Type nullableType)",
     [](Call& call) {
       const auto* type = call.object<const Type>(0);
       if (!type) return call.run.fail_null("nullableType");
       return type->kind == TypeKind::nullable ? value_of_object(types::type, type->element()) : Value{};
     }},
};

static const TypeRows object_types[] = {
    {types::object, object_members},
    {types::enumeration, enumeration_members, &enumeration_ops},
    {types::exception, exception_members, &exception_ops},
    {types::argument_exception, argument_members},
    {types::invalid_operation_exception, plain_exception_members},
    {types::format_exception, plain_exception_members},
    {types::not_supported_exception, plain_exception_members},
    {types::not_implemented_exception, plain_exception_members},
    {types::type, type_members, &type_ops},
    {types::nullable, nullable_members},
    {nullables_type, nullables_members},
    {data_type, data_members},
};

extern const Family object_family;
const Family object_family{object_types};

}  // namespace gatelet::cs
