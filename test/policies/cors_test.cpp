// cors, cross-domain and ip-filter: what is refused when a configuration loads, and how origins are compared.
#include <doctest/doctest.h>

#include "fake_context.hpp"
#include "policies/web_origin.hpp"

using namespace gatelet;
using namespace gatelet::test;

TEST_CASE("web origin: scheme and host are compared without case, the port after its default") {
  struct Row {
    const char *a, *b;
    bool is_same;
  };
  for (const Row& row :
       {Row{"https://app.example", "HTTPS://APP.EXAMPLE", true}, Row{"https://app.example", "https://app.example:443", true},
        Row{"http://app.example:80", "http://app.example", true}, Row{"http://app.example", "https://app.example", false},
        Row{"https://app.example:8443", "https://app.example", false}, Row{"https://app.example", "https://app.example.", false},
        Row{"https://[2001:db8::1]", "https://[2001:DB8::1]:443", true}, Row{"capacitor://localhost", "capacitor://LOCALHOST", true},
        Row{"https://app.example", "https://sub.app.example", false}}) {
    CAPTURE(row.a);
    CAPTURE(row.b);
    const auto a = parse_web_origin(row.a), b = parse_web_origin(row.b);
    REQUIRE(a);
    REQUIRE(b);
    CHECK(is_same(*a, *b) == row.is_same);
  }
}

TEST_CASE("web origin: anything but scheme, host and port is none") {
  for (const char* text : {"", "null", "*", "app.example", "https://", "://app.example", "https://app.example/", "https://app.example/a",
                           "https://app.example?x", "https://u@app.example", "https://app.example:0", "https://app.example:65536",
                           "https://app.example:", "https://*.app.example", "https://a.example, https://b.example", "1http://app.example",
                           "https://app example", "https://[::1", "https://a:1:2"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_web_origin(text));
  }
}

TEST_CASE("cors, cross-domain, ip-filter: problems are told with place and remedy") {
  struct Row {
    const char *text, *problem;
  };
  const std::string headers = "<allowed-headers><header>*</header></allowed-headers>";
  for (const Row& row : {
           Row{"<cors/>", "'cors' needs the element 'allowed-origins'"},
           Row{"<cors><allowed-origins/></cors>", "'allowed-origins' needs the element 'origin'"},
           Row{"<cors><allowed-origins><origin>https://*.example</origin></allowed-origins></cors>",
               "policy.xml:1:43: error: 'https://*.example' is no origin: it must be * or a URL of scheme, host and port only"},
           Row{"<cors><allowed-origins><origin>https://a.example/page</origin></allowed-origins></cors>", "is no origin"},
           Row{"<cors><allowed-origins><origin>*</origin></allowed-origins><allowed-methods/></cors>",
               "'allowed-methods' needs the element 'method'"},
           Row{"<cors><allowed-origins><origin>*</origin></allowed-origins><allowed-headers><header>x y</header></allowed-headers></cors>",
               "'x y' is no name"},
           Row{"<cors><allowed-origins><origin>*</origin></allowed-origins><allowed-methods "
               "preflight-result-max-age='-1'><method>GET</method>"
               "</allowed-methods></cors>",
               "'preflight-result-max-age' of 'allowed-methods' must be an integer from 0"},
           Row{"<cors allow-credentials='yes'><allowed-origins><origin>*</origin></allowed-origins></cors>",
               "must be true or false, not 'yes'"},
           Row{"<ip-filter action='allow'/>", "'ip-filter' needs an 'address' or an 'address-range'"},
           Row{"<ip-filter><address>10.0.0.1</address></ip-filter>", "'ip-filter' needs the attribute 'action'"},
           Row{"<ip-filter action='deny'><address>10.0.0.1</address></ip-filter>", "'action' must be allow or forbid, not 'deny'"},
           Row{"<ip-filter action='allow'><address>10.0.0.0/8</address></ip-filter>", "'10.0.0.0/8' is no IP address"},
           Row{"<ip-filter action='allow'><address-range from='10.0.0.9' to='10.0.0.1'/></ip-filter>",
               "'from' of an address-range is greater"},
           Row{"<ip-filter action='allow'><address-range from='10.0.0.9' to='::1'/></ip-filter>", "must both be IPv4 or both IPv6"},
           Row{"<ip-filter action='allow'><address-range from='10.0.0.9'/></ip-filter>", "'address-range' needs the attribute 'to'"},
           Row{"<mock-response status-code='20'/>", "'status-code' of 'mock-response' must be an integer from 200 to 999, not '20'"},
           Row{"<mock-response index='-1'/>", "'index' of 'mock-response' must be an integer from 0"},
       }) {
    CAPTURE(row.text);
    const Reading reading = read_section("inbound", row.text);
    CHECK(reading.document == nullptr);
    CHECK_MESSAGE(reading.problems().find(row.problem) != std::string::npos, reading.problems());
  }
}

TEST_CASE("cors: an origin is no expression; cross-domain stands at global scope only and needs its element") {
  FakeEnvironment environment;
  environment.has_expressions = true;
  CHECK(read_section("inbound", "<cors><allowed-origins><origin>@(\"https://a.example\")</origin></allowed-origins></cors>", environment)
            .problems()
            .find("'origin' cannot be an expression") != std::string::npos);
  const char* text = "<policies><inbound><cross-domain><cross-domain-policy/></cross-domain></inbound></policies>";
  CHECK(read(text, {}, Scope::global).document);
  CHECK(read(text, {}, Scope::api).problems().find("move it to global scope") != std::string::npos);
  CHECK(read("<policies><inbound><cross-domain/></inbound></policies>", {}, Scope::global)
            .problems()
            .find("'cross-domain' needs the element 'cross-domain-policy'") != std::string::npos);
}

TEST_CASE("ip-filter: action and addresses may be expressions") {
  struct Row {
    const char *action, *address;
    Flow flow;
    const char* reason;
  };
  for (const Row& row :
       {Row{"allow", "203.0.113.9", Flow::next, ""}, Row{"forbid", "203.0.113.9", Flow::fail, "CallerIpBlocked"},
        Row{"deny", "203.0.113.9", Flow::fail, "PolicyValueInvalid"}, Row{"allow", "nobody", Flow::fail, "PolicyValueInvalid"}}) {
    FakeEnvironment environment;
    environment.has_expressions = true;
    FakeContext context;
    context.client_ip = "203.0.113.9";
    context.request.headers.append("X-Action", row.action);
    context.request.headers.append("X-Address", row.address);
    CHECK(context.run(Section::inbound,
                      "<ip-filter action='@(header X-Action)'><address-range from='@(header X-Address)' to='203.0.113.9'/></ip-filter>",
                      environment) == row.flow);
    if (row.flow == Flow::fail) CHECK(context.failure().reason == row.reason);
  }
}
