#include <doctest/doctest.h>

#include "fake_host.hpp"

using namespace gatelet;

namespace {

// What the program of an operation says about the context it runs in.
Flow show_context(Context& context) {
  context.response.headers.append("Product", context.product ? context.product->id : "-");
  context.response.headers.append("Subscription", context.subscription ? context.subscription->id : "-");
  context.response.headers.append("User", context.user ? context.user->id : "-");
  return Flow::stop;
}

std::shared_ptr<const Program> make_show_program(const char* name) {
  return make_program({{step("show",
                             [name](Context& context) {
                               context.response.headers.append("Program", name);
                               return show_context(context);
                             })},
                       {},
                       {},
                       {}});
}

void add_subscription(Config& config, const char* id, SubscriptionScope scope, const char* target, uint32_t product = index_none,
                      SubscriptionState state = SubscriptionState::active) {
  Subscription subscription;
  subscription.facts.id = id;
  subscription.facts.primary_key = std::string(id) + "-1";
  subscription.facts.secondary_key = std::string(id) + "-2";
  subscription.scope = scope;
  subscription.target = target;
  subscription.product = product;
  subscription.state = state;
  config.subscriptions.push_back(std::move(subscription));
}

// The API echo is in the products "closed" and, if `is_open`, "open"; the product "other" does not contain it.
std::shared_ptr<const Config> make_matrix_config(bool is_open, bool is_key_required) {
  auto config = make_config();
  for (const char* id : {"closed", "open", "other"}) {
    Product product;
    product.facts.id = id;
    config->products.push_back(product);
  }
  Api& api = config->apis[0];
  api.subscription_required = is_key_required;
  api.products = {0};
  if (is_open) api.products.push_back(1);
  if (is_open) api.open_product = 1;
  for (Operation& operation : api.operations) {
    operation.program = make_show_program("api");
    operation.product_programs = {make_show_program("closed")};
    if (is_open) operation.product_programs.push_back(make_show_program("open"));
  }
  add_subscription(*config, "closed", SubscriptionScope::product, "closed", 0);
  add_subscription(*config, "other", SubscriptionScope::product, "other", 2);
  add_subscription(*config, "echo", SubscriptionScope::api, "echo");
  add_subscription(*config, "shop", SubscriptionScope::api, "shop");
  add_subscription(*config, "master", SubscriptionScope::all_apis, "");
  const std::pair<const char*, SubscriptionState> states[] = {{"submitted", SubscriptionState::submitted},
                                                              {"suspended", SubscriptionState::suspended},
                                                              {"cancelled", SubscriptionState::cancelled},
                                                              {"rejected", SubscriptionState::rejected},
                                                              {"expired", SubscriptionState::expired}};
  for (const auto& [id, state] : states) add_subscription(*config, id, SubscriptionScope::product, "closed", 0, state);
  config->subscriptions[0].owner = UserFacts{};
  config->subscriptions[0].owner->id = "ada";
  return finish_config(config);
}

// "program product subscription user", or what LastError says.
std::string outcome(FakeHost& host, std::string_view target, const HeaderLines& headers) {
  host.begin("GET", target, headers);
  host.play();
  if (host.exchange.last_error) return std::to_string(host.exchange.response.status) + " " + std::string(host.exchange.last_error->reason);
  const Headers& seen = host.exchange.response.headers;
  return std::string(seen.get("Program")) + " " + std::string(seen.get("Product")) + " " + std::string(seen.get("Subscription")) + " " +
         std::string(seen.get("User"));
}

constexpr const char* invalid = "401 SubscriptionKeyInvalid";
constexpr const char* missing = "401 SubscriptionKeyNotFound";

}  // namespace

TEST_CASE("subscription: who may call depends on the key, the products of the API and the API itself") {
  struct Row {
    const char* key;  // null: none
    // product: needs key / open; API: needs key / does not
    const char *closed_required, *closed_free, *open_required, *open_free;
  };
  const Row rows[] = {
      {nullptr, missing, "api - - -", "open open - -", "open open - -"},
      {"", missing, "api - - -", "open open - -", "open open - -"},  // an empty header is no key
      {"closed-1", "closed closed closed ada", "closed closed closed ada", "closed closed closed ada", "closed closed closed ada"},
      {"closed-2", "closed closed closed ada", "closed closed closed ada", "closed closed closed ada", "closed closed closed ada"},
      {"echo-1", "api - echo -", "api - echo -", "api - echo -", "api - echo -"},  // no product policies, not even the open one's
      {"master-1", "api - master -", "api - master -", "api - master -", "api - master -"},
      {"master-2", "api - master -", "api - master -", "api - master -", "api - master -"},
      {"other-1", invalid, invalid, "open open - -", "open open - -"},  // of a product without the API: an open product ignores it
      {"shop-2", invalid, invalid, "open open - -", "open open - -"},   // of another API
      {"made-up", invalid, invalid, invalid, invalid},
      {"submitted-1", invalid, invalid, invalid, invalid},
      {"suspended-1", invalid, invalid, invalid, invalid},
      {"cancelled-1", invalid, invalid, invalid, invalid},
      {"rejected-2", invalid, invalid, invalid, invalid},
      {"expired-2", invalid, invalid, invalid, invalid},
      {"Closed-1", invalid, invalid, invalid, invalid},  // keys are compared exactly
      {"closed-1x", invalid, invalid, invalid, invalid},
  };
  struct Column {
    bool is_open, is_key_required;
    const char* Row::*expected;
  };
  for (const Column& column : {Column{false, true, &Row::closed_required}, Column{false, false, &Row::closed_free},
                               Column{true, true, &Row::open_required}, Column{true, false, &Row::open_free}}) {
    FakeHost host(make_matrix_config(column.is_open, column.is_key_required));
    for (const Row& row : rows) {
      CAPTURE(row.key);
      CAPTURE(column.is_open);
      CAPTURE(column.is_key_required);
      CHECK(outcome(host, "/echo/things/1", row.key ? HeaderLines{{"Ocp-Apim-Subscription-Key", row.key}} : HeaderLines{}) ==
            row.*column.expected);
      const std::string target = std::string("/echo/things/1?subscription-key=") + (row.key ? row.key : "");
      CHECK(outcome(host, target, {}) == row.*column.expected);
    }
  }
}

