// The XML declaration in front of a document. Its encoding is not believed: <?xml version="1.0" encoding="utf-16"?> is common in front of
// UTF-8 texts, and other texts are refused for their bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace gatelet {

// The document begins with "<?xml" and white space.
bool has_xml_declaration(std::string_view text);
// What stands between "<?xml" and "?>" is right.
bool is_xml_declaration(std::string_view content);

}  // namespace gatelet
