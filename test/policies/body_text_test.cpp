// Bodies as texts: find-and-replace in several charsets; and what trace and authentication-basic refuse.
#include <doctest/doctest.h>

#include "fake_context.hpp"
#include "http/gzip.hpp"

using namespace gatelet;
using namespace gatelet::test;

static std::string bytes(std::u16string_view units, bool is_big) {
  std::string out;
  for (char16_t unit : units) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    out += is_big ? high : low;
    out += is_big ? low : high;
  }
  return out;
}

TEST_CASE("find-and-replace: reads the charset that Content-Type names and writes UTF-8") {
  struct Row {
    const char* type;
    std::string body;
    const char *result, *new_type;
  };
  const char* as_utf8 = "text/plain; charset=utf-8";
  for (const Row& row : {
           Row{"text/plain", "ä=a", "ä=b", "text/plain"},
           Row{"text/plain; charset=UTF-8", "ä=a", "ä=b", "text/plain; charset=UTF-8"},
           Row{"text/plain; charset=\"utf-8\"; x=1", "a", "b", "text/plain; charset=\"utf-8\"; x=1"},
           Row{"text/plain",
               "\xEF\xBB\xBF"
               "a",
               "b", "text/plain"},
           Row{"text/plain; charset=iso-8859-1", "\xE4=a", "ä=b", as_utf8},
           Row{"text/plain; charset=us-ascii", "a", "b", as_utf8},
           Row{"text/plain; charset=utf-16", bytes(u"ä=a", false), "ä=b", as_utf8},
           Row{"text/plain; charset=utf-16be", bytes(u"ä=a", true), "ä=b", as_utf8},
           Row{"text/plain; charset=utf-16", bytes(u"\xFEFF\xD83D\xDE00 a", true), "😀 b", as_utf8},
           Row{"text/plain", bytes(u"\xFEFF\xD83D a", false), "\xEF\xBF\xBD b", "text/plain"},
           Row{"text/plain; charset=utf-16", bytes(u"a", false) + "x", "b", as_utf8},
       }) {
    CAPTURE(row.type);
    FakeContext context;
    context.response.headers.append("Content-Type", row.type);
    context.response.headers.append("Content-Length", "9");
    context.response.body = Body::from(Buffer::copy(row.body));
    REQUIRE(context.run(Section::outbound, "<find-and-replace from='a' to='b'/>") == Flow::next);
    CHECK(context.response.body.bytes.view() == row.result);
    CHECK(context.response.headers.get("Content-Type") == row.new_type);
    CHECK_FALSE(context.response.headers.contains("Content-Length"));
  }
}

