// Micro-benchmarks of the gateway room: a decision in process (performance.md P-7), what forwarding adds to the wire, refusals, the rate
// counters, the cache and the request log.
#include <malloc.h>

#include <cstdio>

#include "fake_context.hpp"
#include "fake_host.hpp"
#include "micro.hpp"
#include "telemetry/format.hpp"

using namespace gatelet;

namespace {

constexpr std::string_view key = "0123456789abcdef0123456789abcdef";

// Subscription key, rate-limit-by-key, two set-header, return-response.
std::shared_ptr<const Config> make_decision_config() {
  const auto limit = step("rate-limit-by-key", [](Context& context) {
    const RateDecision decision =
        context.services->rate_counters->hit(context.subscription->id, 1'000'000'000, 60, 1, context.now.steady_ms());
    return decision.allowed ? Flow::next : context.fail({.reason = reason::rate_limit_exceeded, .status = 429});
  });
  const auto add = step("set-header", [](Context& context) { return context.request.headers.set("X-Added", "v1"), Flow::next; });
  const auto drop =
      step("set-header", [](Context& context) { return context.request.headers.remove(HeaderId::ocp_apim_subscription_key), Flow::next; });
  const auto respond = step("return-response", [](Context& context) {
    context.has_response = true;
    context.response.status = 204;
    return Flow::stop;
  });
  auto config = make_config({{limit, add, drop, respond}, {}, {}, {}});
  Subscription subscription;
  subscription.facts.id = "tom";
  subscription.facts.primary_key = key;
  subscription.scope = SubscriptionScope::all_apis;
  subscription.state = SubscriptionState::active;
  config->subscriptions.push_back(subscription);
  config->apis[0].subscription_required = true;
  return finish_config(config);
}

// A host as the libuv server is: views into its read buffer, the pinned configuration.
struct BenchHost {
  Arena arena;
  Gateway gateway{{}};
  Exchange exchange{gateway, arena};
  std::shared_ptr<const Config> config;
  Instant now{1'000'000'000, 1'767'225'600'000};

  explicit BenchHost(std::shared_ptr<const Config> given) : config(std::move(given)) { gateway.publish(config); }

  void begin(std::string_view path, bool has_key) {
    exchange.reuse();
    Request& request = exchange.request;
    request.target.path = path;
    request.host = "gateway.test";
    request.headers.add_received({"Host", "gateway.test", HeaderId::host});
    request.headers.add_received({"User-Agent", "bench", HeaderId::user_agent});
    request.headers.add_received({"Accept", "*/*", HeaderId::accept});
    if (has_key) request.headers.add_received({"Ocp-Apim-Subscription-Key", key, HeaderId::ocp_apim_subscription_key});
    ExchangeStart start;
    start.now = now;
    start.random[0] = start.random[1] = now.steady_us;
    start.client_ip = "192.0.2.1";
    start.config = config;
    exchange.begin(std::move(start));
  }
  void end() {
    Exchange::Finish finish;
    finish.now = now;
    exchange.finish(finish);
    now.steady_us += 10;
  }
  void decide(std::string_view path, bool has_key) {
    begin(path, has_key);
    keep(exchange.next().kind);
    end();
  }
};

void bench_exchange(Micro& micro) {
  BenchHost deciding(make_decision_config());
  micro.run("exchange: route, key, counter, two headers, answer (P-7)", [&] { deciding.decide("/echo/things/42", true); });
  micro.run("exchange: 401 without a key", [&] { deciding.decide("/echo/things/42", false); });
  micro.run("exchange: 404", [&] { deciding.decide("/nothing", false); });
  micro.run("exchange: health probe", [&] { deciding.decide("/status-0123456789abcdef", false); });

  BenchHost forwarding(finish_config(make_config()));
  micro.run("exchange: forward without policies, both heads", [&] {
    forwarding.begin("/echo/things/42", false);
    const Action send = forwarding.exchange.next();
    send.call->response.headers.add_received({"Content-Type", "application/json", HeaderId::content_type});
    send.call->response.body.kind = Body::Kind::stream;
    forwarding.exchange.give_head(send.id, forwarding.now);
    keep(forwarding.exchange.next().kind);
    forwarding.end();
  });
}

// A sound backend with a breaker.
std::shared_ptr<const Upstream> make_backend(std::string id, uint64_t state_id) {
  auto rule = std::make_shared<CircuitBreakerRule>();
  rule->failure_count = 3;
  rule->interval_ms = rule->trip_duration_ms = 60'000;
  rule->status_code_ranges = {{500, 599}};
  auto backend = std::make_shared<Upstream>(upstream_from(*parse_url("http://" + id + ".test"), id));
  backend->breaker = std::move(rule);
  backend->state_id = state_id;
  return backend;
}

// The real forward-request: to a plain URL, to a backend with a breaker, to a pool of two of them.
void bench_forward_request(Micro& micro) {
  const auto program = test::flatten_one(test::read_section("backend", "<forward-request/>").document);
  auto pool = std::make_shared<Upstream>();
  auto members = std::make_shared<BackendPool>();
  members->members = {{make_backend("a", 1), 0, 0, ""}, {make_backend("b", 2), 0, 0, ""}};
  pool->kind = Upstream::Kind::pool;
  pool->pool = std::move(members);
  pool->state_id = 3;
  for (const auto& [name, upstream] :
       {std::pair<const char*, std::shared_ptr<const Upstream>>{"exchange: forward-request to a URL", nullptr},
        {"exchange: forward-request to a backend with a breaker", make_backend("a", 1)},
        {"exchange: forward-request to a pool of two with breakers", pool}}) {
    auto config = make_config();
    for (Operation& operation : config->apis[0].operations) operation.program = program;
    if (upstream) config->apis[0].upstream = upstream;
    BenchHost host(finish_config(std::move(config)));
    micro.run(name, [&] {
      host.begin("/echo/things/42", false);
      const Action send = host.exchange.next();
      send.call->response.headers.add_received({"Content-Type", "application/json", HeaderId::content_type});
      send.call->response.body.kind = Body::Kind::stream;
      host.exchange.give_head(send.id, host.now);
      keep(host.exchange.next().kind);
      host.end();
    });
  }
}

void bench_rate_counters(Micro& micro) {
  StripedRateCounters counters({1, 2});
  uint64_t now_us = 0;
  micro.run("rate counter: a known key, far below its limit",
            [&] { keep(counters.hit("tom", 1'000'000'000, 60, 1, now_us++ / 1000).allowed); });
  micro.run("rate counter: a known key, refused", [&] { keep(counters.hit("ada", 5, 60, 1, now_us++ / 1000).allowed); });
}

void bench_other_counters(Micro& micro) {
  StripedRateCounters rates({1, 2});
  micro.run("rate counter: three limits at once", [&] {
    RateHit hits[] = {{"tom", 1'000'000'000, 60}, {"tom api", 1'000'000'000, 60}, {"tom operation", 1'000'000'000, 60}};
    keep(rates.hit_all(hits, 1, 0).allowed);
  });
  StripedQuotaCounters quotas({1, 2});
  micro.run("quota counter: a known key, calls at once and bytes at the end", [&] {
    QuotaHit hit{"tom", {0, 3'600'000}, 1'000'000'000'000, UINT64_MAX};
    keep(quotas.take({&hit, 1}, 1, 0).kind);
    quotas.add_bytes(hit.id, 300);
  });
  StripedConcurrencyCounters places({1, 2});
  micro.run("concurrency counter: in and out", [&] {
    KeyHash id;
    keep(places.enter("tom", 10, id));
    places.leave(id);
  });
  for (size_t i = 0; i < quota_keys_max; ++i) {
    const std::string tenant = "key " + std::to_string(i);
    QuotaHit hit{tenant, {0, 3'600'000}, 10};
    (void)quotas.take({&hit, 1}, 1, 0);
  }
  micro.run("quota counters: a snapshot of 100,000", [&] { keep(quotas.snapshot().size()); });
}

// The cache in the process: what a million entries take beside what they are counted as, and a hit among them.
void bench_cache(Micro& micro) {
  constexpr size_t entries = 1'000'000, value_bytes = 64;
  MemoryCache cache({1, 2}, 512 * 1024 * 1024);
  const std::string value(value_bytes, 'x');
  char name[32];
  const auto key_of = [&name](size_t i) {
    return std::string_view(name, static_cast<size_t>(std::snprintf(name, sizeof name, "value:%zu", i)));
  };
  bool is_filled = false;
  const auto fill = [&](size_t count) {
    is_filled = true;
    for (size_t i = 0; i < count; ++i) cache.store(key_of(i), {Buffer::copy(value), {}}, 3'600'000, 0);
  };
  const auto heap_bytes = [] {
    const auto heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
  };
  micro.tell("memory cache: an entry of 64 bytes takes, of 1,000,000", "bytes", [&](bool is_brief) {
    const size_t count = is_brief ? 1000 : entries;
    const size_t before = heap_bytes();
    fill(count);
    return static_cast<double>(heap_bytes() - before) / static_cast<double>(count);
  });
  micro.tell("memory cache: and is counted as", "bytes",
             [&](bool) { return static_cast<double>(cache.bytes()) / static_cast<double>(std::max<size_t>(cache.entry_count(), 1)); });
  size_t at = 0;
  micro.run("memory cache: a hit among 1,000,000 in any order", [&] {
    if (!is_filled) fill(entries);
    CacheReply reply;
    at = (at + 611'953) % entries;
    keep(cache.find(key_of(at), 1, reply));
  });
  micro.run("memory cache: a value is kept in the place of another", [&] {
    cache.store("value:7", {Buffer::copy(value), {}}, 3'600'000, 0);
  });

  const auto program =
      test::flatten_one(test::read("<policies><inbound><cache-lookup vary-by-developer='false' vary-by-developer-groups='false'/>"
                                   "</inbound><backend><forward-request/></backend><outbound><cache-store duration='3600'/>"
                                   "</outbound></policies>")
                            .document);
  auto config = make_config();
  for (Operation& operation : config->apis[0].operations) operation.program = program;
  BenchHost host(finish_config(std::move(config)));
  micro.run("exchange: cache-lookup, a hit", [&] {
    host.begin("/echo/things/42", false);
    const Action action = host.exchange.next();
    if (action.kind == Action::Kind::send) {  // the first one
      action.call->response.headers.add_received({"Content-Type", "application/json", HeaderId::content_type});
      action.call->response.body = Body::from(Buffer::copy(value));
      host.exchange.give_head(action.id, host.now);
      keep(host.exchange.next().kind);
    }
    host.end();
  });
}

void bench_request_log(Micro& micro) {
  Record record;
  record.correlation_id = "00010203-0405-4607-8809-0a0b0c0d0e0f";
  record.method = "GET";
  record.url = "http://gateway.test:8080/echo/things/42";
  record.response_code = record.backend_response_code = 200;
  record.api_id = record.operation_id = record.subscription_id = "echo";
  record.backend_url = "http://backend.test/things/42";
  std::string line;
  for (const auto& [name, format] :
       {std::pair{"request log: a line of text", LogFormat::text}, std::pair{"request log: a line of JSON", LogFormat::json}})
    micro.run(name, [&, wanted = format] {
      line.clear();
      format_record(line, wanted, false, record);
      keep(line.size());
    });
}

}  // namespace

int main(int argc, char** argv) {
  Micro micro(argc, argv);
  bench_exchange(micro);
  bench_forward_request(micro);
  bench_rate_counters(micro);
  bench_other_counters(micro);
  bench_cache(micro);
  bench_request_log(micro);
  return micro.finish();
}
