#include <doctest/doctest.h>

#include <string>

#include "net/outgoing.hpp"

using namespace gatelet;

static std::string all(Outgoing& outgoing) {
  std::string text;
  for (const auto& part : outgoing.parts()) text += part.bytes;
  return text;
}

TEST_CASE("outgoing: small pieces become one part, large ones are referred to, the order stays") {
  Outgoing outgoing;
  const std::string large(5000, 'L');
  outgoing.copy("head ");
  outgoing.add(std::string_view("small "));
  CHECK(outgoing.parts().size() == 1);
  outgoing.add(std::string_view(large));
  outgoing.copy(" tail");
  CHECK(outgoing.parts().size() == 3);
  CHECK(outgoing.parts()[1].bytes.data() == large.data());
  CHECK(all(outgoing) == "head small " + large + " tail");
  CHECK(outgoing.size() == 5016);
  outgoing.clear();
  CHECK(outgoing.size() == 0);
  CHECK(outgoing.parts().empty());
}

TEST_CASE("outgoing: a buffer that is referred to is kept") {
  Outgoing outgoing;
  bool is_gone = false;
  const std::string bytes(5000, 'x');
  outgoing.add(Buffer::adopt(bytes.data(), bytes.size(), [](void* gone) { *static_cast<bool*>(gone) = true; }, &is_gone));
  CHECK_FALSE(is_gone);
  CHECK(all(outgoing) == bytes);
  outgoing.clear();
  CHECK(is_gone);
}

TEST_CASE("outgoing: more than its block holds goes into another") {
  Outgoing outgoing;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string piece(4000, static_cast<char>('a' + i % 26));
    outgoing.copy(piece);
    expected += piece;
  }
  CHECK(all(outgoing) == expected);
  CHECK(outgoing.parts().size() > 1);
}

TEST_CASE("outgoing: a chunk has its size in hexadecimal before it") {
  Outgoing outgoing;
  outgoing.add_chunk({"hello ", "world, how are you"}, 24);
  CHECK(all(outgoing) == "18\r\nhello world, how are you\r\n");
}
