// Text search: what the string families share beyond string.hpp.
#pragma once

#include "expr/evaluation.hpp"

namespace gatelet::cs {

// Whether `part` stands at `at`, which must leave room for it. What is the same is charged.
bool matches_at(Evaluation& run, const String& whole, const String& part, size_t at, bool ignores_case);
// find() of string.hpp with its work charged.
size_t find_charged(Evaluation& run, const String& whole, const String& part, size_t from);
// By mapped units, then by length.
int compare_units(const String& a, const String& b, char16_t (*map)(char16_t));

}  // namespace gatelet::cs
