#include <doctest/doctest.h>

#include "base/limits.hpp"
#include "fake_host.hpp"

using namespace gatelet;

namespace {

struct Recorded {
  RecordCopy records;
  FakeHost host;
  explicit Recorded(std::shared_ptr<const Config> config) : host(std::move(config), options(records)) {}
  static GatewayOptions options(RecordCopy& records) {
    GatewayOptions options;
    options.records = &records;
    return options;
  }
  const Record& finish(Exchange::Finish end = {}) {
    end.now = host.now;
    host.exchange.finish(end);
    return records.last;
  }
};

std::shared_ptr<const Config> keyed_config() {
  auto config = make_config();
  config->revision = "r7";
  Product product;
  product.facts.id = "starter";
  config->products.push_back(product);
  Api& api = config->apis[0];
  api.facts.revision = "3";
  api.products = {0};
  for (Operation& operation : api.operations) operation.product_programs = {operation.program};
  api.upstream = std::make_shared<const Upstream>(upstream_from(*parse_url("http://backend.test:81/base"), "pool"));
  Subscription subscription;
  subscription.facts.id = "tom";
  subscription.facts.primary_key = "k";
  subscription.product = 0;
  subscription.state = SubscriptionState::active;
  subscription.owner = UserFacts{};
  subscription.owner->id = "ada";
  config->subscriptions.push_back(subscription);
  return finish_config(config);
}

}  // namespace

