#include "policies/cached_value.hpp"

#include <cstring>

#include "expr/dates.hpp"
#include "expr/json.hpp"
#include "expr/objects.hpp"
#include "policies/elements.hpp"
#include "policy/expression_context.hpp"

namespace gatelet {

namespace {

constexpr std::string_view value_prefix = "value:";

// What the first byte says of the rest.
enum class Tag : char {
  text = 's',
  bytes = 'b',
  json = 'j',
  date = 'd',  // 8 bytes, as Value::bits; as the following
  span = 't',
  boolean = 'o',
  character = 'c',
  real = 'r',
  single = 'f',
  int8 = '1',
  uint8 = '2',
  int16 = '3',
  uint16 = '4',
  int32 = '5',
  uint32 = '6',
  int64 = '7',
  uint64 = '8',
};

struct Plain {
  Tag tag;
  const cs::Type& type;
};
const Plain plain_types[] = {
    {Tag::date, cs::types::date_time},      {Tag::span, cs::types::time_span}, {Tag::boolean, cs::types::boolean},
    {Tag::character, cs::types::character}, {Tag::real, cs::types::real},      {Tag::single, cs::types::single},
    {Tag::int8, cs::types::int8},           {Tag::uint8, cs::types::uint8},    {Tag::int16, cs::types::int16},
    {Tag::uint16, cs::types::uint16},       {Tag::int32, cs::types::int32},    {Tag::uint32, cs::types::uint32},
    {Tag::int64, cs::types::int64},         {Tag::uint64, cs::types::uint64},
};

Buffer tagged(Tag tag, std::string_view bytes) {
  Buffer made = Buffer::allocate(bytes.size() + 1);
  *made.data() = static_cast<char>(tag);
  if (!bytes.empty()) std::memcpy(made.data() + 1, bytes.data(), bytes.size());
  return made;
}

// Whether a value of the type can have the bits: another program may have left them in a cache that is elsewhere.
bool are_possible(Tag tag, int64_t bits) {
  const auto fits = [bits]<class T>(T) { return bits == static_cast<int64_t>(static_cast<T>(bits)); };
  switch (tag) {
    case Tag::date: return cs::DateTime::from_bits(bits).ticks <= cs::date_ticks_max && static_cast<uint64_t>(bits) >> 62 != 3;
    case Tag::boolean: return bits == 0 || bits == 1;
    case Tag::character: return fits(char16_t{});
    case Tag::int8: return fits(int8_t{});
    case Tag::uint8: return fits(uint8_t{});
    case Tag::int16: return fits(int16_t{});
    case Tag::uint16: return fits(uint16_t{});
    case Tag::int32: return fits(int32_t{});
    case Tag::uint32: return fits(uint32_t{});
    default: return true;
  }
}

bool fail_run(Context& context, ContextRun& run) {
  return refuse(context, context.arena.concat("The value cannot be kept in a cache: ", fault_message(run.evaluation)));
}

}  // namespace

CachingType read_caching_type(PolicyReader& in) {
  return static_cast<CachingType>(in.literal_choice("caching-type", {"prefer-external", "external", "internal"}));
}

std::string_view value_key(Context& context, std::string_view key) { return context.arena.concat(value_prefix, key); }

bool encode_value(Context& context, const AnyRead& value, Buffer& out, bool& is_null) {
  is_null = value.is_typed && value.value.is_null();
  if (is_null) return true;
  if (!value.is_typed || value.value.is(cs::types::text)) return out = tagged(Tag::text, value.text), true;
  for (const Plain& plain : plain_types) {
    if (!value.value.is(plain.type)) continue;
    char bytes[sizeof(int64_t)];
    std::memcpy(bytes, &value.value.bits, sizeof bytes);
    return out = tagged(plain.tag, {bytes, sizeof bytes}), true;
  }
  if (value.value.is(cs::byte_array_type())) return out = tagged(Tag::bytes, value.value.object<const cs::Bytes>()->view()), true;
  if (!cs::is_token(value.value))
    return refuse(context, context.arena.concat("A value of the type ", value.value.type->name, " cannot be kept in a cache."));
  ContextRun run(context);
  const cs::String* json = cs::json_text(run.evaluation, *value.value.object<const cs::JToken>(), false);
  if (run.evaluation.failed()) return fail_run(context, run);
  return out = tagged(Tag::json, cs::utf8(run.evaluation, *json)), true;
}

bool decode_into_variable(Context& context, std::string_view name, std::string_view bytes) {
  if (bytes.empty()) return false;
  const Tag tag = static_cast<Tag>(bytes.front());
  const std::string_view rest = context.arena.copy(bytes.substr(1));
  if (tag == Tag::text) return context.set_variable(name, rest), true;
  ContextRun run(context);
  cs::Value value;
  if (tag == Tag::bytes) value = cs::bytes_value(run.evaluation, rest);
  if (tag == Tag::json)
    value = cs::token_value(cs::read_json(run.evaluation, *cs::view_of(run.evaluation, rest), cs::JsonRoot::any, false));
  for (const Plain& plain : plain_types) {
    if (tag != plain.tag || rest.size() != sizeof value.bits) continue;
    int64_t bits = 0;
    std::memcpy(&bits, rest.data(), sizeof bits);
    if (are_possible(tag, bits)) value = cs::value_of_bits(plain.type, bits);
  }
  if (value.is_null() || run.evaluation.failed()) return false;
  const bool is_plain = value.type->is_value_type();
  const std::string_view text = is_plain ? cs::utf8(run.evaluation, *cs::to_string(run.evaluation, value)) : std::string_view();
  context.set_variable(name, value, text);
  return true;
}

}  // namespace gatelet
