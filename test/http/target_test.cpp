#include <doctest/doctest.h>

#include <string>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "corpora.hpp"
#include "http/url.hpp"

using namespace gatelet;
using namespace gatelet::test;

TEST_CASE("targets: one canonical path, the query byte for byte") {
  struct Row {
    std::string_view raw, path, query;
  };
  for (const Row& row : {
           Row{"/", "/", ""},
           Row{"/a/b?x=1", "/a/b", "x=1"},
           Row{"/a?b?c", "/a", "b?c"},
           Row{"/api/./private", "/api/private", ""},
           Row{"/api/x/../private", "/api/private", ""},
           Row{"/api/x/%2e%2E/private", "/api/private", ""},
           Row{"/api/x/.%2E/private", "/api/private", ""},
           Row{"/api/x/%2e./private", "/api/private", ""},
           Row{"/a/.", "/a/", ""},
           Row{"/a/..", "/", ""},
           Row{"/a/b/..?q", "/a/", "q"},
           Row{"/.", "/", ""},
           Row{"/./", "/", ""},
           Row{"/a/./", "/a/", ""},
           Row{"//..", "/", ""},
           Row{"/a//../b", "/a/b", ""},
           Row{"/a/b/../../c/./d/..", "/c/", ""},
           Row{"/.well-known/a..b/..c/d../...", "/.well-known/a..b/..c/d../...", ""},
           Row{"/api//private", "/api//private", ""},
           Row{"/a/..//b", "//b", ""},
           Row{"/api/private/", "/api/private/", ""},
           Row{"/api\\private", "/api\\private", ""},
           Row{"/a/..\\b", "/a/..\\b", ""},
           Row{"/api/x%2f..%2fprivate", "/api/x%2F..%2Fprivate", ""},
           Row{"/api/x%5c..%5cprivate", "/api/x%5C..%5Cprivate", ""},
           Row{"/api/%70rivate", "/api/private", ""},
           Row{"/%41%7A%30%2D%2E%5F%7e", "/Az0-._~", ""},
           Row{"/%20%c3%a9%C3%A9%3b%3F%23%25", "/%20%C3%A9%C3%A9%3B%3F%23%25", ""},
           Row{"/api/%252e%252e/private", "/api/%252e%252e/private", ""},
           Row{"/api;rev=2/a;v=1,2/..;/x", "/api;rev=2/a;v=1,2/..;/x", ""},
           Row{"/!$&'()*+,;=:@\"<>[]^`{|}", "/!$&'()*+,;=:@\"<>[]^`{|}", ""},
           Row{"/a?%41=%2f&../%2e%2e&+;b=\"<>[]{}|\\^`", "/a", "%41=%2f&../%2e%2e&+;b=\"<>[]{}|\\^`"},
       }) {
    Arena arena;
    Target target;
    CAPTURE(row.raw);
    CHECK(canonicalize(row.raw, arena, target) == TargetFault::none);
    CHECK(target.path == row.path);
    CHECK(target.query == row.query);
    CHECK(target.has_query == (std::string_view(row.raw).find('?') != std::string_view::npos));
  }
}

TEST_CASE("targets: what can't be sent as it was matched is refused") {
  struct Row {
    std::string_view raw;
    TargetFault fault;
  };
  for (const Row& row : {
           Row{"", TargetFault::not_absolute},
           Row{"ok", TargetFault::not_absolute},
           Row{"*", TargetFault::not_absolute},
           Row{"http://gw.test/", TargetFault::not_absolute},
           Row{"?a=1", TargetFault::not_absolute},
           Row{"/ok#frag", TargetFault::fragment},
           Row{"/ok?a#frag", TargetFault::fragment},
           Row{"/a b", TargetFault::bad_byte},
           Row{"/a\tb", TargetFault::bad_byte},
           Row{"/a?b c", TargetFault::bad_byte},
           Row{"/a\r\nX: 1", TargetFault::bad_byte},
           Row{std::string_view("/o\0k", 4), TargetFault::bad_byte},
           Row{"/\x7F", TargetFault::bad_byte},
           Row{"/caf\xC3\xA9", TargetFault::bad_byte},
           Row{"/a?caf\xE9", TargetFault::bad_byte},
           Row{"/private%", TargetFault::bad_escape},
           Row{"/private%2", TargetFault::bad_escape},
           Row{"/private%zz", TargetFault::bad_escape},
           Row{"/private%2?5", TargetFault::bad_escape},
           Row{"/%%34%31", TargetFault::bad_escape},
           Row{"/%u0041", TargetFault::bad_escape},
           Row{"/a?b=%", TargetFault::bad_escape},
           Row{"/a?b=%4", TargetFault::bad_escape},
           Row{"/a?b=%g0", TargetFault::bad_escape},
           Row{"/private%00", TargetFault::nul_escape},
           Row{"/a?b=%00", TargetFault::nul_escape},
           Row{"/..", TargetFault::above_root},
           Row{"/../../etc/passwd", TargetFault::above_root},
           Row{"/a/../..", TargetFault::above_root},
           Row{"/./%2e%2e/a", TargetFault::above_root},
           Row{"/a/b/../../../c", TargetFault::above_root},
       }) {
    Arena arena;
    Target target{"/before", "q", true};
    CAPTURE(row.raw);
    CHECK(canonicalize(row.raw, arena, target) == row.fault);
    CHECK(target.path == "/before");
    CHECK_FALSE(message_of(row.fault).empty());
  }
}