TEST_CASE("record: an exchange leaves everything that is known of it, whether its answer streams or not") {
  for (const bool is_streaming : {false, true}) {
    CAPTURE(is_streaming);
    Recorded scene(keyed_config());
    FakeHost& host = scene.host;
    host.begin("GET", "/echo/things/1?a=b", {{"Ocp-Apim-Subscription-Key", "k"}});
    host.exchange.request.version_minor = 0;
    const Action send = host.exchange.next();
    host.now.steady_us += 40'000;
    host.answer(send, 203, {}, is_streaming ? streaming_body() : Body{});
    host.exchange.next();
    if (is_streaming) CHECK(host.exchange.config() == nullptr);
    host.gateway.publish(nullptr);
    host.now.steady_us += 2'000;
    Exchange::Finish end;
    end.request_bytes = 90;
    end.response_bytes = 592;
    end.client_us = 1'000;
    const Record& record = scene.finish(end);
    CHECK(record.time_generated_ms == 1'767'225'600'000);
    CHECK(record.total_us == 42'000);
    CHECK(record.backend_us == 40'000);
    CHECK(record.client_us == 1'000);
    CHECK(record.caller_ip_address == "192.0.2.1");
    CHECK(record.region == "barn");
    CHECK(record.correlation_id == "00010203-0405-4607-8809-0a0b0c0d0e0f");
    CHECK(record.method == "GET");
    CHECK(record.url == "http://gateway.test:8080/echo/things/1?a=b");
    CHECK(record.response_code == 203);
    CHECK(record.request_size == 90);
    CHECK(record.response_size == 592);
    CHECK(record.api_id == "echo");
    CHECK(record.api_revision == "3");
    CHECK(record.operation_id == "GET");
    CHECK(record.product_id == "starter");
    CHECK(record.subscription_id == "tom");
    CHECK(record.user_id == "ada");
    CHECK(record.client_protocol == "HTTP/1.0");
    CHECK(record.backend_id == "pool");
    CHECK(record.backend_method == "GET");
    CHECK(record.backend_url == "http://backend.test:81/things/1?a=b");
    CHECK(record.backend_response_code == 203);
    CHECK(record.backend_protocol == "HTTP/1.1");
    CHECK(record.config_revision == "r7");
    CHECK_FALSE(record.has_error);
    CHECK(record.is_success());
    CHECK(scene.records.count == 1);
  }
}

TEST_CASE("record: the method is the client's, whatever policies have made of it") {
  Recorded scene(finish_config(make_config()));
  FakeHost& host = scene.host;
  host.begin("GET", "/echo/things/1");
  const Action send = host.exchange.next();
  host.exchange.request.method_text = "PUT";
  host.answer(send, 200);
  host.exchange.next();
  CHECK(scene.finish().method == "GET");
}

TEST_CASE("record: a failed backend call is in it, with the policy and the time it failed") {
  Recorded scene(finish_config(make_config()));
  FakeHost& host = scene.host;
  host.begin("GET", "/echo/things/1");
  const Action send = host.exchange.next();
  host.now.steady_us += 5'000;
  host.exchange.give_call_failed(send.id, Call::Fault::connect, "refused", host.now);
  host.exchange.next();
  const Record& record = scene.finish();
  CHECK(record.response_code == 500);
  CHECK(record.backend_response_code == 0);
  CHECK(record.backend_url == "http://backend.test:81/things/1");
  CHECK(record.last_error.elapsed_us == 5'000);
  CHECK(scene.records.source == "request-forwarder");
  CHECK(scene.records.section == "backend");
  CHECK(scene.records.path == "forward-request");
  CHECK(scene.records.reason == "BackendConnectionFailure");
  CHECK(scene.records.message == "refused");
}

TEST_CASE("record: why nothing matched is always told") {
  Recorded scene(finish_config(make_config()));
  scene.host.ask("GET", "/eco/things/1");
  const Record& record = scene.finish();
  CHECK(record.response_code == 404);
  CHECK(record.route_miss != "");
  CHECK(record.api_id == "");
  CHECK(scene.records.reason == "OperationNotFound");
}

TEST_CASE("record: a flood of requests that match nothing is told in short, who asks still in full; a second later all is as before") {
  RecordCopy records;
  GatewayOptions options = Recorded::options(records);
  options.debug_route_header = true;
  FakeHost host(finish_config(make_config()), options);
  const auto miss = [&](const HeaderLines& lines = {}) {
    host.ask("PUT", "/echo/things/1", lines);
    host.finish();
    return std::string(records.last.route_miss);
  };
  const std::string whole = "API 'echo;rev=1' has '/things/1' for GET, POST but not for 'PUT'.";
  for (uint32_t i = 0; i < route_explanations_per_second_max; ++i) REQUIRE(miss() == whole);
  CHECK(miss() == "The operation lacks the method; the details are left out while many requests miss.");
  CHECK(miss({{"Gatelet-Debug-Route", "1"}}) == whole);
  host.now.steady_us += 1'000'000;
  CHECK(miss() == whole);
}

TEST_CASE("record: an answer that did not go out whole says who broke it off") {
  struct Row {
    Call::Fault fault;
    int response_code;
    const char* reason;
  };
  for (const Row& row : {Row{Call::Fault::none, 0, "ClientConnectionFailure"}, Row{Call::Fault::broken, 200, "BackendConnectionFailure"},
                         Row{Call::Fault::timeout, 200, "Timeout"}}) {
    Recorded scene(finish_config(make_config()));
    FakeHost& host = scene.host;
    host.begin("GET", "/echo/things/1");
    host.answer(host.exchange.next(), 200, {}, streaming_body());
    host.exchange.next();
    Exchange::Finish end;
    end.complete = false;
    end.stream_fault = row.fault;
    const Record& record = scene.finish(end);
    CHECK(record.response_code == row.response_code);
    CHECK(record.has_error);
    CHECK_FALSE(record.is_success());
    CHECK(scene.records.reason == row.reason);
  }
}

TEST_CASE("record: a host that ends an exchange half-way leaves the record of a client that went") {
  Recorded scene(finish_config(make_config()));
  scene.host.begin("GET", "/echo/things/1");
  scene.host.exchange.next();
  CHECK(scene.finish().response_code == 0);
  CHECK(scene.records.reason == "ClientConnectionFailure");
  scene.finish();
  CHECK(scene.records.count == 1);  // once
}

TEST_CASE("record: probes leave none") {
  Recorded scene(finish_config(make_config()));
  scene.host.ask("GET", "/status-0123456789abcdef");
  scene.finish();
  CHECK(scene.records.count == 0);
}

TEST_CASE("record: the embedding program's own handler is a backend without address") {
  auto config = make_config();
  auto handler = std::make_shared<Upstream>();
  handler->kind = Upstream::Kind::host;
  config->apis[0].upstream = handler;
  Recorded scene(finish_config(config));
  scene.host.ask("GET", "/echo/things/1?a=b");
  const Record& record = scene.finish();
  CHECK(record.backend_url == "/things/1?a=b");
  CHECK(record.backend_protocol == "");
  CHECK(record.backend_response_code == 200);
}
