// Lines of StatsD (gateway.md 2.6). The values are counters, so that a server adds them up; the tags of plain StatsD are left out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gatelet {

enum class StatsdTags : uint8_t { none, librato, dogstatsd, influxdb };
// "none", "librato", "dogStatsD" or "influxDB" in any case, and the misspelt "ibrato".
std::optional<StatsdTags> statsd_tags_from(std::string_view word);

// "shop.orders:2|c|@0.5|#API_ID:echo". What has a meaning in a line, blanks and controls become '_'. `sampling`: the share that is sent.
std::string statsd_line(std::string_view name_space, std::string_view name, double value,
                        std::span<const std::pair<std::string, std::string>> tags, StatsdTags form, double sampling);

}  // namespace gatelet
