// Guid: its text, for the families that need it beside System.Guid's own.
#pragma once

#include <string>

#include "expr/objects.hpp"

namespace gatelet::cs {

std::string guid_text(const Guid& guid, bool has_dashes);  // D, or N
bool parse_guid(const String& text, Guid& out);
Value guid_bytes(Evaluation& run, const Guid& guid);  // Guid.ToByteArray
Value fail_guid(Evaluation& run);                     // FormatException of a text that is none
Guid new_guid(ContextModel& context);                 // version 4

}  // namespace gatelet::cs
