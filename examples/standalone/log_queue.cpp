#include "log_queue.hpp"

#include <gatelet/gatelet.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace host {

LogQueue::LogQueue(int32_t level_min, bool color) : level_min_(level_min), color_(color), thread_([this] { work(); }) {}

LogQueue::~LogQueue() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

static const char* color_of(int32_t level) {
  switch (level) {
    case GATELET_LOG_DEBUG: return "\x1b[90m";
    case GATELET_LOG_WARN: return "\x1b[33m";
    case GATELET_LOG_ERROR:
    case GATELET_LOG_FATAL: return "\x1b[31m";
    default: return "\x1b[32m";
  }
}

void LogQueue::push(int32_t level, std::string_view line) {
  if (level < level_min_) return;
  std::string text;
  // The level stands in brackets at the start of a text line.
  const size_t end = color_ && !line.empty() && line[0] == '[' ? line.find(']') : std::string_view::npos;
  if (end != std::string_view::npos) {
    text = color_of(level);
    text.append(line.substr(0, end + 1)).append("\x1b[0m").append(line.substr(end + 1));
  } else {
    text = line;
  }
  text += '\n';
  std::lock_guard lock(mutex_);
  if (bytes_ + text.size() > bytes_max) {
    ++dropped_;
    return;
  }
  bytes_ += text.size();
  lines_.push_back(std::move(text));
  if (lines_.size() == 1) wake_.notify_one();
}

void LogQueue::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || !lines_.empty(); });
    if (lines_.empty()) return;
    std::deque<std::string> batch;
    batch.swap(lines_);
    bytes_ = 0;
    const uint64_t dropped = dropped_;
    dropped_ = 0;
    lock.unlock();
    std::string text;
    for (const std::string& line : batch) text += line;
    if (dropped) text += "[Warn] " + std::to_string(dropped) + " log lines were dropped: standard output is too slow\n";
    for (size_t at = 0; at < text.size();) {
      const ssize_t written = ::write(STDOUT_FILENO, text.data() + at, text.size() - at);
      if (written <= 0) break;  // a closed pipe must not stop the gateway
      at += static_cast<size_t>(written);
    }
    lock.lock();
  }
}

}  // namespace host
