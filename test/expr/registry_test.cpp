#include <doctest/doctest.h>

#include "expr/registry.hpp"

using namespace gatelet;
using namespace gatelet::cs;

TEST_CASE("every row of every family can be linked") {
  for (const std::string& problem : registry().problems()) FAIL_CHECK(problem);
}

TEST_CASE("types are found by alias, simple name and full name") {
  CHECK(registry().find_type("string") == &types::text);
  CHECK(registry().find_type("String") == &types::text);
  CHECK(registry().find_type("System.String") == &types::text);
  CHECK(registry().find_type("List", 1) == &types::list);
  CHECK(registry().find_type("Collections.Generic.List", 1) == &types::list);
  CHECK(registry().find_type("List") == nullptr);
  CHECK(registry().find_type("Generics.List", 1) == nullptr);
}

TEST_CASE("equal types are one object, and know what they implement") {
  const Type& strings = close(types::list, types::text);
  CHECK(&strings == &close(types::list, types::text));
  CHECK(csharp_name(strings) == "List<string>");
  CHECK(full_name(strings) == "System.Collections.Generic.List`1[System.String]");
  CHECK(implementation_of(strings, types::generic_enumerable) == &close(types::generic_enumerable, types::text));
  CHECK(is_assignable(strings, close(types::generic_enumerable, types::object)));
  CHECK_FALSE(is_assignable(strings, close(types::list, types::object)));
  CHECK(is_assignable(array_of(types::text), close(types::generic_enumerable, types::object)));
  CHECK_FALSE(is_assignable(array_of(types::int32), close(types::generic_enumerable, types::object)));
  CHECK(full_name(close(types::dictionary, types::text, array_of(types::int32))) ==
        "System.Collections.Generic.Dictionary`2[System.String,System.Int32[]]");
}
