#include "policies/body_text.hpp"

#include <algorithm>
#include <charconv>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/content_coding.hpp"
#include "policies/list_items.hpp"

namespace gatelet {

namespace {

constexpr std::string_view charset_parameter = "charset=";
constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
constexpr size_t content_codings_max = 4;

// What stands after "charset=" in a Content-Type, with its quotes: a part of it. Empty: nothing does.
std::string_view charset_in(std::string_view content_type) {
  for (size_t at = 0; at + charset_parameter.size() < content_type.size(); ++at) {
    if (!starts_with_ignoring_case(content_type.substr(at), charset_parameter)) continue;
    const std::string_view value = content_type.substr(at + charset_parameter.size());
    return value.substr(0, value.find(';'));
  }
  return {};
}

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  return text.size() > 1 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> names) {
  for (std::string_view name : names)
    if (equal_ignoring_case(text, name)) return true;
  return false;
}

bool is_all_ascii(std::string_view text) {
  for (char c : text)
    if (static_cast<unsigned char>(c) > 0x7F) return false;
  return true;
}

char* put_utf8(char* out, uint32_t point) {
  const auto put = [&](uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (point < 0x80) return put(point), out;
  if (point < 0x800) return put(0xC0 | (point >> 6)), put(0x80 | (point & 0x3F)), out;
  if (point < 0x10000) return put(0xE0 | (point >> 12)), put(0x80 | ((point >> 6) & 0x3F)), put(0x80 | (point & 0x3F)), out;
  return put(0xF0 | (point >> 18)), put(0x80 | ((point >> 12) & 0x3F)), put(0x80 | ((point >> 6) & 0x3F)), put(0x80 | (point & 0x3F)), out;
}

std::string_view from_latin(std::string_view bytes, Arena& arena) {
  char* const begin = static_cast<char*>(arena.allocate(bytes.size() * 2, 1));
  char* out = begin;
  for (char c : bytes) out = put_utf8(out, static_cast<unsigned char>(c));
  return {begin, static_cast<size_t>(out - begin)};
}

std::string_view from_utf16(std::string_view bytes, bool is_big, Arena& arena) {
  char* const begin = static_cast<char*>(arena.allocate(bytes.size() / 2 * 3 + 3, 1));
  char* out = begin;
  const auto unit = [&](size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]), second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<uint32_t>(is_big ? first << 8 | second : second << 8 | first);
  };
  for (size_t at = 0; at + 1 < bytes.size(); at += 2) {
    uint32_t point = unit(at);
    if ((point & 0xFC00) == 0xD800 && at + 3 < bytes.size() && (unit(at + 2) & 0xFC00) == 0xDC00) {
      point = 0x10000 + ((point & 0x3FF) << 10) + (unit(at + 2) & 0x3FF);
      at += 2;
    } else if ((point & 0xF800) == 0xD800) {
      point = 0xFFFD;
    }
    out = put_utf8(out, point);
  }
  return {begin, static_cast<size_t>(out - begin)};
}

bool fail_with(Context& context, std::string_view reason, std::string_view message) {
  Failure failure;
  failure.reason = reason;
  failure.message = message;
  context.fail(failure);
  return false;
}

}  // namespace

bool fail_body(Context& context, std::string_view message) { return fail_with(context, reason::invalid_message_body, message); }

bool fail_transformation(Context& context, std::string_view message) { return fail_with(context, reason::transformation_failed, message); }

static bool fail_coding(Context& context, std::string_view coding) {
  return fail_body(context, context.arena.concat("The body has the content coding '", coding, "', which this policy cannot read."));
}

// The last one that was applied is undone first. More than a few are nobody's.
static bool undo_codings(Context& context, const Headers& headers, std::string_view& bytes) {
  const std::vector<std::string_view> codings = content_codings(headers);
  if (codings.size() > content_codings_max) return fail_body(context, "The body has too many content codings.");
  std::string decoded;
  for (auto coding = codings.rbegin(); coding != codings.rend(); ++coding) {
    Result<std::string> made = without_coding(*coding, bytes, transformed_body_bytes_max);
    if (!made && made.error().code == Code::argument) return fail_coding(context, *coding);
    if (!made && made.error().code == Code::limit) return fail_body(context, "The body is too large without its content coding.");
    if (!made) return fail_body(context, context.arena.concat("The body is not what its content coding '", *coding, "' says."));
    decoded = *std::move(made);
    bytes = decoded;
  }
  if (!codings.empty()) bytes = context.arena.copy(decoded);
  return true;
}

static bool fail_charset(Context& context, std::string_view charset) {
  return fail_body(context, context.arena.concat("The body has the charset '", charset, "', which this policy cannot read."));
}

