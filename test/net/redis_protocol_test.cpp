// The protocol of Redis: commands, and answers however they are cut.
#include "net/redis_protocol.hpp"

#include <doctest/doctest.h>

using namespace gatelet;

static std::string text_of(const RedisAnswer& answer) {
  switch (answer.kind) {
    case RedisAnswer::Kind::bytes: return "$" + std::string(answer.bytes.view());
    case RedisAnswer::Kind::status: return "+" + std::string(answer.bytes.view());
    case RedisAnswer::Kind::error: return "-" + std::string(answer.bytes.view());
    case RedisAnswer::Kind::integer: return ":" + std::to_string(answer.integer);
    case RedisAnswer::Kind::nil: break;
  }
  return "nil";
}

static std::string all_of(RedisReader& reader) {
  std::string texts;
  while (auto answer = reader.next()) texts += text_of(*answer) + "|";
  return texts;
}

TEST_CASE("redis: a command says how long its words are, whatever is in them") {
  using namespace std::literals;
  CHECK(redis_command({"SET", "a\r\n"sv, "\0b"sv, ""}).view() == "*4\r\n$3\r\nSET\r\n$3\r\na\r\n\r\n$2\r\n\0b\r\n$0\r\n\r\n"sv);
}

TEST_CASE("redis: answers are the same however their bytes are cut") {
  const std::string bytes = "+OK\r\n-ERR no\r\n:12\r\n$-1\r\n$5\r\na\r\nbc\r\n$0\r\n\r\n";
  const std::string wanted = "+OK|-ERR no|:12|nil|$a\r\nbc|$|";
  for (size_t size = 1; size <= bytes.size(); ++size) {
    CAPTURE(size);
    RedisReader reader(1000);
    std::string found;
    for (size_t at = 0; at < bytes.size(); at += size) {
      reader.feed(std::string_view(bytes).substr(at, size));
      found += all_of(reader);
    }
    CHECK(found == wanted);
    CHECK(reader.fault() == "");
  }
}

TEST_CASE("redis: what is no answer, or too much of one, is a fault") {
  struct Row {
    const char *bytes, *fault;
  };
  for (const Row& row : {
           Row{"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak the protocol"},
           Row{"*2\r\n$1\r\na\r\n$1\r\nb\r\n", "does not speak the protocol"},
           Row{"*2147483647\r\n", "does not speak the protocol"},
           Row{"$-7\r\n", "does not speak the protocol"},
           Row{"$100000\r\n01234567890123456789012345678901234567890123456789", "larger than 32 bytes"},
           Row{"+01234567890123456789012345678901234567890123456789", "larger than 32 bytes"},
       }) {
    CAPTURE(row.bytes);
    RedisReader reader(32);
    reader.feed(row.bytes);
    CHECK(!reader.next());
    CHECK_MESSAGE(reader.fault().find(row.fault) != std::string::npos, reader.fault());
    reader.feed("+OK\r\n");
    CHECK(!reader.next());
  }
}

TEST_CASE("redis: a line has less room than a value, whatever came before it") {
  constexpr size_t most = RedisReader::line_bytes_max;
  for (const char* before : {"", "+OK\r\n", "$1\r\na\r\n"}) {
    CAPTURE(before);
    RedisReader values(4 * most), lines(4 * most);
    values.feed(before + ("$" + std::to_string(2 * most) + "\r\n") + std::string(2 * most, 'x'));
    lines.feed(before + std::string("-") + std::string(2 * most, 'x'));
    if (*before) CHECK(values.next());
    if (*before) CHECK(lines.next());
    CHECK(!values.next());
    CHECK(!lines.next());
    CHECK(lines.fault() == "its answer is larger than 65536 bytes");
    values.feed("\r\n");
    const auto value = values.next();
    REQUIRE(value);
    CHECK(value->bytes.size() == 2 * most);
  }
}
