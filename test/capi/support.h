/* What the tests in C share: texts, and small configurations. */
#ifndef GATELET_TEST_SUPPORT_H
#define GATELET_TEST_SUPPORT_H

#include <gatelet/gatelet.h>

#include "capi/unity.h"

static inline gatelet_str str(const char *text) {
  const gatelet_str out = {text, strlen(text)};
  return out;
}

static inline int str_contains(gatelet_str text, const char *part) {
  const size_t size = strlen(part);
  for (size_t i = 0; text.data && i + size <= text.size; ++i)
    if (memcmp(text.data + i, part, size) == 0) return 1;
  return 0;
}

#define API_ECHO(properties) \
  "{\"k\":\"apis/echo;rev=1\",\"v\":{\"displayName\":\"Echo\",\"path\":\"echo\",\"protocols\":[\"http\",\"https\"],\"isCurrent\":true," properties \
  "\"serviceUrl\":\"http://backend.test/v1\"}}," \
  "{\"k\":\"apis/echo;rev=1/operations/get\",\"v\":{\"displayName\":\"Get\",\"method\":\"GET\",\"urlTemplate\":\"/things/{id}\"}}," \
  "{\"k\":\"apis/echo;rev=1/operations/post\",\"v\":{\"displayName\":\"Post\",\"method\":\"POST\",\"urlTemplate\":\"/things\"}}"
#define POLICY(owner, text) "{\"k\":\"" owner "policies/policy\",\"v\":{\"format\":\"rawxml\",\"value\":\"" text "\"}}"
#define DOCUMENT(resources) "{\"resources\":[" resources "]}"
#define OPEN_ECHO DOCUMENT(API_ECHO("\"subscriptionRequired\":false,"))
#define KEYED_ECHO DOCUMENT(API_ECHO("\"subscriptionRequired\":true,"))

/* NULL when the text does not load. */
static inline gatelet_config *load(const char *text) {
  gatelet_config *config = NULL;
  if (gatelet_config_load(str(text), GATELET_STR("test.json"), NULL, NULL, &config, NULL) != GATELET_OK) return NULL;
  return config;
}

#endif
