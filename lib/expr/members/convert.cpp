// System.Convert and BitConverter.
#include <cmath>

#include "expr/base64.hpp"
#include "expr/context_model.hpp"
#include "expr/dates.hpp"
#include "expr/format.hpp"
#include "expr/json.hpp"
#include "expr/member.hpp"
#include "expr/numbers.hpp"

namespace gatelet::cs {
namespace convert_rows {

static constinit const Type convert_type{.name = "System.Convert", .is_static = true};
static constinit const Type bit_converter_type{.name = "System.BitConverter", .is_static = true};

static Value fail_cast(Call& call, Value value, const Type& to) {
  return call.run.fail(types::invalid_cast_exception,
                       "Unable to cast object of type '" + full_name(*value.type) + "' to type '" + full_name(to) + "'.");
}

// Any value as an integer of the type: reals round half to even, text is parsed, null is 0.
template <const Type& type>
static Value to_integer(Call& call) {
  const Value value = call.arguments[0];
  if (value.is_null()) return value_of_bits(type, 0);
  if (value.is(json_value_type)) return cast_token(call.run, value, type);
  int64_t number = 0;
  switch (value.type->basic) {
    case Basic::boolean:
    case Basic::character: number = value.bits; break;
    case Basic::text: {
      if (!call.run.charge_text(value.text()->length)) return {};
      const NumberFault fault = parse_integer(*value.text(), type, number);
      return fault == NumberFault::none ? value_of_bits(type, number) : fail_number(call.run, fault, type);
    }
    case Basic::single:
    case Basic::real: {
      const double rounded = std::nearbyint(value.real());
      if (!(rounded >= -9223372036854775808.0 && rounded < 9223372036854775808.0))
        return fail_number(call.run, NumberFault::overflow, type);
      number = static_cast<int64_t>(rounded);
      break;
    }
    case Basic::decimal:
      if (!integer_of(rounded(*value.object<const Decimal>(), 0, Rounding::half_even), number))
        return fail_number(call.run, NumberFault::overflow, type);
      break;
    case Basic::uint64:
      if (value.bits < 0 && type.basic != Basic::uint64) return fail_number(call.run, NumberFault::overflow, type);
      return value_of_bits(type, value.bits);
    default:
      if (!is_integer_type(*value.type) && value.type->kind != TypeKind::enumeration) return fail_cast(call, value, type);
      number = value.bits;
  }
  return fits_integer(number, type) ? value_of_bits(type, number) : fail_number(call.run, NumberFault::overflow, type);
}

template <const Type& type>
static Value to_integer_in_base(Call& call) {
  const int32_t base = call.int32(1);
  if (base != 2 && base != 8 && base != 10 && base != 16) return call.run.fail(types::argument_exception, "Invalid Base.");
  if (!call.text(0)) return value_of_bits(type, 0);
  if (call.text(0)->empty())
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "startIndex");
  int64_t number = 0;
  const NumberFault fault = parse_integer_in_base(*call.text(0), type, base, number);
  return fault == NumberFault::none ? value_of_bits(type, number) : fail_number(call.run, fault, type);
}

template <const Type& type>
static Value to_real(Call& call) {
  const Value value = call.arguments[0];
  const auto made = [](double number) { return value_of_real(type, &type == &types::single ? static_cast<float>(number) : number); };
  if (value.is_null()) return made(0);
  if (value.is(json_value_type)) return cast_token(call.run, value, type);
  switch (value.type->basic) {
    case Basic::text: {
      if (!call.run.charge_text(value.text()->length)) return {};
      double number = 0;
      const NumberFault fault = parse_real(*value.text(), number);
      return fault == NumberFault::none ? made(number) : fail_number(call.run, fault, type);
    }
    case Basic::single:
    case Basic::real: return made(value.real());
    case Basic::decimal: return made(real_of(*value.object<const Decimal>()));
    case Basic::uint64: return made(static_cast<double>(value.uint64()));
    case Basic::boolean: return made(value.boolean());
    default: return is_integer_type(*value.type) ? made(static_cast<double>(value.bits)) : fail_cast(call, value, type);
  }
}

static Value to_decimal(Call& call) {
  const Value value = call.arguments[0];
  Decimal number;
  if (value.is_null()) return decimal_value(call.run, number);
  if (value.is(json_value_type)) return cast_token(call.run, value, types::decimal);
  switch (value.type->basic) {
    case Basic::text: {
      if (!call.run.charge_text(value.text()->length)) return {};
      const NumberFault fault = parse_decimal(*value.text(), number);
      return fault == NumberFault::none ? decimal_value(call.run, number) : fail_number(call.run, fault, types::decimal);
    }
    case Basic::single: return decimal_of_real(call.run, value.real(), 7, number) ? decimal_value(call.run, number) : Value{};
    case Basic::real: return decimal_of_real(call.run, value.real(), 15, number) ? decimal_value(call.run, number) : Value{};
    case Basic::decimal: return value;
    case Basic::uint64: return decimal_value(call.run, decimal_of_unsigned(value.uint64()));
    case Basic::boolean: return decimal_value(call.run, decimal_of(value.boolean()));
    default: return is_integer_type(*value.type) ? decimal_value(call.run, decimal_of(value.bits)) : fail_cast(call, value, types::decimal);
  }
}

static Value to_boolean(Call& call) {
  const Value value = call.arguments[0];
  if (value.is_null()) return boolean(false);
  if (value.is(json_value_type)) return cast_token(call.run, value, types::boolean);
  switch (value.type->basic) {
    case Basic::boolean: return value;
    case Basic::text: {
      if (!call.run.charge_text(value.text()->length)) return {};
      bool parsed = false;
      if (parse_boolean(*value.text(), parsed)) return boolean(parsed);
      return call.run.fail(types::format_exception, "String was not recognized as a valid Boolean.");
    }
    case Basic::single:
    case Basic::real: return boolean(value.real() != 0);
    case Basic::decimal: return boolean(!is_zero(*value.object<const Decimal>()));
    default: return is_integer_type(*value.type) ? boolean(value.bits != 0) : fail_cast(call, value, types::boolean);
  }
}

// A character is no real, decimal or boolean.
template <const Type& type>
static Value refuse_character(Call& call) {
  const std::string name = short_name(type);
  return call.run.fail(types::invalid_cast_exception, "Invalid cast from 'Char' to '" + name + "'.");
}

static Value to_character(Call& call) {
  const Value value = call.arguments[0];
  if (value.is_null()) return character(0);
  if (value.is(json_value_type)) return cast_token(call.run, value, types::character);
  if (value.is(types::character)) return value;
  if (value.is(types::text)) {
    if (value.text()->length == 1) return character((*value.text())[0]);
    return call.run.fail(types::format_exception, "String must be exactly one character long.");
  }
  if (!is_integer_type(*value.type)) return fail_cast(call, value, types::character);
  if (value.bits < 0 || value.bits > 0xFFFF)
    return call.run.fail(types::overflow_exception, "Value was either too large or too small for a character.");
  return character(static_cast<char16_t>(value.bits));
}

static Value to_date(Call& call) {
  const Value value = call.arguments[0];
  if (value.is_null()) return date_time({});
  if (value.is(json_value_type)) return cast_token(call.run, value, types::date_time);
  if (value.is(types::date_time)) return value;
  if (!value.is(types::text)) return fail_cast(call, value, types::date_time);
  ParsedDate parsed;
  if (!parse_date(*value.text(), call.run.context.utc_ticks(), parsed))
    return call.run.fail(types::format_exception, "String was not recognized as a valid DateTime.");
  if (!parsed.has_offset) return date_time({parsed.ticks, DateTimeKind::unspecified});
  return date_time({parsed.ticks - parsed.offset_minutes * ticks_per_minute, DateTimeKind::local});
}

// Integers of 16 to 64 bits in base 2, 8, 10 or 16: negative ones as their bits.
template <int bits>
static Value to_text_in_base(Call& call) {
  const int32_t base = call.int32(1);
  if (base != 2 && base != 8 && base != 10 && base != 16) return call.run.fail(types::argument_exception, "Invalid Base.");
  if (base == 10) return text(integer_text(call.run, call.int64(0)));
  uint64_t number = call.arguments[0].uint64();
  if (bits < 64) number &= (uint64_t{1} << (bits & 63)) - 1;
  std::string digits;
  do digits.insert(digits.begin(), "0123456789abcdef"[number % static_cast<uint64_t>(base)]);
  while ((number /= static_cast<uint64_t>(base)) != 0);
  return text(copy_of(call.run, digits));
}

static Value to_base64(Call& call) {
  const auto* bytes = call.object<const Bytes>(0);
  if (!bytes) return call.run.fail_null("inArray");
  if (!call.run.charge_text(bytes->length * 2ul)) return {};
  return text(copy_of(call.run, base64_text(bytes->view())));
}

static Value part_to_base64(Call& call) {
  const auto* bytes = call.object<const Bytes>(0);
  const int64_t start = call.int32(1), count = call.int32(2);
  if (!bytes) return call.run.fail_null("inArray");
  if (count < 0)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "length");
  if (start < 0) return call.run.fail_range("Value must be positive.", "offset");
  if (start + count > bytes->length) return call.run.fail_range("Offset and length must refer to a position in the string.", "offset");
  if (!call.run.charge_text(static_cast<size_t>(count) * 2)) return {};
  return text(copy_of(call.run, base64_text(bytes->view().substr(static_cast<size_t>(start), static_cast<size_t>(count)))));
}

