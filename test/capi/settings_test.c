#include "capi/support.h"

void settings_table_is_sorted(void) {
  TEST_ASSERT_TRUE(gatelet_setting_count() > 20);
  gatelet_str before = {"", 0};
  for (size_t i = 0; i < gatelet_setting_count(); ++i) {
    gatelet_setting setting = GATELET_SETTING_INIT;
    TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_setting_get(i, &setting));
    TEST_ASSERT_TRUE(setting.type.size > 0 && setting.since.size > 0 && setting.meaning.size > 0);
    const size_t shared = before.size < setting.name.size ? before.size : setting.name.size;
    const int order = memcmp(before.data, setting.name.data, shared);
    TEST_ASSERT_TRUE(order < 0 || (order == 0 && before.size < setting.name.size));
    before = setting.name;
  }
}

void settings_names_and_values(void) {
  gatelet_settings* settings = NULL;
  gatelet_error* error = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_settings_create(&settings, NULL));
  TEST_ASSERT_EQUAL_STR("strict", gatelet_settings_get(settings, GATELET_STR("keys.foreign")));
  TEST_ASSERT_EQUAL_INT(0, gatelet_settings_is_set(settings, GATELET_STR("keys.foreign")));
  TEST_ASSERT_EQUAL_INT(GATELET_OK,
                        gatelet_settings_set(settings, GATELET_STR("KEYS_FOREIGN"), GATELET_STR("lenient"), GATELET_STR("test"), NULL));
  TEST_ASSERT_EQUAL_STR("lenient", gatelet_settings_get(settings, GATELET_STR("keys.foreign")));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT,
                        gatelet_settings_set(settings, GATELET_STR("keys.foriegn"), GATELET_STR("lenient"), GATELET_STR("--set"), &error));
  TEST_ASSERT_STR_CONTAINS("did you mean 'keys.foreign'", gatelet_error_message(error));
  TEST_ASSERT_EQUAL_STR("--set", gatelet_error_path(error));
  gatelet_error_destroy(error);
  error = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT,
                        gatelet_settings_set(settings, GATELET_STR("keys.foreign"), GATELET_STR("maybe"), GATELET_STR("--set"), &error));
  TEST_ASSERT_STR_CONTAINS("one of strict, lenient", gatelet_error_message(error));
  gatelet_error_destroy(error);
  gatelet_settings_destroy(settings);
}
