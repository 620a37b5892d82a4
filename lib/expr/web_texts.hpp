// Web texts: what System.Net.WebUtility does, without its type.
#pragma once

#include "expr/string.hpp"

namespace gatelet::cs {

const String* url_encode(Evaluation& run, const String& text);
const String* url_decode(Evaluation& run, const String& text);  // a malformed escape stays as it is
const String* html_encode(Evaluation& run, const String& text);
const String* html_decode(Evaluation& run, const String& text);

}  // namespace gatelet::cs
