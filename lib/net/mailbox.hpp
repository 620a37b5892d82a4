// Mailbox: how other threads reach a loop: work to do there, and answers of the host's handler. It outlives the loop as long as a call of
// the host is open.
#pragma once

#include <uv.h>

#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>
#include <vector>

#include "net/host_handler.hpp"

namespace gatelet {

class Mailbox final : public HostMailbox {
 public:
  using AnswerFn = std::function<void(uint64_t call_id, HostAnswer answer)>;

  // On the loop's thread, which is the one that runs it.
  void open(uv_loop_t* loop, AnswerFn on_answer);
  void close();
  void set_thread() { thread_ = std::this_thread::get_id(); }
  void open_call(uint64_t id);
  void close_call(uint64_t id);
  // What is answered before the handler returns comes back at once, without a way through the loop.
  std::optional<HostAnswer> hand_over(uint64_t id, HostHandler& handler, HostCall& call);

  // Any thread
  void post(std::function<void()> work);
  bool deliver(uint64_t call_id, HostAnswer answer) override;

 private:
  struct Answered {
    uint64_t id;
    HostAnswer answer;
  };
  void empty();

  std::mutex mutex_;
  bool is_open_ = false;
  std::vector<std::function<void()>> work_;
  std::vector<Answered> answers_;
  std::unordered_set<uint64_t> open_calls_;
  uv_async_t* wake_ = nullptr;
  AnswerFn on_answer_;

  // The loop's thread alone
  std::thread::id thread_;
  uint64_t handing_over_ = 0;
  std::optional<HostAnswer> answered_at_once_;
};

}  // namespace gatelet
