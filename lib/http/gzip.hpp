// The content coding gzip (RFC 1952), read and written by zlib.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gatelet {

// Code::limit: it would become larger than `bytes_max`, which is found before the memory is taken.
Result<std::string> gunzip(std::string_view bytes, size_t bytes_max);
std::string gzip(std::string_view bytes);

}  // namespace gatelet
