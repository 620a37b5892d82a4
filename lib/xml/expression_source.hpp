// Expression source: the C# of an expression out of the document's text, where it may stand as it is (raw) or with its quotes, brackets and
// ampersands written as references (escaped). Files mix both, so each value is judged by itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xml/reader.hpp"

namespace gatelet {

// The whole text of a value up to its end mark, if it is one expression in escaped form whose references a raw scan would misread: quotes,
// apostrophes and line ends written as references.
std::optional<std::string> escaped_expression(std::string_view segment, XmlForm form);

// The C# of a scanned expression. A reference outside string literals cannot be C#: the text is then in escaped form and decoded once;
// where raw marks show that it was not escaped as a whole, its string literals stay as they are. `quote` delimits the attribute, 0 in
// element text.
std::string expression_source(std::string_view raw, char quote, XmlForm form);

}  // namespace gatelet
