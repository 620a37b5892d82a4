/* Unity's assertion names for tests in C99, reported through doctest: a failed assertion ends the test that made it. */
#ifndef GATELET_TEST_UNITY_H
#define GATELET_TEST_UNITY_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif
/* Reports and returns `holds`. */
int gatelet_test_assert(int holds, const char *file, int line, const char *text);
int gatelet_test_assert_int(long long expected, long long actual, const char *file, int line, const char *text);
int gatelet_test_assert_text(const char *expected, size_t expected_size, const char *actual, size_t actual_size, const char *file, int line,
                             const char *text);
#ifdef __cplusplus
}
#endif

#define TEST_ASSERT_TRUE(condition) \
  do { \
    if (!gatelet_test_assert(!!(condition), __FILE__, __LINE__, #condition)) return; \
  } while (0)
#define TEST_ASSERT_FALSE(condition) TEST_ASSERT_TRUE(!(condition))
#define TEST_ASSERT_NULL(pointer) TEST_ASSERT_TRUE((pointer) == NULL)
#define TEST_ASSERT_NOT_NULL(pointer) TEST_ASSERT_TRUE((pointer) != NULL)
#define TEST_ASSERT_EQUAL_INT(expected, actual) \
  do { \
    if (!gatelet_test_assert_int((expected), (actual), __FILE__, __LINE__, #actual)) return; \
  } while (0)
#define TEST_ASSERT_EQUAL_STRING(expected, actual) \
  do { \
    if (!gatelet_test_assert_text((expected), strlen(expected), (actual), strlen(actual), __FILE__, __LINE__, #actual)) return; \
  } while (0)
/* Our addition: a gatelet_str against a literal. */
#define TEST_ASSERT_EQUAL_STR(expected, actual) \
  do { \
    const gatelet_str seen_ = (actual); \
    if (!gatelet_test_assert_text((expected), strlen(expected), seen_.data, seen_.size, __FILE__, __LINE__, #actual)) return; \
  } while (0)
#define TEST_ASSERT_STR_CONTAINS(part, actual) TEST_ASSERT_TRUE(str_contains((actual), (part)))

#endif
