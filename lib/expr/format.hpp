// Format: text of values with a format, as string.Format and interpolated strings write them; culture is invariant. Formats of a type are
// its TypeOps::format, in the type's family.
#pragma once

#include "expr/evaluation.hpp"

namespace gatelet::cs {

// The value with ":format" and ",alignment"; null is "". `format` may be null.
const String* format_value(Evaluation& run, Value value, const String* format);
void append_aligned(TextBuilder& out, const String& text, int32_t alignment);

// string.Format: "{0,5:x}", "{{", "}}"; FormatException on bad braces or indexes.
const String* composite_format(Evaluation& run, const String& format, std::span<const Value> arguments);

// Numbers as .NET writes them without a format: shortest text that reads back, "1E+16", "NaN", "Infinity".
const String* real_text(Evaluation& run, double value);
const String* single_text(Evaluation& run, double value);  // of a float
const String* integer_text(Evaluation& run, int64_t value);

}  // namespace gatelet::cs
