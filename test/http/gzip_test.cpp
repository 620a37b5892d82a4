#include "http/gzip.hpp"

#include <doctest/doctest.h>

#include <string>

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
