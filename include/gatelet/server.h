/*
 * The server surface: a gateway with listeners, HTTP/1.1 client and server over libuv. It runs on threads of its own (gatelet_server_start)
 * or in the caller's (gatelet_server_fd, _timeout, _pump). An API without a service URL is answered by the embedding program's handler.
 */
#ifndef GATELET_SERVER_H
#define GATELET_SERVER_H

#include "gatelet/base.h"
#include "gatelet/gateway.h"
#include "gatelet/sync.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Threads: see each function. */
typedef struct gatelet_server gatelet_server;
/* A request for the host's handler. Threads: any, until it was answered. */
typedef struct gatelet_call gatelet_call;

/*
 * Called on an event loop for a request that passed the policies and whose API has no service URL. Must not block: keep `call` and answer
 * it with gatelet_call_respond or gatelet_call_fail, now or later, on any thread, exactly once.
 */
typedef void (*gatelet_handler_fn)(void* user, gatelet_call* call);

GATELET_API gatelet_str gatelet_call_method(const gatelet_call* call);
GATELET_API gatelet_str gatelet_call_path(const gatelet_call* call);  /* below the API's path, after rewrite-uri; canonical */
GATELET_API gatelet_str gatelet_call_query(const gatelet_call* call); /* without '?' */
GATELET_API size_t gatelet_call_header_count(const gatelet_call* call);
GATELET_API gatelet_header gatelet_call_header(const gatelet_call* call, size_t index); /* empty when out of range */
GATELET_API gatelet_str gatelet_call_body(const gatelet_call* call);                    /* whole, at most body_bytes_max of the gateway */
GATELET_API gatelet_str gatelet_call_client_ip(const gatelet_call* call);
/* Ends the call. The body is taken over. GATELET_ERR_STALE when the client has gone meanwhile; the call is ended all the same. Since: 1 */
GATELET_API gatelet_status gatelet_call_respond(gatelet_call* call, const gatelet_response* response, gatelet_error** error);
/* Ends the call as a backend failure with this text. Since: 1 */
GATELET_API gatelet_status gatelet_call_fail(gatelet_call* call, gatelet_str text, gatelet_error** error);

/* TLS 1.2 and 1.3. Files are read when the server is created and looked at again every `period_ms`: good ones serve new connections from
 * then on, bad ones are logged and the old ones serve on. Suites are IANA names divided by commas; empty: those of the self-hosted gateway.
 */
