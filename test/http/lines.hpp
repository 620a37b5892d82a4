// Header lines as pairs of texts, for rows of tests.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "http/headers.hpp"

namespace gatelet::test {

using Lines = std::vector<std::pair<std::string, std::string>>;

inline void receive(Headers& headers, const Lines& lines) {
  for (const auto& [name, value] : lines) REQUIRE(headers.append(name, value));
}

inline Lines lines_of(const Headers& headers) {
  Lines lines;
  for (const HeaderField& field : headers.fields()) lines.emplace_back(field.name, field.value);
  return lines;
}

}  // namespace gatelet::test
