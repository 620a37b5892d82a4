/*
 * Conventions of the whole interface:
 *  1. Handles are opaque. What `create` or `load` made, the caller owns and gives to `destroy`, which takes NULL; only gatelet_config is
 * counted
 *     (`ref`, `unref`), because it is shared and immutable.
 *  2. What can fail returns gatelet_status, 0 or negative, and takes a nullable `gatelet_error **` last. On failure no output is written
 * but that one; on success it is untouched.
 *  3. Option structs begin with `size`, which the _INIT macros set; zero in any other field means its default. An older caller passes a
 * shorter struct; a longer one is accepted as long as what this library does not know is zero.
 *  4. gatelet_str is borrowed: an argument must live until the call returns, a result lives as long as the object it came from is
 * unchanged. Text is UTF-8, header values are bytes; neither ends in a NUL.
 *  5. A callback is a function, a `user` and, where it is kept, a `destroy` for the user, which runs exactly once, also when the call
 * fails.
 *  6. No exception and no signal handler: running out of memory is GATELET_ERR_MEMORY, or a 503 of the one request it happened in. A
 * callback must not throw or longjmp: an exception that leaves one ends the process.
 *  7. Values of enumerations may be added: treat unknown ones as failures of an unknown kind.
 *  8. A handle is used by one call at a time unless its comment says otherwise. NULL, and a handle of another kind, is refused; using one
 * after its destroy is not defined. What may be called from a callback stands with the callback.
 *  9. After fork the child may use configurations, gateways and exchanges that no thread was using; servers stay with the parent.
 */
#ifndef GATELET_BASE_H
#define GATELET_BASE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define GATELET_API __attribute__((visibility("default")))
#else
#define GATELET_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gatelet_str {
  const char* data;
  size_t size;
} gatelet_str;

/* A literal as gatelet_str: GATELET_STR("GET"). */
#ifdef __cplusplus
#define GATELET_STR(literal) (gatelet_str{"" literal, sizeof(literal) - 1})
#else
#define GATELET_STR(literal) ((gatelet_str){"" literal, sizeof(literal) - 1})
#endif

/* Bytes handed over: the library calls destroy(user) once, on any thread, when it needs them no longer. destroy may be NULL: copied at
 * once. */
typedef struct gatelet_buf {
  const char* data;
  size_t size;
  void (*destroy)(void* user);
  void* user;
} gatelet_buf;

typedef struct gatelet_header {
  gatelet_str name;
  gatelet_str value;
} gatelet_header;

typedef int32_t gatelet_status;
enum {
  GATELET_OK = 0,
  GATELET_ERR_ARGUMENT = -1,    /* a bad value, or a call in the wrong order */
  GATELET_ERR_CONFIG = -2,      /* a document, file or resource is wrong */
  GATELET_ERR_MEMORY = -3,      /* out of memory */
  GATELET_ERR_LIMIT = -4,       /* an input is larger than a limit */
  GATELET_ERR_IO = -5,          /* a file, socket or address could not be used */
  GATELET_ERR_STALE = -6,       /* a reply to an action that was cancelled or answered: it did nothing */
  GATELET_ERR_UNSUPPORTED = -7, /* known, but not in this build */
  GATELET_ERR_INTERNAL = -8,    /* the library is wrong: please report */
  GATELET_ERR_HOST = -9         /* passed through from a callback of the host, never made here */
};

/* "GATELET_ERR_ARGUMENT" and the like; "unknown status" for anything else. Static. Threads: any. Since: 1 */
GATELET_API const char* gatelet_status_text(gatelet_status status);

/*
 * Why a call failed. `message` names what was wrong and the remedy; line and column count from 1, 0 when there is no place; `path` is a
 * file, a setting or a policy path. Loading reports every problem: the chain is walked with gatelet_error_next, its members belong to the
 * first. Threads: one at a time. Since: 1
 */
typedef struct gatelet_error gatelet_error;
GATELET_API gatelet_status gatelet_error_code(const gatelet_error* error);
GATELET_API gatelet_str gatelet_error_message(const gatelet_error* error);
GATELET_API gatelet_str gatelet_error_path(const gatelet_error* error);
GATELET_API uint32_t gatelet_error_line(const gatelet_error* error);
GATELET_API uint32_t gatelet_error_column(const gatelet_error* error);
GATELET_API const gatelet_error* gatelet_error_next(const gatelet_error* error); /* NULL at the end */
GATELET_API void gatelet_error_destroy(gatelet_error* error);

#ifdef __cplusplus
}
#endif
#endif
