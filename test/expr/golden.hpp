// The vectors of expressions.md 6.11: values and exceptions measured on .NET, and what .NET on Linux gives where runtimes differ. Those of
// JSON, XML, regular expressions, cryptography and Uri stand with the tests of these.
#pragma once

#include <doctest/doctest.h>

#include "evaluate.hpp"

namespace gatelet {

// An expression, or statements that return; and what evaluate() shows.
struct GoldenRow {
  std::string code;
  std::string result;
};

inline void check_golden(std::initializer_list<GoldenRow> rows) {
  for (const GoldenRow& row : rows) {
    CAPTURE(row.code);
    const bool is_block = row.code.find("return ") != std::string::npos;
    CHECK(evaluate(is_block ? "@{ " + row.code + " }" : "@(" + row.code + ")") == row.result);
  }
}

}  // namespace gatelet
