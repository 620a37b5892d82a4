// The canonical target and percent-coding. A scan over a table of bytes finds out whether anything has to change; most requests are
// done then, without a copy.
#include <array>

#include "base/limits.hpp"
#include "http/url.hpp"

namespace gatelet {
namespace {

constexpr bool is_unreserved(int c) {
  const char byte = static_cast<char>(c);
  return c < 0x80 && (is_alpha(byte) || is_digit(byte) || byte == '-' || byte == '.' || byte == '_' || byte == '~');
}

// Bytes that need no thought. In a path: all but '.', which may be a dot segment, and the specials. In a query: all but '&', which is
// counted.
constexpr std::array<bool, 256> make_plain_bytes(std::string_view specials) {
  std::array<bool, 256> table{};
  for (size_t c = 0x21; c <= 0x7E; ++c) table[c] = specials.find(static_cast<char>(c)) == std::string_view::npos;
  return table;
}
constexpr auto path_plain_bytes = make_plain_bytes("%#?.");
constexpr auto query_plain_bytes = make_plain_bytes("%#&");

// The place of the first byte from `at` on that is not plain; four at a time, for this is most of the work.
size_t skip_plain(const std::array<bool, 256>& plain_bytes, std::string_view text, size_t at) {
  const auto is_plain = [&](size_t i) { return unsigned{plain_bytes[static_cast<unsigned char>(text[i])]}; };
  while (at + 4 <= text.size() && (is_plain(at) & is_plain(at + 1) & is_plain(at + 2) & is_plain(at + 3)) != 0) at += 4;
  while (at < text.size() && is_plain(at) != 0) ++at;
  return at;
}

TargetFault fault_of_byte(char c) { return c == '#' ? TargetFault::fragment : TargetFault::bad_byte; }

TargetFault fault_of_escape(std::string_view text, size_t at) {
  const int byte = escaped_byte(text, at);
  return byte < 0 ? TargetFault::bad_escape : byte == 0 ? TargetFault::nul_escape : TargetFault::none;
}

bool is_canonical_escape(std::string_view text, size_t at) {
  return !is_unreserved(escaped_byte(text, at)) && to_upper(text[at + 1]) == text[at + 1] && to_upper(text[at + 2]) == text[at + 2];
}

// Whether the dot at `at` begins a segment that is "." or "..".
bool begins_dot_segment(std::string_view raw, size_t at) {
  if (raw[at - 1] != '/') return false;
  const auto ends_at = [&](size_t i) { return i >= raw.size() || raw[i] == '/' || raw[i] == '?'; };
  return ends_at(at + 1) || (raw[at + 1] == '.' && ends_at(at + 2));
}

struct PathScan {
  TargetFault fault = TargetFault::none;
  size_t end = 0;  // of the path in the target
  bool is_canonical = true;
};

PathScan scan_path(std::string_view raw) {
  PathScan scan;
  for (size_t i = skip_plain(path_plain_bytes, raw, 1); i < raw.size(); i = skip_plain(path_plain_bytes, raw, i + 1)) {
    const char c = raw[i];
    if (c == '.') {
      if (begins_dot_segment(raw, i)) scan.is_canonical = false;
    } else if (c == '%') {
      scan.fault = fault_of_escape(raw, i);
      if (scan.fault != TargetFault::none) return scan;
      if (!is_canonical_escape(raw, i)) scan.is_canonical = false;
      i += 2;
    } else if (c == '?') {
      scan.end = i;
      return scan;
    } else {
      scan.fault = fault_of_byte(c);
      return scan;
    }
  }
  scan.end = raw.size();
  return scan;
}

TargetFault scan_query(std::string_view query) {
  size_t separators = 0;
  for (size_t i = skip_plain(query_plain_bytes, query, 0); i < query.size(); i = skip_plain(query_plain_bytes, query, i + 1)) {
    const char c = query[i];
    if (c == '&') {
      if (++separators >= query_parameters_max) return TargetFault::too_many_parameters;
    } else if (c == '%') {
      const TargetFault fault = fault_of_escape(query, i);
      if (fault != TargetFault::none) return fault;
      i += 2;
    } else {
      return fault_of_byte(c);
    }
  }
  return TargetFault::none;
}

// Copies one byte or escape, canonical; returns how many bytes of `path` it was.
size_t rewrite_byte(std::string_view path, size_t at, char*& out) {
  if (path[at] != '%') return *out++ = path[at], 1;
  const int byte = escaped_byte(path, at);
  if (is_unreserved(byte)) return *out++ = static_cast<char>(byte), 3;
  *out++ = '%';
  *out++ = to_upper(path[at + 1]);
  *out++ = to_upper(path[at + 2]);
  return 3;
}

// Segment by segment: decoded, then kept or taken back. Writes at most as much as it reads; null when ".." leads above the root.
char* rewrite_path(std::string_view path, char* const begin) {
  char* out = begin;
  for (size_t at = 0; at < path.size();) {
    char* const segment = out;
    do at += rewrite_byte(path, at, out);
    while (at < path.size() && path[at] != '/');

    const std::string_view text(segment, static_cast<size_t>(out - segment));
    if (text != "/." && text != "/..") continue;
    out = segment;
    if (text == "/..") {
      if (out == begin) return nullptr;
      while (*--out != '/') {}
    }
    if (at == path.size()) *out++ = '/';
  }
  return out;
}

bool is_unsafe(std::string_view text, size_t at) {
  static constexpr std::string_view unsafe = " \"<>\\^`{|}";
  const char c = text[at];
  return static_cast<unsigned char>(c) > 0x7F || unsafe.find(c) != std::string_view::npos || (c == '%' && escaped_byte(text, at) < 0);
}

std::string_view decoded(std::string_view text, bool plus_is_blank, Arena& arena) {
  if (text.find('%') == std::string_view::npos && (!plus_is_blank || text.find('+') == std::string_view::npos)) return text;
  char* const bytes = static_cast<char*>(arena.allocate(text.size(), 1));
  char* out = bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    const int byte = escaped_byte(text, i);
    if (byte >= 0) i += 2;
    *out++ = byte >= 0 ? static_cast<char>(byte) : plus_is_blank && text[i] == '+' ? ' ' : text[i];
  }
  return {bytes, static_cast<size_t>(out - bytes)};
}

}  // namespace

