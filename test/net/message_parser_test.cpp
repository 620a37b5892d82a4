#include <doctest/doctest.h>

#include <string>

#include "net/message_parser.hpp"

using namespace gatelet;

namespace {

// What a parser saw, as text: the lines, the payload, and how it ended.
std::string parsed(MessageParser::Side side, std::string_view bytes, size_t piece_size, bool ends = false, bool has_body = true) {
  MessageParser parser(side);
  parser.begin();
  RawHead scratch;
  std::string seen;
  std::string payload;
  std::vector<std::string_view> pieces;
  size_t used_of_head = 0;
  for (size_t at = 0; at < bytes.size();) {
    const std::string piece(bytes.substr(at, piece_size));  // a copy: views must not outlive it
    std::string_view rest = piece;
    if (parser.state() == MessageParser::State::head) {
      const size_t used = parser.parse_head(rest, scratch);
      used_of_head += used;
      rest.remove_prefix(used);
      if (parser.state() == MessageParser::State::head_done) {
        const std::string_view head = parser.head();
        CHECK(head == bytes.substr(0, used_of_head));
        seen += head.substr(parser.lines().text_at, parser.lines().text_size);
        for (uint32_t i = 0; i < parser.lines().field_count; ++i) {
          const RawField& field = parser.lines().fields[i];
          seen += " " + std::string(head.substr(field.name_at, field.name_size)) + "=[" + std::string(head.substr(field.value_at, field.value_size)) + "]";
        }
        if (!has_body) parser.skip_body();
      }
    }
    if (parser.state() == MessageParser::State::head_done || parser.state() == MessageParser::State::body) {
      pieces.clear();
      const size_t used = parser.parse_body(rest, pieces);
      for (std::string_view part : pieces) payload += part;
      rest.remove_prefix(used);
    }
    at += piece.size() - rest.size();
    if (parser.state() == MessageParser::State::complete) {
      seen += " |" + payload + "| complete";
      if (at < bytes.size()) seen += " rest=" + std::string(bytes.substr(at));
      return seen;
    }
    if (parser.state() == MessageParser::State::broken) break;
  }
  if (ends) parser.finish();
  if (parser.state() == MessageParser::State::broken) return seen + " broken " + std::to_string(static_cast<int>(parser.fault()));
  if (parser.state() == MessageParser::State::complete) return seen + " |" + payload + "| complete";
  return seen + " |" + payload + "| more";
}

}  // namespace

TEST_CASE("parser: a message means the same whole and in pieces of any size") {
  struct Row {
    MessageParser::Side side;
    std::string bytes;
    std::string seen;
    bool ends = false;
    bool has_body = true;
  };
  using enum MessageParser::Side;
  for (const Row& row : {
           Row{request, "GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-Empty:\r\nX-Blank:  \t\r\nX-Long: one, two \r\n\r\n",
               "/a?b=c Host=[x] X-Empty=[] X-Blank=[] X-Long=[one, two ] || complete", false, false},
           Row{request, "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\nGET /next", "/ Host=[x] || complete rest=GET /next", false, false},
           Row{request, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET", "/ Content-Length=[5] |hello| complete rest=GET"},
           Row{request, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\nX",
               "/ Transfer-Encoding=[chunked] |hello!| complete rest=X"},
           Row{request, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel", "/ Content-Length=[5] |hel| more"},
           Row{request, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel", "/ Content-Length=[5] broken 9", true},
           Row{response, "HTTP/1.1 200 Very well\r\nContent-Length: 2\r\n\r\nok", "Very well Content-Length=[2] |ok| complete"},
           Row{response, "HTTP/1.1 200 \r\n\r\nuntil the end", " |until the end| more"},
           Row{response, "HTTP/1.1 200 \r\n\r\nuntil the end", " |until the end| complete", true},
           Row{response, "HTTP/1.1 200 OK\r\n\r\n", "OK || complete", true},
           Row{response, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", "OK Transfer-Encoding=[chunked] broken 9", true},
           Row{response, "HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nbytes", "Go Connection=[upgrade] Upgrade=[x] || complete rest=bytes", false, false},
       }) {
    CAPTURE(row.bytes);
    for (size_t piece_size = 1; piece_size <= row.bytes.size(); ++piece_size) {
      CAPTURE(piece_size);
      CHECK(parsed(row.side, row.bytes, piece_size, row.ends, row.has_body) == row.seen);
    }
  }
}

TEST_CASE("parser: limits hold whether bytes come at once or in pieces") {
  const auto lines = [](size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += "X-" + std::to_string(i) + ": 1\r\n";
    return text;
  };
  struct Row {
    const char* rule;
    std::string bytes;
    ParseFault fault;
  };
  const std::string chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const Row& row : {
           Row{"a target of 8 KiB", "GET /" + std::string(8191, 'a') + " HTTP/1.1\r\n\r\n", ParseFault::none},
           Row{"a longer one", "GET /" + std::string(8192, 'a') + " HTTP/1.1\r\n\r\n", ParseFault::target_too_long},
           Row{"100 lines", "GET / HTTP/1.1\r\n" + lines(100) + "\r\n", ParseFault::none},
           Row{"101 lines", "GET / HTTP/1.1\r\n" + lines(101) + "\r\n", ParseFault::too_many_lines},
           Row{"a head of 32 KiB", "GET / HTTP/1.1\r\nA: " + std::string(32 * 1024 - 23, 'a') + "\r\n\r\n", ParseFault::none},
           Row{"a larger one", "GET / HTTP/1.1\r\nA: " + std::string(32 * 1024 - 22, 'a') + "\r\n\r\n", ParseFault::head_too_large},
           Row{"an extension of 4 KiB", chunked + "1;" + std::string(4096, 'a') + "\r\nx\r\n0\r\n\r\n", ParseFault::none},
           Row{"a longer one", chunked + "1;" + std::string(4097, 'a') + "\r\nx\r\n0\r\n\r\n", ParseFault::chunk_extension_too_large},
           Row{"trailers over 32 KiB", chunked + "0\r\nA: " + std::string(33 * 1024, 'a') + "\r\n\r\n", ParseFault::trailers_too_large},
       }) {
    CAPTURE(row.rule);
    for (const size_t piece_size : {size_t{1}, size_t{1000}, row.bytes.size()}) {
      CAPTURE(piece_size);
      const std::string seen = parsed(MessageParser::Side::request, row.bytes, piece_size, false, row.bytes.find("chunked") != std::string::npos);
      if (row.fault == ParseFault::none) {
        CHECK(seen.find("complete") != std::string::npos);
      } else {
        CHECK(seen.substr(seen.rfind(' ') + 1) == std::to_string(static_cast<int>(row.fault)));
      }
    }
  }
}
