#include <doctest/doctest.h>

#include "fake_host.hpp"

using namespace gatelet;

TEST_CASE("probes: both paths say whether the gateway is ready, for any host and before routing") {
  FakeHost host(nullptr);
  const char* ready = "200 OK\nContent-Type: text/plain\n\nService Operational";
  const char* not_ready = "503 Service Unavailable\nContent-Type: text/plain\n\nService Not Ready";
  for (const char* path : {"/status-0123456789abcdef", "/internal-status-0123456789abcdef", "/status-0123456789abcdef?x=1"}) {
    CAPTURE(path);
    FakeHost fresh(nullptr);
    CHECK(fresh.ask("GET", path) == not_ready);

    auto broken = make_config();
    broken->usable = false;
    fresh.gateway.publish(finish_config(broken));
    CHECK(fresh.ask("GET", path) == not_ready);

    fresh.gateway.publish(finish_config(make_config()));
    CHECK(fresh.ask("GET", path) == ready);
    CHECK(fresh.ask("HEAD", path, {{"Host", "elsewhere.test"}}) == ready);

    fresh.gateway.set_draining();
    CHECK(fresh.ask("GET", path) == not_ready);
    CHECK(fresh.ask("GET", "/echo/things/1") == "200 OK\n\npong");  // what is still under way is served
  }
}

TEST_CASE("probes: nothing but these paths is one") {
  FakeHost host(finish_config(make_config()));
  for (const char* path : {"/status-0123456789abcdeF", "/status-0123456789abcdef/", "/x/status-0123456789abcdef"}) {
    CAPTURE(path);
    CHECK(host.ask("GET", path).starts_with("404 "));
  }
  CHECK(host.ask("POST", "/status-0123456789abcdef").starts_with("404 "));
}