std::string_view message_of(TargetFault fault) {
  switch (fault) {
    case TargetFault::none: return {};
    case TargetFault::bad_byte: return "The request target has a blank, a control or a byte outside ASCII: percent-encode it.";
    case TargetFault::bad_escape:
      return "The request target has a '%' without two hexadecimal digits: write '%25' for the character itself.";
    case TargetFault::nul_escape: return "The request target has the escape '%00': no path or query holds a NUL.";
    case TargetFault::fragment: return "The request target has a '#': fragments are not sent, write '%23' for the character itself.";
    case TargetFault::above_root: return "The request target leads above the root: it has more '..' than segments before them.";
    case TargetFault::not_absolute: return "The request target does not begin with '/'.";
    case TargetFault::too_many_parameters: return "The request target has too many query parameters.";
  }
  return {};
}

TargetFault canonicalize(std::string_view raw, Arena& arena, Target& out) {
  if (raw.empty() || raw.front() != '/') return TargetFault::not_absolute;
  const PathScan scan = scan_path(raw);
  if (scan.fault != TargetFault::none) return scan.fault;

  Target target{raw.substr(0, scan.end), {}, scan.end < raw.size()};
  if (target.has_query) {
    target.query = raw.substr(scan.end + 1);
    const TargetFault fault = scan_query(target.query);
    if (fault != TargetFault::none) return fault;
  }
  if (!scan.is_canonical) {
    char* const bytes = static_cast<char*>(arena.allocate(target.path.size(), 1));
    const char* const end = rewrite_path(target.path, bytes);
    if (!end) return TargetFault::above_root;
    target.path = {bytes, static_cast<size_t>(end - bytes)};
  }
  out = target;
  return TargetFault::none;
}

std::string_view percent_decoded(std::string_view text, Arena& arena) { return decoded(text, false, arena); }
std::string_view query_decoded(std::string_view text, Arena& arena) { return decoded(text, true, arena); }

std::string_view escape_unsafe(std::string_view text, Arena& arena) {
  size_t unsafe_count = 0;
  for (size_t i = 0; i < text.size(); ++i) unsafe_count += is_unsafe(text, i);
  if (unsafe_count == 0) return text;

  static constexpr char digits[] = "0123456789ABCDEF";
  const size_t size = text.size() + 2 * unsafe_count;
  char* const bytes = static_cast<char*>(arena.allocate(size, 1));
  char* out = bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (is_unsafe(text, i)) {
      *out++ = '%';
      *out++ = digits[byte >> 4];
      *out++ = digits[byte & 15];
    } else {
      *out++ = text[i];
    }
  }
  return {bytes, size};
}

}  // namespace gatelet
