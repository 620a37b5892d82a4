/*
 * gatelet_sync: a gateway's life with its management plane, without sockets and files: polls of the configuration, heartbeats, and backups
 * that it starts from when the plane is away. A host with its own HTTP client asks for the next action, does it, and says how it went:
 *
 *   for (;;) {
 *     gatelet_sync_action action = GATELET_SYNC_ACTION_INIT;
 *     gatelet_sync_next(sync, now, &action, &error);
 *     switch (action.kind) {
 *       case GATELET_SYNC_CALL:    … send it, then gatelet_sync_reply(sync, action.id, &response, now, &error)
 *       case GATELET_SYNC_BUILD:   … gatelet_sync_build(sync, action.id, &error), best on another thread, then gatelet_sync_reply_done
 *       case GATELET_SYNC_READ:    … gatelet_sync_reply_bytes(sync, action.id, bytes, now, &error)
 *       case GATELET_SYNC_WRITE:   … and the other ones about files: gatelet_sync_reply_done(sync, action.id, now, &error)
 *       case GATELET_SYNC_COMMAND: … gatelet_sync_reply_done
 *       case GATELET_SYNC_NONE:    … come back when the steady clock shows wake_us, or after a reply
 *     }
 *   }
 *
 * What could not be done is said with gatelet_sync_reply_fault. Configurations go into force in the gateway by themselves, inside
 * gatelet_sync_next; whatever the plane answers, and while it is away, the gateway goes on serving the last one. Several actions may be
 * under way at once: one call of each kind, one build, one file. Times come from the host, as in gatelet/gateway.h.
 */
#ifndef GATELET_SYNC_H
#define GATELET_SYNC_H

#include "gatelet/base.h"
#include "gatelet/config.h"
#include "gatelet/gateway.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Threads: one call at a time, from any thread, but for gatelet_sync_build. */
typedef struct gatelet_sync gatelet_sync;

/* A public key on P-256, PEM or DER, that the plane's signatures are made for. */
typedef struct gatelet_sync_key {
  gatelet_str id; /* the keyid of Gsp-Signature */
  gatelet_str key;
} gatelet_sync_key;

enum { GATELET_SIGNATURE_OFF = 0, GATELET_SIGNATURE_VERIFY = 1, GATELET_SIGNATURE_REQUIRE = 2 };

typedef struct gatelet_sync_options {
  size_t size;
  gatelet_time now;
  gatelet_str gateway;     /* id of the gateway resource; required */
  gatelet_str instance;    /* a UUID, the same as long as the instance lives; empty: a new one */
  gatelet_str user_agent;  /* empty: "gatelet/VERSION" */
  uint32_t poll_ms;        /* 0: 10 s; the plane may change it */
  uint32_t long_poll_s;    /* at most 60: how long the plane may hold a poll until something changes; 0: it may not */
  uint32_t timeout_ms;     /* of a call; 0: 100 s */
  uint64_t body_bytes_max; /* of a configuration; 0: 64 MiB, which is the most */
  int32_t signature;
  const gatelet_sync_key* keys; /* at most 16; copied */
  size_t key_count;
  int32_t backups;        /* 1: READ, WRITE, SYNC, RENAME and SYNC_FOLDER are asked for, of one folder that no other gateway uses */
  gatelet_str backup_key; /* 32 bytes: backups are sealed with AES-256-GCM, and only such are read; empty: they are not */
  gatelet_str host_name;  /* for heartbeats, like the following */
  gatelet_str os;
  gatelet_str arch;
  const gatelet_str* listeners; /* URLs, at most 64; copied */
  size_t listener_count;
  /* How configurations are built: region, ignore_scheme, listener_schemes and expression_limits count, the rest is not used. May be NULL.
   */
  const gatelet_config_options* config;
} gatelet_sync_options;
#define GATELET_SYNC_OPTIONS_INIT \
  { sizeof(gatelet_sync_options), {0, 0}, {0, 0}, {0, 0}, {0, 0}, 0, 0, 0, 0, 0, 0, 0, 0, {0, 0}, {0, 0}, {0, 0}, {0, 0}, 0, 0, 0 }

