#include "capi/support.h"

void base_status_texts(void) {
  TEST_ASSERT_EQUAL_STRING("GATELET_OK", gatelet_status_text(GATELET_OK));
  TEST_ASSERT_EQUAL_STRING("GATELET_ERR_STALE", gatelet_status_text(GATELET_ERR_STALE));
  TEST_ASSERT_EQUAL_STRING("GATELET_ERR_HOST", gatelet_status_text(GATELET_ERR_HOST));
  TEST_ASSERT_EQUAL_STRING("unknown status", gatelet_status_text(-77));
}

void base_null_is_harmless(void) {
  gatelet_error_destroy(NULL);
  gatelet_config_unref(NULL);
  gatelet_report_destroy(NULL);
  gatelet_gateway_destroy(NULL);
  gatelet_exchange_destroy(NULL);
  gatelet_server_destroy(NULL);
  gatelet_settings_destroy(NULL);
  TEST_ASSERT_NULL(gatelet_config_ref(NULL));
  TEST_ASSERT_EQUAL_INT(0, gatelet_report_count(NULL));
  TEST_ASSERT_EQUAL_INT(0, gatelet_config_api_count(NULL));
  TEST_ASSERT_EQUAL_INT(0, gatelet_gateway_is_ready(NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_error_code(NULL));
  TEST_ASSERT_NULL(gatelet_error_next(NULL));
  TEST_ASSERT_EQUAL_STR("", gatelet_config_revision(NULL));
  TEST_ASSERT_EQUAL_STR("", gatelet_error_message(NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_gateway_create(NULL, NULL, NULL, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_create(NULL, NULL, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_begin(NULL, NULL, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_server_create(NULL, NULL, NULL, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_server_keep_quotas(NULL, GATELET_STR("quotas"), NULL));
  const gatelet_str pem = GATELET_STR("-----BEGIN");
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_server_use_certificate(NULL, GATELET_STR("*"), pem, pem, pem, NULL));
  TEST_ASSERT_EQUAL_INT(0, gatelet_server_listener_count(NULL));
}

void base_version_agrees(void) {
  TEST_ASSERT_EQUAL_INT(GATELET_API_VERSION, gatelet_api_version());
  TEST_ASSERT_TRUE(strlen(gatelet_version()) >= 5);
}
