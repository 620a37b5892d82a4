// System.Guid.
#include "base/limits.hpp"
#include "base/text.hpp"
#include "expr/context_model.hpp"
#include "expr/guid.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {

// The dashes of "00112233-4455-6677-8899-aabbccddeeff" stand before these bytes.
static bool has_dash_before(size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

static void append_hex(std::string& out, uint8_t byte) {
  static constexpr char digits[] = "0123456789abcdef";
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

std::string guid_text(const Guid& guid, bool has_dashes) {
  std::string out;
  for (size_t i = 0; i < 16; ++i) {
    if (has_dashes && has_dash_before(i)) out += '-';
    append_hex(out, guid.bytes[i]);
  }
  return out;
}

static int hex_digit(char16_t unit) {
  if (unit >= '0' && unit <= '9') return unit - '0';
  const char16_t letter = unit | 0x20;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// N, D, B and P in any case, blanks around. X is "{0x…,0x…,0x…,{0x…,…}}".
static bool parse_plain(std::u16string_view text, Guid& out) {
  if (text.size() == 38 && ((text[0] == '{' && text[37] == '}') || (text[0] == '(' && text[37] == ')'))) text = text.substr(1, 36);
  const bool has_dashes = text.size() == 36;
  if (!has_dashes && text.size() != 32) return false;
  size_t at = 0;
  for (size_t i = 0; i < 16; ++i) {
    if (has_dashes && has_dash_before(i) && text[at++] != '-') return false;
    const int high = hex_digit(text[at]), low = hex_digit(text[at + 1]);
    if (high < 0 || low < 0) return false;
    out.bytes[i] = static_cast<uint8_t>(high << 4 | low);
    at += 2;
  }
  return true;
}

static bool parse_hexadecimal(std::u16string_view text, Guid& out) {
  static constexpr size_t widths[] = {4, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1};
  size_t at = 0, byte = 0;
  const auto accept = [&](char16_t unit) { return at < text.size() && text[at] == unit && (++at, true); };
  if (!accept('{')) return false;
  for (size_t part = 0; part < std::size(widths); ++part) {
    if (part > 0 && !accept(',')) return false;
    if (part == 3 && !accept('{')) return false;
    if (!accept('0') || !(accept('x') || accept('X'))) return false;
    uint64_t value = 0;
    size_t digits = 0;
    for (; at < text.size() && hex_digit(text[at]) >= 0 && digits < 8; ++at, ++digits)
      value = value << 4 | static_cast<uint64_t>(hex_digit(text[at]));
    if (digits == 0 || value >> (8 * widths[part])) return false;
    for (size_t i = widths[part]; i-- > 0;) out.bytes[byte++] = static_cast<uint8_t>(value >> (8 * i));
  }
  return accept('}') && accept('}') && at == text.size();
}

bool parse_guid(const String& text, Guid& out) {
  size_t from = 0, to = text.length;
  while (from < to && is_white_space(text[from])) ++from;
  while (to > from && is_white_space(text[to - 1])) --to;
  if (to - from > guid_text_units_max) return false;
  std::u16string units;
  for (size_t i = from; i < to; ++i) units += text[i];
  return parse_plain(units, out) || parse_hexadecimal(units, out);
}

Value fail_guid(Evaluation& run) {
  return run.fail(types::format_exception, "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).");
}

Guid new_guid(ContextModel& context) {
  Guid guid;
  context.random_bytes(guid.bytes, sizeof guid.bytes);
  guid.bytes[6] = static_cast<uint8_t>((guid.bytes[6] & 0x0F) | 0x40);
  guid.bytes[8] = static_cast<uint8_t>((guid.bytes[8] & 0x3F) | 0x80);
  return guid;
}

namespace guid_rows {

// ToByteArray: the first three groups are little-endian.
static constexpr size_t byte_order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

static const Guid& self_guid(const Call& call) { return *call.self.object<const Guid>(); }
static Value guid_value(Evaluation& run, const Guid& guid) { return value_of_object(types::guid, run.make<Guid>(guid)); }

static int order(const Guid& a, const Guid& b) {
  const int difference = std::memcmp(a.bytes, b.bytes, sizeof a.bytes);
  return (difference > 0) - (difference < 0);
}
static bool same(Evaluation&, Value self, Value other) {
  return self.type == other.type && order(*self.object<const Guid>(), *other.object<const Guid>()) == 0;
}
static int32_t hash(Evaluation&, Value self) {
  int32_t words[4];
  std::memcpy(words, self.object<const Guid>()->bytes, sizeof words);
  return words[0] ^ words[1] ^ words[2] ^ words[3];
}

static std::string hexadecimal_text(const Guid& guid) {
  std::string plain = guid_text(guid, false),
              out = "{0x" + plain.substr(0, 8) + ",0x" + plain.substr(8, 4) + ",0x" + plain.substr(12, 4) + ",{";
  for (size_t i = 8; i < 16; ++i) out += (i > 8 ? ",0x" : "0x") + plain.substr(2 * i, 2);
  return out + "}}";
}

static const String* format(Evaluation& run, Value self, const String* wanted) {
  const Guid& guid = *self.object<const Guid>();
  const char16_t letter = !wanted || wanted->empty() ? u'd' : wanted->length == 1 ? static_cast<char16_t>((*wanted)[0] | 0x20) : u'?';
  switch (letter) {
    case 'd': return copy_of(run, guid_text(guid, true));
    case 'n': return copy_of(run, guid_text(guid, false));
    case 'b': return copy_of(run, "{" + guid_text(guid, true) + "}");
    case 'p': return copy_of(run, "(" + guid_text(guid, true) + ")");
    case 'x': return copy_of(run, hexadecimal_text(guid));
    default:
      run.fail(types::format_exception, "Format String can be only 'D', 'd', 'N', 'n', 'P', 'p', 'B', 'b', 'X' or 'x'.");
      return &empty_string;
  }
}

static const String* text_of(Evaluation& run, Value self) { return format(run, self, nullptr); }
static int compare_guids(Evaluation&, Value a, Value b) { return order(*a.object<const Guid>(), *b.object<const Guid>()); }

static constexpr TypeOps guid_ops{.to_string = text_of, .format = format, .equals = same, .hash = hash, .compare = compare_guids};

static Value parse(Call& call, std::string_view parameter) {
  if (!call.text(0)) return call.run.fail_null(parameter);
  Guid guid;
  if (parse_guid(*call.text(0), guid)) return guid_value(call.run, guid);
  return fail_guid(call.run);
}

static Value try_parse(Call& call) {
  Guid guid;
  const bool is_guid = call.text(0) && parse_guid(*call.text(0), guid);
  call.out(1) = guid_value(call.run, is_guid ? guid : Guid{});
  return boolean(is_guid);
}

// The text has to be as the format would write it, but for letters' case.
static Value parse_exact(Call& call) {
  if (!call.text(0)) return call.run.fail_null("input");
  if (!call.text(1)) return call.run.fail_null("format");
  const Value guid = parse(call, "input");
  if (call.run.failed()) return {};
  const String* written = format(call.run, guid, call.text(1));
  if (call.run.failed() || gatelet::equal_ignoring_case(utf8(*written), trim(utf8(*call.text(0))))) return guid;
  return fail_guid(call.run);
}

static Value of_bytes(Call& call) {
  const auto* bytes = call.object<const Bytes>(0);
  if (!bytes) return call.run.fail_null("b");
  if (bytes->length != 16)
    return call.run.fail_argument(types::argument_exception, "Byte array for Guid must be exactly 16 bytes long.", "b");
  Guid guid;
  for (size_t i = 0; i < 16; ++i) guid.bytes[byte_order[i]] = bytes->data[i];
  return guid_value(call.run, guid);
}

// Three numbers and eight bytes, one by one or as an array.
static Value of_parts(Call& call) {
  const auto* array = call.arguments[3].is(byte_array_type()) ? call.object<const Bytes>(3) : nullptr;
  if (call.arguments[3].is_null()) return call.run.fail_null("d");
  if (array && array->length != 8)
    return call.run.fail_argument(types::argument_exception, "Byte array for Guid must be exactly 8 bytes long.", "d");
  Guid guid;
  const auto put = [&guid](size_t at, uint32_t number, size_t size) {
    for (size_t i = 0; i < size; ++i) guid.bytes[at + i] = static_cast<unsigned char>(number >> 8 * (size - 1 - i));
  };
  put(0, static_cast<uint32_t>(call.int64(0)), 4);
  put(4, static_cast<uint32_t>(call.int64(1)), 2);
  put(6, static_cast<uint32_t>(call.int64(2)), 2);
  for (size_t i = 0; i < 8; ++i) guid.bytes[8 + i] = array ? array->data[i] : static_cast<unsigned char>(call.int64(3 + i));
  return guid_value(call.run, guid);
}

static Value try_parse_exact(Call& call) {
  const Value guid = call.text(0) ? parse_exact(call) : Value{};
  const bool is_guid = !call.run.failed() && !guid.is_null();
  if (call.run.failed()) call.run.take_fault();
  call.out(2) = is_guid ? guid : guid_value(call.run, {});
  return boolean(is_guid);
}

static constexpr Member guid_members[] = {
    {"new(byte[] b)", of_bytes},
    {"new(string g)", [](Call& call) { return parse(call, "g"); }},
    {"new(int a, short b, short c, byte[] d)", of_parts},
    {"new(uint a, ushort b, ushort c, byte d, byte e, byte f, byte g, byte h, byte i, byte j, byte k)", of_parts},
    {"new(int a, short b, short c, byte d, byte e, byte f, byte g, byte h, byte i, byte j, byte k)", of_parts},
    {"static Guid Empty", [](Call& call) { return guid_value(call.run, {}); }},
    {"static Guid NewGuid()", [](Call& call) { return guid_value(call.run, new_guid(call.run.context)); }},
    {"static Guid Parse(string input)", [](Call& call) { return parse(call, "input"); }},
    {"static Guid ParseExact(string input, string format)", parse_exact},
    {"static bool TryParse(string input, out Guid result)", try_parse},
    {"static bool TryParseExact(string input, string format, out Guid result)", try_parse_exact},
    {"byte[] ToByteArray()", [](Call& call) { return guid_bytes(call.run, self_guid(call)); }},
    {"string ToString(string format)", [](Call& call) { return text(format(call.run, call.self, call.text(0))); }},
    {"bool Equals(Guid g)", [](Call& call) { return boolean(order(self_guid(call), *call.object<const Guid>(0)) == 0); }},
    {"int CompareTo(object value)", compare_to_object},
    {"int CompareTo(Guid value)", [](Call& call) { return int32(order(self_guid(call), *call.object<const Guid>(0))); }},
    {"static bool operator ==(Guid a, Guid b)",
     [](Call& call) { return boolean(order(*call.object<const Guid>(0), *call.object<const Guid>(1)) == 0); }},
    {"static bool operator !=(Guid a, Guid b)",
     [](Call& call) { return boolean(order(*call.object<const Guid>(0), *call.object<const Guid>(1)) != 0); }},
};

static const TypeRows guid_types[] = {{types::guid, guid_members, &guid_ops}};

}  // namespace guid_rows

Value guid_bytes(Evaluation& run, const Guid& guid) {
  Bytes* bytes = make_bytes(run, sizeof guid.bytes);
  for (size_t i = 0; bytes && i < sizeof guid.bytes; ++i) bytes->data[i] = guid.bytes[guid_rows::byte_order[i]];
  return value_of_object(byte_array_type(), bytes);
}

extern const Family guid_family;
const Family guid_family{guid_rows::guid_types};

}  // namespace gatelet::cs
