// SourcePlace: where a character of a value stands in its document. A value was read with its references decoded and its named values put
// in, so that its own lines and columns are not those of the document.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gatelet {

// How many bytes of the text stand before the place; its size where the text has no such place.
size_t offset_of(std::string_view text, SourcePos at);
// `text` is the value that was read at `start` of `document`, and `at` a place in it, counted from 1:1. Nothing when the two do not match.
std::optional<SourcePos> place_in_document(std::string_view document, SourcePos start, std::string_view text, SourcePos at,
                                           const std::function<std::optional<std::string>(std::string_view)>& named_value);

}  // namespace gatelet
