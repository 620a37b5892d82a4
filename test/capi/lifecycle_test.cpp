// What is made and destroyed leaves nothing behind: a thousand times each handle, and with every single allocation refused (L-1).
#include <doctest/doctest.h>
#include <gatelet/gatelet.h>

#include <filesystem>
#include <functional>
#include <string>

#include "capi/heap.hpp"
#include "capi/support.h"

using namespace gatelet::test;

namespace {

const char* const two_apis = DOCUMENT(API_ECHO("\"subscriptionRequired\":false,") "," POLICY(
    "apis/echo;rev=1/", "<policies><inbound><base/><set-header name='X'><value>1</value></set-header></inbound><outbound><base/>"
                        "<set-body>done</set-body></outbound></policies>") ","
    "{\"k\":\"apis/host;rev=1\",\"v\":{\"displayName\":\"Host\",\"path\":\"host\",\"protocols\":[\"http\"],\"isCurrent\":true}}");

const gatelet_time later = {2000000, 1767225600000};

struct Usage {
  int64_t blocks = live_blocks;
  size_t threads = count("/proc/self/task"), descriptors = count("/proc/self/fd");
  static size_t count(const char* folder) {
    size_t entries = 0;
    for (auto entry = std::filesystem::directory_iterator(folder); entry != std::filesystem::directory_iterator(); ++entry) ++entries;
    return entries;
  }
};

gatelet_server* make_server(gatelet_gateway* gateway, gatelet_status& status, gatelet_error** error) {
  const gatelet_str address = GATELET_STR("http://127.0.0.1:0");
  gatelet_server_options options = GATELET_SERVER_OPTIONS_INIT;
  options.listeners = &address;
  options.listener_count = 1;
  options.workers = 2;
  gatelet_server* server = nullptr;
  status = gatelet_server_create(gateway, &options, &server, error);
  return server;
}

// After a round that fills caches, a thousand leave the process as it was.
void repeat(const std::function<void()>& act, int times = 1000) {
  for (int i = 0; i < 3; ++i) act();
  const Usage before;
  for (int i = 0; i < times; ++i) act();
  const Usage after;
  CHECK(after.blocks == before.blocks);
  CHECK(after.threads == before.threads);
  CHECK(after.descriptors == before.descriptors);
}

// One request to the backend and back; `answered` is the status of its answer.
gatelet_status exchange_once(gatelet_exchange* exchange, int& answered, gatelet_error** error) {
  gatelet_request request = GATELET_REQUEST_INIT;
  request.target = GATELET_STR("/echo/things/42?x=1");
  request.host = GATELET_STR("gateway.test");
  gatelet_status status = gatelet_exchange_begin(exchange, &request, error);
  answered = 0;
  for (int i = 0; i < 10 && status == GATELET_OK && !answered; ++i) {
    gatelet_action action = GATELET_ACTION_INIT;
    status = gatelet_exchange_next(exchange, &action, error);
    if (status != GATELET_OK || action.kind == GATELET_ACTION_NONE) break;
    if (action.kind == GATELET_ACTION_RESPOND) answered = action.status;
    if (action.kind != GATELET_ACTION_SEND) continue;
    gatelet_response response = GATELET_RESPONSE_INIT;
    response.status = 200;
    response.body_kind = GATELET_BODY_BYTES;
    response.body = {"pong", 4, nullptr, nullptr};
    status = gatelet_exchange_reply(exchange, action.id, &response, later, error);
  }
  return status;
}

// What one call said while memory was short.
struct Outcome {
  gatelet_status status = GATELET_OK;
  gatelet_error* error = nullptr;
  ~Outcome() { gatelet_error_destroy(error); }
  Outcome() = default;
  Outcome(const Outcome&) = delete;
  Outcome& operator=(const Outcome&) = delete;
  bool is_exact() const { return (status == GATELET_OK || status == GATELET_ERR_MEMORY) && gatelet_error_code(error) == status; }
};

// From here on, on this thread, the n-th allocation is refused; with `is_ever` all after it as well.
struct Shortage {
  int64_t n;
  bool is_ever;
  bool spares_c = false;
  template <class Call>
  auto during(Call&& call) const {
    refused_blocks = 0;
    is_refusing_ever = is_ever;
    is_c_spared = spares_c;
    blocks_left = n;
    auto result = call();
    blocks_left = -1;
    was_met = refused_blocks != 0;
    return result;
  }
  mutable bool was_met = false;
};

// Runs `act` with the first allocation refused, the second, … until one gets through. Where there are many, some of the later ones are
// skipped. `act` leaves nothing behind, whatever fails in it.
void torture(const std::function<void(const Shortage&)>& act, bool spares_c = false) {
  for (int i = 0; i < 3; ++i) act({INT64_MAX, false, spares_c});  // fills caches
  for (const bool is_ever : {false, true}) {
    int64_t failures = 0;
    for (int64_t n = 0;; n += 1 + n / 50) {
      CAPTURE(n);
      CAPTURE(is_ever);
      const Shortage shortage{n, is_ever, spares_c};
      const Usage before;
      act(shortage);
      const Usage after;
      CHECK(after.blocks == before.blocks);
      CHECK(after.descriptors == before.descriptors);
      if (!shortage.was_met) break;
      ++failures;
    }
    CHECK(failures > 0);
  }
}

struct Loaded {
  gatelet_config* config = load(two_apis);
  gatelet_gateway* gateway = nullptr;
  Loaded() { gatelet_gateway_create(nullptr, config, &gateway, nullptr); }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;
  ~Loaded() {
    gatelet_gateway_destroy(gateway);
    gatelet_config_unref(config);
  }
};

}  // namespace

