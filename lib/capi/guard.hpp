// What every file of capi uses: error objects, the guard that lets no exception cross the ABI, and options that can grow.
#pragma once

#include <algorithm>
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

// A text whose pointer is null although its size is not: the mistake bindings make.
inline bool is_bad(gatelet_str text) { return !text.data && text.size != 0; }

// Bytes of the host as a buffer: copied when nothing destroys them.
inline Buffer take_buffer(gatelet_buf body) {
  if (!body.destroy) return Buffer::copy({body.data, body.data ? body.size : 0});
  return Buffer::adopt(body.data, body.size, body.destroy, body.user);
}

// Bytes that were handed over are released even when the call that took them fails.
inline void give_back(gatelet_buf body) {
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

// An older caller sends a shorter struct: what it does not know keeps its default. A newer caller may send a longer one, as long as the
// part that is not known here is zero.
template <class Options>
Result<Options> options_from(const Options* in, const char* name) {
  Options out{};
  out.size = sizeof out;
  if (!in) return out;
  if (in->size < sizeof in->size) return bad_argument(std::string(name) + ".size is not set; use the _INIT macro");
  if (in->size > 64 * 1024) return bad_argument(std::string(name) + ".size is not a size; use the _INIT macro");
  const auto* bytes = reinterpret_cast<const unsigned char*>(in);
  for (size_t i = sizeof out; i < in->size; ++i)
    if (bytes[i] != 0) return bad_argument(std::string(name) + " has members that this library does not know");
  std::memcpy(&out, in, std::min(in->size, sizeof out));
  out.size = sizeof out;
  return out;
}

// The same in the other direction: writes as much of `value` as the caller's struct has room for.
template <class Struct>
Result<> write_struct(const Struct& value, Struct* out, const char* name) {
  if (!out) return bad_argument(std::string(name) + " is NULL");
  const size_t size = out->size;
  if (size < sizeof value.size || size > 64 * 1024) return bad_argument(std::string(name) + "->size is not set; use the _INIT macro");
  std::memcpy(out, &value, std::min(size, sizeof value));
  out->size = size;
  return Done{};
}

}  // namespace gatelet
