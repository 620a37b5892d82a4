#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"
#include "corpora.hpp"
#include "http/url.hpp"

using namespace gatelet;
using namespace gatelet::test;

TEST_CASE("authorities: a host and perhaps a port, nothing else") {
  struct Row {
    std::string_view text;
    bool is_valid;
    std::string_view host;
    uint16_t port;
  };
  for (const Row& row : {
           Row{"gw.test", true, "gw.test", 0},
           Row{"GW.Test:8080", true, "gw.test", 8080},
           Row{"gw.test.", true, "gw.test", 0},
           Row{"gw.test.:80", true, "gw.test", 80},
           Row{"a_b-c~1", true, "a_b-c~1", 0},
           Row{"xn--bcher-kva.example", true, "xn--bcher-kva.example", 0},
           Row{"127.0.0.1:1", true, "127.0.0.1", 1},
           Row{"0x7f000001", true, "0x7f000001", 0},  // a name like any other: what an address is, is decided where it is resolved
           Row{"h:0080", true, "h", 80},
           Row{"h:65535", true, "h", 65535},
           Row{"[::1]", true, "[::1]", 0},
           Row{"[2001:DB8::A]:443", true, "[2001:db8::a]", 443},
           Row{"[::FFFF:127.0.0.1]", true, "[::ffff:127.0.0.1]", 0},
           Row{"[1:2:3:4:5:6:7:8]", true, "[1:2:3:4:5:6:7:8]", 0},
           Row{"[1:2:3:4:5:6:7::]", true, "[1:2:3:4:5:6:7::]", 0},
           Row{"[::]", true, "[::]", 0},
           Row{"", false, "", 0},
           Row{"a b", false, "", 0},
           Row{" a", false, "", 0},
           Row{"a/b", false, "", 0},
           Row{"u@h", false, "", 0},
           Row{"a,b", false, "", 0},
           Row{"a;b", false, "", 0},
           Row{"a\\b", false, "", 0},
           Row{"a?x", false, "", 0},
           Row{"a#x", false, "", 0},
           Row{"a%2eb", false, "", 0},
           Row{"b\xC3\xBC"
               "cher.example",
               false, "", 0},
           Row{std::string_view("a\0", 2), false, "", 0},
           Row{".", false, "", 0},
           Row{"..", false, "", 0},
           Row{".a", false, "", 0},
           Row{"a..b", false, "", 0},
           Row{"a..", false, "", 0},
           Row{":80", false, "", 0},
           Row{"h:", false, "", 0},
           Row{"h:0", false, "", 0},
           Row{"h:65536", false, "", 0},
           Row{"h:99999", false, "", 0},
           Row{"h:000080", false, "", 0},
           Row{"h:+80", false, "", 0},
           Row{"h:8a", false, "", 0},
           Row{"h:80:80", false, "", 0},
           Row{"::1", false, "", 0},
           Row{"[::1", false, "", 0},
           Row{"::1]", false, "", 0},
           Row{"[]", false, "", 0},
           Row{"[::1]x", false, "", 0},
           Row{"[::1].", false, "", 0},
           Row{"[::1%25eth0]", false, "", 0},
           Row{"[::1%eth0]", false, "", 0},
           Row{"[v1.a]", false, "", 0},
           Row{"[127.0.0.1]", false, "", 0},
           Row{"[1:2:3:4:5:6:7]", false, "", 0},
           Row{"[1:2:3:4:5:6:7:8:9]", false, "", 0},
           Row{"[::1:2:3:4:5:6:7:8]", false, "", 0},
           Row{"[1::2::3]", false, "", 0},
           Row{"[:::]", false, "", 0},
           Row{"[:1::]", false, "", 0},
           Row{"[1:]", false, "", 0},
           Row{"[12345::]", false, "", 0},
           Row{"[::g]", false, "", 0},
           Row{"[::1.2.3]", false, "", 0},
           Row{"[::1.2.3.4.5]", false, "", 0},
           Row{"[::1.2.3.256]", false, "", 0},
           Row{"[::1.2.3.04]", false, "", 0},
           Row{"[::1.2.3.0004]", false, "", 0},
           Row{"[::1.2.3.4:5]", false, "", 0},
       }) {
    Arena arena;
    Authority authority{"before", 7};
    CAPTURE(row.text);
    CHECK(parse_authority(row.text, arena, authority) == row.is_valid);
    CHECK(authority.host == (row.is_valid ? row.host : "before"));
    CHECK(authority.port == (row.is_valid ? row.port : 7));
  }
}

