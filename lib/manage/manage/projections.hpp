// Projections: what each gateway gets (management.md 3.3), with the changes that led to it. Gateways with the same APIs share one group, so
// that a change is looked at once for all of them, and only the groups that it may reach are. One thread at a time.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "crypto/key.hpp"
#include "manage/manage/plane.hpp"
#include "manage/manage/reach.hpp"

namespace gatelet::manage {

inline constexpr size_t delta_revisions_kept = 1'000;
inline constexpr size_t delta_items_max = 500;
inline constexpr size_t packed_bytes_max = 64 * 1024 * 1024;  // of compressed bodies that are kept
inline constexpr size_t blob_bytes_min = 64 * 1024;           // what is larger is a document of its own

// With what deliveries are signed.
struct SigningKey {
  std::string id;
  crypto::Key key;
  crypto::Random random;
};
// PEM or DER, a private key on P-256.
Result<SigningKey> read_signing_key(std::string id, std::string_view text, crypto::Random random);

// A configuration as it goes over the wire.
struct Delivered {
  std::string etag;  // without quotes
  uint64_t revision = 0;
  bool is_delta = false;
  std::shared_ptr<const std::string> gzip;
  std::string signature;  // the value of Gsp-Signature; empty: not signed

  std::shared_ptr<const std::string> text() const;
};

class Projections {
 public:
  struct Standing {
    std::string etag;  // without quotes; empty: not looked at yet
    uint64_t revision = 0;
    bool is_stale = true;  // something changed that may concern it
  };

  explicit Projections(Plane& plane, std::optional<SigningKey> signing = std::nullopt);

  // What a commit changed, keys in lower case.
  void note(const std::vector<std::string>& changes);
  // Looks at one group again; false: none has to be.
  bool renew_next();
  // Null: there is no such gateway. Names of gateways in lower case, here and below.
  const Standing* standing(const std::string& gateway) const;
  const Standing& renewed(const std::string& gateway);
  // A delta from what the gateway holds, an ETag with the revision `base`, where that is known and worth it; else a snapshot. `spelling` is
  // the gateway's own name for itself.
  Delivered deliver(const std::string& gateway, std::string_view spelling, std::string_view held, std::optional<uint64_t> base);
  // A large document of what the gateway gets, by the SHA-256 of it in hexadecimal.
  std::optional<std::string> blob(const std::string& gateway, std::string_view hash);
  // Whose standing is another one since this was asked last.
  std::vector<std::string> take_changed() { return std::exchange(changed_, {}); }
  // Which revision each of those has, for the store; without it they look changed after a restart, which costs their gateways a fetch.
  std::vector<StoredProjection> take_unsaved();
  // How often a group was looked at.
  uint64_t renewals() const { return renewals_; }

 private:
  struct Change {
    std::string from, to;  // roots
    DeliveredResources upsert;
    std::set<std::string> created;
    std::vector<std::string> deleted;
  };
  struct Group {
    Reach reach;
    std::string root;  // empty: not made yet
    std::deque<Change> changes;
    std::set<std::string> members;
    bool is_stale = true;
    size_t snapshot_bytes = 0;                 // 0: not known
    std::map<std::string, std::string> blobs;  // by hash
    bool has_blobs = false;                    // they were looked for
  };
  struct Member {
    std::string name;
    Group* group = nullptr;
    std::string root;
    Standing standing;
  };
  struct Packed {
    std::shared_ptr<const std::string> gzip;
    std::string body_hash;
    std::map<std::string, std::string> signatures;  // by gateway and ETag
  };

  void place(const std::string& gateway);
  void leave(const std::string& gateway, Member& member);
  void bridge(Group& from, Group& to);
  void mark_stale(Group& group);
  void renew(Group& group);
  void settle(const std::string& gateway, Member& member);
  static void add_change(Group& group, std::string from, const DeliveredResources& before);
  std::string snapshot_text(const Member& member);
  std::optional<std::string> delta_text(const Member& member, std::string_view held, uint64_t base);
  Packed& packed(const std::string& key, std::string text);
  std::string signature(Packed& body, std::string_view spelling, const std::string& etag) const;

  Plane& plane_;
  std::optional<SigningKey> signing_;
  DeliveredValues values_;
  std::map<ReachQuestion, std::unique_ptr<Group>> groups_;
  std::unordered_map<std::string, Member> members_;
  std::unordered_map<std::string, StoredProjection> stored_;
  std::unordered_map<std::string, Packed> packed_;
  size_t packed_bytes_ = 0;
  std::vector<std::string> changed_;
  std::set<std::string> unsaved_;
  uint64_t renewals_ = 0;
};

}  // namespace gatelet::manage
