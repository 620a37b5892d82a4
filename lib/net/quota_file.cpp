#include "net/quota_file.hpp"

#include <chrono>
#include <new>

#include "net/files.hpp"
#include "net/threads.hpp"

namespace gatelet {

Result<std::unique_ptr<QuotaFile>> QuotaFile::create(std::string path, StripedQuotaCounters& counters, LogSink* log) {
  std::unique_ptr<QuotaFile> file(new QuotaFile(std::move(path), counters, log));
  if (Result<> done = file->read(); !done) return std::move(done.error());
  if (Result<> done = file->write(); !done) return std::move(done.error());
  return file;
}

QuotaFile::~QuotaFile() {
  {
    std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  flush();
}

void QuotaFile::start() {
  if (!thread_.joinable()) thread_ = start_thread([this] { run(); });
}

void QuotaFile::run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::milliseconds(quota_flush_ms), [this] { return is_over_; })) {
    lock.unlock();
    flush();
    lock.lock();
  }
}

Result<> QuotaFile::read() {
  if (!file_exists(path_)) return Done{};
  const Result<std::string> bytes = read_file(path_, quota_snapshot_bytes_max);
  if (!bytes && bytes.error().code == Code::limit) return put_aside("it is larger than counters of quotas can be");
  if (!bytes) return bytes.error();
  const Result<> restored = counters_.restore(*bytes);
  return restored ? restored : put_aside(restored.error().message);
}

// What cannot be read is kept for who wants to know why.
Result<> QuotaFile::put_aside(const std::string& why) {
  const std::string aside = path_ + ".damaged";
  if (Result<> moved = rename_file(path_, aside); !moved) return moved;
  log(LogLevel::error, "QuotaFileDamaged", path_ + ": " + why + "; it is now " + aside + ", and quotas are counted anew");
  return Done{};
}

Result<> QuotaFile::write() { return replace_file(path_, counters_.snapshot()); }

void QuotaFile::flush() {
  if (!counters_.take_changes() && !is_behind_) return;
  const bool was_behind = std::exchange(is_behind_, true);
  try {
    if (Result<> written = write(); !written) {
      if (!was_behind)
        log(LogLevel::error, "QuotaFileNotWritten", written.error().message + "; quotas count on in memory, and it is tried again");
      return;
    }
  } catch (const std::bad_alloc&) {
    return;  // it is behind
  }
  is_behind_ = false;
  if (was_behind) log(LogLevel::info, "QuotaFileWritten", path_);
}

void QuotaFile::log(LogLevel level, std::string_view event, std::string_view message) {
  if (log_) log_->log(level, event, message, nullptr, 0);
}

}  // namespace gatelet
