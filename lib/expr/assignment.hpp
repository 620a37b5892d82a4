// Assignment: C#'s rule that a local variable is assigned on every way that leads to where it is read. A pass over the syntax tree, after
// the names in it are known to be right.
#pragma once

#include "expr/syntax.hpp"

namespace gatelet::cs {

// False: `problem` says which variable is read where.
bool check_assignment(const SyntaxTree& tree, SyntaxProblem& problem);

}  // namespace gatelet::cs
