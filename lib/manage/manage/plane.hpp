// Plane: the management REST API (management.md 1 and 2) over a Tree and a Store. Pure but for the store: time comes with the requests.
// One thread at a time. Requests change the tree at once; commit() makes what they changed durable, and only then may they be answered.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/build.hpp"
#include "crypto/random.hpp"
#include "manage/manage/failure_limit.hpp"
#include "manage/manage/kinds.hpp"
#include "manage/manage/message.hpp"
#include "manage/manage/tree.hpp"
#include "manage/store/store.hpp"

namespace gatelet::manage {

inline constexpr size_t manage_body_bytes_max = 4 * 1024 * 1024;  // an inline specification, management.md 1.4

struct PlaneOptions {
  std::string service_name = "gatelet";
  std::string resource_group = "gatelet";
  std::string subscription_id = "00000000-0000-0000-0000-000000000000";
  std::string master_key;  // 32 bytes; secrets at rest are sealed with it
  crypto::Random random;
  int64_t now_ms = 0;
};

// What a route has found out about a request.
struct ManageTarget {
  std::string prefix;                 // of full ids: "/subscriptions/…/service/gatelet"
  std::string path;                   // "/subscriptions/…/apis", as the client wrote it, for nextLink
  std::vector<std::string> segments;  // below the service, decoded
  const Kind* kind = nullptr;
  bool is_collection = false;
  std::string key;  // of the resource or collection, APIs with their revision where it is known
  std::map<std::string, std::string> query;
  std::string actor;
};

// What gateways told that came back with the store.
struct StoreTold {
  std::vector<StoredTelemetryBatch> telemetry_batches;
  std::vector<StoredCounter> counters;
  std::vector<StoredInstance> instances;
};

// What the REST API tells of gateways and asks of them, from the side that they talk to.
class GatewaySide {
 public:
  virtual ~GatewaySide() = default;
  virtual Json instances(std::string_view gateway, int64_t now_ms) const = 0;
  virtual Json commands(std::string_view gateway) const = 0;
  virtual ManageAnswer queue_command(std::string_view gateway, const Json& body, std::string id, int64_t now_ms) = 0;
  virtual std::optional<std::string> trace(std::string_view gateway, std::string_view id, int64_t now_ms) const = 0;
};

class Plane {
 public:
  // The facts that a new store lacks are made. The error of a wrong master key says so.
  static Result<std::unique_ptr<Plane>> start(std::unique_ptr<Store> store, PlaneOptions options);

  ManageAnswer handle(const ManageRequest& request);
  // What the requests since the last commit changed, in one transaction. On failure the tree is as the store has it again.
  Result<> commit();

  // Empty: there is one already.
  std::string make_owner_token();
  // Another epoch, for a database that was restored from an older copy: gateways that hold a later revision take what it has all the same.
  void begin_epoch();
  // Everything that `resources` say in the place of everything there is, or every problem.
  Diagnostics import(const ResourceSet& resources, Diagnostics problems, int64_t now_ms);
  // An APIOps folder of everything but secrets.
  std::vector<ConfigFile> export_folder() const;
  Result<std::string> gateway_token(std::string_view gateway, int64_t expires_ms) const;

  const Tree& tree() const { return tree_; }
  uint64_t revision() const { return revision_; }
  uint64_t epoch() const { return epoch_; }
  const std::string& service_id() const { return service_id_; }
  const PlaneOptions& options() const { return options_; }
  // What else is to be written with the next commit.
  StoreBatch& batch() { return batch_; }
  const std::vector<StoredProjection>& stored_projections() const { return projections_; }
  // What changed since it was asked last: the gateways' configurations are to be looked at again.
  std::vector<std::string> take_changes() { return std::exchange(changes_, {}); }
  void set_gateway_side(GatewaySide* side) { gateway_side_ = side; }
  StoreTold take_told() { return std::exchange(told_, {}); }

