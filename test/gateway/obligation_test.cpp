// What policies owe is settled exactly once, in every way an exchange can end.
#include <doctest/doctest.h>

#include "fake_host.hpp"

using namespace gatelet;

namespace {

struct OwedNote : Obligation {
  std::string* log;
  const char* name;
  static void write(Obligation& self, const ExchangeEnd& end) {
    const OwedNote& note = static_cast<OwedNote&>(self);
    *note.log += note.name;
    if (end.request_bytes || end.response_bytes)
      *note.log += "(" + std::to_string(end.request_bytes) + "," + std::to_string(end.response_bytes) + ")";
    *note.log += " ";
  }
};

// An inbound step that owes two things to its block and one to the end, a backend that forwards, and steps that tell where they are.
struct OwingScene {
  std::string log;
  TestPolicies before_forwarding, outbound;

  std::shared_ptr<const TestPolicy> tell(const char* name) {
    return step(name, [this, name](Context&) { return log += name, log += " ", Flow::next; });
  }
  std::shared_ptr<const TestPolicy> owe() {
    return step("owe", [this](Context& context) {
      context.owed_by_block.add(*context.arena.make<OwedNote>(Obligation{OwedNote::write, this}, &log, "outer"));
      context.owed_by_block.add(*context.arena.make<OwedNote>(Obligation{OwedNote::write, this}, &log, "inner"));
      context.owed_at_end.add(*context.arena.make<OwedNote>(Obligation{OwedNote::write, this}, &log, "end"));
      return Flow::next;
    });
  }
  std::unique_ptr<FakeHost> host() {
    TestPolicies backend = before_forwarding;
    backend.push_back(forward_step());
    auto made = std::make_unique<FakeHost>(finish_config(make_config({{owe()}, backend, outbound, {tell("on-error")}})));
    made->begin("GET", "/echo/things/1");
    return made;
  }
  static void finish(FakeHost& host) {
    Exchange::Finish end;
    end.now = host.now;
    end.request_bytes = 10;
    end.response_bytes = 20;
    host.exchange.finish(end);
    host.exchange.finish(end);  // twice is as good as once
  }
};

}  // namespace

TEST_CASE("obligations: a block's are settled before the answer goes out, youngest first; those of the end with the bytes") {
  OwingScene scene;
  scene.outbound = {scene.tell("outbound")};
  const auto host = scene.host();
  host->play();
  CHECK(scene.log == "outbound inner outer ");
  OwingScene::finish(*host);
  CHECK(scene.log == "outbound inner outer end(10,20) ");
}

TEST_CASE("obligations: a failure leaves all blocks before on-error begins") {
  OwingScene scene;
  scene.before_forwarding = {fail_step({.status = 401})};
  const auto host = scene.host();
  host->play();
  OwingScene::finish(*host);
  CHECK(scene.log == "inner outer on-error end(10,20) ");
}

TEST_CASE("obligations: an answer that goes out at once leaves all blocks") {
  OwingScene scene;
  scene.before_forwarding = {step("return-response", [](Context&) { return Flow::stop; })};
  const auto host = scene.host();
  host->play();
  OwingScene::finish(*host);
  CHECK(scene.log == "inner outer end(10,20) ");
}

TEST_CASE("obligations: a backend that fails, a client that leaves while it is waited for") {
  OwingScene failing, leaving;
  auto host = failing.host();
  host->exchange.give_call_failed(host->exchange.next().id, Call::Fault::timeout, "late", host->now);
  host->play();
  CHECK(failing.log == "inner outer on-error ");
  host = leaving.host();
  (void)host->exchange.next();
  host->exchange.client_gone(host->now);
  OwingScene::finish(*host);
  CHECK(leaving.log == "inner outer on-error end(10,20) ");
}

TEST_CASE("obligations: while an answer streams its configuration may be gone, and the end is still settled") {
  OwingScene scene;
  const auto host = scene.host();
  host->answer(host->exchange.next(), 200, {}, streaming_body());
  host->play();
  CHECK(host->exchange.config() == nullptr);
  host->exchange.client_gone(host->now);
  OwingScene::finish(*host);
  CHECK(scene.log == "inner outer end(10,20) ");
}

TEST_CASE("obligations: a host that never finishes an exchange, and one that only drops it") {
  OwingScene reused, dropped;
  auto host = reused.host();
  (void)host->exchange.next();
  host->exchange.reuse();
  host->exchange.reuse();
  CHECK(reused.log == "inner outer end ");
  host = dropped.host();
  (void)host->exchange.next();
  host.reset();
  CHECK(dropped.log == "inner outer end ");
}

TEST_CASE("obligations: what keeps a failure inside settles only what is younger than itself") {
  std::string log;
  Obligations owed;
  OwedNote older{{OwedNote::write}, &log, "older"}, younger{{OwedNote::write}, &log, "younger"};
  owed.add(older);
  const Obligation* const mark = owed.newest();
  owed.add(younger);
  owed.settle({}, mark);
  CHECK(log == "younger ");
  owed.settle();
  CHECK(log == "younger older ");
}
