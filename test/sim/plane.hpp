// A small model of a management plane: revisions of a service, and what it answers, rightly or wrongly.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "config/sync/delivery.hpp"
#include "config/sync/plane_call.hpp"
#include "deliveries.hpp"
#include "world.hpp"

namespace gatelet::sim {

enum class PlaneFault : uint8_t {
  none,
  error,         // 500
  overloaded,    // 503 with Retry-After
  unauthorized,  // 401, 403, 404
  redirect,
  not_modified,  // 304 whatever is asked
  garbage,       // 200 with something else
  truncated,
  older,        // an older revision of the epoch, as after a restore without a new epoch
  foreign,      // another gateway's configuration
  wrong_delta,  // on another base
  count,
};

class Plane {
 public:
  struct Record {
    DeliveredSet set;
    std::string text;
    bool is_poisoned = false;  // an API that does not compile
    bool is_unusable = false;  // a global policy that does not
  };

  explicit Plane(World& world) : world_(world) { change(); }

  PlaneFault fault = PlaneFault::none;
  bool sends_commands = false;

  const Record& current() const { return *records_.back(); }
  const Record* find(uint64_t epoch, uint64_t revision) const {
    for (const auto& record : records_)
      if (record->set.epoch == epoch && record->set.revision == revision) return record.get();
    return nullptr;
  }

  void change() {
    const uint64_t revision = records_.empty() ? 1 : current().set.revision + world_.chance.between(1, 3);
    test::Resources resources = test::small_service(std::to_string(revision) + "@" + std::to_string(epoch_));
    if (world_.chance.once_in(2)) test::add_api(resources, "third", std::to_string(revision) + "@" + std::to_string(epoch_));
    const bool is_poisoned = world_.chance.once_in(8), is_unusable = world_.chance.once_in(30);
    if (is_poisoned) test::poison_api(resources, "echo");
    if (is_unusable) resources["policies/policy"] = R"({"format":"rawxml","value":"<policies><inbound><unclosed></inbound></policies>"})";
    add(test::delivered_set(resources, revision, epoch_), is_poisoned, is_unusable);
  }

  // The database of some time ago, with another epoch, as it should be.
  void restore() {
    const Record old = *records_[world_.chance.below(records_.size())];
    DeliveredSet set = old.set;
    set.epoch = ++epoch_;
    add(std::move(set), old.is_poisoned, old.is_unusable);
  }

  PlaneAnswer answer(const PlaneCall& call) {
    if (fault != PlaneFault::none) return faulty_answer(call);
    PlaneAnswer out;
    out.status = 200;
    if (call.method == "POST") {
      if (sends_commands && world_.chance.once_in(5))
        out.body = R"({"commands":[{"id":")" + std::to_string(++commands_) + R"(","type":"resync"}]})";
      return out;
    }
    const std::string known = header(call, "If-None-Match");
    const Record& now = current();
    const std::string etag = '"' + now.set.etag() + '"';
    out.etag = etag;
    if (known.find(etag) != known.npos) {
      out.status = 304;
      return out;
    }
    const Record* base = base_of(call);
    if (base && base->set.revision < now.set.revision)
      out.body = test::delta_text(base->set, now.set);
    else
      out.body = now.text;
    return out;
  }

  static std::string header(const PlaneCall& call, std::string_view name) {
    for (const auto& [known, value] : call.headers)
      if (known == name) return value;
    return {};
  }

 private:
  void add(DeliveredSet set, bool is_poisoned, bool is_unusable) {
    auto record = std::make_shared<Record>();
    record->text = set.text();
    record->set = std::move(set);
    record->is_poisoned = is_poisoned;
    record->is_unusable = is_unusable;
    records_.push_back(std::move(record));
  }

  // A base of another epoch is none, whatever its number.
  const Record* base_of(const PlaneCall& call) const {
    const size_t at = call.target.find("?base=");
    if (at == call.target.npos || !header(call, "If-None-Match").starts_with('"' + std::to_string(epoch_) + '.')) return nullptr;
    return find(epoch_, *parse_unsigned(call.target.substr(at + 6)));
  }

  PlaneAnswer faulty_answer(const PlaneCall& call) {
    static constexpr int refusals[] = {401, 403, 404};
    PlaneAnswer out;
    out.status = 200;
    switch (fault) {
      case PlaneFault::error: out.status = 500; return out;
      case PlaneFault::overloaded:
        out.status = 503;
        out.retry_after = std::to_string(world_.chance.between(1, 400));
        return out;
      case PlaneFault::unauthorized: out.status = refusals[world_.chance.below(3)]; return out;
      case PlaneFault::redirect: out.status = 302; return out;
      case PlaneFault::not_modified: out.status = 304; return out;
      default: break;
    }
    if (call.method == "POST") {
      out.body = "{";
      return out;
    }
    const Record& now = current();
    out.etag = '"' + now.set.etag() + '"';
    switch (fault) {
      case PlaneFault::truncated: out.body = now.text.substr(0, world_.chance.below(now.text.size())); break;
      case PlaneFault::older: {
        const Record& old = *records_[world_.chance.below(records_.size())];
        out.etag = '"' + old.set.etag() + '"';
        out.body = old.text;
        break;
      }
      case PlaneFault::foreign: {
        DeliveredSet other = now.set;
        other.gateway = "gw2";
        out.body = other.text();
        break;
      }
      case PlaneFault::wrong_delta: {
        DeliveredSet base = now.set;
        base.resources.erase("namedValues/n");
        if (const Record* known = base_of(call)) base.revision = known->set.revision;
        out.body = test::delta_text(base, now.set);
        break;
      }
      default:
        out.body = "<html>" + std::to_string(world_.chance.bits()) + "</html>";
        if (world_.chance.once_in(2)) out.etag.clear();
        break;
    }
    return out;
  }

  World& world_;
  uint64_t epoch_ = 1;
  uint64_t commands_ = 0;
  std::vector<std::shared_ptr<const Record>> records_;
};

}  // namespace gatelet::sim
