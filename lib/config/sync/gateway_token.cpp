#include "config/sync/gateway_token.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"

namespace gatelet {
namespace token_reading {

constexpr std::string_view schemes[] = {"GatewayKey ", "SharedAccessSignature ", "Bearer "};
constexpr size_t compact_digits = 12;  // yyyyMMddHHmm

}  // namespace token_reading

using namespace token_reading;

std::optional<int64_t> compact_time_ms(std::string_view text) {
  if (text.size() != compact_digits || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  const auto part = [&](size_t at, size_t size) { return std::string(text.substr(at, size)); };
  return parse_iso_timestamp(part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(8, 2) + ":" + part(10, 2) + ":00Z");
}

Result<GatewayToken> read_gateway_token(std::string_view text) {
  text = trim(text);
  if (text.empty()) return Error{Code::argument, "the gateway's token is empty; give it as the management plane made it", {}, {}};
  if (!std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; }))
    return Error{Code::argument, "the gateway's token has characters that no token has; give it as the management plane made it", {}, {}};
  GatewayToken out;
  std::string_view value = text;
  for (const std::string_view scheme : schemes)
    if (starts_with_ignoring_case(text, scheme)) value = trim(text.substr(scheme.size()));
  out.authorization = value == text ? std::string(schemes[0]) + std::string(text) : std::string(text);
  const size_t end_of_id = value.find('&');
  if (end_of_id == value.npos) return out;
  const size_t end_of_expiry = std::min(value.find('&', end_of_id + 1), value.size());
  out.gateway = value.substr(0, end_of_id);
  const std::string_view expiry = value.substr(end_of_id + 1, end_of_expiry - end_of_id - 1);
  const auto compact = compact_time_ms(expiry);
  out.expires_ms = compact ? compact : parse_iso_timestamp(expiry);
  return out;
}

}  // namespace gatelet
