// The protocol of Redis: commands as bytes, and bytes as answers. The one place that knows hiredis, which reads and formats, and does no
// I/O here.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/buffer.hpp"

namespace gatelet {

// Empty: there was no memory.
Buffer redis_command(std::span<const std::string_view> words);
inline Buffer redis_command(std::initializer_list<std::string_view> words) {
  return redis_command(std::span<const std::string_view>(words.begin(), words.size()));
}

struct RedisAnswer {
  enum class Kind : uint8_t { bytes, status, error, integer, nil };
  Kind kind = Kind::nil;
  Buffer bytes;  // of bytes, status and error
  int64_t integer = 0;
};

// Of one connection. Lists, which no command of ours is answered with, are a fault.
class RedisReader {
 public:
  // A line without an end is looked through again whenever more of it comes.
  static constexpr size_t line_bytes_max = 64 * 1024;

  // An answer of more bytes is a fault.
  explicit RedisReader(size_t answer_bytes_max);
  RedisReader(const RedisReader&) = delete;
  RedisReader& operator=(const RedisReader&) = delete;
  ~RedisReader();

  void feed(std::string_view bytes);
  // Nothing: more bytes are needed, or there is a fault.
  std::optional<RedisAnswer> next();
  // What is wrong with the bytes; empty: nothing. Final.
  const std::string& fault() const { return fault_; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  size_t answer_bytes_max_;
  bool is_between_ = true;  // the next byte begins an answer
  bool is_line_ = false;    // the answer that has begun is one
  std::string fault_;
};

}  // namespace gatelet