TEST_CASE("subscription: with keys.foreign=lenient a good key of something else counts like none where none is needed") {
  struct Row {
    bool is_open, is_key_required;
    const char* foreign;
  };
  for (const Row& row : {Row{false, true, invalid}, Row{false, false, "api - - -"}, Row{true, true, "open open - -"}}) {
    GatewayOptions options;
    options.foreign_keys = ForeignKeys::lenient;
    FakeHost host(make_matrix_config(row.is_open, row.is_key_required), options);
    CHECK(outcome(host, "/echo/things/1", {{"Ocp-Apim-Subscription-Key", "other-1"}}) == row.foreign);
    CHECK(outcome(host, "/echo/things/1", {{"Ocp-Apim-Subscription-Key", "suspended-1"}}) == invalid);
    CHECK(outcome(host, "/echo/things/1", {{"Ocp-Apim-Subscription-Key", "closed-1"}}) == "closed closed closed ada");
  }
}

TEST_CASE("subscription: the header wins over the query, two headers must agree, look-alikes are not looked at") {
  FakeHost host(make_matrix_config(false, true));
  struct Row {
    const char* target;
    HeaderLines headers;
    const char* outcome;
  };
  const char* closed = "closed closed closed ada";
  for (const Row& row : {
           Row{"/echo/things/1?subscription-key=closed-1", {{"Ocp-Apim-Subscription-Key", "made-up"}}, invalid},
           Row{"/echo/things/1?subscription-key=made-up", {{"Ocp-Apim-Subscription-Key", "closed-1"}}, closed},
           Row{"/echo/things/1?subscription-key=closed-1", {{"Ocp-Apim-Subscription-Key", ""}}, closed},
           Row{"/echo/things/1?subscription-key=closed%2d1", {}, closed},  // decoded once
           Row{"/echo/things/1?subscription-key=closed%252d1", {}, invalid},
           Row{"/echo/things/1", {{"OCP-APIM-SUBSCRIPTION-KEY", "closed-1"}}, closed},
           Row{"/echo/things/1", {{"Ocp-Apim-Subscription-Key", "closed-1"}, {"ocp-apim-subscription-key", "closed-1"}}, closed},
           Row{"/echo/things/1", {{"Ocp-Apim-Subscription-Key", "closed-1"}, {"Ocp-Apim-Subscription-Key", "closed-2"}}, invalid},
           Row{"/echo/things/1", {{"Ocp-Apim-Subscription-Key", "closed-1"}, {"Ocp-Apim-Subscription-Key", ""}}, invalid},
           Row{"/echo/things/1", {{"Ocp_Apim_Subscription_Key", "closed-1"}}, missing},
           Row{"/echo/things/1", {{"Cookie", "Ocp-Apim-Subscription-Key=closed-1"}}, missing},
       }) {
    CAPTURE(row.target);
    CHECK(outcome(host, row.target, row.headers) == row.outcome);
  }
}

TEST_CASE("subscription: an API may have its own names for header and query parameter, then the usual ones mean nothing") {
  auto config = make_config();
  Api& api = config->apis[0];
  api.subscription_required = true;
  api.facts.key_header = "x-key";
  api.key_header_name = HeaderName("x-key");
  api.facts.key_query = "k";
  for (Operation& operation : api.operations) operation.program = make_show_program("api");
  add_subscription(*config, "echo", SubscriptionScope::api, "echo");
  FakeHost host(finish_config(config));
  CHECK(outcome(host, "/echo/things/1", {{"X-Key", "echo-1"}}) == "api - echo -");
  CHECK(outcome(host, "/echo/things/1?k=echo-1", {}) == "api - echo -");
  CHECK(outcome(host, "/echo/things/1?subscription-key=echo-1", {{"Ocp-Apim-Subscription-Key", "echo-1"}}) == missing);
  CHECK(outcome(host, "/echo/things/1", {{"X-Key", "echo-1"}, {"x-key", "made-up"}}) == invalid);
  CHECK(host.exchange.response.headers.get(HeaderId::www_authenticate) ==
        "AzureApiManagementKey realm=\"https://gateway.test/echo\",name=\"x-key\",type=\"header\"");
}
