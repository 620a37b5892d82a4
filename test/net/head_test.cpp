#include <doctest/doctest.h>

#include <string>

#include "net/request_head.hpp"
#include "net/response_head.hpp"

using namespace gatelet;

namespace {

struct ReadRequest {
  explicit ReadRequest(const std::string& bytes) : text(bytes) {
    RawHead scratch;
    parser.begin();
    parser.parse_head(text, scratch);
    if (parser.state() != MessageParser::State::head_done) {
      refusal = refusal_from(parser.state() == MessageParser::State::broken ? parser.fault() : ParseFault::truncated, parser.reason());
    } else {
      refusal = read_request_head(parser, arena.copy(parser.head()), "fallback", arena, request, head);
    }
  }
  // "400", or "GET /path?query host:port body" and what else is remarkable.
  std::string seen() const {
    if (refusal) return std::to_string(refusal.status);
    std::string out = std::string(request.method_text) + " " + std::string(request.target.path);
    if (request.target.has_query) out += "?" + std::string(request.target.query);
    out += " " + std::string(request.host);
    if (request.port) out += ":" + std::to_string(request.port);
    if (head.has_body) out += request.body.size == body_size_unknown ? " chunked" : " body=" + std::to_string(request.body.size);
    if (!head.keep_alive) out += " close";
    if (head.expects_continue) out += " expects";
    if (head.is_server_options) out += " server";
    return out;
  }
  std::string text;
  Arena arena;
  MessageParser parser{MessageParser::Side::request};
  Request request{arena};
  RequestHead head;
  Refusal refusal;
};

std::string with(const std::string& line, const std::string& fields) { return line + "\r\n" + fields + "\r\n"; }
std::string get(const std::string& fields) { return with("GET / HTTP/1.1", fields); }
std::string target(const std::string& text) { return with("GET " + text + " HTTP/1.1", "Host: x\r\n"); }

}  // namespace