TEST_CASE("find-and-replace: what it cannot read, and what would become too large, fails") {
  FakeContext context;
  context.request.headers.append("Content-Type", "text/plain; charset=shift-jis");
  context.request.body = Body::from(Buffer::copy("a"));
  CHECK(context.run(Section::inbound, "<find-and-replace from='a' to='b'/>") == Flow::fail);
  CHECK(context.failure().reason == "InvalidMessageBody");
  CHECK(context.failure().message == "The body has the charset 'shift-jis', which this policy cannot read.");
  CHECK(context.request.body.bytes.view() == "a");

  FakeContext large;
  large.request.body = Body::from(Buffer::copy(std::string(100'000, 'a')));
  CHECK(large.run(Section::inbound, "<find-and-replace from='a' to='" + std::string(400, 'b') + "'/>") == Flow::fail);
  CHECK(large.failure().reason == "TransformationFailed");
}

TEST_CASE("policies that read a body undo its content codings; what they make has none") {
  const struct {
    const char* coding;
    std::string body;
    const char* problem;  // null: it is read
  } rows[] = {
      {"gzip", gzip("a text"), nullptr},
      {"GZIP , identity", gzip("a text"), nullptr},
      {"gzip, x-gzip", gzip(gzip("a text")), nullptr},
      {"br", "a text", "The body has the content coding 'br', which this policy cannot read."},
      {"gzip, br", "a text", "The body has the content coding 'br', which this policy cannot read."},
      {"gzip", "a text", "The body is not what its content coding 'gzip' says."},
      {"deflate", gzip("a text"), "The body is not what its content coding 'deflate' says."},
      {"gzip", gzip(std::string(33 * 1024 * 1024, 'a')), "The body is too large without its content coding."},
      {"gzip,gzip,gzip,gzip,gzip", gzip("a"), "The body has too many content codings."},
  };
  for (const auto& row : rows) {
    CAPTURE(row.coding);
    FakeContext context;
    context.request.headers.append("Content-Encoding", row.coding);
    context.request.body = Body::from(Buffer::copy(row.body));
    const Flow flow = context.run(Section::inbound, "<find-and-replace from='a' to='b'/>");
    CHECK(flow == (row.problem ? Flow::fail : Flow::next));
    if (row.problem) {
      CHECK(context.failure().reason == "InvalidMessageBody");
      CHECK(context.failure().message == row.problem);
      CHECK(context.request.body.bytes.view() == row.body);
    } else {
      CHECK(context.request.body.bytes.view() == "b text");
      CHECK_FALSE(context.request.headers.contains("Content-Encoding"));
    }
  }
}

TEST_CASE("find-and-replace: a compressed body without the text stays as it is") {
  FakeContext context;
  const std::string body = gzip("text");
  context.request.headers.append("Content-Encoding", "gzip");
  context.request.body = Body::from(Buffer::copy(body));
  REQUIRE(context.run(Section::inbound, "<find-and-replace from='a' to='b'/>") == Flow::next);
  CHECK(context.request.body.bytes.view() == body);
  CHECK(context.request.headers.get("Content-Encoding") == "gzip");
}

TEST_CASE("conversions and templates read compressed bodies") {
  const struct {
    const char *policy, *body, *result;
  } rows[] = {
      {"<json-to-xml apply='always' consider-accept-header='false'/>", "{\"a\":1}", "<Document><a>1</a></Document>"},
      {"<xml-to-json kind='direct' apply='always' consider-accept-header='false'/>", "<a>1</a>", "{\"a\":\"1\"}"},
      {"<set-body template='liquid'>{{body.a}}</set-body>", "{\"a\":1}", "1"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.policy);
    FakeContext context;
    context.request.headers.append("Content-Type", *row.body == '<' ? "application/xml" : "application/json");
    context.request.headers.append("Content-Encoding", "gzip");
    context.request.body = Body::from(Buffer::copy(gzip(row.body)));
    REQUIRE(context.run(Section::inbound, row.policy) == Flow::next);
    CHECK(context.request.body.bytes.view() == row.result);
    CHECK_FALSE(context.request.headers.contains("Content-Encoding"));
  }
}

TEST_CASE("find-and-replace: the body that it changes is asked for") {
  const char* text = "<find-and-replace from='a' to='b'/>";
  const auto needs = [&](const char* section) { return flatten_one(read_section(section, text).document)->needs; };
  CHECK(needs("inbound") == needs_request_body);
  CHECK(needs("backend") == needs_request_body);
  CHECK(needs("outbound") == (filters_response_body | decodes_response_body));
  CHECK(needs("on-error") == (filters_response_body | decodes_response_body));
}

TEST_CASE("find-and-replace, trace, authentication-basic: problems are told with place and remedy") {
  struct Row {
    const char *section, *text, *problem;
  };
  for (const Row& row : {
           Row{"inbound", "<find-and-replace to='b'/>", "'find-and-replace' needs the attribute 'from'"},
           Row{"inbound", "<find-and-replace from='a'/>", "'find-and-replace' needs the attribute 'to'"},
           Row{"inbound", "<find-and-replace from='' to='b'/>",
               "'from' of 'find-and-replace' is empty; write the text that is to be found"},
           Row{"inbound", "<trace source='a'/>", "'trace' needs the element 'message'"},
           Row{"inbound", "<trace><message>a</message></trace>", "'trace' needs the attribute 'source'"},
           Row{"inbound", "<trace source='a' severity='loud'><message>a</message></trace>",
               "'severity' of 'trace' must be one of verbose, information, error, not 'loud'"},
           Row{"inbound", "<trace source='a'><message>a</message><metadata name='x'/></trace>", "'metadata' needs the attribute 'value'"},
           Row{"inbound", "<authentication-basic username='a'/>", "'authentication-basic' needs the attribute 'password'"},
           Row{"outbound", "<authentication-basic username='a' password='b'/>",
               "may not stand in the outbound section; move it to inbound"},
       }) {
    CAPTURE(row.text);
    const Reading reading = read_section(row.section, row.text);
    CHECK(reading.document == nullptr);
    CHECK_MESSAGE(reading.problems().find(row.problem) != std::string::npos, reading.problems());
  }
}
