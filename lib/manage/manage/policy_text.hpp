// Policy documents in their two forms (management.md 2.3): `rawxml`, where the C# of expressions stands as it is, and `xml`, which is
// well-formed because quotes, brackets and ampersands in expressions are written as references.
#pragma once

#include <string>
#include <string_view>

namespace gatelet::manage {

std::string policy_as_xml(std::string_view raw);
std::string policy_as_raw(std::string_view xml);

}  // namespace gatelet::manage
