#include "net/redis_protocol.hpp"

#include <hiredis.h>

#include <algorithm>
#include <new>
#include <vector>

namespace gatelet {
namespace redis_protocol {

void* made(RedisAnswer::Kind kind, std::string_view bytes, int64_t integer) {
  try {
    return new RedisAnswer{kind, Buffer::copy(bytes), integer};
  } catch (const std::bad_alloc&) {
    return nullptr;  // as hiredis has it
  }
}

void* make_string(const redisReadTask* task, char* text, size_t size) {
  const auto kind = task->type == REDIS_REPLY_ERROR    ? RedisAnswer::Kind::error
                    : task->type == REDIS_REPLY_STATUS ? RedisAnswer::Kind::status
                                                       : RedisAnswer::Kind::bytes;
  return made(kind, {text, size}, 0);
}

void* make_integer(const redisReadTask*, long long value) { return made(RedisAnswer::Kind::integer, {}, value); }
void* make_nil(const redisReadTask*) { return made(RedisAnswer::Kind::nil, {}, 0); }
void destroy(void* object) { delete static_cast<RedisAnswer*>(object); }

// What no command of ours is answered with. The types differ between versions of hiredis.
template <class... Values>
void* refuse(const redisReadTask*, Values...) {
  return nullptr;
}

template <class Functions>
Functions make_functions() {
  Functions functions{};
  functions.createString = make_string;
  functions.createArray = refuse;
  functions.createInteger = make_integer;
  functions.createNil = make_nil;
  functions.freeObject = destroy;
  if constexpr (requires { functions.createDouble; }) functions.createDouble = refuse;
  if constexpr (requires { functions.createBool; }) functions.createBool = refuse;
  return functions;
}

redisReplyObjectFunctions functions = make_functions<redisReplyObjectFunctions>();

}  // namespace redis_protocol

Buffer redis_command(std::span<const std::string_view> words) {
  std::vector<const char*> texts;
  std::vector<size_t> sizes;
  for (std::string_view word : words) {
    texts.push_back(word.empty() ? "" : word.data());
    sizes.push_back(word.size());
  }
  char* bytes = nullptr;
  const auto size = redisFormatCommandArgv(&bytes, static_cast<int>(texts.size()), texts.data(), sizes.data());
  if (size < 0 || !bytes) return {};
  return Buffer::adopt(
      bytes, static_cast<size_t>(size), [](void* user) { redisFreeCommand(static_cast<char*>(user)); }, bytes);
}

struct RedisReader::Impl {
  redisReader* reader = nullptr;
};

RedisReader::RedisReader(size_t answer_bytes_max) : impl_(std::make_unique<Impl>()), answer_bytes_max_(answer_bytes_max) {
  impl_->reader = redisReaderCreateWithFunctions(&redis_protocol::functions);
  if (!impl_->reader) throw std::bad_alloc();
}

RedisReader::~RedisReader() { redisReaderFree(impl_->reader); }

void RedisReader::feed(std::string_view bytes) {
  if (!fault_.empty()) return;
  if (redisReaderFeed(impl_->reader, bytes.data(), bytes.size()) != REDIS_OK) fault_ = "there is no memory for its answer";
}

std::optional<RedisAnswer> RedisReader::next() {
  if (!fault_.empty()) return {};
  const redisReader& reader = *impl_->reader;
  if (is_between_ && reader.len > reader.pos) {
    is_between_ = false;
    is_line_ = reader.buf[reader.pos] != '$';
  }
  void* object = nullptr;
  if (redisReaderGetReply(impl_->reader, &object) != REDIS_OK) {
    fault_ = "it does not speak the protocol of Redis";
    return {};
  }
  if (!object) {
    const size_t most = is_line_ ? std::min(answer_bytes_max_, line_bytes_max) : answer_bytes_max_;
    if (reader.len - reader.pos > most) fault_ = "its answer is larger than " + std::to_string(most) + " bytes";
    return {};
  }
  is_between_ = true;
  const std::unique_ptr<RedisAnswer> answer(static_cast<RedisAnswer*>(object));
  return std::move(*answer);
}

}  // namespace gatelet