 private:
  Plane(std::unique_ptr<Store> store, PlaneOptions options) : store_(std::move(store)), options_(std::move(options)) {}
  Result<> load();
  Result<> check_facts();
  void draw_epoch();

  // plane.cpp
  ManageAnswer answer(const ManageRequest& request);
  bool is_owner(const ManageRequest& request) const;
  ManageAnswer route(const ManageRequest& request, ManageTarget& target);
  bool strip_service(std::vector<std::string>& segments, ManageTarget& target, ManageAnswer& refused) const;
  std::string key_of(const std::vector<std::string>& segments) const;
  ManageAnswer get(const ManageRequest& request, const ManageTarget& target);
  ManageAnswer list(const ManageRequest& request, const ManageTarget& target);
  ManageAnswer service(const ManageRequest& request, const ManageTarget& target);
  Json shown(const ManageTarget& target, const Entry& entry, std::string_view format) const;
  Json resource_json(const ManageTarget& target, const Entry& entry, std::string_view format) const;
  std::string id_of(const ManageTarget& target, std::string_view key) const;
  const Entry* entry_of(const ManageTarget& target) const;
  ManageAnswer shown_answer(int status, const ManageTarget& target, const Entry& entry, std::string_view format) const;

  // plane_writes.cpp
  ManageAnswer write(const ManageRequest& request, const ManageTarget& target);
  ManageAnswer put(const Json& properties, const ManageRequest& request, const ManageTarget& target);
  ManageAnswer remove(const ManageRequest& request, const ManageTarget& target);
  ManageAnswer put_link(const ManageTarget& target, Edit& edit, int64_t now_ms);
  std::optional<ManageAnswer> refuse_tag(const ManageRequest& request, const Entry* before, bool must_exist) const;
  std::optional<ManageAnswer> refuse_parent(const ManageTarget& target) const;
  void complete(const ManageTarget& target, const Entry* before, const Json& given, Entry& entry, int64_t now_ms,
                std::vector<ErrorDetail>& details) const;
  bool prepare_api(const ManageTarget& target, const Json& properties, const Entry* before, Entry& entry, Edit& edit,
                   std::vector<ErrorDetail>& details);
  void import_specification(const Json& properties, Entry& entry, Edit& edit, std::vector<ErrorDetail>& details);
  void copy_api(std::string_view source, const Entry& entry, Edit& edit);
  void release(const Entry& entry, Edit& edit, std::vector<ErrorDetail>& details);
  void check_references(const Kind& kind, const Entry& entry, std::vector<ErrorDetail>& details) const;
  void check_unique(const Entry& entry, std::vector<ErrorDetail>& details) const;
  void finish(Edit& edit, std::string_view actor, std::string_view verb, int64_t now_ms);

  // plane_actions.cpp
  ManageAnswer act(const ManageRequest& request, const ManageTarget& target);
  std::optional<ManageAnswer> act_on_gateway(const ManageRequest& request, const Entry& gateway, std::string_view action, const Json& body);

  // compile_check.cpp: every problem that the configuration would have, of what may be touched by the change.
  std::vector<ErrorDetail> compile_problems(std::string_view changed_key, bool is_new, std::string_view text);
  std::vector<std::string> keys_to_compile(std::string_view changed_key, const Kind& kind) const;
  Diagnostics compile(const std::vector<std::string>& keys, bool is_whole);

  std::unique_ptr<Store> store_;
  PlaneOptions options_;
  Tree tree_;
  StoreBatch batch_;
  uint64_t revision_ = 0;
  uint64_t epoch_ = 0;
  std::string service_id_;
  std::string owner_hash_;  // SHA-256 of the owner token; empty: none yet
  std::vector<StoredProjection> projections_;
  std::vector<std::string> changes_;
  std::shared_ptr<const Config> compiled_;  // the last whole one: what did not change is not compiled again
  StoreTold told_;
  GatewaySide* gateway_side_ = nullptr;
  FailureLimit failures_;
};

std::string etag_of(uint64_t revision);  // with quotes

}  // namespace gatelet::manage
