// The conversions of JToken from and to .NET's types; rows of JToken, which json_tokens.cpp lists.
#include "expr/json.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace json_conversion_rows {

static Value from_token(Call& call) { return cast_token(call.run, call.arguments[0], *call.site.result); }

// Integers become long, as with new JValue(long).
static Value to_token(Call& call) {
  const Value value = call.arguments[0];
  if (value.is_null()) return token_value(make_value(call.run, JKind::null));
  const JKind kind = kind_of_value(*value.type);
  const bool becomes_long = kind == JKind::integer && !value.is(types::uint64);
  return token_value(make_value(call.run, kind, becomes_long ? int64(value.bits) : value));
}

// A null string is a token of type String without a value.
static Value text_to_token(Call& call) { return token_value(make_value(call.run, JKind::text, call.arguments[0])); }

#define GATELET_FROM(ctype) \
  { "static explicit operator " ctype "(JToken value)", from_token }
#define GATELET_BOTH(ctype)                                                                                       \
  GATELET_FROM(ctype), GATELET_FROM(ctype "?"), {"static implicit operator JToken(" ctype " value)", to_token}, { \
    "static implicit operator JToken(" ctype "? value)", to_token                                                 \
  }
static constexpr Member conversions[] = {
    GATELET_FROM("string"),
    GATELET_BOTH("int"),
    GATELET_BOTH("bool"),
    GATELET_BOTH("long"),
    GATELET_BOTH("double"),
    GATELET_BOTH("decimal"),
    GATELET_BOTH("DateTime"),
    GATELET_BOTH("DateTimeOffset"),
    GATELET_BOTH("float"),
    GATELET_BOTH("short"),
    GATELET_BOTH("ushort"),
    GATELET_BOTH("uint"),
    GATELET_BOTH("ulong"),
    GATELET_BOTH("byte"),
    GATELET_BOTH("sbyte"),
    GATELET_BOTH("Guid"),
    GATELET_BOTH("TimeSpan"),
    GATELET_FROM("char"),
    GATELET_FROM("char?"),
    GATELET_FROM("byte[]"),
    GATELET_FROM("Uri"),
    {"static implicit operator JToken(byte[] value)", to_token},
    {"static implicit operator JToken(Uri value)", to_token},
    {"static implicit operator JToken(string value)", text_to_token},
};
#undef GATELET_BOTH
#undef GATELET_FROM

}  // namespace json_conversion_rows

extern const std::span<const Member> json_conversions;
constinit const std::span<const Member> json_conversions = json_conversion_rows::conversions;

}  // namespace gatelet::cs