typedef struct gatelet_tls_options {
  size_t size;
  /* Towards clients, where a listener is https:// */
  gatelet_str certificate_file; /* PEM with the whole chain, or PKCS#12; empty: a certificate that the gateway makes itself */
  gatelet_str key_file;         /* PEM or DER; empty: the key is in certificate_file */
  gatelet_str key_password;     /* of the key or of PKCS#12 */
  gatelet_str suites;
  gatelet_str client_authorities_file; /* PEM: roots and revocation lists that clients' certificates are looked at with */
  int32_t asks_for_client_certificate; /* 1: a client may show one, which policies then find; it is let in whatever it is */
  /* Towards backends */
  gatelet_str backend_authorities_file; /* PEM: roots besides those of the system, and revocation lists */
  gatelet_str backend_suites;
  int32_t backend_versions;           /* 1 TLS 1.2, 2 TLS 1.3; 0 or 3: both */
  int32_t checks_revocation;          /* 1: what a revocation list names is not trusted */
  int32_t trusts_gateway_authorities; /* 1: certificate authorities of the configuration are trusted, towards both sides */
  uint32_t period_ms;                 /* 0: 10,000 */
} gatelet_tls_options;
#define GATELET_TLS_OPTIONS_INIT \
  { sizeof(gatelet_tls_options), {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, 0, {0, 0}, {0, 0}, 0, 0, 0, 0 }

typedef struct gatelet_server_options {
  size_t size;
  const gatelet_str* listeners; /* "http://0.0.0.0:8080", "https://[::1]:0"; default: one, http://0.0.0.0:8080 */
  size_t listener_count;
  uint32_t workers;            /* event loops; 0: 1 */
  uint32_t connections_max;    /* per process; 0: 10,000 */
  uint32_t header_timeout_ms;  /* 0: 10,000 */
  uint32_t idle_timeout_ms;    /* 0: 120,000 */
  uint32_t body_timeout_ms;    /* between bytes; 0: 60,000 */
  uint32_t connect_timeout_ms; /* 0: 5,000 */
  uint32_t drain_timeout_ms;   /* 0: 30,000 */
  gatelet_handler_fn handler;  /* NULL: an API without a service URL answers 500 */
  void* handler_user;
  void (*handler_destroy)(void* user);
  /* Resident memory of the process; 0: no limit. Above 80 % no new client is let in, and one request log of 100 is written; above 95 %
   * requests are answered 503, and what clients were sending for policies that need it whole is given up. Probes are always answered. Linux
   * only. */
  uint64_t memory_bytes_max;
  const gatelet_tls_options* tls; /* copied; NULL: all of them by default */
  /* HTTP proxies in front of backends that name none of their own, "http://user:password@host:3128"; https goes through with CONNECT.
   * Exceptions are divided by commas: names with what is below them, addresses, networks, "*". Empty: none. */
  gatelet_str http_proxy;
  gatelet_str https_proxy;
  gatelet_str proxy_exceptions;
  /* The external cache of the cache policies, instead of that of the configuration: a server that speaks the protocol of Redis, as a
   * connection string, "redis.example:6380,password=...,ssl=True". Empty: the configuration's. */
  gatelet_str external_cache;
  /* Addresses that nothing is sent to where a policy took the URL from a text: "loopback", "link-local", "private", addresses and networks,
   * divided by commas; with a '!' before it, an exception. They are looked at after names were resolved. Empty: all are allowed. */
  gatelet_str egress_denied;
  /* Rates, quotas and tokens are counted in the external cache, together with all gateways whose keys have the same prefix ("": that is
   * "gatelet:limits:"). While it is away: 0 this gateway counts by itself, 1 limits do not hold, 2 what has a limit is refused. */
  int32_t shares_limits; /* 1: yes */
  int32_t limits_failure;
  gatelet_str limits_prefix;
  /* Where metrics of policies go as datagrams: a StatsD server, "host:port"; empty: into the log. `statsd_sampling`: the share that is
   * sent, "0.5"; empty: all. `statsd_tags`: "none", "librato", "dogStatsD" or "influxDB"; empty: dogStatsD. */
  gatelet_str statsd_endpoint;
  gatelet_str statsd_sampling;
  gatelet_str statsd_tags;
  int32_t drops_local_events; /* 1: events of loggers that are no event hubs of the configuration are dropped; 0: they go into the log */
} gatelet_server_options;
#define GATELET_SERVER_OPTIONS_INIT                                                                                                 \
  {                                                                                                                                 \
    sizeof(gatelet_server_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, 0, 0, {0, 0}, \
        {0, 0}, {0, 0}, {0, 0}, 0                                                                                                   \
  }

/*
 * Binds the listeners; nothing is accepted before start or the first pump. The gateway must outlive the server.
 * Errors: GATELET_ERR_ARGUMENT (a URL, number, certificate or suite), GATELET_ERR_IO (an address that cannot be bound or a file that cannot
 * be read; `path` names it), GATELET_ERR_MEMORY.
 * Threads: any. Since: 1
 */
GATELET_API gatelet_status gatelet_server_create(gatelet_gateway* gateway, const gatelet_server_options* options, gatelet_server** out,
                                                 gatelet_error** error);
/* Stops at once if it still runs. In one of its own callbacks it takes effect when that has returned; pump then returns 0. In a forked
 * child it only forgets the server. */
GATELET_API void gatelet_server_destroy(gatelet_server* server);
GATELET_API size_t gatelet_server_listener_count(const gatelet_server* server);
/* The bound URL of a listener, with the port that was chosen for 0. Empty when out of range. */
GATELET_API gatelet_str gatelet_server_listener_url(const gatelet_server* server, size_t index);

/* Serves on `workers` threads of the library; returns at once. Once. Since: 1 */
GATELET_API gatelet_status gatelet_server_start(gatelet_server* server, gatelet_error** error);
/* Waits until a started server has stopped: after a drain, or after a failure. Any thread but those of the library. Since: 1 */
GATELET_API gatelet_status gatelet_server_wait(gatelet_server* server, gatelet_error** error);
/* Stops accepting, answers what is under way, closes idle connections, and stops when all is done or drain_timeout_ms is over. Any thread.
 */
GATELET_API void gatelet_server_drain(gatelet_server* server);
/* Stops at once. Any thread. */
GATELET_API void gatelet_server_stop(gatelet_server* server);

/*
 * In the caller's own thread and event loop instead of start: poll `fd` for reading, wait at most `timeout` milliseconds (0: pump now, -1:
 * for the fd alone), then pump. The three belong to the thread that calls one of them first; on another thread, in a callback of pump and
 * on a started server fd and timeout are -1 and pump is GATELET_ERR_ARGUMENT. pump returns 1 while the server lives, 0 when it has stopped.
 * Since: 1
 */
GATELET_API int32_t gatelet_server_fd(const gatelet_server* server);
GATELET_API int32_t gatelet_server_timeout(const gatelet_server* server);
GATELET_API int32_t gatelet_server_pump(gatelet_server* server);

/*
 * Watches a path as gatelet_config_load_path reads it: every `period_ms` (0: 10,000) it is looked at, a changed one is loaded off the loops
 * and put in force; a broken one is logged and the old one serves on. `options` is copied. Before start or pump. Since: 1
 */
GATELET_API gatelet_status gatelet_server_watch(gatelet_server* server, gatelet_str path, const gatelet_config_options* options,
                                                uint32_t period_ms, gatelet_error** error);

/* How a server reaches its management plane. */
typedef struct gatelet_plane_options {
  size_t size;
  gatelet_str endpoint;         /* "https://config.example"; https:// may be missing; required */
  gatelet_str token;            /* "GatewayKey …" */
  gatelet_str token_file;       /* instead of token: read before each call, so that a new token is used at once */
  gatelet_str authorities_file; /* PEM: roots besides those of the system that the plane is trusted by; empty: those of tls for backends */
  gatelet_str backup_folder;    /* where the configuration is kept for a start without the plane; empty: nowhere */
  int32_t allow_insecure;       /* 1: http to another machine, too */
  int32_t ignore_certificate;   /* 1: the plane's certificate is not checked; for tests */
  /* The link itself. `gateway` may be empty: whom the token is for. `backups` and `listeners` are the server's; `instance` is the folder's
   * where it has one. May be NULL. */
  const gatelet_sync_options* sync;
} gatelet_plane_options;
#define GATELET_PLANE_OPTIONS_INIT \
  { sizeof(gatelet_plane_options), {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, 0, 0, 0 }

/*
 * Gets the configuration from a management plane, over the proxies of the server, on threads of the library. What the plane answers is put
 * in force; while it is away, the server goes on serving what it has, and a restarted one what its backup holds. Until there is something,
 * each request is answered 503. `options` is copied. Once, before start or the first pump, and not besides gatelet_server_watch. The
 * backups' folder is opened and locked: a second gateway takes a place of its own below it.
 * Errors: GATELET_ERR_ARGUMENT (an endpoint, a token, a gateway that nobody names), GATELET_ERR_IO (a file; `path` names it),
 * GATELET_ERR_MEMORY. Threads: any. Since: 1
 */
GATELET_API gatelet_status gatelet_server_follow(gatelet_server* server, const gatelet_plane_options* options, gatelet_error** error);
/*
 * How a server that follows a management plane is, as JSON: what a heartbeat says (state, revision, source and age of the configuration,
 * the last poll, load, problems) with lastGoodSyncAgeS, tokenExpiresAt and certificates: host and expiresAt of each that clients are shown.
 * The text belongs to the caller: gatelet_text_destroy().
 * Errors: GATELET_ERR_ARGUMENT (it follows none), GATELET_ERR_MEMORY. Threads: any. Since: 1
 */
GATELET_API gatelet_status gatelet_server_describe(gatelet_server* server, gatelet_str* out, gatelet_error** error);

/*
 * Shows this certificate to clients that ask for `host` ("api.example", "*.example", "*": all others), from the next connection on, instead
 * of what files and the configuration say; for hosts that get and renew certificates themselves. `certificates`: PEM with the whole chain,
 * or DER or PKCS#12; `key`: PEM or DER, empty when it is among them. All are copied. Where it fails what was there serves on.
 * Errors: GATELET_ERR_ARGUMENT (what cannot be read, is no pair or has expired; no listener is https), GATELET_ERR_MEMORY.
 * Threads: any but those of the library. Since: 1
 */
GATELET_API gatelet_status gatelet_server_use_certificate(gatelet_server* server, gatelet_str host, gatelet_str certificates,
                                                          gatelet_str key, gatelet_str key_password, gatelet_error** error);

/*
 * Keeps the counters of quotas in a file, so that a restart goes on where the process ended; without it they begin anew. The file is read,
 * or made, now; while the server runs it is written within a second of a change, and once more when the server is destroyed. One gateway a
 * file. A damaged file is renamed, the log says so, and counting begins anew. Once, before start or pump and before any exchange.
 * Errors: GATELET_ERR_ARGUMENT (order), GATELET_ERR_IO (the path cannot be read or written; `path` names it), GATELET_ERR_MEMORY.
 * Threads: any. Since: 1
 */
GATELET_API gatelet_status gatelet_server_keep_quotas(gatelet_server* server, gatelet_str path, gatelet_error** error);

#ifdef __cplusplus
}
#endif
#endif