static Value of_base64(Call& call) {
  if (!call.text(0)) return call.run.fail_null("s");
  if (!call.run.charge_text(call.text(0)->length)) return {};
  std::string bytes;
  if (parse_base64(*call.text(0), bytes)) return bytes_value(call.run, bytes);
  return call.run.fail(
      types::format_exception,
      "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding characters, or an "
      "illegal character among the padding characters.");
}

namespace {

struct Conversion {
  const Type& type;
  Native convert;
};

}  // namespace

// Convert.ChangeType: what IConvertible gives, by the type that is wanted.
static constexpr Conversion conversions[] = {
    {types::boolean, to_boolean},
    {types::character, to_character},
    {types::int8, to_integer<types::int8>},
    {types::uint8, to_integer<types::uint8>},
    {types::int16, to_integer<types::int16>},
    {types::uint16, to_integer<types::uint16>},
    {types::int32, to_integer<types::int32>},
    {types::uint32, to_integer<types::uint32>},
    {types::int64, to_integer<types::int64>},
    {types::uint64, to_integer<types::uint64>},
    {types::single, to_real<types::single>},
    {types::real, to_real<types::real>},
    {types::decimal, to_decimal},
    {types::date_time, to_date},
    {types::text, [](Call& call) { return text(to_string(call.run, call.arguments[0])); }},
    {types::object, [](Call& call) { return call.arguments[0]; }},
};

