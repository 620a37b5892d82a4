#include "telemetry/statsd.hpp"

#include <charconv>

#include "base/text.hpp"

namespace gatelet {
namespace statsd {

constexpr std::string_view meaningful = ":|@#,=;\\\"'";

void append_word(std::string& out, std::string_view text) {
  for (const char c : text) out += static_cast<unsigned char>(c) <= ' ' || c == 0x7F || meaningful.find(c) != meaningful.npos ? '_' : c;
}

void append_number(std::string& out, double value) {
  char digits[64];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

void append_tags(std::string& out, std::span<const std::pair<std::string, std::string>> tags, std::string_view start, char between) {
  bool is_first = true;
  for (const auto& [name, value] : tags) {
    if (name.empty() || value.empty()) continue;  // what is not known is no tag
    if (is_first)
      out += start;
    else
      out += ',';
    is_first = false;
    append_word(out, name);
    out += between;
    append_word(out, value);
  }
}

}  // namespace statsd

std::optional<StatsdTags> statsd_tags_from(std::string_view word) {
  if (equal_ignoring_case(word, "none")) return StatsdTags::none;
  if (equal_ignoring_case(word, "librato") || equal_ignoring_case(word, "ibrato")) return StatsdTags::librato;
  if (equal_ignoring_case(word, "dogStatsD")) return StatsdTags::dogstatsd;
  if (equal_ignoring_case(word, "influxDB")) return StatsdTags::influxdb;
  return std::nullopt;
}

std::string statsd_line(std::string_view name_space, std::string_view name, double value,
                        std::span<const std::pair<std::string, std::string>> tags, StatsdTags form, double sampling) {
  std::string out;
  statsd::append_word(out, name_space);
  if (!name_space.empty()) out += '.';
  statsd::append_word(out, name);
  if (form == StatsdTags::librato) statsd::append_tags(out, tags, "#", '=');
  if (form == StatsdTags::influxdb) statsd::append_tags(out, tags, ",", '=');
  out += ':';
  statsd::append_number(out, value);
  out += "|c";
  if (sampling < 1) {
    out += "|@";
    statsd::append_number(out, sampling);
  }
  if (form == StatsdTags::dogstatsd) statsd::append_tags(out, tags, "|#", ':');
  return out;
}

}  // namespace gatelet