/*
 * Creates the link of a gateway, which lives at least as long; its log is used. Nothing is sent before the first gatelet_sync_next.
 * Errors: GATELET_ERR_ARGUMENT, GATELET_ERR_CONFIG (a key), GATELET_ERR_MEMORY. Threads: any. Since: 1
 */
GATELET_API gatelet_status gatelet_sync_create(gatelet_gateway* gateway, const gatelet_sync_options* options, gatelet_sync** out,
                                               gatelet_error** error);
/* Not while gatelet_sync_build runs. What is in force in the gateway stays so. */
GATELET_API void gatelet_sync_destroy(gatelet_sync* sync);

enum {
  GATELET_SYNC_NONE = 0,
  GATELET_SYNC_CALL = 1, /* an HTTP call to the plane; the host adds its address and Authorization, decodes the body, follows no redirect */
  GATELET_SYNC_BUILD = 2,  /* a configuration is to be built */
  GATELET_SYNC_READ = 3,   /* a file, whole; no bytes when there is none. No link is followed, and only a file of the user's own is read */
  GATELET_SYNC_WRITE = 4,  /* a new file for the owner alone (0600) in the place of an old one; no link is followed */
  GATELET_SYNC_SYNC = 5,   /* the file's bytes are forced to the disk */
  GATELET_SYNC_RENAME = 6, /* the file takes the place of `target` */
  GATELET_SYNC_SYNC_FOLDER = 7, /* the folder's entries are forced to the disk */
  GATELET_SYNC_COMMAND = 8      /* the plane wants something done that only the host can: "set-log-level", "flush-cache", … */
};

/* Views that live until the next call on the link, those of a CALL and of a WRITE until their reply. */
typedef struct gatelet_sync_action {
  size_t size;
  int32_t kind;
  uint32_t id;
  uint64_t wake_us; /* of NONE: when to come back; UINT64_MAX: after a reply */
  /* CALL */
  gatelet_str method;
  gatelet_str target; /* path and query */
  const gatelet_header* headers;
  size_t header_count;
  gatelet_str body;
  int32_t renew_token; /* 1: the one before was refused; look whether there is a new one */
  uint64_t timeout_ms; /* of the whole call */
  uint64_t bytes_max;  /* of the answer's decoded body, and of a file: more is a fault */
  /* files, names in the folder; COMMAND: name and its arguments as JSON */
  gatelet_str name;
  gatelet_str target_name;
  gatelet_str bytes;
} gatelet_sync_action;
#define GATELET_SYNC_ACTION_INIT                                                                          \
  {                                                                                                       \
    sizeof(gatelet_sync_action), 0, 0, 0, {0, 0}, {0, 0}, 0, 0, {0, 0}, 0, 0, 0, {0, 0}, {0, 0}, { 0, 0 } \
  }

/* The next action. Errors: GATELET_ERR_ARGUMENT, GATELET_ERR_MEMORY. Since: 1 */
GATELET_API gatelet_status gatelet_sync_next(gatelet_sync* sync, gatelet_time now, gatelet_sync_action* out, gatelet_error** error);
/* The answer to a CALL, any status; header lines are copied, the body is taken over. GATELET_ERR_STALE, here and below, when the action is
 * over: a call may have been given up. That is no fault of the host's. Since: 1 */
GATELET_API gatelet_status gatelet_sync_reply(gatelet_sync* sync, uint32_t id, const gatelet_response* response, gatelet_time now,
                                              gatelet_error** error);
/* A CALL without an answer, or something about a file that failed; `text` is for the log. Since: 1 */
GATELET_API gatelet_status gatelet_sync_reply_fault(gatelet_sync* sync, uint32_t id, gatelet_str text, gatelet_time now,
                                                    gatelet_error** error);
/* What a READ read. Since: 1 */
GATELET_API gatelet_status gatelet_sync_reply_bytes(gatelet_sync* sync, uint32_t id, gatelet_str bytes, gatelet_time now,
                                                    gatelet_error** error);
/* Builds what a BUILD is about; takes as long as the configuration is large. Threads: any, also while other calls are made on the link, but
 * for destroying it. Errors: GATELET_ERR_ARGUMENT, GATELET_ERR_STALE, GATELET_ERR_MEMORY (it may be tried again). Since: 1 */
