#include "net/config_watcher.hpp"

#include <chrono>
#include <new>

#include "net/threads.hpp"

namespace gatelet {

ConfigWatcher::ConfigWatcher(ConfigWatch watch) : watch_(std::move(watch)), seen_(fingerprint(watch_.path)) {}

ConfigWatcher::~ConfigWatcher() {
  {
    std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void ConfigWatcher::start() {
  if (!thread_.joinable()) thread_ = start_thread([this] { run(); });
}

void ConfigWatcher::run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::milliseconds(watch_.period_ms), [this] { return is_over_; })) {
    lock.unlock();
    try {
      look();
    } catch (const std::bad_alloc&) {
      seen_ = 0;  // tried again in the next period; the configuration in force stays
    }
    lock.lock();
  }
}

static void log_event(LogSink* log, LogLevel level, std::string_view event, std::string_view message) {
  if (log) log->log(level, event, message, nullptr, 0);
}

void log_diagnostics(LogSink& log, const Diagnostics& diagnostics) {
  for (const Diagnostic& item : diagnostics.items())
    log_event(&log, item.severity == Severity::error ? LogLevel::error : LogLevel::warn, "ConfigurationProblem", format(item));
}

void ConfigWatcher::look() {
  const uint64_t now = fingerprint(watch_.path);
  if (now == seen_) return;
  seen_ = now;
  if (now == 0)
    return log_event(watch_.log, LogLevel::error, "ConfigurationUnreadable",
                     watch_.path + ": the path has gone; the configuration in force stays");
  log_event(watch_.log, LogLevel::info, "ConfigurationRetrieving", watch_.path);
  Diagnostics diagnostics;
  auto resources = resources_from_path(watch_.path, watch_.folder, diagnostics);
  // A tree that changes while it is read is looked at again: the next period sees another fingerprint.
  if (fingerprint(watch_.path) != now) return void(seen_ = 0);
  if (!resources)
    return log_event(watch_.log, LogLevel::error, "ConfigurationUnreadable", resources.error().path + ": " + resources.error().message);
  const auto in_force = watch_.in_force();
  BuildOptions options = watch_.build;
  options.previous = in_force;
  const auto config = build_config(*resources, options, std::move(diagnostics));
  if (watch_.log) log_diagnostics(*watch_.log, config->diagnostics);
  // A version with an error does not replace one in force, not even in part: what serves now is known to be good.
  if (config->diagnostics.has_errors() && in_force && in_force->usable)
    return log_event(watch_.log, LogLevel::error, "ConfigurationRejected", "the new version has errors; the one in force stays");
  if (in_force && in_force->revision == config->revision) return;
  watch_.publish(config);
  log_event(watch_.log, LogLevel::info, "ConfigurationLoaded", config->revision);
}

}  // namespace gatelet
