// What the gateway itself adds to the trace of a request: what came, what was decided, how it ended. The payloads are those seen in a trace
// of the managed gateway (policies-b.md 2.4).
#include "gateway/exchange.hpp"

namespace gatelet {

namespace {

// A name, or "-" when there is none.
template <class Facts>
std::string name_or_dash(const Facts* facts) {
  return trace_text(facts ? std::string_view(facts->id) : "-");
}

std::string destination(const Upstream* upstream) {
  if (!upstream || upstream->kind == Upstream::Kind::host) return "null";
  const Url& url = upstream->url;
  return "{\"scheme\":" + trace_text(url.scheme) + ",\"host\":" + trace_text(url.host) + ",\"port\":" + std::to_string(url.port) +
         ",\"path\":" + trace_text(url.path.empty() ? "/" : url.path) + ",\"queryString\":" + trace_text(url.query) +
         ",\"isDefaultPort\":" + (url.is_default_port() ? "true" : "false") + "}";
}

}  // namespace

void Exchange::trace_received() {
  trace->add(api_inspector, nullptr, now, "{\"request\":" + trace_request(request.method_text, public_url(), request.headers) + "}");
}

void Exchange::trace_decided() {
  trace->add(api_inspector, nullptr, now,
             "{\"configuration\":{\"api\":{\"from\":" + trace_text("/" + api->path) + ",\"to\":" + destination(upstream) +
                 ",\"version\":" + (api->version.empty() ? "null" : trace_text(api->version)) +
                 ",\"revision\":" + trace_text(api->revision) + "},\"operation\":{\"method\":" + trace_text(operation->method) +
                 ",\"uriTemplate\":" + trace_text(operation->url_template) + "},\"user\":" + name_or_dash(user) +
                 ",\"product\":" + name_or_dash(product) + "}}");
}

void Exchange::trace_end(bool is_broken_off) {
  std::string data = trace_response(response);
  data.insert(1, is_broken_off ? "\"message\":\"The response could not be sent to the caller in full\","
                               : "\"message\":\"Response has been sent to the caller in full\",");
  trace->add(transfer_response, nullptr, now, std::move(data));
}

}  // namespace gatelet
