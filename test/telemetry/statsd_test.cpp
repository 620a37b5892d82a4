#include <doctest/doctest.h>

#include <vector>

#include "telemetry/statsd.hpp"

using namespace gatelet;

TEST_CASE("a metric is a line of StatsD, its dimensions are tags of the wanted form") {
  const std::vector<std::pair<std::string, std::string>> tags = {{"API ID", "echo"}, {"Empty", ""}, {"a,b|c", "x:y\nz"}};
  const struct {
    const char* word;
    double sampling;
    std::string_view line;
  } rows[] = {
      {"none", 1, "my_shop.orders:2.5|c"},
      {"dogStatsD", 1, "my_shop.orders:2.5|c|#API_ID:echo,a_b_c:x_y_z"},
      {"dogstatsd", 0.25, "my_shop.orders:2.5|c|@0.25|#API_ID:echo,a_b_c:x_y_z"},
      {"librato", 1, "my_shop.orders#API_ID=echo,a_b_c=x_y_z:2.5|c"},
      {"ibrato", 0.5, "my_shop.orders#API_ID=echo,a_b_c=x_y_z:2.5|c|@0.5"},
      {"influxDB", 1, "my_shop.orders,API_ID=echo,a_b_c=x_y_z:2.5|c"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.word);
    const auto form = statsd_tags_from(row.word);
    REQUIRE(form);
    CHECK(statsd_line("my shop", "orders", 2.5, tags, *form, row.sampling) == row.line);
  }
  CHECK_FALSE(statsd_tags_from("graphite"));
}

TEST_CASE("a metric without dimensions has no mark of tags, and whole numbers no fraction") {
  CHECK(statsd_line("", "Total Tokens", 12, {}, StatsdTags::dogstatsd, 1) == "Total_Tokens:12|c");
  CHECK(statsd_line("n", "m", -1e20, {}, StatsdTags::librato, 1) == "n.m:-1e+20|c");
}
