#include "xml/declaration.hpp"

#include <optional>

#include "base/text.hpp"
#include "xml/characters.hpp"

namespace gatelet {
namespace {

struct PseudoAttribute {
  std::string_view name;
  std::string_view value;
  size_t end;
};

std::optional<PseudoAttribute> pseudo_attribute(std::string_view text, size_t at) {
  const size_t name_at = skip_xml_space(text, at);
  const size_t name_end = xml_name_end(text, name_at);
  const size_t equals = skip_xml_space(text, name_end);
  if (name_at == at || name_end == name_at || text.substr(equals, 1) != "=") return std::nullopt;
  const size_t quote = skip_xml_space(text, equals + 1);
  if (quote >= text.size() || (text[quote] != '"' && text[quote] != '\'')) return std::nullopt;
  const size_t end = text.find(text[quote], quote + 1);
  if (end == std::string_view::npos) return std::nullopt;
  return PseudoAttribute{text.substr(name_at, name_end - name_at), text.substr(quote + 1, end - quote - 1), end + 1};
}

bool is_value_allowed(const PseudoAttribute& attribute) {
  if (attribute.name == "version") return attribute.value.substr(0, 2) == "1." && parse_unsigned(attribute.value.substr(2)).has_value();
  if (attribute.name == "standalone") return attribute.value == "yes" || attribute.value == "no";
  return !attribute.value.empty() && is_alpha(attribute.value[0]) &&
         attribute.value.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == std::string_view::npos;
}

}  // namespace

bool has_xml_declaration(std::string_view text) { return text.substr(0, 5) == "<?xml" && text.size() > 5 && is_space(text[5]); }

bool is_xml_declaration(std::string_view content) {
  constexpr std::string_view order[] = {"version", "encoding", "standalone"};
  size_t next = 0;
  size_t at = 0;
  while (skip_xml_space(content, at) < content.size()) {
    const std::optional<PseudoAttribute> attribute = pseudo_attribute(content, at);
    if (!attribute || !is_value_allowed(*attribute)) return false;
    if (next == 1 && attribute->name == order[2]) ++next;
    if (next == 3 || attribute->name != order[next]) return false;
    ++next;
    at = attribute->end;
  }
  return next > 0;
}

}  // namespace gatelet
