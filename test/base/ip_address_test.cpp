#include <doctest/doctest.h>

#include "base/ip_address.hpp"

using namespace gatelet;

TEST_CASE("ip address: texts of one address are equal, and addresses are ordered as numbers") {
  struct Row {
    const char *a, *b;
    int order;
  };
  for (const Row& row : {Row{"10.0.0.1", "10.0.0.1", 0}, Row{"10.0.0.9", "10.0.0.10", -1}, Row{"10.0.1.0", "10.0.0.255", 1},
                         Row{"255.255.255.255", "0.0.0.0", 1}, Row{"::ffff:10.0.0.1", "10.0.0.1", 0}, Row{"::FFFF:a00:1", "10.0.0.1", 0},
                         Row{"2001:db8::1", "2001:0DB8:0:0:0:0:0:1", 0}, Row{"2001:db8::", "2001:db8::1", -1}, Row{"::", "::1", -1},
                         Row{"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:0.7.0.8", 0}, Row{"1::8", "1:0:0:0:0:0:0:8", 0},
                         Row{"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", 0}, Row{"fe80::1%eth0", "fe80::1", 0}, Row{"ff::", "fe::ffff", 1}}) {
    CAPTURE(row.a);
    CAPTURE(row.b);
    const auto a = parse_ip_address(row.a), b = parse_ip_address(row.b);
    REQUIRE(a);
    REQUIRE(b);
    CHECK((*a < *b) == (row.order < 0));
    CHECK((*a == *b) == (row.order == 0));
  }
}

TEST_CASE("ip address: only strict texts are addresses") {
  for (const char* text : {"",           "10",         "10.1",        "10.0.0",         "10.0.0.256",        "10.0.0.01",
                           "0x7f.0.0.1", "10.0.0.1 ",  " 10.0.0.1",   "10.0.0.0/8",     "10.0.0.1.",         "a.b.c.d",
                           "10..0.1",    ":",          ":::",         "1:2:3:4:5:6:7",  "1:2:3:4:5:6:7:8:9", "1::2::3",
                           "::12345",    "::g",        "[::1]",       ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:",    "1:2:3:4:5:6:7::8",
                           "::10.0.0",   "10.0.0.1::", "::1.2.3.4:5", "localhost"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ip_address(text));
  }
}
