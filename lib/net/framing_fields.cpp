#include "net/framing_fields.hpp"

#include "base/text.hpp"

namespace gatelet {

void FramingFields::add_length(std::string_view value) {
  ++length_count;
  const auto number = parse_unsigned(value);
  is_length_valid &= number && *number <= INT64_MAX;
  length = number.value_or(0);
}

void FramingFields::add_coding(std::string_view value) {
  ++coding_count;
  is_chunked &= equal_ignoring_case(value, "chunked");
  is_coding_well_formed &= !value.empty();
  for (char c : value) is_coding_well_formed &= is_token({&c, 1}) || c == ',' || c == ' ' || c == ';' || c == '=';
}

}  // namespace gatelet