TEST_CASE("lifecycle: a thousand configurations, reports and texts leave nothing behind") {
  repeat([] {
    gatelet_report* report = nullptr;
    gatelet_config* config = nullptr;
    gatelet_error* error = nullptr;
    gatelet_config_load(str(two_apis), GATELET_STR("t"), nullptr, &report, &config, nullptr);
    gatelet_report_destroy(report);
    gatelet_str text = {nullptr, 0};
    gatelet_config_effective_policy(config, str("echo"), str("get"), str(""), &text, nullptr);
    gatelet_text_destroy(text);
    gatelet_config_unref(config);
    gatelet_config_load(str("{"), GATELET_STR("t"), nullptr, nullptr, &config, &error);
    gatelet_error_destroy(error);
  });
}

TEST_CASE("lifecycle: a thousand gateways, with a configuration that is replaced, leave nothing behind") {
  gatelet_config* const config = load(two_apis);
  repeat([&] {
    gatelet_gateway* gateway = nullptr;
    gatelet_gateway_create(nullptr, config, &gateway, nullptr);
    gatelet_gateway_publish(gateway, config, nullptr);
    gatelet_gateway_destroy(gateway);
  });
  gatelet_config_unref(config);
}

TEST_CASE("lifecycle: a thousand exchanges, finished or not, and settings leave nothing behind") {
  const Loaded loaded;
  repeat([&] {
    gatelet_exchange *whole = nullptr, *half = nullptr;
    gatelet_settings* settings = nullptr;
    int answered = 0;
    gatelet_exchange_create(loaded.gateway, &whole, nullptr);
    gatelet_exchange_create(loaded.gateway, &half, nullptr);
    exchange_once(whole, answered, nullptr);
    gatelet_exchange_finish(whole, nullptr, nullptr);
    const gatelet_request request = GATELET_REQUEST_INIT;
    gatelet_exchange_begin(half, &request, nullptr);
    gatelet_exchange_destroy(half);
    gatelet_exchange_destroy(whole);
    gatelet_settings_create(&settings, nullptr);
    gatelet_settings_set(settings, str("keys.foreign"), str("lenient"), str("test"), nullptr);
    gatelet_settings_destroy(settings);
  });
}

TEST_CASE("lifecycle: a thousand servers with listeners leave nothing behind, started, pumped or neither") {
  const Loaded loaded;
  int round = 0;
  repeat([&] {
    gatelet_status status = GATELET_OK;
    gatelet_server* const server = make_server(loaded.gateway, status, nullptr);
    if (++round % 10 == 0) gatelet_server_start(server, nullptr);
    if (round % 10 == 1) gatelet_server_pump(server);
    gatelet_server_destroy(server);
  });
}

