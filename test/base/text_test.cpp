#include <doctest/doctest.h>

#include "base/diagnostics.hpp"
#include "base/siphash.hpp"
#include "base/text.hpp"

using namespace gatelet;

TEST_CASE("text: numbers take digits only and never overflow") {
  struct Row {
    const char* text;
    std::optional<uint64_t> value;
  };
  for (const Row& row : {Row{"0", 0}, Row{"42", 42}, Row{"18446744073709551615", UINT64_MAX}, Row{"18446744073709551616", std::nullopt},
                         Row{"", std::nullopt}, Row{"+1", std::nullopt}, Row{" 1", std::nullopt}, Row{"1_0", std::nullopt}}) {
    CAPTURE(row.text);
    CHECK(parse_unsigned(row.text) == row.value);
  }
  CHECK(parse_signed("-9223372036854775808") == INT64_MIN);
  CHECK(parse_signed("9223372036854775808") == std::nullopt);
}

TEST_CASE("text: a query value is encoded as .NET's URL encoder does") {
  CHECK(query_encode("!@#$%^&*()-=+,.:;<>?/\"\\|[]{}`~") == "!@%23$%25%5E%26*()-%3D%2B,.%3A;%3C%3E%3F%2F%22%5C%7C%5B%5D%7B%7D%60~");
}

TEST_CASE("text: JSON escapes quotes, controls, line separators and broken UTF-8") {
  struct Row {
    const char *text, *escaped;
  };
  for (const Row& row :
       {Row{"a\"b\\", "a\\\"b\\\\"}, Row{"\n\x01", "\\n\\u0001"}, Row{"\xE2\x80\xA8", "\\u2028"}, Row{"\xFF", "\xEF\xBF\xBD"},
        Row{"\xC3\xA4", "\xC3\xA4"}, Row{"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}}) {
    CAPTURE(row.text);
    CHECK(json_escape(row.text) == row.escaped);
  }
}

TEST_CASE("text: SipHash-2-4 gives the vector of its paper") {
  std::string message;
  for (char c = 0; c < 15; ++c) message += c;
  CHECK(siphash({0x0706050403020100, 0x0f0e0d0c0b0a0908}, message) == 0xa129ca6149be45e5);
}

TEST_CASE("text: SipHash with 128 bits gives the vectors of its authors") {
  const SipKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  CHECK(siphash_128(key, "") == KeyHash{0xe6a825ba047f81a3, 0x930255c71472f66d});
  CHECK(siphash_128(key, std::string_view("\0", 1)) == KeyHash{0x44af996bd8c187da, 0x45fc229b11597634});
}

TEST_CASE("text: the nearest candidate is offered only when it is near") {
  CHECK(nearest("set-heder", {"set-header", "set-body"}) == "set-header");
  CHECK(nearest("frobnicate", {"set-header", "set-body"}).empty());
}
