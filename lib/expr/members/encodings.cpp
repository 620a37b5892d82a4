// System.Text.Encoding.
#include <algorithm>

#include "base/text.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace encoding_rows {

namespace {

enum class Kind : uint8_t { utf8, ascii, latin1, utf16, utf16_big, utf32 };

struct Encoding {
  Kind kind;
  std::string_view web_name;
  std::string_view name;
  int32_t code_page;
};

}  // namespace

static constinit const Type encoding_type{.name = "System.Text.Encoding", .is_abstract = true};

static constexpr Encoding encodings[] = {
    {Kind::utf8, "utf-8", "Unicode (UTF-8)", 65001},
    {Kind::ascii, "us-ascii", "US-ASCII", 20127},
    {Kind::latin1, "iso-8859-1", "Western European (ISO)", 28591},
    {Kind::utf16, "utf-16", "Unicode", 1200},
    {Kind::utf16_big, "utf-16BE", "Unicode (Big-Endian)", 1201},
    {Kind::utf32, "utf-32", "Unicode (UTF-32)", 12000},
};

static Value encoding_value(const Encoding& encoding) { return value_of_object(encoding_type, &encoding); }

template <size_t index>
static Value known(Call&) {
  return encoding_value(encodings[index]);
}

static Value by_name(Call& call) {
  if (!call.text(0)) return call.run.fail_null("name");
  const std::string name = lower(utf8(*call.text(0)));
  static constexpr std::pair<std::string_view, size_t> aliases[] = {{"utf8", 0},      {"ascii", 1},   {"latin1", 2},
                                                                    {"iso8859-1", 2}, {"unicode", 3}, {"utf-16le", 3}};
  for (const Encoding& encoding : encodings)
    if (lower(encoding.web_name) == name) return encoding_value(encoding);
  for (const auto& [alias, index] : aliases)
    if (alias == name) return encoding_value(encodings[index]);
  return call.run.fail_argument(types::argument_exception, "'" + name + "' is not a supported encoding name.", "name");
}

static Value by_code_page(Call& call) {
  for (const Encoding& encoding : encodings)
    if (encoding.code_page == call.int32(0)) return encoding_value(encoding);
  return call.run.fail(types::not_supported_exception, "No data is available for encoding " + std::to_string(call.int32(0)) + ".");
}

static Kind kind_of(const Call& call) { return call.self.object<const Encoding>()->kind; }

// A code point; a lone surrogate is U+FFFD.
static char32_t next_point(const String& text, size_t& at) {
  const char16_t unit = text[at++];
  if (unit < 0xD800 || unit > 0xDFFF) return unit;
  if (unit < 0xDC00 && at < text.length && text[at] >= 0xDC00 && text[at] <= 0xDFFF)
    return 0x10000 + ((static_cast<char32_t>(unit) - 0xD800) << 10) + (static_cast<char32_t>(text[at++]) - 0xDC00);
  return 0xFFFD;
}

static std::string encode(Kind kind, const String& text) {
  if (kind == Kind::utf8) return utf8(text);
  std::string out;
  const auto append = [&out](uint32_t number, size_t count, bool is_big) {
    for (size_t i = 0; i < count; ++i) out += static_cast<char>(number >> 8 * (is_big ? count - 1 - i : i));
  };
  for (size_t at = 0; at < text.length;) {
    if (kind == Kind::utf16 || kind == Kind::utf16_big) {
      const char16_t unit = text[at];
      const size_t before = at;
      const bool is_lone = next_point(text, at) == 0xFFFD && unit != 0xFFFD;
      for (size_t i = before; i < at; ++i) append(is_lone ? 0xFFFD : text[i], 2, kind == Kind::utf16_big);
      continue;
    }
    const char32_t point = next_point(text, at);
    if (kind == Kind::utf32)
      append(point, 4, false);
    else if (point < (kind == Kind::ascii ? 0x80u : 0x100u))
      out += static_cast<char>(point);
    else
      out.append(point < 0x10000 ? 1 : 2, '?');  // one for each half of a pair
  }
  return out;
}

static const String* decode_units(Evaluation& run, std::string_view bytes, Kind kind) {
  TextBuilder out(run);
  const auto byte = [&bytes](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) {
    const auto unit = static_cast<char16_t>(kind == Kind::utf16_big ? byte(at) << 8 | byte(at + 1) : byte(at) | byte(at + 1) << 8);
    out.append(unit);
  }
  if (at < bytes.size()) out.append(u'\uFFFD');
  return out.finish();
}