TEST_CASE("torture: loading a document, whichever allocation fails, succeeds or says that memory is short") {
  torture([](const Shortage& shortage) {
    Outcome outcome;
    gatelet_report* report = nullptr;
    gatelet_config* config = nullptr;
    outcome.status =
        shortage.during([&] { return gatelet_config_load(str(two_apis), GATELET_STR("t"), nullptr, &report, &config, &outcome.error); });
    CHECK(outcome.is_exact());
    CHECK((config != nullptr) == (outcome.status == GATELET_OK));
    if (config) CHECK(gatelet_config_api_count(config) == 2);
    gatelet_report_destroy(report);
    gatelet_config_unref(config);
  });
}

TEST_CASE("torture: loading a folder with YAML and OpenAPI, whichever allocation fails, succeeds or says that memory is short") {
  const gatelet_file files[] = {
      {GATELET_STR("apis/echo/apiInformation.json"),
       GATELET_STR("{\"properties\":{\"displayName\":\"Echo\",\"path\":\"echo\",\"serviceUrl\":\"http://b.test\"}}")},
      {GATELET_STR("apis/echo/specification.yaml"), GATELET_STR("openapi: 3.0.1\ninfo: {title: Echo, version: '1'}\npaths:\n  /things/{id}:"
                                                                "\n    get: {operationId: list, parameters: [{name: id, in: path}]}\n")},
      {GATELET_STR("named values/n/namedValueInformation.json"), GATELET_STR("{\"properties\":{\"displayName\":\"n\",\"value\":\"v\"}}")},
      {GATELET_STR("policy.xml"),
       GATELET_STR("<policies><inbound><set-header name='A'><value>{{n}}</value></set-header></inbound></policies>")},
  };
  gatelet_config_options options = GATELET_CONFIG_OPTIONS_INIT;
  options.overrides = GATELET_STR("apis: [{name: echo, properties: {path: other}}]");
  torture([&](const Shortage& shortage) {
    Outcome outcome;
    gatelet_config* config = nullptr;
    outcome.status =
        shortage.during([&] { return gatelet_config_load_files(files, 4, GATELET_STR("f"), &options, nullptr, &config, &outcome.error); });
    CHECK(outcome.is_exact());
    CHECK((config != nullptr) == (outcome.status == GATELET_OK));
    gatelet_config_unref(config);
  });
}

TEST_CASE("torture: a request, whichever allocation fails, is answered, or with 503, or its call says so; the next one is served") {
  const Loaded loaded;
  int answered_503 = 0;
  torture([&](const Shortage& shortage) {
    Outcome created, asked;
    gatelet_exchange* exchange = nullptr;
    int answered = 0;
    const bool is_made = shortage.during([&] {
      created.status = gatelet_exchange_create(loaded.gateway, &exchange, &created.error);
      if (exchange) asked.status = exchange_once(exchange, answered, &asked.error);
      return exchange != nullptr;
    });
    CHECK(created.is_exact());
    CHECK(asked.is_exact());
    if (is_made && asked.status == GATELET_OK) CHECK((answered == 200 || answered == 503));
    answered_503 += answered == 503;
    if (is_made) gatelet_exchange_finish(exchange, nullptr, nullptr);  // refused where it was not begun
    if (!is_made) gatelet_exchange_create(loaded.gateway, &exchange, nullptr);
    CHECK(exchange_once(exchange, answered, nullptr) == GATELET_OK);
    CHECK(answered == 200);
    gatelet_exchange_destroy(exchange);
  });
  CHECK(answered_503 > 0);
}

