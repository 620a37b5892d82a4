// PlaneRequest: one call to the management plane on the wire. Its answer is read whole and its content decoded. A poll that is sent on to
// another server, where large configurations may lie, is followed once, over https and without credentials (management.md 3.5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.hpp"
#include "config/sync/plane_call.hpp"
#include "net/upstream_pool.hpp"

namespace gatelet {

class PlaneRequest final : private UpstreamConnection::User {
 public:
  class Owner {
   public:
    // The request is free when it says so; it may be started again.
    virtual void plane_answered(PlaneRequest& request, PlaneAnswer answer) = 0;
    virtual void plane_failed(PlaneRequest& request, std::string_view why) = 0;

   protected:
    ~Owner() = default;
  };

  PlaneRequest(Loop& loop, UpstreamPools& pools, Owner& owner) : loop_(loop), pools_(pools), owner_(owner) {}
  ~PlaneRequest() { cancel(); }
  PlaneRequest(const PlaneRequest&) = delete;
  PlaneRequest& operator=(const PlaneRequest&) = delete;

  // `plane` outlives the request. The owner may hear of it before this returns.
  void start(const Upstream& plane, PlaneCall call, const std::string& authorization);
  // Nothing more is heard of it.
  void cancel() { release(false); }

 private:
  void connect();
  void send();
  std::string head() const;
  std::string_view read_head(std::string_view bytes);
  void read_body(std::string_view bytes);
  void note_lines(const Response& response);
  void complete(bool is_clean);
  void follow();
  void retry_or_fail(std::string_view why);
  void fail(std::string_view why);
  void release(bool is_clean);

  void upstream_ready() override { send(); }
  void upstream_lost(std::string_view text) override;
  void upstream_read(std::string_view bytes) override;
  void upstream_ended() override;
  void upstream_broken(int error) override;
  void upstream_drained() override {}
  void upstream_timed_out() override { fail("no answer in time"); }

  Loop& loop_;
  UpstreamPools& pools_;
  Owner& owner_;
  const Upstream* upstream_ = nullptr;
  Upstream elsewhere_;  // where it was sent on to
  PlaneCall call_;
  std::string lines_;  // of the request, behind its first and Host
  std::string target_;
  uint64_t due_ms_ = 0;
  UpstreamConnection* connection_ = nullptr;
  bool is_reused_ = false;
  bool has_answer_bytes_ = false;
  bool has_head_ = false;
  bool keeps_alive_ = false;
  bool is_elsewhere_ = false;
  uint32_t interim_count_ = 0;
  PlaneAnswer answer_;
  std::string coding_, location_;
  std::vector<std::string_view> payload_;
};

}  // namespace gatelet
