#include "capi/support.h"

void config_problems_are_all_reported(void) {
  gatelet_config* config = NULL;
  gatelet_report* report = NULL;
  gatelet_error* error = NULL;
  const char* text = DOCUMENT(API_ECHO("\"subscriptionRequired\":false,") "," POLICY(
      "apis/echo;rev=1/", "<policies>\\n<inbound>\\n<set-heder name='a'/>\\n<set-header/>\\n</inbound></policies>"));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_CONFIG, gatelet_config_load(str(text), GATELET_STR("test.json"), NULL, &report, &config, &error));
  TEST_ASSERT_NULL(config);
  TEST_ASSERT_TRUE(gatelet_report_error_count(report) >= 2);
  gatelet_diagnostic first = GATELET_DIAGNOSTIC_INIT;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_report_get(report, 0, &first));
  TEST_ASSERT_EQUAL_STR("unknown-element", first.code);
  TEST_ASSERT_EQUAL_INT(3, first.line);
  TEST_ASSERT_STR_CONTAINS("set-header", first.message);
  TEST_ASSERT_STR_CONTAINS("echo", first.scope);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_CONFIG, gatelet_error_code(error));
  TEST_ASSERT_EQUAL_INT(3, gatelet_error_line(error));
  TEST_ASSERT_TRUE(gatelet_error_column(error) > 0);
  TEST_ASSERT_NOT_NULL(gatelet_error_next(error));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_report_get(report, 1000, &first));
  gatelet_error_destroy(error);
  gatelet_report_destroy(report);
}

void config_broken_api_is_quarantined(void) {
  const char *text = DOCUMENT(API_ECHO("\"subscriptionRequired\":false,") ","
      "{\"k\":\"apis/bad;rev=1\",\"v\":{\"displayName\":\"Bad\",\"path\":\"bad\",\"protocols\":[\"http\"],\"isCurrent\":true,\"serviceUrl\":\"http://x.test\"}},"
      POLICY("apis/bad;rev=1/", "<policies><inbound><frobnicate/></inbound></policies>"));
  gatelet_config* config = NULL;
  gatelet_report* report = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_config_load(str(text), GATELET_STR("test.json"), NULL, &report, &config, NULL));
  TEST_ASSERT_EQUAL_INT(1, gatelet_report_error_count(report));
  TEST_ASSERT_TRUE(gatelet_config_revision(config).size > 0);
  gatelet_report_destroy(report);
  gatelet_config_unref(config);
}

void config_options_may_grow(void) {
  struct {
    gatelet_config_options known;
    int64_t unknown;
  } newer = {GATELET_CONFIG_OPTIONS_INIT, 0};
  newer.known.size = sizeof newer;
  gatelet_config* config = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_config_load(str(OPEN_ECHO), GATELET_STR("t"), &newer.known, NULL, &config, NULL));
  gatelet_config_unref(config);
  newer.unknown = 1;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_config_load(str(OPEN_ECHO), GATELET_STR("t"), &newer.known, NULL, &config, NULL));
  gatelet_config_options older = GATELET_CONFIG_OPTIONS_INIT;
  older.size = offsetof(gatelet_config_options, overrides);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_config_load(str(OPEN_ECHO), GATELET_STR("t"), &older, NULL, &config, NULL));
  gatelet_config_unref(config);
  older.size = 0;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_config_load(str(OPEN_ECHO), GATELET_STR("t"), &older, NULL, &config, NULL));
}

