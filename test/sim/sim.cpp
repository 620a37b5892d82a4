// Simulation of synchronisation, heartbeats and backups (reliability.md L-3): one thread, virtual time, a seed for each run.
//   test_sim FIRST COUNT [HOURS]   runs the seeds FIRST, FIRST+1, …; a run lasts HOURS, else twenty minutes, or now and then a day
//   test_sim --tell SEED           prints every event of one run
#include <cstdlib>
#include <cstring>

#include "node.hpp"

using namespace gatelet;
using namespace gatelet::sim;

namespace {

struct Run {
  uint64_t digest = 0;
  std::string violation;
  uint64_t minutes = 0, faults = 0;
};

class Simulation {
 public:
  Simulation(uint64_t seed, uint64_t hours, bool is_told, Totals& totals) : world_(seed, is_told), plane_(world_) {
    minutes_ = hours ? hours * 60 : world_.chance.once_in(400) ? 24 * 60 : world_.chance.once_in(40) ? 6 * 60 : 20;
    const uint64_t count = world_.chance.between(1, 3);
    for (uint64_t i = 0; i < count; ++i) nodes_.push_back(std::make_unique<Node>(world_, plane_, totals, i));
    plane_.sends_commands = world_.chance.once_in(3);
    change_later();
    fault_later();
    check_later();
  }

  Run run() {
    world_.run(minutes_ * minute_us);
    return {world_.digest, world_.violation, minutes_, world_.faults};
  }

 private:
  void change_later() {
    world_.after(world_.chance.between(second_us, 15 * minute_us), [this] {
      if (world_.chance.once_in(12))
        plane_.restore();
      else
        plane_.change();
      world_.tell("change", 99, plane_.current().set.epoch, plane_.current().set.revision);
      for (auto& node : nodes_) node->wake();
      change_later();
    });
  }
  void check_later() {
    world_.after(10 * second_us, [this] {
      for (auto& node : nodes_) node->check_idle();
      check_later();
    });
  }
  // How long faults last: mostly seconds or minutes, now and then long.
  uint64_t duration_us() {
    return world_.chance.once_in(10) ? world_.chance.between(10 * minute_us, 40 * minute_us)
                                     : world_.chance.between(second_us, 4 * minute_us);
  }
  Node& any() { return *nodes_[world_.chance.below(nodes_.size())]; }

  void fault_later() {
    world_.after(world_.chance.between(second_us, 5 * minute_us), [this] {
      ++world_.faults;
      make_fault(world_.chance.below(7));
      fault_later();
    });
  }
  void make_fault(uint64_t kind) {
    world_.tell("fault", 99, kind);
    Node& node = any();
    switch (kind) {
      case 0:
      case 1: {
        plane_.fault = static_cast<PlaneFault>(world_.chance.between(1, static_cast<uint64_t>(PlaneFault::count) - 1));
        world_.after(duration_us(), [this] { plane_.fault = PlaneFault::none; });
        return;
      }
      case 2: return swizzle();
      case 3: return break_disk(node.disk);
      case 4: return node.crash(world_.chance.between(second_us, 2 * minute_us));
      case 5: return node.jump_clock(static_cast<int64_t>(world_.chance.below(80 * 86'400'000ull)) - 40ll * 86'400'000);
      default: return node.stop(world_.chance.between(second_us, minute_us));
    }
  }
  // Links go down one by one over some seconds, and come back in another order.
  void swizzle() {
    for (auto& node : nodes_) {
      if (world_.chance.once_in(3)) continue;
      const auto link = static_cast<Node::Link>(world_.chance.between(1, 4));
      const uint64_t down_us = world_.chance.below(10 * second_us);
      world_.after(down_us, [&node, link] { node->set_link(link); });
      world_.after(down_us + duration_us(), [&node] { node->set_link(Node::Link::up); });
    }
  }
  void break_disk(Disk& disk) {
    bool* const faults[] = {&disk.fails_writes, &disk.fails_syncs, &disk.fails_renames, &disk.fails_reads};
    bool* const fault = faults[world_.chance.below(4)];
    *fault = true;
    world_.after(duration_us(), [fault] { *fault = false; });
  }

  World world_;
  Plane plane_;
  uint64_t minutes_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

int tell(uint64_t seed) {
  Totals totals;
  const Run run = Simulation(seed, 0, true, totals).run();
  std::printf("seed %llu: digest %016llx, %s\n", static_cast<unsigned long long>(seed), static_cast<unsigned long long>(run.digest),
              run.violation.empty() ? "no violation" : run.violation.c_str());
  return run.violation.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--tell") == 0) return tell(std::strtoull(argv[2], nullptr, 10));
  const uint64_t first = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  const uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100;
  const uint64_t hours = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0;
  Totals totals;
  uint64_t violations = 0, simulated_minutes = 0, faults = 0, all = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const Run run = Simulation(seed, hours, false, totals).run();
    simulated_minutes += run.minutes;
    faults += run.faults;
    all = all * 31 + run.digest;
    // The same seed is the same run, to the last event.
    if (seed % 100 == first % 100) {
      Totals again;
      if (Simulation(seed, hours, false, again).run().digest != run.digest)
        ++violations, std::printf("seed %llu: two runs differ\n", static_cast<unsigned long long>(seed));
    }
    if (run.violation.empty()) continue;
    ++violations;
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), run.violation.c_str());
  }
  std::printf(
      "%llu seeds, %.1f simulated days, %llu faults, %llu crashes, %llu polls, %llu heartbeats, %llu configurations in force, %llu backups "
      "written, %llu restored, digest %016llx: %llu violations\n",
      static_cast<unsigned long long>(count), static_cast<double>(simulated_minutes) / (24 * 60), static_cast<unsigned long long>(faults),
      static_cast<unsigned long long>(totals.crashes), static_cast<unsigned long long>(totals.polls),
      static_cast<unsigned long long>(totals.heartbeats), static_cast<unsigned long long>(totals.applied),
      static_cast<unsigned long long>(totals.backups), static_cast<unsigned long long>(totals.restored),
      static_cast<unsigned long long>(all), static_cast<unsigned long long>(violations));
  return violations == 0 ? 0 : 1;
}