TEST_CASE("torture: an action that could not be written for want of memory comes again, and an answer may be given again") {
  const Loaded loaded;
  torture([&](const Shortage& shortage) {
    gatelet_exchange* exchange = nullptr;
    gatelet_exchange_create(loaded.gateway, &exchange, nullptr);
    gatelet_request request = GATELET_REQUEST_INIT;
    request.target = GATELET_STR("/echo/things/42");
    CHECK(gatelet_exchange_begin(exchange, &request, nullptr) == GATELET_OK);
    gatelet_action action = GATELET_ACTION_INIT;
    gatelet_status status = shortage.during([&] { return gatelet_exchange_next(exchange, &action, nullptr); });
    if (status == GATELET_ERR_MEMORY) status = gatelet_exchange_next(exchange, &action, nullptr);
    CHECK(status == GATELET_OK);
    CHECK((action.kind == GATELET_ACTION_SEND || (action.kind == GATELET_ACTION_RESPOND && action.status == 503)));
    gatelet_exchange_destroy(exchange);
  });
  torture([&](const Shortage& shortage) {
    gatelet_exchange* exchange = nullptr;
    gatelet_exchange_create(loaded.gateway, &exchange, nullptr);
    gatelet_request request = GATELET_REQUEST_INIT;
    request.target = GATELET_STR("/echo/things/42");
    gatelet_exchange_begin(exchange, &request, nullptr);
    gatelet_action action = GATELET_ACTION_INIT;
    gatelet_exchange_next(exchange, &action, nullptr);
    int released = 0;
    gatelet_response response = GATELET_RESPONSE_INIT;
    response.status = 200;
    response.body_kind = GATELET_BODY_BYTES;
    response.body = {"pong", 4, [](void* user) { ++*static_cast<int*>(user); }, &released};
    const auto reply = [&] { return gatelet_exchange_reply(exchange, action.id, &response, later, nullptr); };
    gatelet_status status = shortage.during(reply);
    const int expected = status == GATELET_ERR_MEMORY ? 2 : 1;
    if (status == GATELET_ERR_MEMORY) status = reply();
    CHECK(status == GATELET_OK);
    CHECK(gatelet_exchange_next(exchange, &action, nullptr) == GATELET_OK);
    CHECK(action.status == 200);
    gatelet_exchange_destroy(exchange);
    CHECK(released == expected);  // once for each time it was handed over
  });
}

TEST_CASE("torture: a swap, whichever allocation fails, happens; the old configuration goes") {
  gatelet_config* const keyed = load(KEYED_ECHO);
  torture([&](const Shortage& shortage) {
    const Loaded loaded;
    CHECK(shortage.during([&] { return gatelet_gateway_publish(loaded.gateway, keyed, nullptr); }) == GATELET_OK);
    gatelet_exchange* exchange = nullptr;
    int answered = 0;
    gatelet_exchange_create(loaded.gateway, &exchange, nullptr);
    exchange_once(exchange, answered, nullptr);
    CHECK(answered == 401);
    gatelet_exchange_destroy(exchange);
  });
  gatelet_config_unref(keyed);
}

TEST_CASE("torture: gateways, servers and settings are made whole, or not at all") {
  gatelet_config* const config = load(two_apis);
  torture([&](const Shortage& shortage) {
    Outcome outcome;
    gatelet_gateway* gateway = nullptr;
    outcome.status = shortage.during([&] { return gatelet_gateway_create(nullptr, config, &gateway, &outcome.error); });
    CHECK(outcome.is_exact());
    CHECK((gateway != nullptr) == (outcome.status == GATELET_OK));
    gatelet_gateway_destroy(gateway);
  });
  gatelet_config_unref(config);
  const Loaded loaded;
  torture(
      [&](const Shortage& shortage) {
        Outcome made, started;
        gatelet_server* const server = shortage.during([&] {
          gatelet_server* const serving = make_server(loaded.gateway, made.status, &made.error);
          if (serving) started.status = gatelet_server_start(serving, &started.error);
          return serving;
        });
        CHECK(made.is_exact());
        CHECK(started.is_exact());
        CHECK((server != nullptr) == (made.status == GATELET_OK));
        gatelet_server_destroy(server);
      },
      true);
  torture([&](const Shortage& shortage) {
    Outcome made, set;
    gatelet_settings* settings = nullptr;
    shortage.during([&] {
      made.status = gatelet_settings_create(&settings, &made.error);
      if (settings) set.status = gatelet_settings_set(settings, str("keys.foreign"), str("lenient"), str("test"), &set.error);
      return 0;
    });
    CHECK(made.is_exact());
    CHECK(set.is_exact());
    gatelet_settings_destroy(settings);
  });
}
