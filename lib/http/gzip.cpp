#include "http/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <climits>
#include <memory>
#include <new>
#include <utility>

namespace gatelet {
namespace gzip_reading {

// Of inflateInit2: the largest window, and a header of gzip, one of zlib, or none.
constexpr int gzip_window = 15 + 16, zlib_window = 15, bare_window = -15;
constexpr size_t first_piece_bytes = 16 * 1024;

// A block of deflate that looked like the header of zlib would be stored, not the last one, and padded with what nobody writes.
int deflate_window(char first) { return (static_cast<unsigned char>(first) & 0x8F) == 0x08 ? zlib_window : bare_window; }

struct Closer {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

std::string name_of(int window) { return window == gzip_window ? "the gzip body" : "the deflate body"; }

Error too_large(int window, size_t bytes_max) {
  return {Code::limit, name_of(window) + " is larger than the " + std::to_string(bytes_max) + " bytes that are allowed", {}, {}};
}

Error wrong(int window, std::string_view how) { return {Code::config, name_of(window).append(how), {}, {}}; }

Result<std::string> inflated(std::string_view bytes, int window, size_t bytes_max) {
  if (bytes.size() > UINT_MAX) return too_large(window, bytes_max);
  z_stream stream{};
  if (inflateInit2(&stream, window) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, Closer> closer(&stream);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  for (size_t size = 0;;) {
    if (size > bytes_max) return too_large(window, bytes_max);
    if (size == out.size()) out.resize(std::min(std::max(size * 2, first_piece_bytes), bytes_max + 1));
    const size_t room = std::min<size_t>(out.size() - size, UINT_MAX);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + size);
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_NO_FLUSH);
    size += room - stream.avail_out;
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result == Z_BUF_ERROR) return wrong(window, " is truncated");
    if (result != Z_OK && result != Z_STREAM_END) return wrong(window, " is damaged");
    if (result == Z_OK) continue;
    if (stream.avail_in != 0 && window == gzip_window) {
      inflateReset(&stream);  // several members one behind the other are one body
    } else if (stream.avail_in != 0) {
      return wrong(window, " is damaged");
    } else if (size <= bytes_max) {
      out.resize(size);
      return out;
    }
  }
}

}  // namespace gzip_reading

using namespace gzip_reading;

Result<std::string> gunzip(std::string_view bytes, size_t bytes_max) { return inflated(bytes, gzip_window, bytes_max); }

Result<std::string> undeflate(std::string_view bytes, size_t bytes_max) {
  return inflated(bytes, bytes.empty() ? zlib_window : deflate_window(bytes.front()), bytes_max);
}

struct Inflater::Stream {
  z_stream state{};
  bool is_over = false;
  ~Stream() { inflateEnd(&state); }
};

Inflater::Inflater(bool is_gzip) : is_gzip_(is_gzip) {}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

bool Inflater::feed(std::string_view bytes, const std::function<void(std::string_view)>& take) {
  if (bytes.empty()) return true;
  if (!stream_) {
    stream_ = std::make_unique<Stream>();
    if (inflateInit2(&stream_->state, is_gzip_ ? gzip_window : deflate_window(bytes.front())) != Z_OK) throw std::bad_alloc();
  }
  z_stream& state = stream_->state;
  char piece[first_piece_bytes];
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  state.avail_in = static_cast<uInt>(bytes.size());
  do {
    if (std::exchange(stream_->is_over, false)) {
      if (!is_gzip_) return false;
      inflateReset(&state);
    }
    state.next_out = reinterpret_cast<Bytef*>(piece);
    state.avail_out = sizeof piece;
    const int result = inflate(&state, Z_NO_FLUSH);
    take({piece, sizeof piece - state.avail_out});
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result == Z_BUF_ERROR) return true;  // more must come
    if (result != Z_OK && result != Z_STREAM_END) return false;
    stream_->is_over = result == Z_STREAM_END;
  } while (state.avail_in != 0 || state.avail_out == 0);
  return true;
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, MAX_MEM_LEVEL - 1, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> closer(&stream, deflateEnd);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  size_t taken = 0, size = 0;
  for (int result = Z_OK; result != Z_STREAM_END;) {
    if (stream.avail_in == 0)
      stream.avail_in = static_cast<uInt>(std::min<size_t>(bytes.size() - taken, UINT_MAX)), taken += stream.avail_in;
    const size_t room = std::min<size_t>(out.size() - size, UINT_MAX);
    stream.avail_out = static_cast<uInt>(room);
    result = deflate(&stream, taken == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    size += room - stream.avail_out;
  }
  out.resize(size);
  return out;
}

}  // namespace gatelet
