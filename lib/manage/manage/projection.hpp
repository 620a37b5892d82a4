// Projections: what one gateway gets (management.md 3.3): its APIs and only what they reach, kept until something of it changes, with the
// changes between revisions, so that most answers are ready. One thread at a time.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "config/sync/delivery.hpp"
#include "manage/manage/plane.hpp"

namespace gatelet::manage {

inline constexpr size_t delta_revisions_kept = 1'000;
inline constexpr size_t delta_items_max = 500;

// A configuration as it goes over the wire. Immutable.
struct Delivered {
  std::string etag;  // without quotes
  uint64_t revision = 0;
  std::shared_ptr<const std::string> text, gzip;
};

class Projection {
 public:
  explicit Projection(std::string gateway) : gateway_(std::move(gateway)) {}

  // Looks at everything again; true when what the gateway gets is another one now.
  bool renew(const Plane& plane, const StoredProjection* stored);
  bool is_made() const { return snapshot_.revision != 0 || is_made_; }
  const std::string& etag() const { return etag_; }
  uint64_t revision() const { return set_.revision; }
  const std::string& root() const { return set_.root; }
  const std::string& gateway() const { return gateway_; }
  // Ready-made, in memory until the next change.
  const Delivered& snapshot();
  // From what the gateway has; none: it is too old, or as large as a snapshot.
  std::optional<Delivered> delta(uint64_t base);

 private:
  struct Change {
    uint64_t from = 0, revision = 0;
    DeliveredResources upsert;
    std::set<std::string> created;
    std::vector<std::string> deleted;
  };
  void note_change(const DeliveredSet& before);

  std::string gateway_;
  DeliveredSet set_;
  std::string etag_;
  Delivered snapshot_;
  std::map<uint64_t, Delivered> deltas_;  // by base
  std::deque<Change> changes_;
  bool is_made_ = false;
};

}  // namespace gatelet::manage