static const String* decode_points(Evaluation& run, std::string_view bytes) {
  TextBuilder out(run);
  size_t at = 0;
  for (; at + 3 < bytes.size(); at += 4) {
    char32_t point = 0;
    for (size_t i = 4; i-- > 0;) point = point << 8 | static_cast<unsigned char>(bytes[at + i]);
    if (point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) point = 0xFFFD;
    if (point >= 0x10000) {
      out.append(static_cast<char16_t>(0xD800 + ((point - 0x10000) >> 10)));
      out.append(static_cast<char16_t>(0xDC00 + ((point - 0x10000) & 0x3FF)));
    } else {
      out.append(static_cast<char16_t>(point));
    }
  }
  if (at < bytes.size()) out.append(u'\uFFFD');
  return out.finish();
}

static const String* decode(Evaluation& run, Kind kind, std::string_view bytes) {
  switch (kind) {
    case Kind::utf8: return copy_of(run, bytes);
    case Kind::utf16:
    case Kind::utf16_big: return decode_units(run, bytes, kind);
    case Kind::utf32: return decode_points(run, bytes);
    case Kind::ascii:
    case Kind::latin1: break;
  }
  TextBuilder out(run);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.append(static_cast<char16_t>(kind == Kind::ascii && byte > 127 ? '?' : byte));
  }
  return out.finish();
}

static Value get_bytes(Call& call) {
  if (!call.text(0)) return call.run.fail_null("s");
  if (!call.run.charge_text(call.text(0)->length * 4ul)) return {};
  return bytes_value(call.run, encode(kind_of(call), *call.text(0)));
}

static Value get_bytes_of_units(Call& call) {
  const auto* units = call.object<const Array>(0);
  if (!units) return call.run.fail_null("chars");
  TextBuilder text(call.run);
  for (const Value unit : units->span()) text.append(unit.character());
  return bytes_value(call.run, encode(kind_of(call), *text.finish()));
}

static Value get_bytes_of_units_part(Call& call) {
  const auto* units = call.object<const Array>(0);
  const int64_t start = call.int32(1), count = call.int32(2);
  if (!units) return call.run.fail_null("chars");
  if (start < 0 || count < 0) return call.run.fail_range("Non-negative number required.", start < 0 ? "index" : "count");
  if (start + count > units->length) return call.run.fail_range("Index and count must refer to a location within the buffer.", "chars");
  TextBuilder text(call.run);
  for (int64_t i = start; i < start + count; ++i) text.append(units->items[i].character());
  return bytes_value(call.run, encode(kind_of(call), *text.finish()));
}

static Value get_bytes_part(Call& call) {
  if (!call.text(0)) return call.run.fail_null("s");
  const int64_t start = call.int32(1), count = call.int32(2);
  if (start < 0 || count < 0) return call.run.fail_range("Non-negative number required.", start < 0 ? "index" : "count");
  if (start + count > call.text(0)->length)
    return call.run.fail_range("Index and count must refer to a location within the string.", "index");
  if (!call.run.charge_text(static_cast<size_t>(count) * 4)) return {};
  return bytes_value(call.run,
                     encode(kind_of(call), *substring(call.run, *call.text(0), static_cast<size_t>(start), static_cast<size_t>(count))));
}

static Value get_string(Call& call) {
  const auto* bytes = call.object<const Bytes>(0);
  if (!bytes) return call.run.fail_null("bytes");
  return call.run.charge_text(bytes->length * 2ul) ? text(decode(call.run, kind_of(call), bytes->view())) : Value{};
}

static Value get_string_part(Call& call) {
  const auto* bytes = call.object<const Bytes>(0);
  const int64_t start = call.int32(1), count = call.int32(2);
  if (!bytes) return call.run.fail_null("bytes");
  if (start < 0 || count < 0) return call.run.fail_range("Non-negative number required.", start < 0 ? "index" : "count");
  if (start + count > bytes->length) return call.run.fail_range("Index and count must refer to a location within the buffer.", "bytes");
  if (!call.run.charge_text(static_cast<size_t>(count) * 2)) return {};
  return text(decode(call.run, kind_of(call), bytes->view().substr(static_cast<size_t>(start), static_cast<size_t>(count))));
}

template <Value (*get)(Call& call)>
static Value get_units(Call& call) {
  const Value whole = get(call);
  if (whole.is_null()) return {};
  Array* units = make_array(call.run, types::character, whole.text()->length);
  for (size_t i = 0; units && i < units->length; ++i) units->items[i] = character((*whole.text())[i]);
  return value_of_object(*call.site.result, units);
}