bool is_streamed_text(Context& context, const Headers& headers) {
  if (const auto codings = content_codings(headers); !codings.empty()) return fail_coding(context, codings.back());
  const std::string_view charset = unquoted(charset_in(headers.get(HeaderId::content_type)));
  return charset.empty() || is_one_of(charset, {"utf-8", "us-ascii", "ascii"}) || fail_charset(context, charset);
}

bool read_body_bytes(Context& context, const BodyTarget& target, std::string_view& out) {
  out = target.body.bytes.view();
  return out.empty() || undo_codings(context, target.headers, out);
}

bool read_body_text(Context& context, const BodyTarget& target, std::string_view& out) {
  std::string_view bytes;
  return read_body_bytes(context, target, bytes) && read_as_text(context, target.headers, bytes, out);
}

bool read_as_text(Context& context, const Headers& headers, std::string_view bytes, std::string_view& out) {
  out = {};
  if (bytes.empty()) return true;
  const std::string_view charset = unquoted(charset_in(headers.get(HeaderId::content_type)));
  const bool has_big_mark = bytes.starts_with("\xFE\xFF"), has_little_mark = bytes.starts_with("\xFF\xFE");
  if (is_one_of(charset, {"utf-16", "utf-16le", "utf-16be"}) || has_big_mark || has_little_mark) {
    const bool is_big = has_big_mark || (!has_little_mark && equal_ignoring_case(charset, "utf-16be"));
    out = from_utf16(bytes.substr(has_big_mark || has_little_mark ? 2 : 0), is_big, context.arena);
  } else if (charset.empty() || is_one_of(charset, {"utf-8", "us-ascii", "ascii"})) {
    out = bytes.substr(bytes.starts_with(utf8_mark) ? utf8_mark.size() : 0);
  } else if (is_one_of(charset, {"iso-8859-1", "latin1", "windows-1252"})) {
    out = is_all_ascii(bytes) ? bytes : from_latin(bytes, context.arena);
  } else {
    return fail_charset(context, charset);
  }
  return true;
}

static void name_charset_utf8(Context& context, Headers& headers) {
  const std::string_view type = headers.get(HeaderId::content_type);
  const std::string_view charset = charset_in(type);
  if (charset.empty() || equal_ignoring_case(unquoted(charset), "utf-8")) return;
  const size_t from = static_cast<size_t>(charset.data() - type.data());
  headers.set(text_of(HeaderId::content_type), context.arena.concat(type.substr(0, from), "utf-8", type.substr(from + charset.size())));
}

void replace_body(Context& context, const BodyTarget& target, Buffer text) {
  target.body = Body::from(std::move(text));
  // They spoke of the bytes that are gone; the writer of the head says the length.
  target.headers.remove(HeaderId::content_length);
  target.headers.remove(HeaderId::content_encoding);
  name_charset_utf8(context, target.headers);
}

bool BodyWriter::grow(size_t more) {
  const size_t wanted = std::max({size_ + more, buffer_.size() * 2, size_t{4096}});
  is_too_large_ |= size_ + more > transformed_body_bytes_max;
  if (is_too_large_) return false;
  Buffer grown = Buffer::allocate(std::min(wanted, transformed_body_bytes_max));
  if (size_ > 0) std::memcpy(grown.data(), buffer_.data(), size_);
  buffer_ = std::move(grown);
  return true;
}

std::string_view media_type(std::string_view content_type) { return trim(content_type.substr(0, content_type.find(';'))); }

static bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

bool is_json_type(std::string_view type) {
  return is_one_of(type, {"application/json", "text/json"}) || ends_with_ignoring_case(type, "+json");
}

bool is_xml_type(std::string_view type) {
  return is_one_of(type, {"application/xml", "text/xml"}) || ends_with_ignoring_case(type, "+xml");
}

// The quality of one range of an Accept; RFC 9110 12.4.2.
static double quality_of(std::string_view range) {
  for (size_t at = range.find(';'); at != std::string_view::npos; at = range.find(';', at + 1)) {
    const std::string_view parameter = trim(range.substr(at + 1, range.find(';', at + 1) - at - 1));
    if (!starts_with_ignoring_case(parameter, "q=")) continue;
    double quality = 0;
    std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), quality);
    return quality;
  }
  return 1;
}

std::string_view accepted_type(const Context& context, bool (*is_kind)(std::string_view media_type)) {
  std::string_view best;
  double best_quality = 0;
  for (const HeaderField& field : context.request.headers.fields()) {
    if (field.id != HeaderId::accept) continue;
    for_each_item(field.value, ',', [&](std::string_view range) {
      if (!is_kind(media_type(range)) || quality_of(range) <= best_quality) return;
      best = media_type(range);
      best_quality = quality_of(range);
    });
  }
  return best;
}

}  // namespace gatelet
