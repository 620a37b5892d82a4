#include "policy/named_values.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "xml/entities.hpp"

namespace gatelet {

static bool is_name_character(char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_'; }

NamedValueToken named_value_at(std::string_view text, size_t at) {
  size_t end = at + 2;
  while (end < text.size() && is_name_character(text[end]) && end - at - 2 < named_value_name_length_max) ++end;
  if (end == at + 2 || text.substr(end, 2) != "}}") return {};
  const bool is_in_more_braces = (at > 0 && text[at - 1] == '{') || (end + 2 < text.size() && text[end + 2] == '}');
  return {text.substr(at + 2, end - at - 2), at, is_in_more_braces};
}

std::string replace_named_values(std::string_view text, const std::function<std::optional<std::string>(const NamedValueToken&)>& value_of) {
  std::string out;
  size_t copied = 0;
  for (size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    const NamedValueToken token = named_value_at(text, at);
    const auto value = token.name.empty() ? std::nullopt : value_of(token);
    if (!value) {
      ++at;
      continue;
    }
    out += text.substr(copied, at - copied);
    out += *value;
    at = copied = at + token.name.size() + 4;
  }
  out += text.substr(copied);
  return out;
}

static bool is_in_cdata(std::string_view markup, size_t offset) {
  const std::string_view before = markup.substr(0, offset);
  const size_t start = before.rfind("<![CDATA[");
  return start != std::string_view::npos && before.find("]]>", start) == std::string_view::npos;
}

std::string text_for_markup(std::string_view markup, size_t offset, std::string_view value) {
  const std::string text = encode_entities(value);
  return is_in_cdata(markup, offset) ? "]]>" + text + "<![CDATA[" : text;
}

}  // namespace gatelet
