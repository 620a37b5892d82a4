// What every file of capi uses: error objects, the guard that lets no exception cross the ABI, and options that can grow.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "base/buffer.hpp"
#include "base/diagnostics.hpp"
#include "base/result.hpp"
#include "gatelet/base.h"

struct gatelet_error {
  gatelet::Error value;
  std::unique_ptr<gatelet_error> next;
};

namespace gatelet {

inline std::string_view view(gatelet_str text) { return text.data ? std::string_view(text.data, text.size) : std::string_view(); }
inline gatelet_str borrow(std::string_view text) { return {text.data(), text.size()}; }

// A text that belongs to the caller: gatelet_text_destroy().
inline gatelet_str copied_text(std::string_view text) {
  auto* const bytes = static_cast<char*>(::operator new(text.size() + 1));
  text.copy(bytes, text.size());
  bytes[text.size()] = '\0';
  return {bytes, text.size()};
}

// A text whose pointer is null although its size is not, or whose size is a negative number: the mistakes bindings make.
inline bool is_bad(gatelet_str text) { return text.size > PTRDIFF_MAX || (!text.data && text.size != 0); }
inline bool is_bad(const gatelet_buf& body) { return is_bad(gatelet_str{body.data, body.size}); }

// The first member of every handle. It tells a handle of another kind, and often a destroyed one, from a live one.
template <uint32_t kind>
class HandleMark {
 public:
  HandleMark() = default;
  HandleMark(const HandleMark&) = delete;
  HandleMark& operator=(const HandleMark&) = delete;
  ~HandleMark() { value_ = 0; }
  bool holds() const { return value_ == kind; }

 private:
  volatile uint32_t value_ = kind;  // volatile: what a destructor writes last is otherwise not written
};
// By way of the mark alone: what was given may be a smaller thing than a Handle, and aligned less.
template <class Handle>
bool is_live(const Handle* handle) {
  const void* const first = handle;
  return first && static_cast<const decltype(Handle::mark)*>(first)->holds();
}

// Bytes of the host as a buffer: copied when nothing destroys them.
inline Buffer take_buffer(gatelet_buf body) {
  if (!body.destroy) return Buffer::copy({body.data, body.data ? body.size : 0});
  return Buffer::adopt(body.data, body.size, body.destroy, body.user);
}

// Bytes that were handed over are released even when the call that took them fails.
inline void give_back(gatelet_buf body) noexcept {
  if (body.destroy) body.destroy(body.user);
}

gatelet_status report_failure(Error error, gatelet_error** out) noexcept;
// All errors of the diagnostics as a chain.
gatelet_status report_failures(const Diagnostics& diagnostics, gatelet_error** out) noexcept;

inline Error bad_argument(std::string message) { return {Code::argument, std::move(message), {}, {}}; }

// Runs `body`, which returns Result<>, and turns its error or anything thrown into a status.
template <class Body>
gatelet_status guarded(gatelet_error** error, Body&& body) noexcept {
  try {
    Result<> result = body();
    return result ? GATELET_OK : report_failure(std::move(result.error()), error);
  } catch (const std::bad_alloc&) {
    return report_failure({Code::memory, {}, {}, {}}, error);
  } catch (...) {
    return report_failure({Code::internal, {}, {}, {}}, error);
  }
}

// What `size` of a struct may be: at least itself, whole members, and not what uninitialised memory holds.
inline constexpr size_t struct_bytes_max = 64 * 1024;
template <class Struct>
bool is_size_set(const Struct& value) {
  return value.size >= sizeof value.size && value.size <= struct_bytes_max && value.size % alignof(Struct) == 0;
}
// Whether a caller's struct has the members up to `end`, an offset: an older one may be shorter.
template <class Struct>
bool reaches(const Struct* value, size_t end) {
  return value && is_size_set(*value) && value->size >= end;
}

// An older caller sends a shorter struct: what it does not know keeps its default. A newer caller may send a longer one, as long as the
// part that is not known here is zero.
template <class Options>
Result<Options> options_from(const Options* in, const char* name) {
  Options out{};
  out.size = sizeof out;
  if (!in) return out;
  if (!is_size_set(*in)) return bad_argument(std::string(name) + ".size is not set; initialise the struct with its _INIT macro");
  const auto* bytes = reinterpret_cast<const unsigned char*>(in);
  for (size_t i = sizeof out; i < in->size; ++i)
    if (bytes[i] != 0)
      return bad_argument(std::string(name) + " has members that this library does not know; leave them zero, or use a newer library");
  std::memcpy(&out, in, std::min(in->size, sizeof out));
  out.size = sizeof out;
  return out;
}

// A struct that the library is to write.
template <class Struct>
Result<> check_struct(const Struct* out, const char* name) {
  if (!out) return bad_argument(std::string(name) + " is NULL; pass the address of a struct for the result");
  if (!is_size_set(*out)) return bad_argument(std::string(name) + "->size is not set; initialise the struct with its _INIT macro");
  return Done{};
}

// The same in the other direction: writes as much of `value` as the caller's struct has room for.
template <class Struct>
Result<> write_struct(const Struct& value, Struct* out, const char* name) {
  if (Result<> checked = check_struct(out, name); !checked) return checked;
  const size_t size = out->size;
  std::memcpy(out, &value, std::min(size, sizeof value));
  out->size = size;
  return Done{};
}

}  // namespace gatelet
