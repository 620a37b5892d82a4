// More than there is room for: too many clients, too little memory.
#include <doctest/doctest.h>
#include <sys/mman.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <list>

#include "base/limits.hpp"
#include "net/memory_watch.hpp"
#include "served.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

const std::string probe = wire("GET /status-0123456789abcdef");

// /now is answered, /held not until the client goes, /body when the whole body is there.
struct Crowded : Served {
  explicit Crowded(uint32_t connections_max = connections_max_default) {
    options.connections_max = connections_max;
    serve("now", {{answer_step(200, "now")}, {}, {}, {}}, 0);
    const auto wait = step("wait", [](Context& context) {
      context.wait_until(context.now.steady_us + 3'600'000'000);
      return Flow::wait;
    });
    serve("held", {{wait}, {}, {}, {}}, 0);
    serve("body", {{echo_step()}, {}, {}, {}}, 0);
  }
  Peer& client() { return clients.emplace_back(connect_to(port)); }
  std::string answer_of(Peer& client, const std::string& request) {
    client.send(request);
    return status_of(client.read_message());
  }
  // A client that keeps its place, and for which nobody may be shut out.
  Peer& busy_client() {
    Peer& client = this->client();
    CHECK(answer_of(client, wire("GET /now/")) == "200");
    client.send(wire("GET /held/"));
    return client;
  }
  template <class Condition>
  static bool happens(Condition&& condition) {
    for (int waited_ms = 0; waited_ms < patience_ms; waited_ms += 5) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
  bool comes_to(const std::string& status) {
    return happens([&] { return status_of(ask(wire("GET /now/"))) == status; });
  }

  std::list<Peer> clients;
};

uint64_t resident_bytes() {
  uint64_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

// Memory that is used until it goes.
class Ballast {
 public:
  explicit Ballast(size_t size) : size_(size), bytes_(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    std::memset(bytes_, 1, size);
  }
  Ballast(const Ballast&) = delete;
  Ballast& operator=(const Ballast&) = delete;
  ~Ballast() { munmap(bytes_, size_); }

 private:
  size_t size_;
  void* bytes_;
};

}  // namespace

TEST_CASE("overload: above the most connections a request is refused with 503, and a probe is answered") {
  Crowded served(2);
  served.run();
  served.busy_client();
  Peer& busy = served.busy_client();
  const std::string refusal = served.ask(wire("GET /now/"));
  CHECK(status_of(refusal) == "503");
  CHECK(refusal.find("\r\nRetry-After: 1\r\n") != std::string::npos);
  CHECK(refusal.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(body_of(refusal) == R"({ "statusCode": 503, "message": "Too many connections are open." })");
  for (int i = 0; i < 100; ++i) CHECK(status_of(served.ask(probe)) == "200");
  CHECK(status_of(served.ask(wire("HEAD /internal-status-0123456789abcdef"), false)) == "200");
  CHECK(status_of(served.ask(wire("GET /status-0123456789abcdef/x"))) == "503");
  busy.close();
  CHECK(served.comes_to("200"));
}

TEST_CASE("overload: a guest becomes a client like others as soon as there is room") {
  Crowded served(1);
  served.run();
  Peer& busy = served.busy_client();
  Peer& guest = served.client();
  CHECK(guest.is_silent());
  busy.close();
  // A client that comes and goes tells that there is room.
  CHECK(served.comes_to("200"));
  for (int i = 0; i < 3; ++i) CHECK(served.answer_of(guest, wire("GET /now/")) == "200");
}

TEST_CASE("overload: idle clients make room, the oldest first") {
  Crowded served(2);
  served.run();
  Peer& first = served.client();
  CHECK(served.answer_of(first, wire("GET /now/")) == "200");
  Peer& second = served.client();
  CHECK(served.answer_of(second, wire("GET /now/")) == "200");
  Peer& third = served.client();
  CHECK(served.answer_of(third, wire("GET /now/")) == "200");
  CHECK(first.is_ended());
  CHECK(served.answer_of(second, wire("GET /now/")) == "200");
  CHECK(served.answer_of(third, wire("GET /now/")) == "200");
}

TEST_CASE("overload: clients that ask nothing do not keep probes out") {
  Crowded served(1);
  served.run();
  served.busy_client();
  Peer& silent = served.client();
  for (int i = 0; i < 300; ++i) served.client();
  CHECK(status_of(served.ask(probe)) == "200");
  CHECK(status_of(silent.read_message()) == "503");
  CHECK(silent.is_ended());
}

TEST_CASE("overload: a guest that is slow with its head is not waited for") {
  Crowded served(1);
  served.run();
  served.busy_client();
  Peer& slow = served.client();
  slow.send("GET /now/ HTTP/1.1\r\n");
  CHECK(status_of(slow.read_message()) == "408");
}

TEST_CASE("overload: the state follows the memory, and ends a little below its mark") {
  using enum Overload;
  const struct {
    uint64_t bytes;
    Overload after_none, after_soft, after_hard;
  } rows[] = {
      {0, none, none, none},     {7'499, none, none, none},  {7'500, none, soft, soft},      {7'999, none, soft, soft},
      {8'000, soft, soft, soft}, {8'999, soft, soft, soft},  {9'000, soft, soft, hard},      {9'499, soft, soft, hard},
      {9'500, hard, hard, hard}, {10'000, hard, hard, hard}, {UINT64_MAX, hard, hard, hard},
  };
  for (const auto& row : rows) {
    CAPTURE(row.bytes);
    CHECK(next_overload(none, row.bytes, 10'000) == row.after_none);
    CHECK(next_overload(soft, row.bytes, 10'000) == row.after_soft);
    CHECK(next_overload(hard, row.bytes, 10'000) == row.after_hard);
  }
}

// The thread sanitizer takes several bytes of its own for each byte that is used: no amount stays below a mark.
#if defined(__SANITIZE_THREAD__)
constexpr bool has_shadow_memory = true;
#elif defined(__has_feature)
constexpr bool has_shadow_memory = __has_feature(thread_sanitizer);
#else
constexpr bool has_shadow_memory = false;
#endif

TEST_CASE("overload: with little memory left new clients are refused, with less everyone is, and afterwards nobody" *
          doctest::skip(has_shadow_memory)) {
  constexpr size_t spare = 256 * 1024 * 1024;
  struct Events final : LogSink {
    void log(LogLevel level, std::string_view event, std::string_view message, const LogField*, size_t) override {
      if (event == "Overload") texts.add((level == LogLevel::warn ? "warn " : "info ") + std::string(message));
    }
    Log texts;
  } events;
  Crowded served;
  served.gateway_options.log = &events;
  served.options.memory_bytes_max = resident_bytes() + spare;
  served.run();
  Peer& old = served.client();
  CHECK(served.answer_of(old, wire("GET /now/")) == "200");
  {
    Ballast ballast((resident_bytes() + spare) * 88 / 100 - resident_bytes());
    CHECK(events.texts.wait(0) == "warn Memory is above 80 % of its maximum: no new clients are let in.");
    CHECK(served.records.is_brief);
    CHECK(served.answer_of(old, wire("GET /now/")) == "200");
    CHECK(status_of(served.ask(wire("GET /now/"))) == "503");
    CHECK(status_of(served.ask(probe)) == "200");

    old.send(wire("POST /body/", "Content-Length: 10\r\n", "part"));
    Ballast more(spare / 4);
    CHECK(events.texts.wait(1) == "warn Memory is above 95 % of its maximum: requests are answered 503.");
    const std::string refusal = old.read_message();
    CHECK(status_of(refusal) == "503");
    CHECK(refusal.find("\r\nRetry-After: 1\r\n") != std::string::npos);
    CHECK(body_of(refusal) == R"({ "statusCode": 503, "message": "Service temporarily unavailable" })");
    CHECK(served.records.log.wait(2) == "503 0 OutOfMemory");
    CHECK(status_of(served.ask(wire("GET /now/"))) == "503");
    CHECK(status_of(served.ask(probe)) == "200");
  }
  CHECK(served.comes_to("200"));
  size_t count = events.texts.count();
  CHECK(events.texts.wait(count - 1) == "info Memory is below its soft mark again: new clients are let in.");
  CHECK(!served.records.is_brief);
}