TEST_CASE("request head: what is valid becomes a request, what is not is refused") {
  struct Row {
    std::string bytes;
    const char* seen;
  };
  for (const Row& row : {
           // the request line
           Row{get("Host: x\r\n"), "GET / x"},
           Row{"\r\n" + get("Host: x\r\n"), "GET / x"},
           Row{"\r\n\r\n" + get("Host: x\r\n"), "400"},
           Row{with("GET  / HTTP/1.1", "Host: x\r\n"), "400"},
           Row{with("GET /  HTTP/1.1", "Host: x\r\n"), "400"},
           Row{with("GET\t/ HTTP/1.1", "Host: x\r\n"), "400"},
           Row{with("GET / HTTP/2.0", "Host: x\r\n"), "505"},
           Row{with("GET / HTTP/0.9", "Host: x\r\n"), "505"},
           Row{with("get / HTTP/1.1", "Host: x\r\n"), "501"},
           Row{with("PRI * HTTP/2.0", ""), "400"},
           Row{with("PROPFIND / HTTP/1.1", "Host: x\r\n"), "PROPFIND / x"},
           // Host
           Row{get(""), "400"},
           Row{get("Host: x\r\nHost: x\r\n"), "400"},
           Row{get("Host:\r\n"), "400"},
           Row{get("Host: X.Example.:8080\r\n"), "GET / x.example:8080"},
           Row{get("Host: [::1]:80\r\n"), "GET / [::1]:80"},
           Row{get("Host: u@x\r\n"), "400"},
           Row{with("GET / HTTP/1.0", ""), "GET / fallback close"},
           Row{with("GET / HTTP/1.0", "Host: x\r\nHost: y\r\n"), "400"},
           Row{with("GET / HTTP/1.0", "Host: x\r\nConnection: keep-alive\r\n"), "GET / x close"},
           // the target
           Row{target("/a?b"), "GET /a?b x"},
           Row{target("/%41/./b/../c"), "GET /A/c x"},
           Row{target("/../a"), "400"},
           Row{target("/a#b"), "400"},
           Row{target("/%"), "400"},
           Row{target("/%00"), "400"},
           Row{target("a"), "400"},
           Row{target("*"), "400"},
           Row{with("OPTIONS * HTTP/1.1", "Host: x\r\n"), "OPTIONS / x server"},
           Row{target("http://x/a?b"), "GET /a?b x"},
           Row{target("HTTP://X:80/a"), "GET /a x"},
           Row{target("http://x"), "GET / x"},
           Row{target("http://x?q"), "GET /?q x"},
           Row{target("http://y/a"), "400"},
           Row{target("http://x:81/a"), "400"},
           Row{target("http://u@x/a"), "400"},
           Row{target("ftp://x/a"), "400"},
           Row{target("http://x#a"), "400"},
           Row{with("CONNECT x:443 HTTP/1.1", "Host: x:443\r\n"), "501"},
           // framing
           Row{get("Host: x\r\nContent-Length: 5\r\n"), "GET / x body=5"},
           Row{get("Host: x\r\nContent-Length: 0\r\n"), "GET / x"},
           Row{get("Host: x\r\nContent-Length: 007 \r\n"), "GET / x body=7"},
           Row{get("Host: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n"), "400"},
           Row{get("Host: x\r\nContent-Length: 9223372036854775807\r\n"), "GET / x body=9223372036854775807"},
           Row{get("Host: x\r\nContent-Length: 9223372036854775808\r\n"), "400"},
           Row{get("Host: x\r\nTransfer-Encoding: Chunked\r\n"), "GET / x chunked"},
           Row{get("Host: x\r\nTransfer-Encoding: ,chunked\r\n"), "501"},
           Row{get("Host: x\r\nTransfer-Encoding: gzip, chunked\r\n"), "501"},
           Row{get("Host: x\r\nTransfer-Encoding: \"chunked\"\r\n"), "400"},
           Row{get("Host: x\r\nTransfer-Encoding:\r\n"), "400"},
           Row{get("Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), "400"},
           Row{get("Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n"), "400"},
           Row{with("GET / HTTP/1.0", "Host: x\r\nTransfer-Encoding: chunked\r\n"), "400"},
           // connection and expectation
           Row{get("Host: x\r\nConnection: foo, Close\r\n"), "GET / x close"},
           Row{get("Host: x\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n"), "GET / x body=5 expects"},
           Row{get("Host: x\r\nExpect: 100-continue\r\n"), "GET / x"},
           Row{get("Host: x\r\nExpect: 200-maybe\r\nContent-Length: 5\r\n"), "417"},
           Row{get("Host: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n"), "400"},
           Row{get("Host: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: k\r\n"), "426"},
           Row{get("Host: x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n"), "GET / x"},
       }) {
    CAPTURE(row.bytes);
    CHECK(ReadRequest(row.bytes).seen() == row.seen);
  }
}

TEST_CASE("request head: header lines are views of what was received, without surrounding blanks and without hop-by-hop lines") {
  const ReadRequest read(get("Host: x\r\nConnection: X-Drop, Keep-Alive\r\nX-Drop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nX-Keep:  a \t b\t \r\nX_Under: 1\r\n"));
  std::string lines;
  for (const HeaderField& field : read.request.headers.fields()) lines += std::string(field.name) + "=[" + std::string(field.value) + "] ";
  CHECK(lines == "Host=[x] X-Keep=[a \t b] X_Under=[1] ");
}

TEST_CASE("response head: an answer is read as strictly as a request") {
  struct Row {
    std::string bytes;
    bool is_head_request;
    std::string seen;  // a fault, or what was found
  };
  const auto answer = [](const std::string& fields, const std::string& line = "HTTP/1.1 200 OK") { return line + "\r\n" + fields + "\r\n"; };
  for (const Row& row : {
           Row{answer("Content-Length: 5\r\n"), false, "200 body=5 keep"},
           Row{answer("Content-Length: 0\r\n"), false, "200 keep"},
           Row{answer("Content-Length: 5\r\n"), true, "200 keep"},
           Row{answer("Transfer-Encoding: chunked\r\n"), false, "200 body=? keep"},
           Row{answer(""), false, "200 body=?"},
           Row{answer("Content-Length: 5\r\nConnection: close\r\n"), false, "200 body=5"},
           Row{answer("Content-Length: 5\r\n", "HTTP/1.0 200 OK"), false, "200 body=5"},
           Row{answer("Content-Length: 5\r\nConnection: keep-alive\r\n", "HTTP/1.0 200 OK"), false, "200 body=5 keep"},
           Row{answer("Content-Length: 5\r\n", "HTTP/1.1 204 No Content"), false, "204 keep"},
           Row{answer("Content-Length: 5\r\n", "HTTP/1.1 304 Not Modified"), false, "304 keep"},
           Row{answer("", "HTTP/1.1 103 Early Hints"), false, "103 interim keep"},
           Row{answer("", "HTTP/1.1 101 Switching Protocols"), false, "the answer switches protocols, which was not asked for"},
           Row{answer("", "HTTP/1.1 200 O\x01K"), false, "the reason phrase of the answer has a control character"},
           Row{answer("", "HTTP/1.1 600 Strange"), false, "the status code of the answer is not in the range 100 to 599"},
           Row{answer("", "HTTP/1.1 099 Strange"), false, "the status code of the answer is not in the range 100 to 599"},
           Row{answer("Content-Length: 5, 5\r\n"), false, "broken"},
           Row{answer("Content-Length: -5\r\n"), false, "broken"},
           Row{answer("Content-Length: 5\r\nContent-Length: 5\r\n"), false, "broken"},
           Row{answer("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), false, "broken"},
           Row{answer("Transfer-Encoding: gzip\r\n"), false, "the answer has a transfer coding other than 'chunked'"},
           Row{answer("Transfer-Encoding: gzip, chunked\r\n"), false, "the answer has a transfer coding other than 'chunked'"},
           Row{answer("Transfer-Encoding: chunked\r\n", "HTTP/1.0 200 OK"), false, "the answer has a Transfer-Encoding in HTTP/1.0"},
           Row{answer("X: a\rb\r\n"), false, "broken"},
           Row{answer("X : a\r\n"), false, "broken"},
           Row{answer("X: a\r\n b\r\n"), false, "broken"},
           Row{answer("", "HTTP/2.0 200 OK"), false, "the answer is not HTTP/1.1 or HTTP/1.0"},
       }) {
    CAPTURE(row.bytes);
    Arena arena;
    MessageParser parser(MessageParser::Side::response);
    RawHead scratch;
    parser.begin();
    parser.parse_head(row.bytes, scratch);
    if (parser.state() != MessageParser::State::head_done) {
      CHECK(parser.state() == MessageParser::State::broken);
      CHECK(row.seen == "broken");
      continue;
    }
    Response response(arena);
    ResponseHead head;
    std::string seen(read_response_head(parser, parser.head(), row.is_head_request, response, head));
    if (seen.empty()) {
      seen = std::to_string(response.status);
      if (head.is_interim) seen += " interim";
      if (head.has_body) seen += " body=" + (response.body.size == body_size_unknown ? "?" : std::to_string(response.body.size));
      if (head.keep_alive) seen += " keep";
    }
    CHECK(seen == row.seen);
  }
}
