#include "http/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <climits>
#include <memory>
#include <new>

namespace gatelet {
namespace gzip_reading {

constexpr int gzip_window = 15 + 16;  // of inflateInit2: the largest window, and a header of gzip
constexpr size_t first_piece_bytes = 16 * 1024;

struct Closer {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

Error too_large(size_t bytes_max) {
  return {Code::limit, "the gzip body is larger than the " + std::to_string(bytes_max) + " bytes that are allowed", {}, {}};
}

}  // namespace gzip_reading

using namespace gzip_reading;

Result<std::string> gunzip(std::string_view bytes, size_t bytes_max) {
  if (bytes.size() > UINT_MAX) return too_large(bytes_max);
  z_stream stream{};
  if (inflateInit2(&stream, gzip_window) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, Closer> closer(&stream);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  for (size_t size = 0;;) {
    if (size > bytes_max) return too_large(bytes_max);
    if (size == out.size()) out.resize(std::min(std::max(size * 2, first_piece_bytes), bytes_max + 1));
    const size_t room = std::min<size_t>(out.size() - size, UINT_MAX);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + size);
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_NO_FLUSH);
    size += room - stream.avail_out;
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result == Z_BUF_ERROR) return Error{Code::config, "the gzip body is truncated", {}, {}};
    if (result != Z_OK && result != Z_STREAM_END) return Error{Code::config, "the gzip body is damaged", {}, {}};
    if (result == Z_OK) continue;
    if (stream.avail_in != 0) {
      inflateReset(&stream);  // several members one behind the other are one body
    } else if (size <= bytes_max) {
      out.resize(size);
      return out;
    }
  }
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
