#include "xml/entities.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.hpp"
#include "xml/characters.hpp"

namespace gatelet {
namespace {

constexpr std::pair<std::string_view, char> named_entities[] = {
    {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};

XmlReference numeric_reference(std::string_view text, size_t at) {
  const bool is_hexadecimal = text.substr(at + 2, 1) == "x";
  const uint32_t base = is_hexadecimal ? 16 : 10;
  const size_t first = at + (is_hexadecimal ? 3 : 2);
  uint32_t code = 0;
  size_t i = first;
  for (; i < text.size() && (is_hexadecimal ? hex_value(text[i]) >= 0 : is_digit(text[i])); ++i) {
    code = code * base + static_cast<uint32_t>(hex_value(text[i]));
    if (code > 0x10FFFF) return {};
  }
  if (i == first || i >= text.size() || text[i] != ';' || !is_xml_character(code)) return {};
  return {code, i + 1 - at};
}

}  // namespace

XmlReference xml_reference(std::string_view text, size_t at) {
  for (const auto& [name, character] : named_entities)
    if (text.substr(at, name.size()) == name) return {static_cast<unsigned char>(character), name.size()};
  return text.substr(at, 2) == "&#" ? numeric_reference(text, at) : XmlReference{};
}

std::string decode_entities(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t next = text.find('&', at);
    decoded += text.substr(at, next - at);
    if (next == std::string_view::npos) break;
    const XmlReference reference = xml_reference(text, next);
    if (reference.size == 0) {
      decoded += '&';
    } else {
      append_utf8(decoded, reference.code);
    }
    at = next + (reference.size == 0 ? 1 : reference.size);
  }
  return decoded;
}

std::string encode_entities(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  for (char c : text) {
    const auto named =
        std::find_if(std::begin(named_entities), std::end(named_entities), [c](const auto& entity) { return entity.second == c; });
    if (named == std::end(named_entities))
      encoded += c;
    else
      encoded += named->first;
  }
  return encoded;
}

}  // namespace gatelet
