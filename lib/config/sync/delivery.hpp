// DeliveredSet: the resources that a management plane delivered, as snapshots and deltas of GSP/1 carry them (management.md 3.3). Nothing
// is believed that its hashes do not say: each resource has the SHA-256 of its canonical JSON, all of them together have the root.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "config/sync/limits.hpp"

namespace gatelet {

inline constexpr std::string_view gsp_version = "1.0";

struct DeliveredResource {
  std::string hash;  // of its canonical value, hexadecimal
  Json value;
};
using DeliveredResources = std::map<std::string, DeliveredResource, std::less<>>;  // by key, in the order of its bytes

struct DeliveredSet {
  std::string service_id, service_name;
  std::string gateway;
  uint64_t epoch = 0;
  uint64_t revision = 0;
  std::string root;
  DeliveredResources resources;

  // As a snapshot that read_delivery takes.
  std::string text() const;
  // "<epoch>.<revision>.<16 digits of the root>", for a plane that sent no ETag.
  std::string etag() const;
};

std::string hash_of(const Json& value);
std::string root_of(const DeliveredResources& resources);
// "name":[{"k":…,"h":…,"v":…},…]
void append_resources(std::string& out, std::string_view name, const DeliveredResources& resources);

// What makes one set of another.
struct DeliveredDelta {
  uint64_t from = 0;
  uint64_t revision = 0;
  std::string root;  // of what it makes
  DeliveredResources upsert;
  std::vector<std::string> deleted;

  // As a delta that read_delivery takes.
  std::string text() const;
  size_t item_count() const { return upsert.size() + deleted.size(); }
};
DeliveredDelta delta_between(const DeliveredSet& from, const DeliveredSet& to);

// Why something delivered is not taken.
enum class DeliveryRefusal : uint8_t {
  none,
  malformed,  // no JSON, or not of this form
  too_large,  // beyond a limit
  wrong_gateway,
  unsupported,  // needs a newer gateway, or kinds of resources that this one does not know
  wrong_base,   // a delta on something else than what is there
  wrong_hash,   // a resource is not the one that its hash says
  wrong_root,   // a resource is missing, or there is one too many
  rollback,     // older than what was in force in the same epoch
  signature,    // missing or wrong
  unusable,     // the global policy is broken, or no API is left, and there is nothing earlier
};
std::string_view text_of(DeliveryRefusal refusal);  // "wrong-root"

struct ReadDelivery {
  std::shared_ptr<const DeliveredSet> set;  // null: refused
  bool is_delta = false;                    // known also of some that are refused
  DeliveryRefusal refusal = DeliveryRefusal::none;
  std::string message;
};

// A snapshot, or a delta on `base`, which may be null.
ReadDelivery read_delivery(std::string_view body, std::string_view gateway, const DeliveredSet* base,
                           size_t bytes_max = sync_body_bytes_max);

// The "resources" list of such a document, hashes checked. The message is empty when all is well.
DeliveryRefusal read_delivered_resources(const Json& list, DeliveredResources& out, std::string& message);

}  // namespace gatelet
