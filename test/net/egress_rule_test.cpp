// Which addresses policies may not send to, in all their forms once they are resolved.
#include "net/egress_rule.hpp"

#include <doctest/doctest.h>

using namespace gatelet;

static bool denies(std::string_view rule, std::string_view address) {
  const auto parsed = EgressRule::parse(rule);
  REQUIRE(parsed);
  const auto to = parse_ip(address);
  REQUIRE(to);
  return parsed->denies(*to);
}

TEST_CASE("egress rule: groups, networks and exceptions") {
  struct Row {
    const char *rule, *address;
    bool is_denied;
  };
  for (const Row& row : {
           Row{"", "127.0.0.1", false},
           Row{"loopback", "127.0.0.1", true},
           Row{"loopback", "127.255.255.254", true},
           Row{"loopback", "0.0.0.0", true},
           Row{"loopback", "::1", true},
           Row{"loopback", "::", true},
           Row{"loopback", "::ffff:127.0.0.1", true},
           Row{"loopback", "64:ff9b::7f00:1", true},
           Row{"loopback", "2002:7f00:1::", true},
           Row{"loopback", "128.0.0.1", false},
           Row{"link-local", "169.254.169.254", true},
           Row{"link-local", "::ffff:a9fe:a9fe", true},
           Row{"link-local", "fe80::1", true},
           Row{"link-local", "127.0.0.1", false},
           Row{"private", "10.1.2.3", true},
           Row{"private", "172.31.255.255", true},
           Row{"private", "172.32.0.0", false},
           Row{"private", "192.168.0.1", true},
           Row{"private", "100.64.0.1", true},
           Row{"private", "fd00::1", true},
           Row{"private", "2001:db8::1", false},
           Row{"Loopback, 203.0.113.7 ,2001:db8::/32", "203.0.113.7", true},
           Row{"loopback,203.0.113.7,2001:db8::/32", "203.0.113.8", false},
           Row{"loopback,203.0.113.7,2001:db8::/32", "2001:db8:1::1", true},
           Row{"private,!10.1.0.0/16", "10.1.2.3", false},
           Row{"private,!10.1.0.0/16", "10.2.2.3", true},
           Row{"0.0.0.0/0", "198.51.100.1", true},
       }) {
    CAPTURE(row.rule);
    CAPTURE(row.address);
    CHECK(denies(row.rule, row.address) == row.is_denied);
  }
}

TEST_CASE("egress rule: what the server itself listens on, at all addresses of the machine, and nothing else there") {
  const auto denies_at = [](std::string_view text, std::string_view ip, uint16_t port) {
    auto rule = EgressRule::parse(text);
    REQUIRE(rule);
    rule->set_own({8080, 8081}, {*parse_ip("192.0.2.7"), *parse_ip("2001:db8::7")});
    auto to = parse_ip(ip);
    REQUIRE(to);
    to->set_port(port);
    return rule->denies(*to);
  };
  for (const char* ip :
       {"127.0.0.1", "127.9.9.9", "0.0.0.0", "::", "::1", "::ffff:127.0.0.1", "192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7"}) {
    CAPTURE(ip);
    CHECK(denies_at("own", ip, 8080));
    CHECK(denies_at("private, Own", ip, 8081));
    CHECK_FALSE(denies_at("own", ip, 8082));
    CHECK_FALSE(denies_at("private", ip, 8080));
  }
  CHECK_FALSE(denies_at("own", "192.0.2.8", 8080));
  CHECK_FALSE(denies_at("own,!192.0.2.7", "192.0.2.7", 8080));
  CHECK(denies_at("own,10.0.0.0/8", "10.0.0.1", 1));
}

TEST_CASE("egress rule: what is wrong with one is told") {
  for (const char* text : {"lopback", "10.0.0.0/33", "10.0.0", "!x", "fe80::/129", "10.0.0.0/x"}) {
    CAPTURE(text);
    const auto parsed = EgressRule::parse(text);
    REQUIRE(!parsed);
    CHECK(parsed.error().message.find("is none of loopback, link-local, private") != std::string::npos);
  }
}
