#include "base/ip_address.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gatelet {

static bool read_v4(std::string_view text, uint8_t* out) {
  for (int part = 0; part < 4; ++part) {
    const size_t dot = part == 3 ? text.size() : text.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot > 3 || (dot > 1 && text.front() == '0')) return false;
    const auto number = parse_unsigned(text.substr(0, dot));
    if (!number || *number > 255) return false;
    out[part] = static_cast<uint8_t>(*number);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return true;
}

// One to four hexadecimal digits.
static bool read_group(std::string_view text, uint8_t* out) {
  if (text.empty() || text.size() > 4) return false;
  unsigned number = 0;
  for (char c : text) {
    const int digit = hex_value(c);
    if (digit < 0) return false;
    number = number * 16 + static_cast<unsigned>(digit);
  }
  out[0] = static_cast<uint8_t>(number >> 8);
  out[1] = static_cast<uint8_t>(number);
  return true;
}

// Groups between colons, the last one perhaps dotted decimal; how many bytes they make, or -1.
static int read_groups(std::string_view text, uint8_t (&out)[16]) {
  int size = 0;
  while (!text.empty()) {
    const size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    const bool is_last = colon == std::string_view::npos;
    const bool is_v4 = is_last && group.find('.') != std::string_view::npos;
    if (size + (is_v4 ? 4 : 2) > 16 || !(is_v4 ? read_v4(group, out + size) : read_group(group, out + size))) return -1;
    size += is_v4 ? 4 : 2;
    if (is_last) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return -1;  // a colon at the end
  }
  return size;
}

static bool read_v6(std::string_view text, uint8_t* out) {
  uint8_t head[16] = {}, tail[16] = {};
  const size_t gap = text.find("::");
  const int head_size = read_groups(text.substr(0, gap), head);
  if (gap == std::string_view::npos) {
    std::copy_n(head, 16, out);
    return head_size == 16;
  }
  const std::string_view behind = text.substr(gap + 2);
  const int tail_size = read_groups(behind, tail);
  // The gap stands for one group of zeros at least.
  if (head_size < 0 || tail_size < 0 || head_size + tail_size > 14 || text.substr(0, gap).find('.') != std::string_view::npos) return false;
  std::copy_n(head, head_size, out);
  std::copy_n(tail, tail_size, out + 16 - tail_size);
  return true;
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  static constexpr uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  IpAddress out;
  if (text.find(':') == std::string_view::npos) return read_v4(text, out.bytes.data()) ? std::optional(out) : std::nullopt;
  text = text.substr(0, text.find('%'));
  if (!read_v6(text, out.bytes.data())) return std::nullopt;
  out.is_v6 = !std::equal(std::begin(mapped), std::end(mapped), out.bytes.begin());
  if (out.is_v6) return out;
  std::copy_n(out.bytes.begin() + 12, 4, out.bytes.begin());
  std::fill(out.bytes.begin() + 4, out.bytes.end(), uint8_t{0});
  return out;
}

}  // namespace gatelet
