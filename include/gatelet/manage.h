/*
 * gatelet_manage: a management plane (libgatelet-manage). It keeps APIs, products, policies, keys and gateways in a store, answers Azure's
 * management REST API, and delivers configurations to gateways. It has no sockets: it is a handler of a gatelet_server whose configuration
 * is gatelet_manage_document():
 *
 *   gatelet_manage_open(&options, &manage, &problem);
 *   gatelet_config_load(gatelet_manage_document(), …, &config, …);
 *   server_options.handler = gatelet_manage_handle;
 *   server_options.handler_user = manage;
 */
#ifndef GATELET_MANAGE_H
#define GATELET_MANAGE_H

#include "gatelet/base.h"
#include "gatelet/config.h"
#include "gatelet/server.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A plane, with one thread of its own. Threads: any. */
typedef struct gatelet_manage gatelet_manage;

typedef struct gatelet_manage_options {
  size_t size;
  gatelet_str store;          /* path of an SQLite database; made when it is not there, but for a reader */
  gatelet_str master_key;     /* 32 bytes: seals secrets in the store; the same as long as the store lives */
  gatelet_str service_name;   /* empty: "gatelet" */
  int32_t is_reader;          /* 1: only exports and tokens; the store may be in use by another process */
  gatelet_str signing_key;    /* a private key on P-256, PEM or DER, that what gateways get is signed with; empty: it is not signed */
  gatelet_str signing_key_id; /* what gateways know the key as; empty: "k1" */
} gatelet_manage_options;
#define GATELET_MANAGE_OPTIONS_INIT                                             \
  {                                                                             \
    sizeof(gatelet_manage_options), {0, 0}, {0, 0}, {0, 0}, 0, {0, 0}, { 0, 0 } \
  }

/*
 * Opens a store. One plane a store. On failure `problem`, which may be NULL, receives a text for gatelet_manage_text_destroy(), here and
 * below. Errors: GATELET_ERR_ARGUMENT (the key), GATELET_ERR_IO, GATELET_ERR_CONFIG (a damaged store), GATELET_ERR_UNSUPPORTED (a newer
 * one), GATELET_ERR_MEMORY. Threads: any. Since: 1
 */
GATELET_API gatelet_status gatelet_manage_open(const gatelet_manage_options* options, gatelet_manage** out, gatelet_str* problem);
/* After the server whose handler it is. */
GATELET_API void gatelet_manage_destroy(gatelet_manage* manage);
GATELET_API void gatelet_manage_text_destroy(gatelet_str text);

/* The resource document of a gateway that lets every request through to the handler. Static. */
GATELET_API gatelet_str gatelet_manage_document(void);
/* A gatelet_handler_fn; `manage` is the plane. Does not block. */
GATELET_API void gatelet_manage_handle(void* manage, gatelet_call* call);

/* The token of the owner, once: empty when it was made before. Only its hash is kept. Since: 1 */
GATELET_API gatelet_status gatelet_manage_owner_token(gatelet_manage* manage, gatelet_str* out, gatelet_str* problem);
/* A token for a gateway, valid until `expires_ms` (milliseconds since 1970). GATELET_ERR_ARGUMENT: there is no such gateway. Since: 1 */
GATELET_API gatelet_status gatelet_manage_gateway_token(gatelet_manage* manage, gatelet_str gateway, int64_t expires_ms, gatelet_str* out,
                                                        gatelet_str* problem);
/*
 * Begins another epoch, after an older copy of the store was restored and before it serves: gateways refuse an older revision, and take it
 * when the epoch is another one. Since: 1
 */
GATELET_API gatelet_status gatelet_manage_begin_epoch(gatelet_manage* manage, gatelet_str* problem);
/*
 * Takes the files of an APIOps folder in the place of what there is; users, certificates and keys stay. `options`, which may be NULL, has
 * the overrides and the environment for placeholders; the rest of it is of no use here. With problems nothing is changed:
 * GATELET_ERR_CONFIG, and `problem` has a line for each. Since: 1
 */
GATELET_API gatelet_status gatelet_manage_import(gatelet_manage* manage, const gatelet_file* files, size_t count,
                                                 const gatelet_config_options* options, gatelet_str* problem);
/* Called for each file of the folder; a status other than 0 ends the export and is its result. */
typedef gatelet_status (*gatelet_manage_file_fn)(void* user, gatelet_str path, gatelet_str bytes);
GATELET_API gatelet_status gatelet_manage_export(gatelet_manage* manage, gatelet_manage_file_fn write, void* user, gatelet_str* problem);

#ifdef __cplusplus
}
#endif
#endif