static Value change_type(Call& call) {
  const Value value = call.arguments[0];
  const auto* wanted = call.object<const Type>(1);
  if (!wanted) return call.run.fail_null("conversionType");
  if (value.is_null()) {
    if (!wanted->is_value_type()) return {};
    return call.run.fail(types::invalid_cast_exception, "Null object cannot be converted to a value type.");
  }
  if (value.is(*wanted)) return value;
  const bool is_convertible = value.type->basic != Basic::none || value.is(types::date_time) || value.is(json_value_type) ||
                              value.type->kind == TypeKind::enumeration;
  if (!is_convertible) return call.run.fail(types::invalid_cast_exception, "Object must implement IConvertible.");
  for (const Conversion& one : conversions)
    if (&one.type == wanted) return one.convert(call);
  return call.run.fail(types::invalid_cast_exception,
                       "Invalid cast from '" + full_name(*value.type) + "' to '" + full_name(*wanted) + "'.");
}

#define GATELET_TO(name, ctype, id)                                                               \
  {"static " ctype " To" name "(object value)", to_integer<types::id>},                           \
      {"static " ctype " To" name "(string value)", to_integer<types::id>},                       \
      {"static " ctype " To" name "(string value, int fromBase)", to_integer_in_base<types::id>}, \
      {"static " ctype " To" name "(bool value)", to_integer<types::id>},                         \
      {"static " ctype " To" name "(char value)", to_integer<types::id>},                         \
      {"static " ctype " To" name "(int value)", to_integer<types::id>},                          \
      {"static " ctype " To" name "(long value)", to_integer<types::id>},                         \
      {"static " ctype " To" name "(ulong value)", to_integer<types::id>},                        \
      {"static " ctype " To" name "(double value)", to_integer<types::id>}, {                     \
    "static " ctype " To" name "(decimal value)", to_integer<types::id>                           \
  }
