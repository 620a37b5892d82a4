#include "capi/support.h"

void expression_has_type_value_and_text(void) {
  gatelet_str out = {"", 0};
  int32_t failed = -1;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_expression_evaluate(GATELET_STR("@(2 + 3)"), GATELET_STR(""), &failed, &out, NULL));
  TEST_ASSERT_EQUAL_INT(0, failed);
  TEST_ASSERT_STR_CONTAINS("\"type\":\"Int32\"", out);
  TEST_ASSERT_STR_CONTAINS("\"value\":5", out);
  gatelet_text_destroy(out);
}

void expression_failures_are_results(void) {
  gatelet_str out = {"", 0};
  int32_t failed = 0;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_expression_evaluate(GATELET_STR("@(context.Nothing)"), GATELET_STR(""), &failed, &out, NULL));
  TEST_ASSERT_EQUAL_INT(1, failed);
  TEST_ASSERT_STR_CONTAINS("ExpressionCompilationFailed", out);
  gatelet_text_destroy(out);
}

void expression_lines_keep_their_id(void) {
  gatelet_str out = {"", 0};
  gatelet_error* error = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_OK,
                        gatelet_expression_evaluate_line(GATELET_STR("{\"id\":7,\"expression\":\"@(1 == 1)\"}"), NULL, &out, NULL));
  TEST_ASSERT_STR_CONTAINS("\"id\":7", out);
  gatelet_text_destroy(out);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_expression_evaluate(GATELET_STR("@(1)"), GATELET_STR("[]"), NULL, &out, &error));
  gatelet_error_destroy(error);
}
