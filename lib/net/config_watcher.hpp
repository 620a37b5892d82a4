// ConfigWatcher: looks at a path every period, loads it off the event loops when it changed, and hands a usable configuration on. A broken
// one is logged with all its problems, and the old one stays in force (fail static).
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/log.hpp"
#include "config/build.hpp"
#include "net/files.hpp"

namespace gatelet {

struct ConfigWatch {
  std::string path;
  FolderOptions folder;
  BuildOptions build;
  uint32_t period_ms = config_poll_ms;
  LogSink* log = nullptr;  // may be null
  // A broken new version is worse than the one in force only if there is one.
  std::function<std::shared_ptr<const Config>()> in_force;
  std::function<void(std::shared_ptr<const Config>)> publish;
};

class ConfigWatcher {
 public:
  // What the path holds now counts as seen; start() makes the thread.
  explicit ConfigWatcher(ConfigWatch watch);
  ~ConfigWatcher();
  ConfigWatcher(const ConfigWatcher&) = delete;
  ConfigWatcher& operator=(const ConfigWatcher&) = delete;
  void start();

 private:
  void run();
  void look();

  ConfigWatch watch_;
  uint64_t seen_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

// One log line per problem, as `gatelet check` prints it.
void log_diagnostics(LogSink& log, const Diagnostics& diagnostics);

}  // namespace gatelet
