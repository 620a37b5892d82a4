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

void expression_is_compiled_once(void) {
  gatelet_expression* expression = NULL;
  gatelet_error* error = NULL;
  gatelet_str out = {"", 0};
  int32_t failed = -1;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_expression_compile(GATELET_STR("@(context.Request.Method + {{n}})"),
                                                               GATELET_STR("{\"n\":\"7\"}"), NULL, &expression, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_expression_run(expression, GATELET_STR(""), &failed, &out, NULL));
  TEST_ASSERT_EQUAL_INT(0, failed);
  TEST_ASSERT_STR_CONTAINS("\"text\":\"GET7\"", out);
  gatelet_text_destroy(out);
  TEST_ASSERT_EQUAL_INT(GATELET_OK,
                        gatelet_expression_run(expression, GATELET_STR("{\"request\":{\"method\":\"PUT\"}}"), NULL, &out, NULL));
  TEST_ASSERT_STR_CONTAINS("PUT7", out);
  gatelet_text_destroy(out);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_expression_run(expression, GATELET_STR("7"), NULL, &out, NULL));
  gatelet_expression_destroy(expression);
  expression = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_CONFIG,
                        gatelet_expression_compile(GATELET_STR("@{\n return x;\n}"), GATELET_STR(""), NULL, &expression, &error));
  TEST_ASSERT_NULL(expression);
  TEST_ASSERT_EQUAL_INT(2, gatelet_error_line(error));
  TEST_ASSERT_EQUAL_INT(9, gatelet_error_column(error));
  TEST_ASSERT_STR_CONTAINS("'x' does not exist", gatelet_error_message(error));
  gatelet_error_destroy(error);
}

void expression_limits(void) {
  gatelet_expression_limits limits = GATELET_EXPRESSION_LIMITS_INIT;
  gatelet_error* error = NULL;
  gatelet_str out = {"", 0};
  int32_t failed = 0;
  limits.elements = 10;
  TEST_ASSERT_EQUAL_INT(
      GATELET_OK, gatelet_expression_evaluate_within(&limits, GATELET_STR("@(new int[11].Length)"), GATELET_STR(""), &failed, &out, NULL));
  TEST_ASSERT_EQUAL_INT(1, failed);
  TEST_ASSERT_STR_CONTAINS("ExpressionValueEvaluationFailure", out);
  gatelet_text_destroy(out);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_expression_evaluate_line_within(
                                        &limits, GATELET_STR("{\"expression\":\"@(new int[10].Length)\"}"), &failed, &out, NULL));
  TEST_ASSERT_EQUAL_INT(0, failed);
  gatelet_text_destroy(out);
  const gatelet_str date = GATELET_STR("@((string)JArray.Parse(\"[\\\"2024-02-29T13:05:09Z\\\"]\")[0])");
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_expression_evaluate_within(&limits, date, GATELET_STR(""), NULL, &out, NULL));
  TEST_ASSERT_STR_CONTAINS("02/29/2024 13:05:09", out);
  gatelet_text_destroy(out);
  limits.json_dates = GATELET_JSON_DATES_NONE;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_expression_evaluate_within(&limits, date, GATELET_STR(""), NULL, &out, NULL));
  TEST_ASSERT_STR_CONTAINS("2024-02-29T13:05:09Z", out);
  gatelet_text_destroy(out);
  limits.json_dates = 2;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_expression_evaluate_within(&limits, date, GATELET_STR(""), NULL, &out, NULL));
  limits.json_dates = GATELET_JSON_DATES_DATETIME;
  limits.json_depth = 65;
  gatelet_gateway* gateway = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT,
                        gatelet_expression_evaluate_within(&limits, GATELET_STR("@(1)"), GATELET_STR(""), NULL, &out, &error));
  TEST_ASSERT_STR_CONTAINS("json_depth of the limits is 65; at most 64 is allowed", gatelet_error_message(error));
  gatelet_error_destroy(error);
  gatelet_gateway_options options = GATELET_GATEWAY_OPTIONS_INIT;
  options.expression_limits = &limits;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_gateway_create(&options, NULL, &gateway, NULL));
  gatelet_config_options config_options = GATELET_CONFIG_OPTIONS_INIT;
  config_options.expression_limits = &limits;
  gatelet_config* config = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_config_load(str(OPEN_ECHO), GATELET_STR("t"), &config_options, NULL, &config, NULL));
}