#define GATELET_REAL(name, ctype, type, function)                                                                               \
  {"static " ctype " To" name "(char value)", refuse_character<type>}, {"static " ctype " To" name "(object value)", function}, \
      {"static " ctype " To" name "(string value)", function}, {"static " ctype " To" name "(bool value)", function},           \
      {"static " ctype " To" name "(int value)", function}, {"static " ctype " To" name "(long value)", function},              \
      {"static " ctype " To" name "(ulong value)", function}, {"static " ctype " To" name "(double value)", function}, {        \
    "static " ctype " To" name "(decimal value)", function                                                                      \
  }

static constexpr Member convert_members[] = {
    GATELET_TO("Int32", "int", int32),
    GATELET_TO("Int64", "long", int64),
    GATELET_TO("Int16", "short", int16),
    GATELET_TO("Byte", "byte", uint8),
    GATELET_TO("SByte", "sbyte", int8),
    GATELET_TO("UInt16", "ushort", uint16),
    GATELET_TO("UInt32", "uint", uint32),
    GATELET_TO("UInt64", "ulong", uint64),
    GATELET_REAL("Double", "double", types::real, to_real<types::real>),
    GATELET_REAL("Single", "float", types::single, to_real<types::single>),
    GATELET_REAL("Decimal", "decimal", types::decimal, to_decimal),
    GATELET_REAL("Boolean", "bool", types::boolean, to_boolean),
    {"static char ToChar(object value)", to_character},
    {"static char ToChar(string value)", [](Call& call) { return call.text(0) ? to_character(call) : call.run.fail_null("value"); }},
    {"static char ToChar(int value)", to_character},
    {"static DateTime ToDateTime(object value)", to_date},
    {"static DateTime ToDateTime(string value)", to_date},
    {"static string ToString(object value)", [](Call& call) { return text(to_string(call.run, call.arguments[0])); }},
    {"static string ToString(string value)", [](Call& call) { return call.arguments[0]; }},
    {"static string ToString(byte value, int toBase)", to_text_in_base<8>},
    {"static string ToString(short value, int toBase)", to_text_in_base<16>},
    {"static string ToString(int value, int toBase)", to_text_in_base<32>},
    {"static string ToString(long value, int toBase)", to_text_in_base<64>},
    {"static string ToBase64String(byte[] inArray)", to_base64},
    {"static string ToBase64String(byte[] inArray, int offset, int length)", part_to_base64},
    {"static byte[] FromBase64String(string s)", of_base64},
    {"static object ChangeType(object value, Type conversionType)", change_type},
    {"static bool IsDBNull(object value)", [](Call&) { return boolean(false); }},
};
#undef GATELET_TO
#undef GATELET_REAL

// BitConverter: little-endian.

static bool has_bytes(Call& call, size_t count, uint64_t& out) {
  const auto* bytes = call.object<const Bytes>(0);
  const int64_t start = call.int32(1);
  if (!bytes) return call.run.fail_null("value"), false;
  if (start < 0 || start >= bytes->length)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "startIndex"),
           false;
  if (start + static_cast<int64_t>(count) > bytes->length)
    return call.run.fail_argument(
               types::argument_exception,
               "Destination array is not long enough to copy all the items in the collection. Check array index and length.", "value"),
           false;
  out = 0;
  for (size_t i = 0; i < count; ++i) out |= uint64_t{bytes->data[static_cast<size_t>(start) + i]} << (8 * i);
  return true;
}

template <const Type& type, class Stored>
static Value read(Call& call) {
  uint64_t bits = 0;
  return has_bytes(call, sizeof(Stored), bits) ? value_of_bits(type, static_cast<int64_t>(static_cast<Stored>(bits))) : Value{};
}

static Value read_real(Call& call) {
  uint64_t bits = 0;
  return has_bytes(call, 8, bits) ? real(std::bit_cast<double>(bits)) : Value{};
}

static Value read_single(Call& call) {
  uint64_t bits = 0;
  return has_bytes(call, 4, bits) ? value_of_real(types::single, std::bit_cast<float>(static_cast<uint32_t>(bits))) : Value{};
}

static Value bytes_of(Call& call, uint64_t bits, size_t count) {
  Bytes* bytes = make_bytes(call.run, count);
  for (size_t i = 0; bytes && i < count; ++i) bytes->data[i] = static_cast<uint8_t>(bits >> (8 * i));
  return value_of_object(byte_array_type(), bytes);
}

