/*
 * gatelet_config: what a gateway serves. Loaded once from a folder, files or a resource document, immutable, counted, shared by any number
 * of gateways and threads. A broken API is quarantined and the rest serves; the report names every problem with its place.
 */
#ifndef GATELET_CONFIG_H
#define GATELET_CONFIG_H

#include "gatelet/base.h"
#include "gatelet/expression.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gatelet_config gatelet_config;
typedef struct gatelet_report gatelet_report;

enum {
  GATELET_SEVERITY_ERROR = 0,
  GATELET_SEVERITY_WARNING = 1,
  GATELET_SEVERITY_NOTE = 2 /* nothing is wrong: gatelet_config_buffered_bodies */
};

/* One problem. `code` is a kebab-case name such as "unknown-element"; `scope` says "api echo;rev=1" and the like. Views into the report. */
typedef struct gatelet_diagnostic {
  size_t size;
  int32_t severity;
  uint32_t line;
  uint32_t column;
  gatelet_str code;
  gatelet_str message;
  gatelet_str file;
  gatelet_str scope;
  gatelet_str source; /* the text that line and column count in, where `file` is no file: a policy of a resource document; else empty */
} gatelet_diagnostic;
#define GATELET_DIAGNOSTIC_INIT                                                   \
  {                                                                               \
    sizeof(gatelet_diagnostic), 0, 0, 0, {0, 0}, {0, 0}, {0, 0}, {0, 0}, { 0, 0 } \
  }

/* A report belongs to the caller. Threads: any, as long as nobody destroys it. Since: 1 */
GATELET_API size_t gatelet_report_count(const gatelet_report* report);
GATELET_API size_t gatelet_report_error_count(const gatelet_report* report);
/* GATELET_ERR_ARGUMENT when index is out of range or out->size is not set. */
GATELET_API gatelet_status gatelet_report_get(const gatelet_report* report, size_t index, gatelet_diagnostic* out);
GATELET_API void gatelet_report_destroy(gatelet_report* report);

/* Looks up a variable for `{#token#}` placeholders: writes *out and returns 1, or returns 0. Called only inside the load call. */
typedef int32_t (*gatelet_lookup_fn)(void* user, gatelet_str name, gatelet_str* out);

typedef struct gatelet_config_options {
  size_t size;
  gatelet_str gateway_name;      /* serve only the APIs associated with this gateway; empty: all */
  gatelet_str region;            /* context.Deployment.Region */
  gatelet_str overrides;         /* text of an overrides file (configuration.<env>.yaml); empty: none */
  gatelet_str overrides_name;    /* its name in messages */
  gatelet_lookup_fn environment; /* NULL: the process environment for load_path, nothing for the others */
  void* environment_user;
  int32_t ignore_scheme;    /* 1: an API is served on every listener, whatever its protocols (routing.scheme-check=false) */
  int32_t listener_schemes; /* 1 http, 2 https, 3 both: warn about APIs that no listener can reach; 0: unknown */
  /* The configuration in force, or NULL: an API that did not change since it was loaded, nor anything that its policies depend on, is not
   * compiled again. The result is the same as without it. Borrowed for the call; gatelet_server_watch() takes the one in force itself. */
  const gatelet_config* previous;
  const gatelet_expression_limits* expression_limits; /* those of sources; NULL: the defaults. Borrowed for the call */
} gatelet_config_options;
#define GATELET_CONFIG_OPTIONS_INIT \
  { sizeof(gatelet_config_options), {0, 0}, {0, 0}, {0, 0}, {0, 0}, 0, 0, 0, 0, 0, 0 }