void config_is_built_from_the_one_before(void) {
  const char* changed = DOCUMENT(API_ECHO("\"subscriptionRequired\":true,") ","
      POLICY("apis/echo;rev=1/", "<policies><inbound><base/><set-header name='a'><value>1</value></set-header></inbound></policies>"));
  gatelet_config* first = load(OPEN_ECHO);
  gatelet_config* anew = load(changed);
  gatelet_config* next = NULL;
  TEST_ASSERT_NOT_NULL(first);
  TEST_ASSERT_NOT_NULL(anew);
  gatelet_config_options options = GATELET_CONFIG_OPTIONS_INIT;
  options.previous = first;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_config_load(str(changed), GATELET_STR("t"), &options, NULL, &next, NULL));
  gatelet_config_unref(first); /* borrowed for the call only */
  gatelet_settings* no_config = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_settings_create(&no_config, NULL));
  options.previous = (const gatelet_config*)(const void*)no_config;
  gatelet_config* none = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_config_load(str(changed), GATELET_STR("t"), &options, NULL, &none, NULL));
  gatelet_settings_destroy(no_config);
  TEST_ASSERT_EQUAL_INT(0, gatelet_config_revision(next).size - gatelet_config_revision(anew).size);
  TEST_ASSERT_EQUAL_INT(0, memcmp(gatelet_config_revision(next).data, gatelet_config_revision(anew).data, gatelet_config_revision(anew).size));
  gatelet_str text = {NULL, 0};
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_config_effective_policy(next, GATELET_STR("echo"), GATELET_STR("get"), GATELET_STR(""), &text, NULL));
  TEST_ASSERT_STR_CONTAINS("set-header", text);
  gatelet_text_destroy(text);
  gatelet_config_unref(anew);
  gatelet_config_unref(next);
}

void config_is_counted(void) {
  gatelet_config* config = load(OPEN_ECHO);
  TEST_ASSERT_NOT_NULL(config);
  TEST_ASSERT_EQUAL_INT(1, gatelet_config_api_count(config));
  gatelet_config_ref(config);
  gatelet_config_unref(config);
  TEST_ASSERT_EQUAL_INT(1, gatelet_config_api_count(config));
  gatelet_config_unref(config);
}

void config_from_files(void) {
  const gatelet_file files[] = {
      {GATELET_STR("apis/echo/apiInformation.json"),
       GATELET_STR("{\"properties\":{\"displayName\":\"Echo\",\"path\":\"echo\",\"apiRevision\":\"1\",\"protocols\":[\"http\"],"
                   "\"serviceUrl\":\"http://b.test\",\"subscriptionRequired\":false}}")},
      {GATELET_STR("apis/echo/specification.yaml"), GATELET_STR("openapi: 3.0.1\ninfo: {title: Echo, version: '1'}\npaths:\n  /things:\n   "
                                                                " get: {operationId: list, responses: {'200': {description: ok}}}\n")},
  };
  gatelet_config* config = NULL;
  gatelet_error* error = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_config_load_files(files, 2, GATELET_STR("folder"), NULL, NULL, &config, &error));
  TEST_ASSERT_EQUAL_INT(1, gatelet_config_api_count(config));
  gatelet_config_unref(config);
}

void config_policy_check(void) {
  gatelet_report* report = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_OK,
                        gatelet_policy_check(GATELET_STR("<policies><inbound><base/><set-method>GET</set-method></inbound></policies>"),
                                             GATELET_STR("p.xml"), GATELET_STR("api"), &report, NULL));
  TEST_ASSERT_EQUAL_INT(0, gatelet_report_error_count(report));
  gatelet_report_destroy(report);
  TEST_ASSERT_EQUAL_INT(GATELET_OK,
                        gatelet_policy_check(GATELET_STR("<policies><inbound>"), GATELET_STR("p.xml"), GATELET_STR(""), &report, NULL));
  TEST_ASSERT_TRUE(gatelet_report_error_count(report) > 0);
  gatelet_report_destroy(report);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT,
                        gatelet_policy_check(GATELET_STR("<policies/>"), GATELET_STR("p.xml"), GATELET_STR("galaxy"), &report, NULL));
  gatelet_expression_limits limits = GATELET_EXPRESSION_LIMITS_INIT;
  const gatelet_str policy = GATELET_STR("<policies><inbound><set-variable name='a' value='@(1 + 2)'/></inbound></policies>");
  limits.source_bytes = 6;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_policy_check_within(&limits, policy, GATELET_STR("p"), GATELET_STR(""), &report, NULL));
  TEST_ASSERT_EQUAL_INT(1, gatelet_report_error_count(report));
  gatelet_report_destroy(report);
  limits.source_bytes = 0;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_policy_check_within(&limits, policy, GATELET_STR("p"), GATELET_STR(""), &report, NULL));
  TEST_ASSERT_EQUAL_INT(0, gatelet_report_error_count(report));
  gatelet_report_destroy(report);
  limits.json_depth = 65;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT,
                        gatelet_policy_check_within(&limits, policy, GATELET_STR("p"), GATELET_STR(""), &report, NULL));
}

