#include "node.hpp"

#include <algorithm>

#include "config/sync/limits.hpp"
#include "crypto/sealed.hpp"

namespace gatelet::sim {

namespace {

// Bits of the simulation, in the place of a host's random ones.
crypto::Random random_of(World& world) {
  return {[](void* state, void* out, size_t size) {
            auto& chance = static_cast<World*>(state)->chance;
            for (size_t i = 0; i < size; ++i) static_cast<unsigned char*>(out)[i] = static_cast<unsigned char>(chance.bits());
          },
          &world};
}

const std::string sealing_key(crypto::seal_key_bytes, 's');

}  // namespace

void Node::later(uint64_t wait_us, std::function<void()> act) {
  world_.after(wait_us, [this, life = life_, act = std::move(act)] {
    if (life != life_) return;
    if (is_stopped()) return later(stopped_until_us_ - world_.now_us, act);
    act();
    pump();
  });
}

uint64_t Node::newest_whole() {
  uint64_t out = 0;
  for (const std::string_view slot : BackupMachine::slots)
    if (const auto backup = read_backup(disk.bytes(slot), has_key_ ? sealing_key : "")) {
      out = std::max(out, backup->generation);
      const auto begun = generations_.find(backup->generation);
      world_.require(begun != generations_.end() && begun->second == backup->content.etag, "I-3", number_,
                     "a backup is of no configuration that was in force");
    }
  return out;
}

void Node::start() {
  ++life_;
  ++totals_.restarts;
  born_us_ = world_.now_us;
  steady_origin_us_ = world_.chance.below(hour_us);
  serving_ = nullptr;
  highest_.clear();
  held_.reset();
  owed_ = nullptr;
  is_polling_ = had_config_at_last_poll_ = false;
  may_be_late_ = true;
  last_poll_us_ = 0;
  up_since_us_ = world_.now_us;
  last_heartbeat_us_ = world_.now_us;
  planned_us_ = UINT64_MAX;
  // I-3: what must be loaded is the newest generation that is whole.
  is_unread_ = {};
  expected_generation_ = newest_whole();
  world_.require(expected_generation_ >= durable_generation_, "I-3", number_, "a backup that was on the disk is lost");
  FederationOptions options;
  options.identity = {"gw1", "instance-" + std::to_string(number_), "gatelet/sim"};
  options.facts = {"0.1.0", "sim", "linux", "x86_64", {"http://0.0.0.0:8080"}, {}};
  options.long_poll_s = is_long_polling_ ? 25 : 0;
  options.build.policies = builtin_policies();
  options.has_backups = true;
  options.backup_key = has_key_ ? sealing_key : "";
  options.seed = world_.chance.bits();
  options.random = random_of(world_);
  federation_.emplace(std::move(options), now());
  world_.tell("start", number_, expected_generation_);
  pump();
}

void Node::crash(uint64_t away_us) {
  if (!federation_) return;
  world_.tell("crash", number_);
  ++totals_.crashes;
  ++life_;
  federation_.reset();
  held_.reset();
  disk.crash(world_.chance);
  if (world_.chance.once_in(20)) {
    disk.rot(world_.chance);
    durable_generation_ = 0;
  }
  stopped_until_us_ = 0;
  world_.after(away_us, [this] { start(); });
}

void Node::plan(uint64_t wake_us) {
  if (wake_us == UINT64_MAX) return;
  const uint64_t at_us = std::max(wake_us + born_us_ - steady_origin_us_, world_.now_us);
  if (at_us >= planned_us_) return;
  planned_us_ = at_us;
  world_.at(at_us, [this, life = life_, at_us] {
    if (life != life_) return;
    if (planned_us_ == at_us) planned_us_ = UINT64_MAX;
    if (!is_stopped()) pump();
  });
}

void Node::pump() {
  if (!federation_) return;
  for (int i = 0; i < 1000; ++i) {
    FederationAction action = federation_->next(now());
    switch (action.kind) {
      case FederationAction::Kind::none: return plan(action.wake_us);
      case FederationAction::Kind::call: send(std::move(action)); break;
      case FederationAction::Kind::build: build(std::move(action)); break;
      case FederationAction::Kind::publish: publish(*action.config); break;
      case FederationAction::Kind::file: do_file(std::move(action)); break;
      case FederationAction::Kind::command: federation_->command_done(action.id); break;
    }
  }
  world_.require(false, "liveness", number_, "there is always one action more");
}

void Node::send(FederationAction action) {
  const bool is_heartbeat = action.call.method == "POST";
  if (is_heartbeat) {
    ++totals_.heartbeats;
    // I-7, from the gateway's side: while the link is up one follows the other within 70 s.
    const uint64_t since_us = std::max(last_heartbeat_us_, up_since_us_);
    world_.require(world_.now_us - since_us <= 70 * second_us, "I-7", number_, "no heartbeat for 70 s");
    last_heartbeat_us_ = world_.now_us;
  } else {
    ++totals_.polls;
    if (had_config_at_last_poll_ && !is_long_polling_)
      world_.require(world_.now_us - last_poll_us_ >= 9 * second_us, "I-6", number_, "two polls within 9 s");
    // I-4, the gateway's part: nothing keeps it from asking for longer than 11 s, but what the plane asked for, and a call that the host never
    // ended, which it gives up after its time.
    const uint64_t idle_since_us = is_polling_ ? last_poll_us_ + poll_patience_us_ : idle_since_us_;
    if (!may_be_late_) world_.require(world_.now_us <= idle_since_us + 11 * second_us, "I-4", number_, "no poll for 11 s");
    poll_patience_us_ = (uint64_t{action.call.timeout_ms} + call_slack_ms) * 1000;
    may_be_late_ = false;
    last_poll_us_ = world_.now_us;
    had_config_at_last_poll_ = federation_->sync().in_force() != nullptr;
    is_polling_ = true;
  }
  world_.tell(is_heartbeat ? "heartbeat" : "poll", number_, action.id);
  const uint64_t way_us = world_.chance.between(2'000, 60'000) + (link_ == Link::slow ? world_.chance.between(0, 30 * second_us) : 0);
  if (link_ == Link::silent || (link_ != Link::up && link_ != Link::slow && link_ != Link::lost_answers)) {
    if (link_ == Link::silent) return later(uint64_t{action.call.timeout_ms} * 1000, [this, id = action.id] { reply(id, {}, nullptr); });
    return later(way_us, [this, id = action.id] { reply(id, {}, nullptr); });
  }
  world_.after(way_us, [this, life = life_, id = action.id, call = std::move(action.call)] {
    if (life == life_) arrive(id, call);
  });
}

// At the plane.
void Node::arrive(uint32_t id, const PlaneCall& call) {
  PlaneAnswer answer = plane_.answer(call);
  const Plane::Record* const clean = plane_.fault == PlaneFault::none && link_ == Link::up ? &plane_.current() : nullptr;
  if (clean && answer.status == 304 && !Plane::header(call, "Prefer").empty() && !held_) {
    held_ = Waiting{id, call};
    world_.after(25 * second_us, [this, life = life_, id] {
      if (life == life_ && held_ && held_->id == id) wake();
    });
    return;
  }
  const uint64_t way_us = world_.chance.between(2'000, 60'000);
  if (link_ == Link::lost_answers || link_ == Link::silent)
    return later(uint64_t{call.timeout_ms} * 1000, [this, id] { reply(id, {}, nullptr); });
  later(way_us, [this, id, answer = std::move(answer), clean] { reply(id, answer, clean); });
}

void Node::wake() {
  if (!held_) return;
  const Waiting waiting = *std::exchange(held_, std::nullopt);
  PlaneAnswer answer = plane_.answer(waiting.call);
  const Plane::Record* const clean = plane_.fault == PlaneFault::none && link_ == Link::up ? &plane_.current() : nullptr;
  if (link_ != Link::up && link_ != Link::slow) return later(30 * second_us, [this, id = waiting.id] { reply(id, {}, nullptr); });
  later(world_.chance.between(2'000, 60'000), [this, id = waiting.id, answer = std::move(answer), clean] { reply(id, answer, clean); });
}

void Node::reply(uint32_t id, const PlaneAnswer& answer, const Plane::Record* clean) {
  const bool was_polling = federation_->sync().is_calling();
  const bool had_config = federation_->sync().in_force() != nullptr;
  const auto state_before = federation_->state();
  const bool is_taken = answer.status ? federation_->answered(id, answer, now()) : federation_->failed(id, "no answer", now());
  world_.tell("reply", number_, id, static_cast<uint64_t>(answer.status));
  if (is_taken && was_polling && !federation_->sync().is_calling()) {
    is_polling_ = false;
    idle_since_us_ = world_.now_us;
    may_be_late_ = !answer.retry_after.empty();
    // I-4, the plane's part: what was answered rightly is in force when it is built.
    if (answer.status == 200) owed_ = clean;
    if (clean && answer.status == 304)
      world_.require(had_config && federation_->state() == SyncState::serving_fresh, "I-4", number_, "unchanged, but not fresh");
  }
  // I-5: no answer takes away what is served.
  if (serving_) {
    const SyncState state = federation_->state();
    world_.require(federation_->sync().in_force() != nullptr && state != SyncState::no_config && state != SyncState::loading_backup, "I-5",
                   number_, "what was served is served no more, after the state " + std::string(text_of(state_before)));
  }
}

void Node::build(FederationAction action) {
  auto applied = std::make_shared<const Applied>(apply(*action.job));
  const Plane::Record* const owed = owed_ && owed_->set.etag() == action.job->delivery.etag ? std::exchange(owed_, nullptr) : nullptr;
  later(world_.chance.between(1'000, 2 * second_us), [this, id = action.id, applied, owed] {
    world_.tell("built", number_, id, static_cast<uint64_t>(applied->refusal));
    const bool was_applying = federation_->sync().is_applying();
    federation_->built(id, *applied, now());
    if (was_applying && !federation_->sync().is_applying()) {
      idle_since_us_ = world_.now_us;
      may_be_late_ = false;
    }
    const auto& config = federation_->sync().in_force();
    if (owed && !owed->is_unusable)
      world_.require(config && config->delivered->root == owed->set.root, "I-4", number_, "what was delivered rightly is not in force");
  });
}

void Node::do_file(FederationAction action) {
  if (action.file.bytes)
    if (const auto backup = read_backup(*action.file.bytes, has_key_ ? sealing_key : ""))
      generations_[backup->generation] = backup->content.etag;
  later(world_.chance.between(100, 20'000), [this, id = action.id, file = std::move(action.file)] {
    Result<std::string> result = disk.act(file, world_.chance);
    if (file.kind == FileAction::Kind::read) is_unread_[file.name == BackupMachine::slots[0] ? 0 : 1] = !result;
    world_.tell("file", number_, static_cast<uint64_t>(file.kind), static_cast<bool>(result));
    const uint64_t written = federation_->backup()->written();
    federation_->file_done(id, std::move(result), now());
    if (federation_->backup()->written() == written) return;
    ++totals_.backups;
    durable_generation_ = std::max(durable_generation_, newest_whole());
  });
}

void Node::publish(const SyncedConfig& config) {
  const uint64_t epoch = config.delivered->epoch, revision = config.delivered->revision;
  world_.tell("publish", number_, epoch, revision);
  ++totals_.applied;
  // I-2: never back in an epoch, never what the plane never had.
  world_.require(revision >= highest_[epoch], "I-2", number_, "an older revision is in force");
  highest_[epoch] = revision;
  const Plane::Record* record = plane_.find(epoch, revision);
  world_.require(record && record->set.root == config.delivered->root, "I-2", number_, "the plane never had what is in force");
  world_.require(config.config && config.config->usable, "I-2", number_, "what is in force cannot be served");
  if (!serving_ && federation_->sync().is_from_backup()) {
    ++totals_.restored;
    const auto begun = generations_.find(expected_generation_);
    world_.require(is_unread_[0] || is_unread_[1] || (begun != generations_.end() && begun->second == config.etag), "I-3", number_,
                   "it was not the newest whole backup that was loaded");
  }
  serving_ = federation_->sync().in_force();
  check_whole(config);
}

// I-1: each API is as it was delivered, or, where that does not compile, whole as it was before; nothing is mixed.
void Node::check_whole(const SyncedConfig& config) {
  for (const auto& [key, resource] : *config.effective) {
    const auto delivered = config.delivered->resources.find(key);
    const bool is_same = delivered != config.delivered->resources.end() && delivered->second.hash == resource.hash;
    world_.require(is_same || !config.problems.empty(), "I-1", number_, "'" + key + "' is of another revision");
    if (!is_same) world_.require(key.starts_with("apis/echo;rev=1") || key == "policies/policy", "I-1", number_, "'" + key + "' was sound");
  }
}

// Asked now and then: a gateway whose link has been up for long, at a plane that is well, has what the plane has.
void Node::check_idle() {
  if (!federation_ || is_stopped()) return;
  const uint64_t since_us = std::max(last_heartbeat_us_, up_since_us_);
  if (link_ == Link::up) world_.require(world_.now_us - since_us <= 70 * second_us, "I-7", number_, "no heartbeat for 70 s");
}

}  // namespace gatelet::sim
