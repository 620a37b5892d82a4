// PlaneLink: a gateway's link to its management plane. It drives a Federation (config/sync) with sockets, files and clocks, on a loop and a
// thread of its own: whatever the plane or the disk do, clients notice nothing. Configurations are built and files written on further
// threads, because both may take their time.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "config/sync/federation.hpp"
#include "config/sync/gateway_token.hpp"
#include "net/backup_folder.hpp"
#include "net/mailbox.hpp"
#include "net/plane_request.hpp"
#include "net/work_thread.hpp"

namespace gatelet {

struct PlaneLinkOptions {
  std::string endpoint;          // with or without https://, perhaps with a path
  bool allows_insecure = false;  // http to another machine
  bool validates_server = true;  // its certificate
  std::string token;             // one of the two
  std::string token_file;        // read before each call
  std::string backup_folder;     // empty: no backups
  TlsSettings tls;               // towards backends; its authorities are those for the plane
  FederationOptions federation;  // identity.gateway may be empty: whom the token is for. The instance is the folder's, where it has one
};

class PlaneLink final : private PlaneRequest::Owner {
 public:
  using Publish = std::function<void(std::shared_ptr<const Config>)>;
  using Load = std::function<HeartbeatLoad(Instant)>;

  // Nothing is sent yet. The proxies and what the two functions use outlive it; they are called on its thread.
  static Result<std::unique_ptr<PlaneLink>> create(PlaneLinkOptions options, const Proxies& proxies, Publish publish, Load load);
  // After drain() the plane hears of it first, for a moment.
  ~PlaneLink();
  void start();

  // Any thread
  void drain();
  // How the gateway and its link are, as JSON (Federation::describe).
  std::string describe(const std::vector<ServedCertificate>& certificates);

 private:
  // A call of its kind under way.
  struct Slot {
    Slot(Loop& loop, UpstreamPools& pools, PlaneRequest::Owner& owner) : request(loop, pools, owner) {}
    uint32_t id = 0;  // 0: none
    PlaneRequest request;
  };

  PlaneLink(PlaneLinkOptions options, Upstream plane, std::unique_ptr<TlsKeeper> tls, const Proxies& proxies, Publish publish, Load load);
  void run();
  void go_on();
  void perform(FederationAction action);
  void publish(const std::shared_ptr<const Config>& config) const;
  void begin_call(uint32_t id, PlaneCall call);
  void take_token(uint32_t id, PlaneCall call, const Result<std::string>& text);
  void use_token(GatewayToken token);
  void begin_build(uint32_t id, std::shared_ptr<const ApplyJob> job);
  void begin_file(uint32_t id, const FileAction& action);
  void do_elsewhere(WorkThread& thread, std::function<void()> work, std::function<void()> then);
  template <class Reply>
  void reply(Reply reply);
  Slot* slot_of(const PlaneRequest& request);
  void begin_to_drain();
  void finish();
  void log(LogLevel level, std::string_view event, std::string_view message) const;

  void plane_answered(PlaneRequest& request, PlaneAnswer answer) override;
  void plane_failed(PlaneRequest& request, std::string_view why) override;

  const PlaneLinkOptions options_;
  const Upstream plane_;
  const Publish publish_;
  const Load load_;
  std::unique_ptr<TlsKeeper> tls_;
  std::unique_ptr<BackupFolder> folder_;  // of the disk's thread, once it runs
  std::optional<GatewayToken> token_;     // the last good one
  bool is_token_missed_ = false;
  Loop loop_;
  const EgressRule all_allowed_;
  UpstreamPools pools_;
  std::shared_ptr<Mailbox> mailbox_;
  Timer timer_;
  Timer goodbye_timer_;
  std::mutex mutex_;  // of the federation
  Federation federation_;
  Slot poll_, heartbeat_;
  uint32_t file_id_ = 0;
  bool is_going_on_ = false;
  bool is_draining_ = false;
  bool is_over_ = false;
  std::atomic<bool> is_asked_to_drain_{false};
  std::thread thread_;
  WorkThread builder_, disk_, token_reader_;  // end first
};

}  // namespace gatelet