TEST_CASE("authorities: a name is at most 253 bytes long") {
  Arena arena;
  Authority authority;
  CHECK(parse_authority(std::string(253, 'a'), arena, authority));
  CHECK_FALSE(parse_authority(std::string(254, 'a'), arena, authority));
}

TEST_CASE("authorities: raw requests with a bad Host are refused") {
  for (const H1Case& found : read_h1_cases()) {
    if (found.id.substr(0, 3) != "T04") continue;
    Arena arena;
    Authority authority;
    CAPTURE(found.id);
    const std::string value = found.header("Host");
    CHECK_FALSE(parse_authority(value, arena, authority));
  }
}

TEST_CASE("urls: the parts of a backend's address") {
  struct Row {
    std::string_view text, scheme, host;
    uint16_t port;
    std::string_view path, query, authority, written;
  };
  for (const Row& row : {
           Row{"http://h", "http", "h", 80, "", "", "h", "http://h"},
           Row{"HTTPS://API.Contoso.Test/", "https", "api.contoso.test", 443, "/", "", "api.contoso.test", "https://api.contoso.test/"},
           Row{"https://h:443/a", "https", "h", 443, "/a", "", "h", "https://h/a"},
           Row{"https://h:80/a", "https", "h", 80, "/a", "", "h:80", "https://h:80/a"},
           Row{"http://h:8080/api/9.1/?k=%20&x", "http", "h", 8080, "/api/9.1/", "k=%20&x", "h:8080", "http://h:8080/api/9.1/?k=%20&x"},
           Row{"http://h?k=v", "http", "h", 80, "", "k=v", "h", "http://h?k=v"},
           Row{"ws://h", "ws", "h", 80, "", "", "h", "ws://h"},
           Row{"wss://h/s", "wss", "h", 443, "/s", "", "h", "wss://h/s"},
           Row{"http://[::1]:81/", "http", "[::1]", 81, "/", "", "[::1]:81", "http://[::1]:81/"},
           Row{"http://h./a/../b/%7ec", "http", "h.", 80, "/b/~c", "", "h.", "http://h./b/~c"},
       }) {
    CAPTURE(row.text);
    const Result<Url> url = parse_url(row.text);
    REQUIRE(url);
    CHECK(url->scheme == row.scheme);
    CHECK(url->host == row.host);
    CHECK(url->port == row.port);
    CHECK(url->path == row.path);
    CHECK(url->query == row.query);
    CHECK(url->authority() == row.authority);
    CHECK(url->text() == row.written);
  }
}

TEST_CASE("urls: other schemes, user information, fragments, blanks and bad ports are refused with a remedy") {
  struct Row {
    std::string_view text;
    std::string_view remedy;
  };
  for (const Row& row : {
           Row{"", "begin it with 'https://'"},
           Row{"/relative", "begin it with 'https://'"},
           Row{"contoso.test", "begin it with 'https://'"},
           Row{"//h/a", "begin it with 'https://'"},
           Row{"http:h", "begin it with 'https://'"},
           Row{"http:/h", "begin it with 'https://'"},
           Row{"file:///etc/passwd", "use http, https, ws or wss"},
           Row{"gopher://h/1", "use http, https, ws or wss"},
           Row{"ftp://h", "use http, https, ws or wss"},
           Row{"unix:///run/x.sock", "use http, https, ws or wss"},
           Row{"http+unix://%2Frun%2Fx.sock/a", "use http, https, ws or wss"},
           Row{"javascript://h", "use http, https, ws or wss"},
           Row{"://h", "use http, https, ws or wss"},
           Row{"http://", "give a DNS name"},
           Row{"http:///path", "give a DNS name"},
           Row{"http://?q", "give a DNS name"},
           Row{"http://:80/", "give a DNS name"},
           Row{"http://good@evil/", "remove it"},
           Row{"http://u:p@h", "remove it"},
           Row{"http://@h", "remove it"},
           Row{"http://good\\@evil/", "remove it"},
           Row{"http://evil#good", "remove everything from '#' on"},
           Row{"http://h/a#b", "remove everything from '#' on"},
           Row{"http://h/a b", "percent-encode it"},
           Row{" http://h", "remove it"},
           Row{"http://h\r\nX: 1", "remove it"},
           Row{std::string_view("http://h/\0", 10), "remove it"},
           Row{"http://h\t", "remove it"},
           Row{"http://b\xC3\xBC"
               "cher.test",
               "xn-- form"},
           Row{"http://h/\xC3\xA9", "percent-encode it"},
           Row{"http://h:0/", "from 1 to 65535"},
           Row{"http://h:/", "from 1 to 65535"},
           Row{"http://h:65536", "from 1 to 65535"},
           Row{"http://h:-1", "from 1 to 65535"},
           Row{"http://h:80:80/", "from 1 to 65535"},
           Row{"http://a,b/", "give a DNS name"},
           Row{"http://a;b/", "give a DNS name"},
           Row{"http://h%2e/", "give a DNS name"},
           Row{"http://h\\evil", "give a DNS name"},
           Row{"http://[::1", "give a DNS name"},
           Row{"http://::1/", "give a DNS name"},
           Row{"http://[::1%25lo]/", "give a DNS name"},
           Row{"http://h/%", "write '%25'"},
           Row{"http://h/?a=%zz", "write '%25'"},
           Row{"http://h/%00", "NUL"},
           Row{"http://h/../a", "above the root"},
       }) {
    CAPTURE(row.text);
    const Result<Url> url = parse_url(row.text);
    REQUIRE_FALSE(url);
    CHECK(url.error().message.find(row.remedy) != std::string::npos);
  }
}

