// An existing C++ HTTP server puts Gatelet in front of its handlers, in the same process. The server below is the kind many services have:
// it reads a request, looks for a handler, writes the answer. What Gatelet adds stands in `through_gateway`: before a handler runs, the
// gateway decides about key, limit and policies; the API has no service URL, so its backend is the server's own handler.
//
//   embed_in_cpp_server [PORT]     then: curl -i localhost:PORT/greet/hello -H 'Ocp-Apim-Subscription-Key: embedded-key'
#include <arpa/inet.h>
#include <gatelet/gatelet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// ---- the server as it was
// ----------------------------------------------------------------------------------------------------------------

struct Request {
  std::string method, target, body;
  std::vector<std::pair<std::string, std::string>> headers;
};

struct Response {
  int status = 200;
  std::string reason = "OK", body;
  std::vector<std::pair<std::string, std::string>> headers;
};

using Handler = Response (*)(const Request&);

static Response hello(const Request& request) {
  return {200, "OK", "hello from the handler of " + request.target + "\n", {{"Content-Type", "text/plain"}}};
}

static const std::map<std::string, Handler> handlers = {{"/hello", hello}};

static Response dispatch(const Request& request) {
  const auto handler = handlers.find(request.target.substr(0, request.target.find('?')));
  return handler == handlers.end() ? Response{404, "Not Found", "no handler\n", {}} : handler->second(request);
}

static bool read_request(int socket, Request& out) {
  std::string text;
  char buffer[4096];
  size_t head_end = std::string::npos;
  while ((head_end = text.find("\r\n\r\n")) == std::string::npos) {
    const ssize_t got = ::read(socket, buffer, sizeof buffer);
    if (got <= 0 || text.size() > 65536) return false;
    text.append(buffer, static_cast<size_t>(got));
  }
  size_t at = text.find("\r\n"), length = 0;
  const std::string line = text.substr(0, at);
  out.method = line.substr(0, line.find(' '));
  out.target = line.substr(out.method.size() + 1, line.rfind(' ') - out.method.size() - 1);
  while (at < head_end) {
    const size_t start = at + 2;
    at = text.find("\r\n", start);
    const std::string header = text.substr(start, at - start);
    const size_t colon = header.find(':');
    if (colon == std::string::npos) continue;
    out.headers.emplace_back(header.substr(0, colon), header.substr(header.find_first_not_of(' ', colon + 1)));
    if (out.headers.back().first == "Content-Length") length = std::strtoul(out.headers.back().second.c_str(), nullptr, 10);
  }
  out.body = text.substr(head_end + 4);
  while (out.body.size() < length) {
    const ssize_t got = ::read(socket, buffer, sizeof buffer);
    if (got <= 0) return false;
    out.body.append(buffer, static_cast<size_t>(got));
  }
  return true;
}

static size_t write_response(int socket, const Response& response) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " " + response.reason + "\r\n";
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
  text += "Content-Length: " + std::to_string(response.body.size()) + "\r\nConnection: close\r\n\r\n" + response.body;
  for (size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(socket, text.data() + at, text.size() - at);
    if (written <= 0) break;
    at += static_cast<size_t>(written);
  }
  return text.size();
}

// ---- what Gatelet adds
// -------------------------------------------------------------------------------------------------------------------

static constexpr std::string_view configuration = R"({"resources":[
  {"k":"apis/greet;rev=1","v":{"displayName":"Greet","path":"greet","protocols":["http"],"isCurrent":true,"subscriptionRequired":true}},
  {"k":"apis/greet;rev=1/operations/hello","v":{"displayName":"Hello","method":"GET","urlTemplate":"/hello"}},
  {"k":"apis/greet;rev=1/policies/policy","v":{"format":"rawxml","value":"<policies><inbound><base/><rate-limit-by-key calls='3' renewal-period='60' counter-key='all'/><set-header name='X-Seen-By'><value>gatelet</value></set-header></inbound><outbound><base/><set-header name='X-Governed'><value>yes</value></set-header></outbound></policies>"}},
  {"k":"subscriptions/demo","v":{"displayName":"demo","scope":"/apis/greet","state":"active","primaryKey":"embedded-key"}}]})";

static gatelet_str str(std::string_view text) { return {text.data(), text.size()}; }
static std::string text(gatelet_str value) { return value.data ? std::string(value.data, value.size) : std::string(); }