template <size_t count>
static Value get_bytes(Call& call) {
  return bytes_of(call, call.arguments[0].uint64(), count);
}

static Value get_single_bytes(Call& call) {
  return bytes_of(call, std::bit_cast<uint32_t>(static_cast<float>(call.arguments[0].real())), 4);
}

static Value bytes_text(Call& call, int64_t start, int64_t count) {
  const auto* bytes = call.object<const Bytes>(0);
  if (!bytes) return call.run.fail_null("value");
  if (count < 0) count = bytes->length - start;
  if (start < 0 || count < 0 || start + count > bytes->length)
    return call.run.fail_range("Index was out of range. Must be non-negative and less than the size of the collection.", "startIndex");
  if (!call.run.charge(static_cast<uint64_t>(count) / 16)) return {};
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(static_cast<size_t>(count) * 3);
  for (int64_t i = start; i < start + count; ++i) {
    if (i > start) out += '-';
    out += digits[bytes->data[i] >> 4];
    out += digits[bytes->data[i] & 15];
  }
  return text(copy_of(call.run, out));
}

static constexpr Member bit_converter_members[] = {
    {"const bool IsLittleEndian", [](Call&) { return boolean(true); }},
    {"static string ToString(byte[] value)", [](Call& call) { return bytes_text(call, 0, -1); }},
    {"static string ToString(byte[] value, int startIndex)", [](Call& call) { return bytes_text(call, call.int32(1), -1); }},
    {"static string ToString(byte[] value, int startIndex, int length)",
     [](Call& call) {
       if (call.int32(2) < 0) return call.run.fail_range("Value has to be >= 0.", "length");
       return bytes_text(call, call.int32(1), call.int32(2));
     }},
    {"static byte[] GetBytes(bool value)", get_bytes<1>},
    {"static byte[] GetBytes(char value)", get_bytes<2>},
    {"static byte[] GetBytes(short value)", get_bytes<2>},
    {"static byte[] GetBytes(ushort value)", get_bytes<2>},
    {"static byte[] GetBytes(int value)", get_bytes<4>},
    {"static byte[] GetBytes(uint value)", get_bytes<4>},
    {"static byte[] GetBytes(long value)", get_bytes<8>},
    {"static byte[] GetBytes(ulong value)", get_bytes<8>},
    {"static byte[] GetBytes(float value)", get_single_bytes},
    {"static byte[] GetBytes(double value)", get_bytes<8>},
    {"static bool ToBoolean(byte[] value, int startIndex)",
     [](Call& call) {
       uint64_t bits = 0;
       return has_bytes(call, 1, bits) ? boolean(bits != 0) : Value{};
     }},
    {"static char ToChar(byte[] value, int startIndex)", read<types::character, uint16_t>},
    {"static short ToInt16(byte[] value, int startIndex)", read<types::int16, int16_t>},
    {"static ushort ToUInt16(byte[] value, int startIndex)", read<types::uint16, uint16_t>},
    {"static int ToInt32(byte[] value, int startIndex)", read<types::int32, int32_t>},
    {"static uint ToUInt32(byte[] value, int startIndex)", read<types::uint32, uint32_t>},
    {"static long ToInt64(byte[] value, int startIndex)", read<types::int64, int64_t>},
    {"static ulong ToUInt64(byte[] value, int startIndex)", read<types::uint64, uint64_t>},
    {"static double ToDouble(byte[] value, int startIndex)", read_real},
    {"static float ToSingle(byte[] value, int startIndex)", read_single},
    {"static int SingleToInt32Bits(float value)",
     [](Call& call) { return int32(std::bit_cast<int32_t>(static_cast<float>(call.real(0)))); }},
    {"static float Int32BitsToSingle(int value)",
     [](Call& call) { return value_of_real(types::single, std::bit_cast<float>(call.int32(0))); }},
    {"static long DoubleToInt64Bits(double value)", [](Call& call) { return int64(call.arguments[0].bits); }},
    {"static double Int64BitsToDouble(long value)", [](Call& call) { return real(std::bit_cast<double>(call.int64(0))); }},
};

static const TypeRows convert_types[] = {{convert_type, convert_members}, {bit_converter_type, bit_converter_members}};

}  // namespace convert_rows

extern const Family convert_family;
const Family convert_family{convert_rows::convert_types};

}  // namespace gatelet::cs
