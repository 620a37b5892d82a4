// Result<T>: a value or an Error. Our code never throws; every function that can fail for a reason the caller must handle returns one.
// The interface is that of std::expected, so that the alias can move to it with C++23.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace gatelet {

// A place in a text a human wrote; both count from 1, columns in bytes. Zero means "no place known".
struct SourcePos {
  uint32_t line = 0;
  uint32_t column = 0;
  explicit operator bool() const { return line != 0; }
  bool operator==(const SourcePos&) const = default;
};

// What kind of failure; the values are those of gatelet_status in include/gatelet/base.h.
enum class Code : int32_t {
  argument = -1,     // the caller's fault: a bad value, a call in the wrong order
  config = -2,       // a document, file or resource is wrong
  memory = -3,       // out of memory
  limit = -4,        // an input is larger than a named limit allows
  io = -5,           // a file, socket or address could not be used
  stale = -6,        // a reply to an action that was cancelled or is finished
  unsupported = -7,  // known, but not in this build
  internal = -8,     // we are wrong
  host = -9,         // passed through from a host callback
};

struct Error {
  Code code = Code::internal;
  std::string message;  // names what was wrong and what to do
  SourcePos at;
  std::string path;  // file, JSON pointer or policy path; empty when there is none
};

struct Done {};

template <class T = Done>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return *std::get_if<0>(&state_); }
  const T& operator*() const& { return *std::get_if<0>(&state_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }
  Error& error() { return *std::get_if<1>(&state_); }
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

// Declares `name` with the value of `expr`, or returns the error of it from the enclosing function.
#define GATELET_TRY(name, expr)                                \
  auto name##_result = (expr);                                 \
  if (!name##_result) return std::move(name##_result.error()); \
  auto name = *std::move(name##_result)

}  // namespace gatelet
