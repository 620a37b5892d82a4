// The content codings of a message (RFC 9110 8.4), and a body without them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/headers.hpp"

namespace gatelet {

// In the order in which they were applied, without `identity`.
std::vector<std::string_view> content_codings(const Headers& headers);

// Undoes one of them. Code::argument: it is not known; Code::limit: it would become larger than `bytes_max`, which is found before the
// memory is taken; another: it is damaged.
Result<std::string> without_coding(std::string_view coding, std::string_view bytes, size_t bytes_max);
bool is_gzip(std::string_view coding);
bool is_deflate(std::string_view coding);

}  // namespace gatelet
