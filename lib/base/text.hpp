// Small text tools that every room needs: ASCII case, trimming, splitting, numbers, percent and JSON coding. No locale anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatelet {

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }
constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char l = to_lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

std::string lower(std::string_view text);
std::string upper(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
std::string_view trim(std::string_view text);
// Splits at every separator; "a,,b" has three parts, "" has one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

// Decimal digits only, no sign, no blanks, no overflow.
std::optional<uint64_t> parse_unsigned(std::string_view text);
// The same with an optional leading '-'.
std::optional<int64_t> parse_signed(std::string_view text);
// "true" or "false" in any case.
std::optional<bool> parse_bool(std::string_view text);

// Decodes %XX; an invalid escape stays as it is. '+' is not touched.
std::string percent_decode(std::string_view text);
// Percent-encodes what the default URL encoder of .NET encodes in a query (policies-b.md 3.5).
std::string query_encode(std::string_view text);
// The same into `out`, which has room for three times the text; returns the end of what was written.
char* query_encode(std::string_view text, char* out);
// The length of the valid UTF-8 sequence (RFC 3629) at the start of `text`, which is not empty; 0 when there is none.
size_t utf8_length(std::string_view text);
// The inside of a JSON string: quotes, backslash, control characters, U+2028 and U+2029 escaped; invalid UTF-8 becomes U+FFFD.
std::string json_escape(std::string_view text);

// Equal without revealing by its duration where the texts differ; the length is not secret.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// SipHash-2-4 (Aumasson, Bernstein 2012): a keyed hash for tables that untrusted text is looked up in.
struct SipKey {
  uint64_t k0 = 0;
  uint64_t k1 = 0;
};
uint64_t siphash(SipKey key, std::string_view text);

}  // namespace gatelet
