// Which proxy a backend is reached through, as the variables of the environment say it.
#include "policy/proxy.hpp"

#include <doctest/doctest.h>

using namespace gatelet;

TEST_CASE("a proxy is a host with a port, and perhaps a user") {
  struct Row {
    const char *url, *name, *authorization;
  };
  for (const Row& row : {
           Row{"http://p.test:3128", "the proxy p.test:3128", ""},
           Row{"HTTP://P.test", "the proxy p.test:80", ""},
           Row{"p.test:3128", "the proxy p.test:3128", ""},
           Row{"http://p.test:3128/", "the proxy p.test:3128", ""},
           Row{"http://[::1]:3128", "the proxy [::1]:3128", ""},
           Row{"http://user:pass@p.test:3128", "the proxy p.test:3128", "Basic dXNlcjpwYXNz"},
           Row{"http://user@p.test", "the proxy p.test:80", "Basic dXNlcjo="},
           Row{"http://us%40er:p%3Ass@p.test", "the proxy p.test:80", "Basic dXNAZXI6cDpzcw=="},
       }) {
    CAPTURE(row.url);
    const auto proxy = parse_proxy(row.url);
    REQUIRE_MESSAGE(proxy, proxy.error().message);
    CHECK(proxy->name() == row.name);
    CHECK(proxy->authorization == row.authorization);
  }
  CHECK(parse_proxy("http://a:b@p.test", "user", "pass")->authorization == "Basic dXNlcjpwYXNz");
}

TEST_CASE("what is no proxy is refused, and its password is not repeated") {
  for (const char* url : {"https://p.test", "socks5://p.test", "http://", "http://p.test/path", "http://p.test?x=1", "http://p.test:0",
                          "http://user:s3cret@p test", "http://user:s3cret@p.test/path"}) {
    CAPTURE(url);
    const auto proxy = parse_proxy(url);
    REQUIRE_FALSE(proxy);
    CHECK(proxy.error().message.starts_with("the proxy's URL is not usable: "));
    CHECK(proxy.error().message.find("s3cret") == std::string::npos);
  }
}

TEST_CASE("the scheme chooses the proxy, and exceptions are reached directly") {
  struct Row {
    const char *bypass, *url;
    int port;  // of the proxy; 0: none
  };
  for (const Row& row : {
           Row{"", "http://a.test", 1},
           Row{"", "https://a.test", 2},
           Row{"", "wss://a.test", 2},
           Row{"*", "https://a.test", 0},
           Row{"a.test", "http://a.test", 0},
           Row{"A.TEST", "http://a.test", 0},
           Row{"a.test", "http://x.a.test", 0},
           Row{"a.test", "http://ba.test", 1},
           Row{".a.test", "http://x.a.test", 0},
           Row{"*.a.test", "http://x.y.a.test", 0},
           Row{"b.test, a.test", "http://a.test", 0},
           Row{"b.test a.test", "http://a.test", 0},
           Row{"a.test:8080", "http://a.test", 1},
           Row{"a.test:8080", "http://a.test:8080", 0},
           Row{"10.0.0.0/8", "http://10.1.2.3", 0},
           Row{"10.0.0.0/8", "http://11.1.2.3", 1},
           Row{"10.0.0.0/9", "http://10.128.0.1", 1},
           Row{"10.1.2.3", "http://10.1.2.3:99", 0},
           Row{"10.1.2.3", "http://10.1.2.4", 1},
           Row{"10.1.2.3:99", "http://10.1.2.3", 1},
           Row{"::1", "http://[::1]", 0},
           Row{"[::1]:99", "http://[::1]:99", 0},
           Row{"fd00::/8", "http://[fd12::1]", 0},
           Row{"fd00::/8", "http://[fe12::1]", 1},
           Row{"10.0.0.0/8", "http://a.test", 1},
       }) {
    CAPTURE(row.bypass);
    CAPTURE(row.url);
    const auto proxies = Proxies::parse("http://p.test:1", "http://p.test:2", row.bypass);
    REQUIRE(proxies);
    const auto& proxy = proxies->for_url(*parse_url(row.url));
    CHECK((proxy ? proxy->port : 0) == row.port);
  }
  CHECK(Proxies::parse("", "http://p.test:2", "")->for_url(*parse_url("http://a.test")) == nullptr);
  CHECK_FALSE(Proxies::parse("", "ftp://p.test", ""));
}
