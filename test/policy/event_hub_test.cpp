// Event hubs: what the connection string of a logger says, and what is sent there.
#include "policy/event_hub.hpp"

#include <doctest/doctest.h>

using namespace gatelet;

TEST_CASE("event hub: what a connection string says") {
  const struct {
    const char *text, *name, *url, *path, *key_name, *key;
  } rows[] = {
      {"Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0+/=", "audit",
       "https://ns.servicebus.windows.net", "/audit", "send", "c2VjcmV0+/="},
      {" endpoint = sb://NS.test ; sharedaccesskeyname=s;SharedAccessKey=k==;EntityPath=a b;TransportType=Amqp;", "", "https://ns.test",
       "/a%20b", "s", "k=="},
      {"Endpoint=sb://127.0.0.1:5300;SharedAccessKeyName=s;SharedAccessKey=k;UseDevelopmentEmulator=true;EntityPath=other", "hub",
       "http://127.0.0.1:5300", "/hub", "s", "k"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto hub = parse_event_hub(row.text, row.name);
    REQUIRE_MESSAGE(hub, hub.error().message);
    CHECK(hub->upstream->url.scheme + "://" + hub->upstream->authority == row.url);
    CHECK(hub->path == row.path);
    CHECK(hub->key_name == row.key_name);
    CHECK(hub->key == row.key);
  }
}

TEST_CASE("event hub: what is wrong with a connection string is said without quoting it") {
  const struct {
    const char *text, *problem;
  } rows[] = {
      {"", "its Endpoint is no URL"},
      {"secret", "a part of it has no '='"},
      {"Endpoint=https://ns.test;SharedAccessKeyName=s;SharedAccessKey=secret", "its Endpoint is no URL"},
      {"Endpoint=sb://ns.test;SharedAccessKey=secret;EntityPath=e", "SharedAccessKeyName and SharedAccessKey are needed"},
      {"Endpoint=sb://ns.test;SharedAccessKeyName=s;SharedAccessKey=secret", "the hub has no name"},
      {"Endpoint=sb://;SharedAccessKeyName=s;SharedAccessKey=secret;EntityPath=e", "its Endpoint: "},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto hub = parse_event_hub(row.text, "");
    REQUIRE(!hub);
    CHECK_MESSAGE(hub.error().message.find(row.problem) != std::string::npos, hub.error().message);
    CHECK(hub.error().message.find("secret") == std::string::npos);
  }
}

TEST_CASE("event hub: one that is told by an identity who sends has an address instead") {
  const struct {
    const char *address, *client_id, *url, *its_client_id;
  } rows[] = {
      {"ns.servicebus.windows.net", "SystemAssigned", "https://ns.servicebus.windows.net", ""},
      {"sb://ns.test/", "0a1b", "https://ns.test", "0a1b"},
      {"https://ns.test:444/x", "", "https://ns.test:444", ""},
      {"http://127.0.0.1:5300", "", "http://127.0.0.1:5300", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.address);
    const auto hub = event_hub_with_identity(row.address, "audit", row.client_id);
    REQUIRE_MESSAGE(hub, hub.error().message);
    CHECK(hub->upstream->url.scheme + "://" + hub->upstream->authority == row.url);
    CHECK(hub->path == "/audit");
    CHECK(hub->key.empty());
    CHECK(hub->client_id == row.its_client_id);
  }
  CHECK_FALSE(event_hub_with_identity("ns.test", "", ""));
  CHECK_FALSE(event_hub_with_identity("", "audit", ""));
}

TEST_CASE("event hub: the token signs the hub and the end of its time") {
  const auto hub =
      parse_event_hub("Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0+/=", "audit");
  REQUIRE(hub);
  // Python: hmac.new(key, urllib.parse.quote("https://ns.servicebus.windows.net/audit", safe="") + "\n1700003600", "sha256")
  CHECK(shared_access_signature(*hub, 1'700'000'000'999) ==
        "SharedAccessSignature sr=https%3A%2F%2Fns.servicebus.windows.net%2Faudit&sig=bfTsWvVXVOGZtmRoKXFcapsemKPWnKNTUh5RBVhtV44%3D"
        "&se=1700003600&skn=send");
}

TEST_CASE("event hub: events are JSON, and go to the partition that is named") {
  const auto hub = parse_event_hub("Endpoint=sb://ns.test;SharedAccessKeyName=s;SharedAccessKey=k", "audit");
  REQUIRE(hub);
  CHECK(event_path(*hub, "") == "/audit/messages");
  CHECK(event_path(*hub, "7/x") == "/audit/partitions/7%2Fx/messages");
  CHECK(event_json("a\"b\n", "") == R"({"Body":"a\"b\n"})");
  CHECK(event_json("a", "k\"") == R"({"Body":"a","BrokerProperties":{"PartitionKey":"k\""}})");
}
