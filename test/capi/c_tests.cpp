// Runs the tests written in C as doctest cases.
#include <doctest/doctest.h>

#include <string>

#include "capi/unity.h"

#ifndef GATELET_C_TESTS
#define GATELET_C_TESTS "capi/c_tests.inc"
#endif

extern "C" {
#define GATELET_C_TEST(function, rule) void function(void);
#include GATELET_C_TESTS
#undef GATELET_C_TEST

int gatelet_test_assert(int holds, const char* file, int line, const char* text) {
  if (!holds) ADD_FAIL_CHECK_AT(file, line, text);
  return holds;
}

int gatelet_test_assert_int(long long expected, long long actual, const char* file, int line, const char* text) {
  if (expected == actual) return 1;
  const std::string message = std::string(text) + ": expected " + std::to_string(expected) + ", got " + std::to_string(actual);
  ADD_FAIL_CHECK_AT(file, line, message);
  return 0;
}

int gatelet_test_assert_text(const char* expected, size_t expected_size, const char* actual, size_t actual_size, const char* file, int line,
                             const char* text) {
  const std::string wanted(expected, expected_size), seen(actual ? actual : "", actual ? actual_size : 0);
  if (wanted == seen) return 1;
  const std::string message = std::string(text) + ": expected '" + wanted + "', got '" + seen + "'";
  ADD_FAIL_CHECK_AT(file, line, message);
  return 0;
}
}

#define GATELET_C_TEST(function, rule) \
  TEST_CASE(rule) { function(); }
#include GATELET_C_TESTS
#undef GATELET_C_TEST
