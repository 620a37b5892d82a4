// A gateway in the simulation: the machines under test with a host around them that may lose its link, its disk, its time or its life; and
// the watch over what must hold whatever happens (reliability.md 4.4).
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "config/sync/federation.hpp"
#include "disk.hpp"
#include "plane.hpp"
#include "world.hpp"

namespace gatelet::sim {

struct Totals {
  uint64_t polls = 0, heartbeats = 0, applied = 0, backups = 0, restarts = 0, restored = 0, crashes = 0;
};

class Node {
 public:
  enum class Link : uint8_t { up, refused, silent, slow, lost_answers };

  Node(World& world, Plane& plane, Totals& totals, uint64_t number)
      : world_(world),
        plane_(plane),
        totals_(totals),
        number_(number),
        has_key_(world.chance.once_in(2)),
        is_long_polling_(world.chance.once_in(4)) {
    start();
  }

  Disk disk;
  void set_link(Link link) {
    if (link_ == link) return;
    world_.tell("link", number_, static_cast<uint64_t>(link));
    link_ = link;
    if (link == Link::up) up_since_us_ = world_.now_us;
  }
  // The process stands still; its clock does not.
  void stop(uint64_t for_us) {
    stopped_until_us_ = std::max(stopped_until_us_, world_.now_us + for_us);
    up_since_us_ = std::max(up_since_us_, stopped_until_us_);
    may_be_late_ = true;
    world_.at(stopped_until_us_, [this, life = life_] {
      if (life == life_ && !is_stopped()) pump();
    });
  }
  void jump_clock(int64_t by_ms) { wall_offset_ms_ += by_ms; }
  void crash(uint64_t away_us);
  // The plane has something new: long polls are answered.
  void wake();
  bool is_alive() const { return federation_.has_value(); }
  void check_idle();

 private:
  Instant now() const {
    const uint64_t steady_us = world_.now_us - born_us_ + steady_origin_us_;
    return {steady_us, 1'767'225'600'000 + static_cast<int64_t>(world_.now_us / 1000) + wall_offset_ms_};
  }
  bool is_stopped() const { return world_.now_us < stopped_until_us_; }
  void start();
  void pump();
  void plan(uint64_t wake_us);
  void send(FederationAction action);
  void arrive(uint32_t id, const PlaneCall& call);
  // `clean`: what the plane has, when nothing came in between.
  void reply(uint32_t id, const PlaneAnswer& answer, const Plane::Record* clean);
  void build(FederationAction action);
  void do_file(FederationAction action);
  // The newest generation on the disk that is whole; 0: none.
  uint64_t newest_whole();
  void publish(const SyncedConfig& config);
  void check_whole(const SyncedConfig& config);
  // Runs in this life only, and when the process is not standing still.
  void later(uint64_t wait_us, std::function<void()> act);

  World& world_;
  Plane& plane_;
  Totals& totals_;
  uint64_t number_;
  bool has_key_, is_long_polling_;
  std::optional<Federation> federation_;
  uint64_t life_ = 0;
  uint64_t born_us_ = 0, steady_origin_us_ = 0;
  int64_t wall_offset_ms_ = 0;
  Link link_ = Link::up;
  uint64_t up_since_us_ = 0;
  uint64_t stopped_until_us_ = 0;
  uint64_t planned_us_ = UINT64_MAX;

  // The watch
  std::map<uint64_t, uint64_t> highest_;         // revision, by epoch, of this life
  std::map<uint64_t, std::string> generations_;  // ETags of the backups that were begun, by generation
  uint64_t durable_generation_ = 0;
  uint64_t expected_generation_ = 0;  // of the disk when this life began; 0: none is whole
  std::array<bool, 2> is_unread_{};   // which slots of the disk this life could not read, when it looked last
  std::shared_ptr<const SyncedConfig> serving_;
  uint64_t last_poll_us_ = 0;
  uint64_t poll_patience_us_ = 0;  // how long the last poll may be under way
  bool had_config_at_last_poll_ = false;
  uint64_t last_heartbeat_us_ = 0;
  uint64_t idle_since_us_ = 0;  // the last poll ended, and nothing is being applied
  bool is_polling_ = false, may_be_late_ = false;
  struct Waiting {
    uint32_t id;
    PlaneCall call;
  };
  const Plane::Record* owed_ = nullptr;  // delivered rightly: it has to be in force once it is built
  std::optional<Waiting> held_;          // a long poll
};

}  // namespace gatelet::sim