void config_effective_policy(void) {
  gatelet_config* config = load(DOCUMENT(API_ECHO("\"subscriptionRequired\":false,") "," POLICY(
      "apis/echo;rev=1/", "<policies><inbound><base/><set-method>PUT</set-method></inbound></policies>")));
  TEST_ASSERT_NOT_NULL(config);
  gatelet_str text = {NULL, 0};
  TEST_ASSERT_EQUAL_INT(GATELET_OK,
                        gatelet_config_effective_policy(config, GATELET_STR("echo"), GATELET_STR("get"), GATELET_STR(""), &text, NULL));
  TEST_ASSERT_STR_CONTAINS("set-method", text);
  TEST_ASSERT_STR_CONTAINS("forward-request", text);
  gatelet_text_destroy(text);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT,
                        gatelet_config_effective_policy(config, GATELET_STR("echo"), GATELET_STR("nothing"), GATELET_STR(""), &text, NULL));
  gatelet_config_unref(config);
}

void config_buffered_bodies(void) {
  gatelet_config* config = load(DOCUMENT(API_ECHO("") ","
      POLICY("apis/echo;rev=1/", "<policies><inbound><base/><set-variable name='b' value='@(context.Request.Body.As<string>(true))'/></inbound></policies>") ","
      "{\"k\":\"products/p\",\"v\":{\"displayName\":\"p\",\"state\":\"published\",\"apis\":[\"echo\"]}},"
      POLICY("products/p/", "<policies><outbound><base/><set-variable name='c' value='@(context.Response.Body.As<string>(true))'/></outbound></policies>")));
  TEST_ASSERT_NOT_NULL(config);
  gatelet_report* notes = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_config_buffered_bodies(config, &notes, NULL));
  TEST_ASSERT_EQUAL_INT(4, gatelet_report_count(notes)); /* of get and post */
  TEST_ASSERT_EQUAL_INT(0, gatelet_report_error_count(notes));
  gatelet_diagnostic note = GATELET_DIAGNOSTIC_INIT;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_report_get(notes, 0, &note));
  TEST_ASSERT_EQUAL_INT(GATELET_SEVERITY_NOTE, note.severity);
  TEST_ASSERT_EQUAL_STR("buffered-body", note.code);
  TEST_ASSERT_EQUAL_STR("echo/get holds the request body in memory, because 'set-variable' needs it whole", note.message);
  TEST_ASSERT_EQUAL_INT(1, note.line);
  TEST_ASSERT_EQUAL_INT(27, note.column);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_report_get(notes, 1, &note));
  TEST_ASSERT_EQUAL_STR("echo/get/p holds the response body in memory, because 'set-variable' needs it whole", note.message);
  gatelet_report_destroy(notes);
  gatelet_config_unref(config);
  config = load(OPEN_ECHO);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_config_buffered_bodies(config, &notes, NULL));
  TEST_ASSERT_EQUAL_INT(0, gatelet_report_count(notes));
  gatelet_report_destroy(notes);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_config_buffered_bodies(config, NULL, NULL));
  gatelet_config_unref(config);
}
