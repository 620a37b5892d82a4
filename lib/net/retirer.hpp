// Retirer: lets go of configurations on a thread of its own, because taking one apart takes milliseconds that no event loop has. The thread
// starts with the first configuration that is retired, and again in a process that was forked since.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace gatelet {

class Retirer {
 public:
  Retirer() = default;
  ~Retirer();
  Retirer(const Retirer&) = delete;
  Retirer& operator=(const Retirer&) = delete;
  // Any thread.
  void retire(std::shared_ptr<const void> object) noexcept;

 private:
  void run();
  void forget_thread_of_parent();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<const void>> objects_;
  bool is_over_ = false;
  std::thread thread_;
  pid_t process_ = 0;  // the one that thread_ runs in
};

}  // namespace gatelet