GATELET_API gatelet_status gatelet_sync_build(gatelet_sync* sync, uint32_t id, gatelet_error** error);
/* A BUILD that gatelet_sync_build has built, or a WRITE, SYNC, RENAME, SYNC_FOLDER or COMMAND that was done. Since: 1 */
GATELET_API gatelet_status gatelet_sync_reply_done(gatelet_sync* sync, uint32_t id, gatelet_time now, gatelet_error** error);

/* No more polls; one more heartbeat, which says that the gateway stops. Since: 1 */
GATELET_API gatelet_status gatelet_sync_drain(gatelet_sync* sync, gatelet_error** error);

/* For the next heartbeats. */
typedef struct gatelet_sync_load {
  size_t size;
  double requests_per_s; /* over the last minute */
  double cpu_percent;
  uint64_t in_flight;
  uint64_t memory_bytes;
  uint64_t connections;
  uint64_t telemetry_queued;
  uint64_t telemetry_dropped;
} gatelet_sync_load;
#define GATELET_SYNC_LOAD_INIT \
  { sizeof(gatelet_sync_load), 0, 0, 0, 0, 0, 0, 0 }
GATELET_API gatelet_status gatelet_sync_set_load(gatelet_sync* sync, const gatelet_sync_load* load, gatelet_error** error);

enum {
  GATELET_SYNC_STATE_LOADING_BACKUP = 1,
  GATELET_SYNC_STATE_NO_CONFIG = 2, /* nothing to serve: every request is answered 503 */
  GATELET_SYNC_STATE_SERVING_FRESH = 3,
  GATELET_SYNC_STATE_SERVING_STALE = 4,  /* the last poll failed, or what it brought was refused */
  GATELET_SYNC_STATE_SERVING_BACKUP = 5, /* no poll has succeeded since the start */
  GATELET_SYNC_STATE_AUTH_REJECTED = 6,  /* the plane refuses the token, or does not know the gateway; serves on */
  GATELET_SYNC_STATE_DRAINING = 7
};

/* Views that live until the next call on the link. */
typedef struct gatelet_sync_status {
  size_t size;
  int32_t state;
  int32_t applying;       /* 1: a configuration is being built */
  int32_t from_backup;    /* 1: what is in force came out of a backup */
  int32_t last_status;    /* of the last poll; 0: it had no answer */
  gatelet_str state_text; /* "serving-fresh" */
  uint64_t epoch;
  uint64_t revision; /* 0 when nothing is in force */
  gatelet_str root;
  gatelet_str etag;
  gatelet_str last_error;   /* of the last poll; empty: it went well */
  uint64_t last_good_us;    /* steady time of the last poll that went well; 0: none */
  uint64_t loaded_us;       /* steady time when the configuration came into force */
  int64_t token_expires_ms; /* as the plane says; 0: it has not said */
  uint64_t polls;
  uint64_t polls_failed;
  uint64_t refused; /* deliveries, among them these two */
  uint64_t delta_mismatch;
  uint64_t rollbacks;
  uint64_t backups_written;
  uint64_t backups_failed;
  uint64_t problem_count; /* parts that are not served as they were delivered, at most 50 */
} gatelet_sync_status;
#define GATELET_SYNC_STATUS_INIT \
  { sizeof(gatelet_sync_status), 0, 0, 0, 0, {0, 0}, 0, 0, {0, 0}, {0, 0}, {0, 0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
/* Errors: GATELET_ERR_ARGUMENT. Since: 1 */
GATELET_API gatelet_status gatelet_sync_status_get(const gatelet_sync* sync, gatelet_sync_status* out, gatelet_error** error);

/* A part of the configuration in force that was held back. Views as those of the status. */
typedef struct gatelet_sync_problem {
  size_t size;
  gatelet_str key; /* "apis/echo;rev=1/policies/policy" */
  gatelet_str code;
  gatelet_str message;
} gatelet_sync_problem;
#define GATELET_SYNC_PROBLEM_INIT                          \
  {                                                        \
    sizeof(gatelet_sync_problem), {0, 0}, {0, 0}, { 0, 0 } \
  }
/* GATELET_ERR_ARGUMENT when index is out of range. Since: 1 */
GATELET_API gatelet_status gatelet_sync_problem_get(const gatelet_sync* sync, size_t index, gatelet_sync_problem* out,
                                                    gatelet_error** error);

#ifdef __cplusplus
}
#endif
#endif