static Value byte_count(Call& call) {
  if (!call.text(0)) return call.run.fail_null("s");
  if (!call.run.charge_text(call.text(0)->length * 4ul)) return {};
  return int32(static_cast<int32_t>(encode(kind_of(call), *call.text(0)).size()));
}

static Value unit_count(Call& call) {
  const Value whole = get_string(call);
  return whole.is_null() ? whole : int32(static_cast<int32_t>(whole.text()->length));
}

static Value byte_count_of_units(Call& call) {
  const auto* units = call.object<const Array>(0);
  if (!units) return call.run.fail_null("chars");
  TextBuilder text(call.run);
  for (const Value unit : units->span()) text.append(unit.character());
  return int32(static_cast<int32_t>(encode(kind_of(call), *text.finish()).size()));
}

// The bytes of one encoding in another.
static Value convert(Call& call) {
  const auto *from = call.object<const Encoding>(0), *to = call.object<const Encoding>(1);
  const auto* bytes = call.object<const Bytes>(2);
  if (!from || !to || !bytes) return call.run.fail_null(!from ? "srcEncoding" : !to ? "dstEncoding" : "bytes");
  if (!call.run.charge_text(bytes->length * 4ul)) return {};
  return bytes_value(call.run, encode(to->kind, *decode(call.run, from->kind, bytes->view())));
}

static Value preamble(Call& call) {
  switch (kind_of(call)) {
    case Kind::utf8: return bytes_value(call.run, "\xEF\xBB\xBF");
    case Kind::utf16: return bytes_value(call.run, "\xFF\xFE");
    case Kind::utf16_big: return bytes_value(call.run, "\xFE\xFF");
    case Kind::utf32: return bytes_value(call.run, std::string_view("\xFF\xFE\0\0", 4));
    case Kind::ascii:
    case Kind::latin1: break;
  }
  return bytes_value(call.run, {});
}

static constexpr Member encoding_members[] = {
    {"static Encoding UTF8", known<0>},
    {"static Encoding Default", known<0>},
    {"static Encoding ASCII", known<1>},
    {"static Encoding Latin1", known<2>},
    {"static Encoding Unicode", known<3>},
    {"static Encoding BigEndianUnicode", known<4>},
    {"static Encoding UTF32", known<5>},
    {"static Encoding GetEncoding(string name)", by_name},
    {"static Encoding GetEncoding(int codepage)", by_code_page},
    {"byte[] GetBytes(string s)", get_bytes},
    {"byte[] GetBytes(string s, int index, int count)", get_bytes_part},
    {"byte[] GetBytes(char[] chars)", get_bytes_of_units},
    {"static byte[] Convert(Encoding srcEncoding, Encoding dstEncoding, byte[] bytes)", convert},
    {"string GetString(byte[] bytes)", get_string},
    {"string GetString(byte[] bytes, int index, int count)", get_string_part},
    {"byte[] GetBytes(char[] chars, int index, int count)", get_bytes_of_units_part},
    {"char[] GetChars(byte[] bytes)", get_units<get_string>},
    {"char[] GetChars(byte[] bytes, int index, int count)", get_units<get_string_part>},
    {"int GetByteCount(string s)", byte_count},
    {"int GetByteCount(char[] chars)", byte_count_of_units},
    {"int GetCharCount(byte[] bytes)", unit_count},
    {"byte[] GetPreamble()", preamble},
    {"string WebName", [](Call& call) { return text(view_of(call.run, call.self.object<const Encoding>()->web_name)); }},
    {"string HeaderName", [](Call& call) { return text(view_of(call.run, call.self.object<const Encoding>()->web_name)); }},
    {"bool IsSingleByte", [](Call& call) { return boolean(kind_of(call) == Kind::ascii || kind_of(call) == Kind::latin1); }},
    {"string BodyName", [](Call& call) { return text(view_of(call.run, call.self.object<const Encoding>()->web_name)); }},
    {"string EncodingName", [](Call& call) { return text(view_of(call.run, call.self.object<const Encoding>()->name)); }},
    {"int CodePage", [](Call& call) { return int32(call.self.object<const Encoding>()->code_page); }},
};

static const TypeRows encoding_types[] = {{encoding_type, encoding_members}};

}  // namespace encoding_rows

extern const Family encoding_family;
const Family encoding_family{encoding_rows::encoding_types};

}  // namespace gatelet::cs