static gatelet_time now() {
  using namespace std::chrono;
  return {static_cast<uint64_t>(duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count()),
          duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

static Request request_from(const gatelet_action& action) {
  Request request{text(action.method), text(action.url), text(action.body), {}};
  for (size_t i = 0; i < action.header_count; ++i)
    request.headers.emplace_back(text(action.headers[i].name), text(action.headers[i].value));
  return request;
}

static void reply(gatelet_exchange* exchange, uint32_t id, const Response& response) {
  std::vector<gatelet_header> headers;
  for (const auto& [name, value] : response.headers) headers.push_back({str(name), str(value)});
  gatelet_response answer = GATELET_RESPONSE_INIT;
  answer.status = response.status;
  answer.reason = str(response.reason);
  answer.headers = headers.data();
  answer.header_count = headers.size();
  answer.body_kind = GATELET_BODY_BYTES;
  answer.body = {response.body.data(), response.body.size(), nullptr, nullptr};
  (void)gatelet_exchange_reply(exchange, id, &answer, now(), nullptr);
}

// The gateway around dispatch(): false when the request is not one that HTTP allows.
static bool through_gateway(gatelet_exchange* exchange, const Request& request, const std::string& client_ip, Response& out) {
  std::vector<gatelet_header> headers;
  for (const auto& [name, value] : request.headers) headers.push_back({str(name), str(value)});
  gatelet_request begun = GATELET_REQUEST_INIT;
  begun.now = now();
  begun.method = str(request.method);
  begun.target = str(request.target);
  begun.client_ip = str(client_ip);
  begun.headers = headers.data();
  begun.header_count = headers.size();
  begun.body_kind = request.body.empty() ? GATELET_BODY_NONE : GATELET_BODY_BYTES;
  begun.body = str(request.body);
  if (gatelet_exchange_begin(exchange, &begun, nullptr) != GATELET_OK) return false;
  for (;;) {
    gatelet_action action = GATELET_ACTION_INIT;
    if (gatelet_exchange_next(exchange, &action, nullptr) != GATELET_OK) return false;
    if (action.kind == GATELET_ACTION_SEND) {
      reply(exchange, action.id, dispatch(request_from(action)));
    } else {
      out = {action.status, text(action.reason), text(action.body), {}};
      for (size_t i = 0; i < action.header_count; ++i)
        out.headers.emplace_back(text(action.headers[i].name), text(action.headers[i].value));
      return true;
    }
  }
}

static void serve(gatelet_gateway* gateway, int socket, const std::string& client_ip) {
  gatelet_exchange* exchange = nullptr;
  Request request;
  Response response;
  if (read_request(socket, request) && gatelet_exchange_create(gateway, &exchange, nullptr) == GATELET_OK) {
    if (!through_gateway(exchange, request, client_ip, response)) response = {400, "Bad Request", "", {}};
    gatelet_exchange_end end = GATELET_EXCHANGE_END_INIT;
    end.response_bytes = write_response(socket, response);
    end.now = now();
    (void)gatelet_exchange_finish(exchange, &end, nullptr);
  }
  gatelet_exchange_destroy(exchange);
  ::close(socket);
}

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  gatelet_config* config = nullptr;
  gatelet_gateway* gateway = nullptr;
  gatelet_error* error = nullptr;
  gatelet_gateway_options options = GATELET_GATEWAY_OPTIONS_INIT;
  options.request_log = 2;
  options.log = [](void*, int32_t, gatelet_str line) { std::printf("%.*s\n", static_cast<int>(line.size), line.data); };
  if (gatelet_config_load(str(configuration), str("embedded"), nullptr, nullptr, &config, &error) != GATELET_OK ||
      gatelet_gateway_create(&options, config, &gateway, &error) != GATELET_OK) {
    std::fprintf(stderr, "%s\n", text(gatelet_error_message(error)).c_str());
    return 1;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(argc > 1 ? std::strtol(argv[1], nullptr, 10) : 0));
  socklen_t size = sizeof address;
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 64) != 0) return std::perror("listen"), 1;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  for (;;) {
    const int socket = ::accept(listener, nullptr, nullptr);
    if (socket >= 0) std::thread(serve, gateway, socket, "127.0.0.1").detach();
  }
}
