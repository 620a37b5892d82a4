/*
 * The settings of the standalone host, by their dotted names (the self-hosted gateway's, and our own in the same style). One table in the
 * library describes them all; hosts print it, check names against it and read typed values. Precedence is the host's: later set calls win.
 */
#ifndef GATELET_SETTINGS_H
#define GATELET_SETTINGS_H

#include "gatelet/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gatelet_settings gatelet_settings;

typedef struct gatelet_setting {
  size_t size;
  gatelet_str name;
  gatelet_str type; /* "bool", "int", "int 1..64", "int 1..", "time span", "text", "a|b|c" */
  gatelet_str default_value;
  gatelet_str since;
  gatelet_str meaning;
} gatelet_setting;
#define GATELET_SETTING_INIT                                          \
  {                                                                   \
    sizeof(gatelet_setting), {0, 0}, {0, 0}, {0, 0}, {0, 0}, { 0, 0 } \
  }

/* The table, static, sorted by name. Threads: any. Since: 1 */
GATELET_API size_t gatelet_setting_count(void);
GATELET_API gatelet_status gatelet_setting_get(size_t index, gatelet_setting* out);

GATELET_API gatelet_status gatelet_settings_create(gatelet_settings** out, gatelet_error** error);
GATELET_API void gatelet_settings_destroy(gatelet_settings* settings);
/*
 * Sets a value by dotted name, or by its CONFIG_SERVICE_ENDPOINT form. `origin` says where it came from, for messages ("--set",
 * "environment"). Errors: GATELET_ERR_ARGUMENT (unknown name, with the nearest one; a value of the wrong type). Threads: one at a time.
 * Since: 1
 */
GATELET_API gatelet_status gatelet_settings_set(gatelet_settings* settings, gatelet_str name, gatelet_str value, gatelet_str origin,
                                                gatelet_error** error);
/* The value in force, the default when none was set; empty for an unknown name. */
GATELET_API gatelet_str gatelet_settings_get(const gatelet_settings* settings, gatelet_str name);
/* 1 when the name was set and not left at its default. */
GATELET_API int32_t gatelet_settings_is_set(const gatelet_settings* settings, gatelet_str name);

#ifdef __cplusplus
}
#endif
#endif
