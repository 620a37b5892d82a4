// FramingFields: the lines of a head that decide where its body ends, read by one set of rules for both directions (reliability.md R-5,
//
#pragma once

#include <cstdint>
#include <string_view>

#include "http/headers.hpp"

namespace gatelet {

struct FramingFields {
  uint32_t length_count = 0;
  uint32_t coding_count = 0;
  uint64_t length = 0;
  bool is_length_valid = true;
  bool is_chunked = true;             // every Transfer-Encoding line says exactly "chunked"
  bool is_coding_well_formed = true;  // what is not "chunked" is at least the name of another coding, or a list

  void add_length(std::string_view value);
  void add_coding(std::string_view value);
};

}  // namespace gatelet
