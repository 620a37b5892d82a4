// Whole exchanges with a scripted backend. The input is a policy document, a line "==" and the script: each byte of it decides what the
// client asks or what becomes of an action. However it goes: ids grow, a late reply does nothing, what is written toward either side splits
// no line, every request ends with one answer and one record, or without an answer because its client has gone.
#include <string>
#include <vector>

#include "config/build.hpp"
#include "fake_host.hpp"
#include "http/serialize.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

class Script {
 public:
  explicit Script(std::string_view bytes) : bytes_(bytes) {}
  // A number below `bound`; 0 when the script is over.
  size_t next(size_t bound) {
    if (at_ == bytes_.size()) return 0;
    return static_cast<unsigned char>(bytes_[at_++]) % bound;
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

std::shared_ptr<const Config> config_of(std::string_view policy) {
  const auto resource = [](const char* key, const char* value) { return Resource{key, *Json::parse(value), key}; };
  ResourceSet set;
  set.resources = {
      resource("namedValues/n", R"({"displayName":"n","value":"v"})"),
      resource("backends/b", R"({"url":"http://b.test/base","protocol":"http"})"),
      resource("apis/echo;rev=1", R"({"displayName":"Echo","path":"echo","isCurrent":true,"protocols":["http"],
                                      "subscriptionRequired":false,"serviceUrl":"http://backend.test:81/base"})"),
      resource("apis/echo;rev=1/operations/get", R"({"displayName":"G","method":"GET","urlTemplate":"/things/{id}"})"),
      resource("apis/echo;rev=1/operations/post", R"({"displayName":"P","method":"POST","urlTemplate":"/things/{id}"})"),
  };
  const Json document = Json::object({{"format", Json::from("rawxml"), {}}, {"value", Json::from(policy), {}}});
  set.resources.push_back({"apis/echo;rev=1/policies/policy", document, "policy"});
  BuildOptions options;
  options.policies = builtin_policies();
  return build_config(set, options);
}

const HeaderLines client_lines[] = {
    {},
    {{"Accept", "*/*"}, {"X-A", "1"}, {"X-A", "2"}, {"Cookie", "a=b"}},
    {{"Content-Type", "application/json"}, {"Authorization", "Basic QWxhZGRpbjpvcGVu"}, {"Origin", "https://o.test"}},
    {{"X-Empty", ""}, {"X-Forwarded-For", "192.0.2.7, 10.0.0.1"}, {"If-None-Match", "\"x\""}},
};
const HeaderLines backend_lines[] = {
    {},
    {{"Content-Type", "text/plain"}, {"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}},
    {{"Location", "/base/elsewhere?x=1"}, {"Retry-After", "1"}},
    {{"Location", "http://user@[bad"}, {"Vary", "Origin"}, {"X-Bytes", "\xff\x80"}},
};
const char* const targets[] = {"/echo/things/1",
                               "/echo/things/a%2Fb?x=1&x=2&y",
                               "/echo/things/%C3%A4?q=%00",
                               "/echo/things/",
                               "/echo/../echo/things",
                               "/status-0123456789abcdef",
                               "/nothing?",
                               "/"};
const int statuses[] = {200, 204, 301, 302, 307, 304, 400, 401, 404, 408, 429, 500, 502, 503, 599, 100};

class Play {
 public:
  Play(FakeHost& host, Script& script) : host_(host), script_(script) {}

  // Returns whether it was a request for a probe, which leaves no record.
  bool run() {
    const bool is_probe = begin();
    for (int steps = 0; steps < 500 && !host_.exchange.is_over(); ++steps) step();
    if (!host_.exchange.is_over()) host_.exchange.client_gone(host_.now);
    require(host_.exchange.is_over() && host_.exchange.next().kind == Action::Kind::none);
    for (const Action& late : open_) require(!give_fault(late));
    if (was_answered_) check_response();
    host_.finish();
    return is_probe;
  }

 private:
  bool begin() {
    Body body;
    switch (script_.next(4)) {
      case 1: body = Body::from(Buffer::copy("{\"a\": [1, 2]}")); break;
      case 2: body = streaming_body(); break;
      case 3: body = streaming_body(5); break;
      default: break;
    }
    const bool is_post = script_.next(3) == 1;
    const size_t number = script_.next(std::size(targets) * 4);
    const std::string_view target = targets[number < std::size(targets) ? number : 0];
    host_.begin(is_post ? "POST" : "GET", target, client_lines[script_.next(std::size(client_lines))], std::move(body));
    return !is_post && target.starts_with("/status-");
  }

  void step() {
    const Action action = host_.exchange.next();
    if (action.kind == Action::Kind::respond) return void(was_answered_ = true);
    if (action.kind == Action::Kind::none) {
      require(!open_.empty());  // or nobody would ever wake it
      return answer(script_.next(open_.size()));
    }
    require(action.id > last_id_);
    last_id_ = action.id;
    if (action.kind == Action::Kind::send) check_call(*action.call);
    open_.push_back(action);
    if (script_.next(2) == 0) answer(open_.size() - 1);
  }

  void answer(size_t index) {
    const Action action = open_[index];
    host_.now.steady_us += script_.next(8) * 700'000;
    const size_t choice = script_.next(8);
    if (choice == 7) return host_.exchange.client_gone(host_.now);
    open_.erase(open_.begin() + static_cast<ptrdiff_t>(index));
    if (choice == 6) {
      give_fault(action);
    } else if (action.kind == Action::Kind::read_body) {
      host_.exchange.give_body(action.id, Buffer::copy(choice == 5 ? "" : "{\"b\": \"text\"}"), host_.now);
    } else {
      give_answer(action);
    }
    require(!give_fault(action));  // an answer to an answered action does nothing
  }

  void give_answer(const Action& action) {
    Body body;
    const size_t kind = script_.next(3);
    if (kind == 1) body = Body::from(Buffer::copy("pong"));
    if (kind == 2) body = action.call->hold_response ? Body::from(Buffer::copy("held")) : streaming_body();
    const int status = statuses[script_.next(std::size(statuses))];
    host_.answer(action, status < 200 ? 200 : status, backend_lines[script_.next(std::size(backend_lines))], std::move(body));
  }

  bool give_fault(const Action& action) {
    static constexpr Call::Fault faults[] = {Call::Fault::connect, Call::Fault::broken, Call::Fault::timeout, Call::Fault::bad_response};
    if (action.kind == Action::Kind::read_body)
      return host_.exchange.give_body_failed(action.id, static_cast<BodyFault>(script_.next(3)), host_.now);
    return host_.exchange.give_call_failed(action.id, faults[script_.next(4)], "it broke", host_.now);
  }

  void check_call(const Call& call) {
    require(is_token(call.method) && call.path.starts_with('/') && call.timeout_ms != 0);
    for (const std::string_view text : {call.path, call.query, call.host})
      require(is_line_clean(text) && text.find(' ') == std::string_view::npos);
    const RequestLine line{call.method, call.path, call.query, call.has_query, call.host};
    const Framing framing{Framing::Kind::chunked, 0, true, {}};
    std::string head(request_head_bytes_max(line, call.headers, framing, {}), '\0');
    head.resize(static_cast<size_t>(write_request_head(head.data(), line, call.headers, framing, {}) - head.data()));
    require(head.find("\r\n\r\n") == head.size() - 4);
  }

  void check_response() {
    const Response& response = host_.exchange.response;
    require(response.status >= 200 && response.status <= 999);
    const Framing framing{Framing::Kind::chunked, 0, true, {}};
    std::string head(response_head_bytes_max(response, framing, "now"), '\0');
    head.resize(static_cast<size_t>(write_response_head(head.data(), response, framing, "now") - head.data()));
    require(head.find("\r\n\r\n") == head.size() - 4);
  }

  FakeHost& host_;
  Script& script_;
  std::vector<Action> open_;  // handed out and not answered
  uint32_t last_id_ = 0;
  bool was_answered_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(data, size);
  const size_t mark = text.find("\n==\n");
  Script script(mark == std::string_view::npos ? std::string_view() : text.substr(mark + 4));
  RecordCopy records;
  GatewayOptions options;
  options.records = &records;
  options.debug_route_header = true;
  FakeHost host(config_of(text.substr(0, mark)), options);
  int recorded = 0;
  for (int i = 0; i < 3; ++i) {
    if (!Play(host, script).run()) ++recorded;
    require(records.count == recorded);
  }
  return 0;
}
