// Connection strings of external caches: what they say, and what is wrong with others.
#include "policy/cache_address.hpp"

#include <doctest/doctest.h>

using namespace gatelet;

TEST_CASE("cache address: what a connection string says") {
  struct Row {
    const char* text;
    const char* places;
    const char *user, *password;
    bool is_tls;
    uint32_t database, timeout_ms;
  };
  for (const Row& row : {
           Row{"redis.test", "redis.test:6379 ", "", "", false, 0, 1000},
           Row{"redis.test:7000,password=a=b,ssl=True,abortConnect=False", "redis.test:7000 ", "", "a=b", true, 0, 1000},
           Row{"one.test, [2001:db8::1]:7001 ,::1,ssl=true", "one.test:6380 2001:db8::1:7001 ::1:6380 ", "", "", true, 0, 1000},
           Row{"h,User=tom,PASSWORD=x,defaultDatabase=3,syncTimeout=250,connectRetry=3", "h:6379 ", "tom", "x", false, 3, 250},
       }) {
    CAPTURE(row.text);
    const auto address = parse_cache_address(row.text);
    REQUIRE_MESSAGE(address, address.error().message);
    std::string places;
    for (const auto& place : address->places) places += place.host + ":" + std::to_string(place.port) + " ";
    CHECK(places == row.places);
    CHECK(address->user == row.user);
    CHECK(address->password == row.password);
    CHECK(address->is_tls == row.is_tls);
    CHECK(address->database == row.database);
    CHECK(address->timeout_ms == row.timeout_ms);
  }
}

TEST_CASE("cache address: what is wrong with a connection string is said without quoting it") {
  struct Row {
    const char *text, *problem;
  };
  for (const Row& row : {
           Row{"", "names no host"},
           Row{"password=secret", "names no host"},
           Row{"h:0,password=secret", "a port is not between 1 and 65535"},
           Row{"h:99999", "a port is not between 1 and 65535"},
           Row{"redis://user:secret@h:6379", "a host is not a name or an address"},
           Row{"h:6379:x,password=secret", "a host is not a name or an address"},
           Row{"h,ssl=yes", "ssl is neither True nor False"},
           Row{"h,syncTimeout=0", "syncTimeout is not a number from 1 to 60000"},
           Row{"h,defaultDatabase=x", "defaultDatabase is not a number"},
           Row{"h,serviceName=mymaster", "Sentinel, which is not supported"},
           Row{"h,secret=1", "a word that is not known"},
       }) {
    CAPTURE(row.text);
    const auto address = parse_cache_address(row.text);
    REQUIRE(!address);
    CHECK_MESSAGE(address.error().message.find(row.problem) != std::string::npos, address.error().message);
    CHECK(address.error().message.find("secret") == std::string::npos);
  }
}
