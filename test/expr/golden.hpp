// The vectors of expressions.md 6.11: values and exceptions measured on .NET, and what .NET on Linux gives where runtimes differ. Those of
// JSON, XML, regular expressions, cryptography and Uri stand with the tests of these.
#pragma once

#include <doctest/doctest.h>

#include "evaluate.hpp"

namespace gatelet {

// Rows are expressions without their brackets, or statements that return.
inline void check_golden(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.expression);
    const bool is_block = row.expression.find("return ") != std::string::npos;
    CHECK(evaluate(is_block ? "@{ " + row.expression + " }" : "@(" + row.expression + ")") == row.result);
  }
}

}  // namespace gatelet
