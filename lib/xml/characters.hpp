// Characters of XML 1.0 (fifth edition): which may stand in a document and which in a name, over UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatelet {

struct XmlCharacter {
  uint32_t code = 0;
  size_t size = 0;  // in bytes; 0 when the bytes are not UTF-8
};
XmlCharacter xml_character(std::string_view text, size_t at);

bool is_xml_character(uint32_t code);
bool is_xml_name_start(uint32_t code);
bool is_xml_name_character(uint32_t code);

// One past the name that starts at text[at]; `at` itself when none does.
size_t xml_name_end(std::string_view text, size_t at);
// The first offset that is not white space.
size_t skip_xml_space(std::string_view text, size_t at);
void append_utf8(std::string& out, uint32_t code);

}  // namespace gatelet
