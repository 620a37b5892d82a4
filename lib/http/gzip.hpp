// The content codings gzip (RFC 1952) and deflate (RFC 1950, and 1951 as old clients have it), read and written by zlib.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gatelet {

// Code::limit: it would become larger than `bytes_max`, which is found before the memory is taken.
Result<std::string> gunzip(std::string_view bytes, size_t bytes_max);
std::string gzip(std::string_view bytes);
Result<std::string> undeflate(std::string_view bytes, size_t bytes_max);

// Reads a body that comes in parts.
class Inflater {
 public:
  explicit Inflater(bool is_gzip);
  ~Inflater();
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;
  // `take` gets what comes out, in small pieces. False: it is damaged.
  bool feed(std::string_view bytes, const std::function<void(std::string_view)>& take);

 private:
  struct Stream;
  bool is_gzip_;
  std::unique_ptr<Stream> stream_;  // null before the first byte, which tells the form of deflate
};

}  // namespace gatelet
