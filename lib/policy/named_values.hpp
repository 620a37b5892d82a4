// Named values: {{name}} in the texts of a document, replaced before the texts are read as values (policies-a.md 2.4). What is put in is
// never scanned again and never escaped: it is text of the value, not of the document.
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

// Puts in for each token what `value_of` returns; nullopt leaves it alone.
std::string replace_named_values(std::string_view text, const std::function<std::optional<std::string>(const NamedValueToken&)>& value_of);

inline bool may_hold_named_value(std::string_view text) { return text.find("{{") != std::string_view::npos; }

}  // namespace gatelet
