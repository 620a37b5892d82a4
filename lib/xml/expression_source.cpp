#include "xml/expression_source.hpp"

#include <vector>

#include "base/text.hpp"
#include "xml/entities.hpp"
#include "xml/expression_scan.hpp"

namespace gatelet {
namespace {

bool has_reference(std::string_view text) {
  for (size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1))
    if (xml_reference(text, at).size != 0) return true;
  return false;
}

// What a raw scan must see to know where a string, a character or a comment ends.
bool is_mark_of_code(uint32_t code) { return code == '"' || code == '\'' || code == '\r' || code == '\n'; }

// Nothing in it that escaped text cannot hold.
bool is_well_formed(std::string_view text, char quote) {
  if (text.find('<') != std::string_view::npos) return false;
  if (quote != 0 && text.find(quote) != std::string_view::npos) return false;
  for (size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1))
    if (xml_reference(text, at).size == 0) return false;
  return true;
}

std::string decode_outside_literals(std::string_view raw, const std::vector<TextRange>& literals) {
  std::string decoded;
  size_t at = 0;
  for (const TextRange& literal : literals) {
    decoded += decode_entities(raw.substr(at, literal.begin - at));
    decoded += raw.substr(literal.begin, literal.end - literal.begin);
    at = literal.end;
  }
  return decoded += decode_entities(raw.substr(at));
}

bool has_reference_outside(std::string_view raw, const std::vector<TextRange>& literals) {
  size_t at = 0;
  for (const TextRange& literal : literals) {
    if (has_reference(raw.substr(at, literal.begin - at))) return true;
    at = literal.end;
  }
  return has_reference(raw.substr(at));
}

}  // namespace

std::optional<std::string> escaped_expression(std::string_view segment, XmlForm form) {
  const size_t raw_quote = segment.find('"');
  for (size_t at = segment.find('&'); at < segment.size(); at = segment.find('&', at + 1)) {
    if (form == XmlForm::any && at > raw_quote) break;
    const XmlReference reference = xml_reference(segment, at);
    if (reference.size == 0 || !is_mark_of_code(reference.code)) continue;
    std::string decoded(trim(decode_entities(segment)));
    if (is_expression(decoded)) return decoded;
    break;
  }
  return std::nullopt;
}

std::string expression_source(std::string_view raw, char quote, XmlForm form) {
  if (!has_reference(raw)) return std::string(raw);
  const std::vector<TextRange> literals = expression_literals(raw);
  const bool is_whole = is_well_formed(raw, quote);
  if (!(is_whole && form == XmlForm::escaped) && !has_reference_outside(raw, literals)) return std::string(raw);
  std::string decoded = is_whole ? decode_entities(raw) : decode_outside_literals(raw, literals);
  return is_expression(decoded) ? decoded : std::string(raw);
}

}  // namespace gatelet
