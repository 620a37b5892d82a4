// The protocol of Redis: commands as bytes, and bytes as answers. The one place that knows hiredis, which reads and formats, and does no
// I/O here.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/buffer.hpp"

namespace gatelet {

// Empty: there was no memory.
Buffer redis_command(std::initializer_list<std::string_view> words);

struct RedisAnswer {
  enum class Kind : uint8_t { bytes, status, error, integer, nil };
  Kind kind = Kind::nil;
  Buffer bytes;  // of bytes, status and error
  int64_t integer = 0;
};

// Of one connection. Lists, which no command of ours is answered with, are a fault.
class RedisReader {
 public:
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
  size_t unanswered_bytes_ = 0;
  std::string fault_;
};

}  // namespace gatelet
