// Micro-benchmarks of the C ABI, from the outside: a decision in process (performance.md P-7), and what forwarding costs a host with its
// own server.
#include <gatelet/gatelet.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "micro.hpp"

using namespace gatelet;

namespace {

void check(bool is_right, const char* what) {
  if (is_right) return;
  std::fprintf(stderr, "capi_bench: %s\n", what);
  std::exit(1);
}

std::string api(const std::string& name, const std::string& inbound) {
  const std::string key = "apis/" + name + ";rev=1";
  return R"({"k":")" + key + R"(","v":{"path":")" + name + R"(","protocols":["http","https"],"isCurrent":true,)" +
         R"("serviceUrl":"http://backend.test/v1"}},{"k":")" + key +
         R"(/operations/get","v":{"method":"GET","urlTemplate":"/things/{id}"}},{"k":")" + key +
         R"(/policies/policy","v":{"format":"rawxml","value":"<policies><inbound><base />)" + inbound + R"(</inbound></policies>"}},)";
}

std::string decision_document() {
  const std::string headers =
      "<set-header name='X-Added'><value>v1</value></set-header>"
      "<set-header name='Ocp-Apim-Subscription-Key' exists-action='delete' />";
  const std::string counter = "<rate-limit-by-key calls='1000000000' renewal-period='60' counter-key='tom' />";
  const std::string respond = "<return-response><set-status code='204' /></return-response>";
  return R"({"resources":[)" + api("decide", counter + headers + respond) + api("forward", headers) +
         R"({"k":"subscriptions/tom","v":{"scope":"/apis","state":"active","primaryKey":"0123456789abcdef0123456789abcdef"}}]})";
}

// A host with a server of its own: one exchange, used again for each request.
class Host {
 public:
  Host() {
    const std::string document = decision_document();
    gatelet_config* config = nullptr;
    check(gatelet_config_load({document.data(), document.size()}, GATELET_STR("bench.json"), nullptr, nullptr, &config, nullptr) ==
              GATELET_OK,
          "the configuration does not load");
    check(gatelet_gateway_create(nullptr, config, &gateway_, nullptr) == GATELET_OK, "no gateway");
    check(gatelet_exchange_create(gateway_, &exchange_, nullptr) == GATELET_OK, "no exchange");
    gatelet_config_unref(config);
  }
  ~Host() {
    gatelet_exchange_destroy(exchange_);
    gatelet_gateway_destroy(gateway_);
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  gatelet_action begin(gatelet_str target) {
    static const gatelet_header headers[] = {{GATELET_STR("Host"), GATELET_STR("gateway.test")},
                                             {GATELET_STR("User-Agent"), GATELET_STR("bench")},
                                             {GATELET_STR("Accept"), GATELET_STR("*/*")},
                                             {GATELET_STR("Ocp-Apim-Subscription-Key"), GATELET_STR("0123456789abcdef0123456789abcdef")}};
    gatelet_request request = GATELET_REQUEST_INIT;
    request.now = {now_us_ += 10, 1'767'225'600'000};
    request.method = GATELET_STR("GET");
    request.target = target;
    request.scheme = GATELET_STR("https");
    request.client_ip = GATELET_STR("192.0.2.1");
    request.headers = headers;
    request.header_count = std::size(headers);
    request.random[0] = request.random[1] = now_us_;
    check(gatelet_exchange_begin(exchange_, &request, nullptr) == GATELET_OK, "begin failed");
    return next();
  }
  gatelet_action next() {
    gatelet_action action = GATELET_ACTION_INIT;
    check(gatelet_exchange_next(exchange_, &action, nullptr) == GATELET_OK, "next failed");
    return action;
  }
  void reply(uint32_t id) {
    static const gatelet_header headers[] = {{GATELET_STR("Content-Type"), GATELET_STR("application/json")}};
    gatelet_response response = GATELET_RESPONSE_INIT;
    response.status = 200;
    response.headers = headers;
    response.header_count = 1;
    response.body_kind = GATELET_BODY_STREAM;
    check(gatelet_exchange_reply(exchange_, id, &response, {now_us_, 1'767'225'600'000}, nullptr) == GATELET_OK, "reply failed");
  }
  void finish() {
    gatelet_exchange_end end = GATELET_EXCHANGE_END_INIT;
    end.now = {now_us_, 1'767'225'600'000};
    check(gatelet_exchange_finish(exchange_, &end, nullptr) == GATELET_OK, "finish failed");
  }

 private:
  gatelet_gateway* gateway_ = nullptr;
  gatelet_exchange* exchange_ = nullptr;
  uint64_t now_us_ = 1'000'000;
};

void bench_exchange(Micro& micro) {
  Host host;
  micro.run("C ABI: begin, key, counter, two headers, respond (P-7)", [&] {
    check(host.begin(GATELET_STR("/decide/things/42?a=b")).status == 204, "the decision is not 204");
    host.finish();
  });
  micro.run("C ABI: begin, key, two headers, send, reply, respond", [&] {
    const gatelet_action send = host.begin(GATELET_STR("/forward/things/42?a=b"));
    check(send.kind == GATELET_ACTION_SEND, "nothing is sent");
    host.reply(send.id);
    check(host.next().status == 200, "the answer is not 200");
    host.finish();
  });
}

}  // namespace

int main(int argc, char** argv) {
  Micro micro(argc, argv);
  bench_exchange(micro);
  return micro.finish();
}
