// QuotaFile: keeps what quotas have counted in a file, so that a restart goes on where the process ended. The whole file is written anew,
// on a thread of its own, at most every quota_flush_ms and only after a change: a process that is killed loses no more than that. One
// gateway a file.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "gateway/quota_counters.hpp"

namespace gatelet {

class QuotaFile {
 public:
  // Reads the file into the counters, or makes it. One that is damaged is renamed, with a line in the log, and counting begins anew; one
  // that cannot be read or written is an error. The counters and the log, which may be null, outlive it; no exchange has begun yet.
  static Result<std::unique_ptr<QuotaFile>> create(std::string path, StripedQuotaCounters& counters, LogSink* log);
  // Writes what was counted last.
  ~QuotaFile();
  QuotaFile(const QuotaFile&) = delete;
  QuotaFile& operator=(const QuotaFile&) = delete;
  void start();

 private:
  QuotaFile(std::string path, StripedQuotaCounters& counters, LogSink* log) : path_(std::move(path)), counters_(counters), log_(log) {}
  Result<> read();
  Result<> put_aside(const std::string& why);
  void run();
  Result<> write();
  void flush();
  void log(LogLevel level, std::string_view event, std::string_view message);

  std::string path_;
  StripedQuotaCounters& counters_;
  LogSink* log_;
  bool is_behind_ = false;  // the last write failed
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace gatelet
