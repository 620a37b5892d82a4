// Named values: {{name}} in the texts of a document, replaced before the texts are read as values (policies-a.md 2.4). What is put in is
// never scanned again: it is text of the value, not of the document. Only where a value is itself a piece of XML, the markup of a body in a
// document of the `xml` form, it is escaped to stay the text that it is; in a raw document markup is text like any other.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gatelet {

// One {{name}}: offset of its "{{" in the text, and whether a further brace stands beside it, as in C#'s $"{{{x}}}".
struct NamedValueToken {
  std::string_view name;
  size_t offset = 0;
  bool is_in_more_braces = false;
};

// The token that starts at text[at], or one with an empty name.
NamedValueToken named_value_at(std::string_view text, size_t at);

// Puts in for each token what `value_of` returns; nullopt leaves it alone.
std::string replace_named_values(std::string_view text, const std::function<std::optional<std::string>(const NamedValueToken&)>& value_of);

// The value as it is written at `offset` of markup: escaped, outside of the CDATA section that the place may be in.
std::string text_for_markup(std::string_view markup, size_t offset, std::string_view value);

inline bool may_hold_named_value(std::string_view text) { return text.find("{{") != std::string_view::npos; }

}  // namespace gatelet
