#include "xml/characters.hpp"

#include <algorithm>
#include <iterator>

#include "base/text.hpp"

namespace gatelet {
namespace {

struct CodeRange {
  uint32_t first, last;
};

bool is_in(const CodeRange* first, const CodeRange* last, uint32_t code) {
  return std::any_of(first, last, [code](const CodeRange& range) { return code >= range.first && code <= range.last; });
}

// XML 1.0 production 4 beyond ASCII, and what production 4a adds.
constexpr CodeRange name_start_ranges[] = {
    {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},   {0x37F, 0x1FFF},  {0x200C, 0x200D},
    {0x2070, 0x218F}, {0x2C00, 0x2FEF}, {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
};
constexpr CodeRange name_more_ranges[] = {{0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}};

constexpr uint32_t smallest_of_size[] = {0, 0, 0x80, 0x800, 0x10000};

}  // namespace

XmlCharacter xml_character(std::string_view text, size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1};
  const size_t size = first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3 : first >= 0xF0 && first < 0xF5 ? 4 : 0;
  if (size == 0 || at + size > text.size()) return {};
  uint32_t code = first & (0x7Fu >> size);
  for (size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0) != 0x80) return {};
    code = code << 6 | (next & 0x3Fu);
  }
  if (code < smallest_of_size[size] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {};
  return {code, size};
}

bool is_xml_character(uint32_t code) {
  if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
  return code < 0xD800 || (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

bool is_xml_name_start(uint32_t code) {
  if (code < 0x80) return is_alpha(static_cast<char>(code)) || code == '_' || code == ':';
  return is_in(std::begin(name_start_ranges), std::end(name_start_ranges), code);
}

bool is_xml_name_character(uint32_t code) {
  if (code < 0x80) return is_xml_name_start(code) || is_digit(static_cast<char>(code)) || code == '-' || code == '.';
  return is_xml_name_start(code) || is_in(std::begin(name_more_ranges), std::end(name_more_ranges), code);
}

size_t xml_name_end(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size()) {
    const XmlCharacter c = xml_character(text, end);
    if (c.size == 0 || !(end == at ? is_xml_name_start(c.code) : is_xml_name_character(c.code))) break;
    end += c.size;
  }
  return end;
}

size_t skip_xml_space(std::string_view text, size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const size_t more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr uint32_t lead[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(lead[more] | code >> (6 * more));
  for (size_t i = more; i-- > 0;) out += static_cast<char>(0x80 | (code >> (6 * i) & 0x3F));
}

}  // namespace gatelet