TEST_CASE("urls: a message quotes no user information, path or query, for they may hold a secret") {
  for (const std::string_view text : {"http://u:secret@h/", "http://h/a b?key=secret", "http://h/%?key=secret", "http://h:x/secret"}) {
    CAPTURE(text);
    const Result<Url> url = parse_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().message.find("secret") == std::string::npos);
  }
}

TEST_CASE("urls: other spellings of addresses are names to us, so that the address they resolve to is what gets judged") {
  for (const std::string_view host : {"2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "0x7f.1", "127.0.0.1.", "017700000001"}) {
    CAPTURE(host);
    const Result<Url> url = parse_url("http://" + std::string(host) + "/");
    REQUIRE(url);
    CHECK(url->host == host);
  }
}

TEST_CASE("urls: a base and a rest are joined with exactly one slash") {
  struct Row {
    std::string_view base, rest, joined;
  };
  for (const Row& row :
       {Row{"/api/9.1/", "partners/15", "/api/9.1/partners/15"}, Row{"/api", "/x", "/api/x"}, Row{"/api/", "/x", "/api/x"},
        Row{"/api", "x", "/api/x"}, Row{"", "/x", "/x"}, Row{"", "x", "/x"}, Row{"/", "/x", "/x"}, Row{"/", "x", "/x"}, Row{"", "", "/"},
        Row{"/api", "", "/api"}, Row{"/api/", "", "/api/"}, Row{"/", "", "/"}, Row{"/api", "/", "/api/"}, Row{"", "/", "/"},
        Row{"/b", "//private", "/b//private"}, Row{"/b/", "//private", "/b//private"}, Row{"", "//private", "//private"}}) {
    Arena arena;
    CAPTURE(row.base);
    CAPTURE(row.rest);
    CHECK(join_path(row.base, row.rest, arena) == row.joined);
  }
}

// The WHATWG data is for browsers, which repair. Of it apply: absolute http(s) and ws(s) inputs. What browsers refuse we refuse, but for
// hosts that end in a number, which are names to us; what we accept means to us what it means to them, after decoding (they encode, we
// decode).
TEST_CASE("urls: we accept no address that browsers refuse, and read none differently") {
  const CorpusJson json = read_corpus_json("url/urltestdata.json", 369);
  if (!json.document) return;
  int accepted = 0;
  for (yyjson_val* row : items(json.root())) {
    const std::string input = text_of(row, "input");
    const Result<Url> url = parse_url(input);
    if (!url) continue;
    CAPTURE(input);
    const std::string last_label = url->host.substr(url->host.find_last_of('.', url->host.size() - 2) + 1);
    if (is_digit(last_label[0]) || url->host.front() == '[' || input.find('\\') != std::string::npos) continue;
    ++accepted;
    CHECK_FALSE(yyjson_get_bool(yyjson_obj_get(row, "failure")));
    CHECK(url->host == text_of(row, "hostname"));
    CHECK((url->is_default_port() ? "" : std::to_string(url->port)) == text_of(row, "port"));
    CHECK(percent_decode(url->path.empty() ? "/" : url->path) == percent_decode(text_of(row, "pathname")));
    CHECK(percent_decode(url->query.empty() ? "" : "?" + url->query) == percent_decode(text_of(row, "search")));
  }
  CHECK(accepted > 50);
}
