// Entities: the five named and the numeric references of XML. Policy documents have no DTD, so there are no others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatelet {

struct XmlReference {
  uint32_t code = 0;
  size_t size = 0;  // from '&' to ';' inclusive; 0 when text[at] begins no reference that XML knows
};
XmlReference xml_reference(std::string_view text, size_t at);

// All references decoded once; an '&' that begins none stays as it is.
std::string decode_entities(std::string_view text);
// The characters that have a named entity as that: fit for text and for attributes in either quote.
std::string encode_entities(std::string_view text);

}  // namespace gatelet
