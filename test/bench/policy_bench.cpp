// Micro-benchmarks of policies: a program of ten small ones per request, single ones, what reading a document costs, and conversions of a
// body, which are to stay below three times its reading.
#include <cstdlib>
#include <string>

#include "fake_context.hpp"
#include "gateway/rate_counters.hpp"
#include "micro.hpp"
#include "orders.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

constexpr std::string_view ten_policies =
    "<check-header name='X-Key' failed-check-httpcode='401' failed-check-error-message='No key' "
    "ignore-case='false'><value>k</value></check-header>"
    "<rate-limit-by-key calls='1000000000' renewal-period='60' counter-key='all' remaining-calls-header-name='X-Left'/>"
    "<set-header name='X-Gateway'><value>gatelet</value></set-header>"
    "<set-header name='X-Tag' exists-action='append'><value>two</value></set-header>"
    "<set-header name='X-Internal' exists-action='delete'/>"
    "<set-query-parameter name='api-version' exists-action='skip'><value>2024-01</value></set-query-parameter>"
    "<set-variable name='tenant' value='contoso'/>"
    "<choose><when condition='false'/><when condition='true'><set-header name='X-Branch'><value>b</value></set-header></when></choose>"
    "<rewrite-uri template='/v2/orders/{id}'/>"
    "<set-backend-service base-url='http://orders.test/base'/>";

// As a host fills it for each request of a connection.
void fill(FakeContext& context, const Upstream* upstream) {
  context.request.target = {"/orders/42", "page=2&size=10", true};
  for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>{"Host", "gateway.test"},
                                    {"User-Agent", "bench/1"},
                                    {"Accept", "*/*"},
                                    {"X-Key", "k"},
                                    {"X-Tag", "one"},
                                    {"X-Internal", "1"}})
    context.request.headers.add_received({name, value, header_id(name)});
  context.upstream = upstream;
}

void bench_section(Micro& micro, std::string_view name, std::string_view text) {
  const Reading reading = read("<policies><inbound>" + std::string(text) + "</inbound></policies>", {}, Scope::product);
  if (!reading.document) std::abort();
  const auto program = flatten_one(reading.document);
  FakeContext context;
  StripedRateCounters counters({1, 2});
  context.services->rate_counters = &counters;
  SubscriptionFacts subscription;
  subscription.id = "tom";
  const Upstream* upstream = context.upstream;
  const auto matched = context.matched;
  micro.run(name, [&] {
    fill(context, upstream);
    context.matched = matched;
    context.subscription = &subscription;
    keep(context.run(*program, Section::inbound));
    context.owed_by_block.settle();
    context.owed_at_end.settle({100, 200});
    context.reset_context();
    context.arena.clear();
  });
}

// liquid_bench has the reading of the same bodies alone.
void bench_conversion(Micro& micro, std::string_view name, std::string_view body, std::string_view policy) {
  const Reading reading = read("<policies><inbound>" + std::string(policy) + "</inbound></policies>", {}, Scope::api);
  if (!reading.document) std::abort();
  const auto program = flatten_one(reading.document);
  const Buffer buffer = Buffer::copy(body);
  FakeContext context;
  micro.run(name, [&] {
    context.request.body = Body::from(buffer);
    if (context.run(*program, Section::inbound) != Flow::next) std::abort();
    context.reset_context();
    context.arena.clear();
  });
}

void bench_reading(Micro& micro) {
  const FakeEnvironment environment;
  const std::string text = "<policies><inbound>" + std::string(ten_policies) + "</inbound></policies>";
  micro.run("read a document of ten policies", [&] { keep(read(text, environment).document.get()); });
  const auto document = read(text, environment).document;
  micro.run("flatten it", [&] { keep(flatten_one(document).get()); });
}

}  // namespace

int main(int argc, char** argv) {
  Micro micro(argc, argv);
  bench_section(micro, "request: filled and reset, no policy", "");
  bench_section(micro, "request: ten small policies", ten_policies);
  bench_section(micro, "request: set-header override", "<set-header name='X-Gateway'><value>gatelet</value></set-header>");
  bench_section(micro, "request: set-query-parameter", "<set-query-parameter name='page'><value>3</value></set-query-parameter>");
  bench_section(micro, "request: rewrite-uri", "<rewrite-uri template='/v2/orders/{id}'/>");
  bench_section(micro, "request: rate-limit", "<rate-limit calls='1000000000' renewal-period='60'/>");
  bench_section(micro, "request: rate-limit-by-key", "<rate-limit-by-key calls='1000000000' renewal-period='60' counter-key='all'/>");
  bench_section(micro, "request: quota", "<quota calls='1000000000000' renewal-period='3600'/>");
  bench_section(micro, "request: quota-by-key", "<quota-by-key calls='1000000000000' renewal-period='3600' counter-key='all'/>");
  bench_section(micro, "request: limit-concurrency", "<limit-concurrency key='all' max-count='10'/>");
  bench_section(micro, "request: return-response",
                "<return-response><set-status code='204'/><set-header name='X-A'><value>1</value></set-header></return-response>");
  bench_conversion(micro, "body: JSON of 100 orders to XML", json_orders(), "<json-to-xml apply='always' consider-accept-header='false'/>");
  bench_conversion(micro, "body: XML of 100 orders to JSON", xml_orders(),
                   "<xml-to-json kind='direct' apply='always' consider-accept-header='false'/>");
  bench_reading(micro);
  return micro.finish();
}