TEST_CASE("targets: what is canonical already is not copied") {
  for (const std::string_view raw : {"/", "/echo/v1/orders/42?page=2&size=%2f", "/a%2Fb/.well-known/x.json", "/a//b/", "/a?"}) {
    Arena arena;
    Target target;
    CAPTURE(raw);
    CHECK(canonicalize(raw, arena, target) == TargetFault::none);
    CHECK(target.path.data() == raw.data());
    CHECK(arena.bytes_reserved() == 0);
  }
}

TEST_CASE("targets: parameters are counted before anything reads them") {
  std::string raw = "/a?x=1";
  for (size_t i = 1; i < query_parameters_max; ++i) raw += "&x=1";
  Arena arena;
  Target target;
  CHECK(canonicalize(raw, arena, target) == TargetFault::none);
  const std::string longer = raw + "&";
  CHECK(canonicalize(longer, arena, target) == TargetFault::too_many_parameters);
  CHECK_FALSE(message_of(TargetFault::too_many_parameters).empty());
}

TEST_CASE("targets: escapes are decoded once") {
  struct Row {
    std::string_view text, path, query;
  };
  for (const Row& row : {Row{"abc", "abc", "abc"}, Row{"a+b", "a+b", "a b"}, Row{"a%20b+c", "a b+c", "a b c"}, Row{"%2525", "%25", "%25"},
                         Row{"%2", "%2", "%2"}, Row{"%", "%", "%"}, Row{"%zz%41", "%zzA", "%zzA"}, Row{"%C3%A9", "\xC3\xA9", "\xC3\xA9"},
                         Row{"%4", "%4", "%4"}, Row{"", "", ""}}) {
    Arena arena;
    CAPTURE(row.text);
    CHECK(percent_decoded(row.text, arena) == row.path);
    CHECK(query_decoded(row.text, arena) == row.query);
  }
}

TEST_CASE("targets: a computed text becomes one that parses, but for controls") {
  struct Row {
    std::string_view text, escaped;
  };
  for (const Row& row :
       {Row{"/plain?a=%20", "/plain?a=%20"}, Row{"/a b/\xC3\xA9", "/a%20b/%C3%A9"}, Row{"/100%/%zz%4", "/100%25/%25zz%254"},
        Row{"\"<>\\^`{|}", "%22%3C%3E%5C%5E%60%7B%7C%7D"}, Row{"/a\r\n\x7F", "/a\r\n\x7F"}, Row{"", ""}}) {
    Arena arena;
    CAPTURE(row.text);
    CHECK(escape_unsafe(row.text, arena) == row.escaped);
  }
}

TEST_CASE("targets: raw requests with paths that try to mean something else") {
  struct Row {
    std::string_view id;
    TargetFault fault;
    std::string_view path;
  };
  const Row rows[] = {
      {"T14", TargetFault::fragment, ""},
      {"T15", TargetFault::not_absolute, ""},
      {"T16", TargetFault::bad_byte, ""},
      {"T17", TargetFault::bad_byte, ""},
      {"T18", TargetFault::bad_byte, ""},
      {"R01", TargetFault::none, "/api/private"},
      {"R02", TargetFault::none, "/api/private"},
      {"R03", TargetFault::none, "/api/private"},
      {"R04", TargetFault::none, "/api/private"},
      {"R05", TargetFault::above_root, ""},
      {"R06", TargetFault::none, "/api//private"},
      {"R07", TargetFault::none, "/api/x%2F..%2Fprivate"},
      {"R08", TargetFault::none, "/api/x%5C..%5Cprivate"},
      {"R09", TargetFault::none, "/api\\private"},
      {"R10", TargetFault::none, "/api/private;rev=2"},
      {"R11", TargetFault::none, "/api;rev=1/private"},
      {"R12", TargetFault::none, "/api/private%3Brev=2"},
      {"R13", TargetFault::none, "/api/private"},
      {"R14", TargetFault::none, "/API/Private"},
      {"R15", TargetFault::none, "/api/private/"},
      {"R16", TargetFault::nul_escape, ""},
      {"R17", TargetFault::none, "/api/private%0D%0AX:1"},
      {"R18", TargetFault::bad_escape, ""},
      {"R19", TargetFault::bad_escape, ""},
      {"R20", TargetFault::none, "/api/private%C0%AF"},
      {"R21", TargetFault::none, "/api/private"},
      {"R22", TargetFault::none, "/api/private.json"},
      {"R23", TargetFault::none, "/api/%252e%252e/private"},
  };
  for (const H1Case& found : read_h1_cases()) {
    for (const Row& row : rows) {
      if (found.id != row.id) continue;
      Arena arena;
      Target target{"", "", false};
      CAPTURE(row.id);
      const std::string raw = found.target();
      CHECK(canonicalize(raw, arena, target) == row.fault);
      CHECK(target.path == row.path);
    }
  }
}

TEST_CASE("targets: whatever comes in, the canonical target is its own canonical form") {
  for (const std::string& input : read_corpus_files("h2o-http1-corpus/url-corpus", 90)) {
    Arena arena;
    Target first, second;
    const std::string raw = "/" + input;
    if (canonicalize(raw, arena, first) != TargetFault::none) continue;
    CAPTURE(raw);
    CHECK(canonicalize(first.path, arena, second) == TargetFault::none);
    CHECK(second.path == first.path);
  }
}
