#include "http/gzip.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/arena.hpp"
#include "http/content_coding.hpp"

using namespace gatelet;

namespace {

// Made by gzip -n: a text, nothing at all, and 4,096 zeros.
const std::string text(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\xb9\x00\x00\x88\x59\x0b\x18\x00\x00\x00", 29);
const std::string nothing("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
const std::string zeros(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x01\x0d\x00\x00\x00\xc2\xa0\xf7\x4f\x6d\x0f\x07\x14\x00\x00\x00\xf0"
    "\x6e\x11\x00\x1c\xc7\x00\x10\x00\x00",
    38);
// The same text by zlib.compress of Python, and by a raw deflate.
const std::string zlib_text("\x78\x9c\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\xb9\x00\x70\xbe\x08\xbb", 17);
const std::string bare_text("\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\xb9\x00", 11);
constexpr const char* hello = "hello hello hello hello\n";

}  // namespace

TEST_CASE("gzip is read, one member or several") {
  CHECK(*gunzip(text, 100) == hello);
  CHECK(gunzip(nothing, 100)->empty());
  CHECK(*gunzip(nothing + text + text, 100) == std::string(hello) + hello);
  CHECK(*gunzip(zeros, 4096) == std::string(4096, '\0'));
}

TEST_CASE("gzip that becomes larger than it may is refused") {
  for (const size_t most : {0, 1, 23, 4095}) {
    const auto read = gunzip(most > 100 ? zeros : text, most);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::limit);
  }
  CHECK_FALSE(gunzip(text + text, 47));
  CHECK(gunzip(text + text, 48));
}

TEST_CASE("gzip that was cut or changed is refused") {
  for (size_t size = 0; size < text.size(); ++size) CHECK_FALSE(gunzip(text.substr(0, size), 100));
  // Flags, time and origin in the head say nothing about the text.
  for (size_t at = 10; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CHECK_FALSE(gunzip(changed, 100));
  }
  CHECK_FALSE(gunzip(text + "x", 100));
  CHECK_FALSE(gunzip(hello, 100));
}

TEST_CASE("deflate is read with the header of zlib and without") {
  CHECK(*undeflate(zlib_text, 100) == hello);
  CHECK(*undeflate(bare_text, 100) == hello);
  CHECK_FALSE(undeflate("", 100));
  CHECK_FALSE(undeflate(zlib_text + "x", 100));
  CHECK_FALSE(undeflate(zlib_text.substr(0, 10), 100));
  const auto large = undeflate(bare_text, 23);
  REQUIRE_FALSE(large);
  CHECK(large.error().code == Code::limit);
}

TEST_CASE("a compressed body is read in parts of any size") {
  const struct {
    bool is_gzip;
    std::string bytes, text;
  } rows[] = {{true, text, hello},
              {true, nothing + text + text, std::string(hello) + hello},
              {false, zlib_text, hello},
              {false, bare_text, hello},
              {true, zeros, std::string(4096, '\0')}};
  for (const auto& row : rows) {
    for (size_t size = 1; size <= row.bytes.size(); ++size) {
      Inflater inflater(row.is_gzip);
      std::string out;
      for (size_t at = 0; at < row.bytes.size(); at += size)
        REQUIRE(inflater.feed(std::string_view(row.bytes).substr(at, size), [&](std::string_view piece) { out += piece; }));
      CHECK(out == row.text);
    }
  }
  Inflater inflater(true);
  CHECK_FALSE(inflater.feed("no gzip at all", [](std::string_view) {}));
}

TEST_CASE("content codings are listed in their order, and undone by name") {
  Arena arena;
  Headers headers(arena);
  CHECK(content_codings(headers).empty());
  headers.append("Content-Encoding", "identity, GZip");
  headers.append("Content-Encoding", "deflate");
  CHECK(content_codings(headers) == std::vector<std::string_view>{"GZip", "deflate"});
  CHECK(*without_coding("x-gzip", text, 100) == hello);
  CHECK(*without_coding("Deflate", zlib_text, 100) == hello);
  const auto unknown = without_coding("br", text, 100);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Code::argument);
}
