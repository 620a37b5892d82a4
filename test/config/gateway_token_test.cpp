#include "config/sync/gateway_token.hpp"

#include <doctest/doctest.h>

using namespace gatelet;

TEST_CASE("a token names its gateway and when it ends, and is sent with its scheme") {
  const struct {
    const char* text;
    const char* authorization;
    const char* gateway;
    int64_t expires_ms;  // 0: it does not say
  } rows[] = {
      {"GatewayKey gw1&203001010000&c2ln", "GatewayKey gw1&203001010000&c2ln", "gw1", 1'893'456'000'000},
      {"gw1&203001010000&c2ln", "GatewayKey gw1&203001010000&c2ln", "gw1", 1'893'456'000'000},
      {"  gatewaykey gw1&203001010000&c2ln\n", "gatewaykey gw1&203001010000&c2ln", "gw1", 1'893'456'000'000},
      {"SharedAccessSignature i&2030-01-01T00:00:00.0000000Z&s", "SharedAccessSignature i&2030-01-01T00:00:00.0000000Z&s", "i",
       1'893'456'000'000},
      {"gw1&203013010000&c2ln", "GatewayKey gw1&203013010000&c2ln", "gw1", 0},
      {"gw1&soon", "GatewayKey gw1&soon", "gw1", 0},
      {"gw1&", "GatewayKey gw1&", "gw1", 0},
      {"opaque", "GatewayKey opaque", "", 0},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto token = read_gateway_token(row.text);
    REQUIRE(token);
    CHECK(token->authorization == row.authorization);
    CHECK(token->gateway == row.gateway);
    CHECK(token->expires_ms.value_or(0) == row.expires_ms);
  }
}

TEST_CASE("what cannot be a token is not sent") {
  for (const char* text : {"", " \n", "gw1&2030\r\nX: y", "gw\xc3\xa9"}) CHECK_FALSE(read_gateway_token(text));
}
