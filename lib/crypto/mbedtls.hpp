// What the files of this room share of mbedTLS; nothing outside the room includes it.
#pragma once

#include <mbedtls/md.h>

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crypto/hash.hpp"

namespace gatelet::crypto {

inline const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
mbedtls_md_type_t md_type(Hash hash);
// An error with mbedTLS's own words; running out of memory is not one, but std::bad_alloc.
Error library_error(std::string_view what, int status);
// The DER form of the first block of PEM of that kind.
Result<std::string> pem_block(const std::string& text, const char* header, const char* footer);

}  // namespace gatelet::crypto
