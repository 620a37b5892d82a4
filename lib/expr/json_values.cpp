// What JValues hold: their order and equality, and their conversions to .NET's types.
#include <cmath>

#include "expr/dates.hpp"
#include "expr/format.hpp"
#include "expr/json.hpp"
#include "expr/member_calls.hpp"
#include "expr/numbers.hpp"
#include "expr/uris.hpp"

namespace gatelet::cs {

std::string_view kind_name(JKind kind) {
  for (const EnumConstant& constant : json_token_kind_type.constants)
    if (constant.value == static_cast<int64_t>(kind)) return constant.name;
  return {};
}

JKind kind_of_value(const Type& type) {
  if (is_integer_type(type) || type.kind == TypeKind::enumeration || &type == &big_integer_type) return JKind::integer;
  if (type.basic == Basic::real || type.basic == Basic::single || type.basic == Basic::decimal) return JKind::real;
  if (type.basic == Basic::text) return JKind::text;
  if (type.basic == Basic::boolean) return JKind::boolean;
  if (&type == &types::date_time || &type == &types::date_time_offset) return JKind::date;
  if (&type == &byte_array_type()) return JKind::bytes;
  if (&type == &types::guid) return JKind::guid;
  if (&type == &types::time_span) return JKind::time_span;
  return &type == &uri_type ? JKind::uri : JKind::none;
}

namespace {

bool holds_real(Value value) { return value.type->basic == Basic::real || value.type->basic == Basic::single; }

// System.Convert.ToX of what a JValue holds; digits of a big integer count as text.
Value json_converted(Evaluation& run, Value value, const Type& to) {
  if (value.is(to)) return value;
  if (value.is(big_integer_type)) value = text(value.object<const String>());
  if (is_integer_type(to) && !value.is_null() && value.type->basic == Basic::int64 && fits_integer(value.bits, to))
    return value_of_bits(to, value.bits);
  return call_static(run, "System.Convert", "To" + short_name(to), value);
}

double json_real(Evaluation& run, Value value) {
  const Value number = json_converted(run, value, types::real);
  return run.failed() ? 0 : number.real();
}

int compare_json_reals(double a, double b) {
  constexpr double epsilon = 2.2204460492503131e-16, least = 10;
  if (a == b || std::abs(a - b) < (std::abs(a) + std::abs(b) + least) * epsilon) return 0;
  if (std::isnan(a) || std::isnan(b)) return static_cast<int>(std::isnan(b)) - static_cast<int>(std::isnan(a));
  return a < b ? -1 : 1;
}

int compare_json_digits(Evaluation& run, Value a, Value b) {
  const std::string left = utf8(*to_string(run, a)), right = utf8(*to_string(run, b));
  const bool is_negative = left.starts_with('-');
  if (is_negative != right.starts_with('-')) return is_negative ? -1 : 1;
  const int order = left.size() != right.size() ? (left.size() < right.size() ? -1 : 1) : left.compare(right);
  return is_negative ? -order : order;
}

int compare_json_integers(Evaluation& run, Value a, Value b) {
  if (holds_real(a) || holds_real(b)) return compare_json_reals(json_real(run, a), json_real(run, b));
  const bool is_big = a.is(big_integer_type) || b.is(big_integer_type) || a.is(types::uint64) || b.is(types::uint64);
  if (is_big && kind_of_value(*a.type) == JKind::integer && kind_of_value(*b.type) == JKind::integer) return compare_json_digits(run, a, b);
  const Value left = json_converted(run, a, types::int64), right = run.failed() ? left : json_converted(run, b, types::int64);
  return left.bits < right.bits ? -1 : left.bits > right.bits;
}

int64_t date_utc_ticks(Value date) {
  if (date.is(types::date_time)) return DateTime::from_bits(date.bits).ticks;
  const auto& offset = *date.object<const DateTimeOffset>();
  return offset.ticks - offset.offset_minutes * ticks_per_minute;
}

bool holds_date(Value value) { return value.is(types::date_time) || value.is(types::date_time_offset); }

int compare_json_dates(Evaluation& run, Value a, Value b) {
  if (holds_date(a) && !holds_date(b)) b = json_converted(run, b, types::date_time);
  if (run.failed() || !holds_date(a) || !holds_date(b)) return 1;
  return date_utc_ticks(a) < date_utc_ticks(b) ? -1 : date_utc_ticks(a) > date_utc_ticks(b);
}

int compare_json_texts(Evaluation& run, Value a, Value b) { return compare_ordinal(*to_string(run, a), *to_string(run, b)); }

}  // namespace

int compare_values(Evaluation& run, JKind kind, Value a, Value b) {
  if (a.is_null() || b.is_null()) return static_cast<int>(b.is_null()) - static_cast<int>(a.is_null());
  switch (kind) {
    case JKind::integer: return compare_json_integers(run, a, b);
    case JKind::real: return compare_json_reals(json_real(run, a), json_real(run, b));
    case JKind::boolean: {
      const Value left = json_converted(run, a, types::boolean), right = run.failed() ? left : json_converted(run, b, types::boolean);
      return static_cast<int>(left.boolean()) - static_cast<int>(right.boolean());
    }
    case JKind::date: return compare_json_dates(run, a, b);
    case JKind::bytes:
      if (!a.is(byte_array_type()) || !b.is(byte_array_type())) return 1;
      return a.object<const Bytes>()->view().compare(b.object<const Bytes>()->view());
    case JKind::guid:
    case JKind::time_span: return a.type == b.type ? compare(run, a, b) : compare_json_texts(run, a, b);
    default: return compare_json_texts(run, a, b);
  }
}

bool values_equal(Evaluation& run, const JToken& a, const JToken& b) {
  return &a == &b || (a.kind == b.kind && compare_values(run, a.kind, held(a), held(b)) == 0 && !run.failed());
}

namespace {

constexpr uint32_t kind_bit(JKind kind) { return 1u << static_cast<uint32_t>(kind); }
constexpr uint32_t text_kinds = kind_bit(JKind::text) | kind_bit(JKind::comment) | kind_bit(JKind::raw);
constexpr uint32_t number_kinds = text_kinds | kind_bit(JKind::integer) | kind_bit(JKind::real) | kind_bit(JKind::boolean);

// The kinds of tokens that convert to the type.
uint32_t convertible_kinds(const Type& type) {
  if (type.basic == Basic::text)
    return number_kinds | kind_bit(JKind::date) | kind_bit(JKind::bytes) | kind_bit(JKind::guid) | kind_bit(JKind::uri) |
           kind_bit(JKind::time_span);
  if (type.basic == Basic::character) return text_kinds | kind_bit(JKind::integer) | kind_bit(JKind::real);
  if (type.basic != Basic::none) return number_kinds;
  if (&type == &types::date_time || &type == &types::date_time_offset) return text_kinds | kind_bit(JKind::date);
  if (&type == &byte_array_type()) return text_kinds | kind_bit(JKind::bytes) | kind_bit(JKind::integer);
  if (&type == &types::guid) return text_kinds | kind_bit(JKind::guid) | kind_bit(JKind::bytes);
  if (&type == &types::time_span) return text_kinds | kind_bit(JKind::time_span);
  return text_kinds | kind_bit(JKind::uri);
}

std::string target_name(const Type& type) { return &type == &byte_array_type() ? "byte array" : short_name(type); }

Value refuse_cast(Evaluation& run, const JToken& token, const Type& type) {
  return run.fail(types::argument_exception, "Can not convert " + std::string(kind_name(token.kind)) + " to " + target_name(type) + ".");
}

Value offset_cast(Evaluation& run, Value value) {
  if (value.is(types::text)) return call_with_text(run, "System.DateTimeOffset", "Parse", *value.text());
  const DateTime date = DateTime::from_bits(value.bits);
  return value_of_object(types::date_time_offset, run.make<DateTimeOffset>(date.ticks, int16_t{0}));
}

Value date_cast(Evaluation& run, Value value) {
  if (!value.is(types::date_time_offset)) return json_converted(run, value, types::date_time);
  return date_time({value.object<const DateTimeOffset>()->ticks, DateTimeKind::unspecified});
}

Value text_cast(Evaluation& run, Value value) {
  return value.is(byte_array_type()) ? call_static(run, "System.Convert", "ToBase64String", value) : text(to_string(run, value));
}

Value cast_value(Evaluation& run, const JToken& token, const Type& type) {
  const Value value = held(token);
  if (value.is(type)) return value;
  if (type.basic == Basic::text) return text_cast(run, value);
  if (type.basic != Basic::none) return json_converted(run, value, type);
  if (&type == &types::date_time) return date_cast(run, value);
  if (&type == &types::date_time_offset) return offset_cast(run, value);
  if (&type == &types::guid) return call_static(run, "System.Guid", ".ctor", value);
  if (!value.is(types::text)) return refuse_cast(run, token, type);
  if (&type == &types::time_span) return call_with_text(run, "System.TimeSpan", "Parse", *value.text());
  if (&type == &byte_array_type()) return call_static(run, "System.Convert", "FromBase64String", value);
  return make_uri(run, *value.text());
}

}  // namespace

Value cast_token(Evaluation& run, Value token, const Type& type) {
  const bool is_nullable = !type.is_value_type() || type.kind == TypeKind::nullable;
  const Type& wanted = without_nullable(type);
  if (token.is_null()) return is_nullable ? Value{} : run.fail_null("value");
  const JToken* source = token.object<const JToken>();
  if (source->kind == JKind::property) source = as_property(*source).content;
  const bool is_nothing = source->kind == JKind::null || source->kind == JKind::undefined;
  const bool takes_nothing = is_nullable && &wanted != &byte_array_type();
  const bool is_allowed = is_nothing ? takes_nothing : (convertible_kinds(wanted) & kind_bit(source->kind)) != 0;
  if (!is_value(*source) || !is_allowed) return refuse_cast(run, *source, wanted);
  if (!held(*source).is_null()) return cast_value(run, *source, wanted);
  return is_nullable ? Value{} : json_converted(run, {}, wanted);
}

static Value refuse_change(Evaluation& run, Value value, const Type& type) {
  return run.fail(types::invalid_cast_exception, "Invalid cast from '" + full_name(*value.type) + "' to '" + full_name(type) + "'.");
}

// System.Convert.ChangeType.
static Value change_type(Evaluation& run, Value value, const Type& type) {
  if (value.is_null())
    return type.is_value_type() ? run.fail(types::invalid_cast_exception, "Null object cannot be converted to a value type.") : value;
  if (type.basic == Basic::text) return text(to_string(run, value));
  const bool has_conversion = type.basic > Basic::object || &type == &types::date_time;
  return has_conversion ? json_converted(run, value, type) : refuse_change(run, value, type);
}

Value convert_token(Evaluation& run, const JToken* token, const Type& type) {
  if (!token) return default_of(run, type);
  const Value whole = token_value(token);
  if (is_instance(whole, type)) return whole;
  if (!is_value(*token))
    return run.fail(types::invalid_cast_exception, "Cannot cast " + full_name(*whole.type) + " to " + full_name(json_token_type) + ".");
  const Value value = held(*token);
  const Type& wanted = without_nullable(type);
  if (is_instance(value, wanted)) return value;
  if (value.is_null() && type.kind == TypeKind::nullable) return {};
  return change_type(run, value, wanted);
}

}  // namespace gatelet::cs