/*
 * Loads a resource document, `{"resources":[{"k":"apis/echo;rev=1","v":{…}}]}` as JSON or YAML.
 *
 * document  the text; copied as far as it is needed
 * name      what messages call it, such as "gateway.json"
 * options   may be NULL
 * report    may be NULL; receives all problems, also on success and on GATELET_ERR_CONFIG; destroy it with gatelet_report_destroy()
 * out       receives the configuration; release it with gatelet_config_unref()
 *
 * Errors:  GATELET_ERR_ARGUMENT, GATELET_ERR_CONFIG (nothing is usable; every problem is chained), GATELET_ERR_MEMORY
 * Threads: any; takes as long as the document is large: not on an event loop.   Since: 1
 */
GATELET_API gatelet_status gatelet_config_load(gatelet_str document, gatelet_str name, const gatelet_config_options* options,
                                               gatelet_report** report, gatelet_config** out, gatelet_error** error);

/* One file of a folder that the host read itself; `path` is relative to the root, with '/'. */
typedef struct gatelet_file {
  gatelet_str path;
  gatelet_str bytes;
} gatelet_file;

/* The same from the files of an APIOps folder. `root_name` leads the paths in messages. Since: 1 */
GATELET_API gatelet_status gatelet_config_load_files(const gatelet_file* files, size_t count, gatelet_str root_name,
                                                     const gatelet_config_options* options, gatelet_report** report, gatelet_config** out,
                                                     gatelet_error** error);

/* The same from a path: an APIOps folder or a resource document (.json, .yaml, .yml). Reads files. GATELET_ERR_IO when it cannot. Since: 1
 */
GATELET_API gatelet_status gatelet_config_load_path(gatelet_str path, const gatelet_config_options* options, gatelet_report** report,
                                                    gatelet_config** out, gatelet_error** error);

/*
 * Checks one `<policies>` or `<fragment>` document without its service: unknown named values, fragments and backends are warnings.
 * `scope` is "global", "product", "api" or "operation"; empty: operation, where most is allowed. The report is always written.
 * Errors: GATELET_ERR_ARGUMENT, GATELET_ERR_MEMORY. Threads: any. Since: 1
 */
GATELET_API gatelet_status gatelet_policy_check(gatelet_str document, gatelet_str name, gatelet_str scope, gatelet_report** report,
                                                gatelet_error** error);
/* The same with limits of expressions, of which those of sources count; NULL: the defaults. Since: 1 */
GATELET_API gatelet_status gatelet_policy_check_within(const gatelet_expression_limits* limits, gatelet_str document, gatelet_str name,
                                                       gatelet_str scope, gatelet_report** report, gatelet_error** error);

/*
 * The merged policy of one operation as a document, fragments and <base/> expanded. `api` is "echo" or "echo;rev=2", `operation` its name,
 * `product` may be empty. The text belongs to the caller: gatelet_text_destroy(). GATELET_ERR_ARGUMENT when there is no such operation.
 * Since: 1
 */
GATELET_API gatelet_status gatelet_config_effective_policy(const gatelet_config* config, gatelet_str api, gatelet_str operation,
                                                           gatelet_str product, gatelet_str* out, gatelet_error** error);
GATELET_API void gatelet_text_destroy(gatelet_str text);

/*
 * Which bodies the gateway must hold in memory, because a policy needs them whole; all others stream through. A note for each body of an
 * operation, at the first policy that needs it. Destroy the report with gatelet_report_destroy().
 * Errors: GATELET_ERR_ARGUMENT, GATELET_ERR_MEMORY. Threads: any. Since: 1
 */
GATELET_API gatelet_status gatelet_config_buffered_bodies(const gatelet_config* config, gatelet_report** out, gatelet_error** error);

GATELET_API gatelet_config* gatelet_config_ref(gatelet_config* config);
GATELET_API void gatelet_config_unref(gatelet_config* config);
/* A hash of the content, hexadecimal; the same resources give the same text. */
GATELET_API gatelet_str gatelet_config_revision(const gatelet_config* config);
GATELET_API size_t gatelet_config_api_count(const gatelet_config* config);

#ifdef __cplusplus
}
#endif
#endif
