/*
 * The exchange surface: the gateway without sockets. A host with its own server begins an exchange for a request, asks for the next action
 * and answers it, until the response is its to send:
 *
 *   gatelet_exchange_begin(exchange, &request, &error);
 *   for (;;) {
 *     gatelet_action action = GATELET_ACTION_INIT;
 *     gatelet_exchange_next(exchange, &action, &error);
 *     switch (action.kind) {
 *       case GATELET_ACTION_SEND:      … send it, then gatelet_exchange_reply(exchange, action.id, &response, now, &error)
 *       case GATELET_ACTION_READ_BODY: … gatelet_exchange_reply_body(exchange, action.id, body, now, &error)
 *       case GATELET_ACTION_WAIT:      … at that time gatelet_exchange_reply_time(exchange, action.id, now, &error)
 *       case GATELET_ACTION_RESPOND:   … write it
 *       case GATELET_ACTION_NONE:      … wait for a reply
 *     }
 *   }
 *   gatelet_exchange_finish(exchange, &end);
 *
 * Times come from the host: the library reads no clock here. An exchange is used again for the next request, which then allocates nothing.
 */
#ifndef GATELET_GATEWAY_H
#define GATELET_GATEWAY_H

#include "gatelet/base.h"
#include "gatelet/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A gateway: the configuration in force, its counters, its sinks. Threads: any. */
typedef struct gatelet_gateway gatelet_gateway;
/* One request at a time. Threads: one call at a time, from any thread; a second one, or one from a callback of the first, is refused. */
typedef struct gatelet_exchange gatelet_exchange;

enum { GATELET_LOG_DEBUG = 0, GATELET_LOG_INFO = 1, GATELET_LOG_WARN = 2, GATELET_LOG_ERROR = 3, GATELET_LOG_FATAL = 4 };

enum {
  GATELET_IDENTITY_APP_SERVICE = 0,        /* GET endpoint?resource=..., with the secret in X-IDENTITY-HEADER */
  GATELET_IDENTITY_IMDS = 1,               /* GET endpoint?resource=..., as the metadata service of a virtual machine */
  GATELET_IDENTITY_CLIENT_CREDENTIALS = 2, /* an OAuth 2.0 token endpoint that gets the client's id and secret */
  GATELET_IDENTITY_WORKLOAD = 3            /* likewise, the secret being a federated token, which the host replaces before it ends */
};

/* A line of the process log or the request log, without its newline. Any thread; must not block. It may publish, and destroy what it likes.
 */
typedef void (*gatelet_log_fn)(void* user, int32_t level, gatelet_str line);

typedef struct gatelet_gateway_options {
  size_t size;
  int32_t lenient_foreign_keys; /* 1: a key of another product counts as no key (keys.foreign=lenient) */
  int32_t debug_route_header;   /* 1: a request with Gatelet-Debug-Route learns from the answer's Gatelet-Route-Miss why nothing matched */
  int32_t forwarded_proto;      /* 1: X-Forwarded-Proto chooses the scheme */
  uint64_t body_bytes_max;      /* of a body that a policy needs whole; 0: 8 MiB */
  int32_t request_log;          /* 0 errors (default), 1 off, 2 all */
  int32_t log_format;           /* 0 text (default), 1 json, 2 none */
  gatelet_log_fn log;           /* NULL: no log */
  void* log_user;
  void (*log_destroy)(void* user);
  const gatelet_expression_limits* expression_limits; /* those of evaluations; NULL: the defaults. Borrowed for the call */
  uint64_t cache_bytes_max;                           /* of the cache in the process; 0: 128 MiB; UINT64_MAX: there is none */
  gatelet_str identity_endpoint;  /* URL that gives the access tokens of managed identities; empty: there are none. Copied, as the others */
  gatelet_str identity_secret;    /* what the endpoint wants to be shown: gatelet_gateway_set_identity_secret */
  gatelet_str azure_authority;    /* of validate-azure-ad-token; empty: https://login.microsoftonline.com */
  int32_t identity_kind;          /* how the endpoint is asked, one of GATELET_IDENTITY_* */
  gatelet_str identity_client_id; /* whose tokens they are, where the policy does not say it; of CLIENT_CREDENTIALS always */
} gatelet_gateway_options;
#define GATELET_GATEWAY_OPTIONS_INIT                                                                      \
  {                                                                                                       \
    sizeof(gatelet_gateway_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0, 0}, {0, 0}, {0, 0}, 0, { 0, 0 } \
  }

/*
 * Creates a gateway. `options` and `config` may be NULL; without a configuration every request is answered 503. The gateway takes its own
 * reference to the configuration.
 * Errors: GATELET_ERR_ARGUMENT, GATELET_ERR_MEMORY. Threads: any. Since: 1
 */
GATELET_API gatelet_status gatelet_gateway_create(const gatelet_gateway_options* options, gatelet_config* config, gatelet_gateway** out,
                                                  gatelet_error** error);
/* It lives on until its servers and exchanges are destroyed, in whatever order. */
GATELET_API void gatelet_gateway_destroy(gatelet_gateway* gateway);
/* Puts another configuration in force; exchanges under way keep theirs. Threads: any. Since: 1 */
GATELET_API gatelet_status gatelet_gateway_publish(gatelet_gateway* gateway, gatelet_config* config, gatelet_error** error);
/*
 * Replaces the authorizations that get-authorization-context finds: {"authorizations":[{"provider":"github","id":"c1",
 * "expires":"2026-01-31T08:00:00Z","token":{"access_token":"..."}}]}, `token` being what the token's server has answered; without `expires`
 * it is used until it is replaced. The text is copied. Errors, after which nothing has changed: GATELET_ERR_ARGUMENT, GATELET_ERR_CONFIG,
 * GATELET_ERR_LIMIT, GATELET_ERR_MEMORY. Threads: any. Since: 1
 */
GATELET_API gatelet_status gatelet_gateway_set_authorizations(gatelet_gateway* gateway, gatelet_str json, gatelet_error** error);
/*
 * Replaces what the identity endpoint is shown: a secret, or the federated token of a workload. The text is copied.
 * Errors: GATELET_ERR_ARGUMENT, GATELET_ERR_MEMORY. Threads: any. Since: 1
 */
GATELET_API gatelet_status gatelet_gateway_set_identity_secret(gatelet_gateway* gateway, gatelet_str secret, gatelet_error** error);
/* 1 when a usable configuration is in force and the gateway is not draining. */
GATELET_API int32_t gatelet_gateway_is_ready(const gatelet_gateway* gateway);

enum {
  GATELET_OUTGOING_CALL = 1,   /* send-one-way-request: send it, and forget the answer */
  GATELET_OUTGOING_METRIC = 2, /* emit-metric */
  GATELET_OUTGOING_EVENT = 3,  /* log-to-eventhub */
  GATELET_OUTGOING_FETCH = 4,  /* a call that renews what all requests share, such as keys: give its answer with gatelet_outgoing_reply */
  GATELET_OUTGOING_TRACE = 5   /* trace, where a diagnostic of the API wants to hear of it */
};

/* What leaves the gateway apart from its requests. Views that live until the next call with the same `out`, or its release. */
typedef struct gatelet_outgoing {
  size_t size;
  int32_t kind;
  gatelet_str name; /* the call's method, the metric's name, the logger's id, the source of the message */
  gatelet_str url;  /* of a call, absolute */
  gatelet_str host; /* value of the Host header */
  uint64_t timeout_ms;
  const gatelet_header* fields; /* header lines, a metric's dimensions, or a message's metadata */
  size_t field_count;
  gatelet_str body; /* of a call; the text of an event or message */
  gatelet_str name_space;
  double value;
  int64_t wall_ms; /* when a metric, event or message was made */
  gatelet_str partition_id;
  gatelet_str partition_key;
  void* held;       /* the library's */
  int32_t severity; /* of a message: 0 verbose, 1 information, 2 error */
} gatelet_outgoing;
#define GATELET_OUTGOING_INIT \
  { sizeof(gatelet_outgoing), 0, {0, 0}, {0, 0}, {0, 0}, 0, 0, 0, {0, 0}, {0, 0}, 0, 0, {0, 0}, {0, 0}, 0, 0 }

/*
 * Takes the oldest of what waits to leave the gateway; `kind` is 0 when nothing waits. A server of the gateway takes it by itself. What is
 * taken is given back with gatelet_outgoing_done. A host that takes nothing renews nothing: keys serve for a day then, after which a
 * request waits for them as the first one did. Threads: any. Since: 1
 */
GATELET_API gatelet_status gatelet_gateway_take_outgoing(gatelet_gateway* gateway, gatelet_outgoing* out, gatelet_error** error);
/* It was delivered (1) or not (0): counted, and the memory of `outgoing` freed. Threads: any. Since: 1 */
GATELET_API void gatelet_outgoing_done(gatelet_gateway* gateway, gatelet_outgoing* outgoing, int32_t was_delivered);

/* Of one kind, since the gateway was made. At every moment accepted = delivered + dropped + waiting. */
typedef struct gatelet_outgoing_counts {
  size_t size;
  uint64_t accepted; /* what policies gave */
  uint64_t delivered;
  uint64_t dropped; /* there was no room, or it could not be delivered */
  uint64_t waiting; /* what was taken and is not done included */
} gatelet_outgoing_counts;
#define GATELET_OUTGOING_COUNTS_INIT \
  { sizeof(gatelet_outgoing_counts), 0, 0, 0, 0 }
/* `kind`: GATELET_OUTGOING_…. Errors: GATELET_ERR_ARGUMENT. Threads: any. Since: 1 */
GATELET_API gatelet_status gatelet_gateway_count_outgoing(const gatelet_gateway* gateway, int32_t kind, gatelet_outgoing_counts* out,
                                                          gatelet_error** error);

/* The host's clocks: microseconds of a monotonic one, and milliseconds since 1970 UTC. */
typedef struct gatelet_time {
  uint64_t steady_us;
  int64_t wall_ms;
} gatelet_time;

/*
 * The answer to a FETCH, with the value of its header Location, if it has one, and its whole body, which are copied; instead of
 * gatelet_outgoing_done(), which says that there was none. The next request, if there is one, is taken as this one was. Errors:
 * GATELET_ERR_ARGUMENT, GATELET_ERR_MEMORY. Threads: any. Since: 1
 */
GATELET_API gatelet_status gatelet_outgoing_reply(gatelet_gateway* gateway, gatelet_outgoing* outgoing, int32_t status,
                                                  gatelet_str location, gatelet_str body, gatelet_time now, gatelet_error** error);

enum { GATELET_BODY_NONE = 0, GATELET_BODY_BYTES = 1, GATELET_BODY_STREAM = 2 };

typedef struct gatelet_request {
  size_t size;
  gatelet_time now;
  gatelet_str method;
  gatelet_str target;    /* as received: "/shop/orders?x=1" */
  gatelet_str scheme;    /* "http" (default) or "https" */
  gatelet_str host;      /* the Host header; also looked for among the headers when empty */
  gatelet_str client_ip; /* text of the peer's address */
  const gatelet_header* headers;
  size_t header_count;
  int32_t body_kind; /* NONE; BYTES: in `body`; STREAM: the host holds it back until READ_BODY, or sends it on with a SEND that says so */
  gatelet_str body;
  uint64_t body_size; /* of a STREAM; UINT64_MAX: unknown */
  uint64_t random[2]; /* for the request id; zero: the library asks the system */
  int32_t traced;     /* 1: gatelet_exchange_trace_get tells what happens to it */
} gatelet_request;
#define GATELET_REQUEST_INIT \
  { sizeof(gatelet_request), {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, 0, 0, 0, {0, 0}, 0, {0, 0}, 0 }

enum {
  GATELET_ACTION_NONE = 0,      /* waiting for replies that are still open */
  GATELET_ACTION_READ_BODY = 1, /* collect the client's body, at most bytes_max, and give it with gatelet_exchange_reply_body */
  GATELET_ACTION_SEND = 2,      /* send this request, give the answer with gatelet_exchange_reply */
  GATELET_ACTION_RESPOND = 3,   /* send this response to the client; the exchange is over but for gatelet_exchange_finish */
  GATELET_ACTION_WAIT = 4       /* come back with gatelet_exchange_reply_time when the steady clock shows wait_until_us */
};

/* Views that live until the next call on the exchange. */
typedef struct gatelet_action {
  size_t size;
  int32_t kind;
  uint32_t id;
  /* SEND */
  gatelet_str method;
  gatelet_str url;         /* absolute; only path and query for the host's own handler */
  gatelet_str host;        /* value of the Host header */
  int32_t to_host_handler; /* 1: the API has no service URL, the embedding program answers */
  int32_t hold_response;   /* 1: the answer's body is wanted whole */
  uint64_t timeout_ms;     /* until the head of the answer, with hold_response until its end; 0: already over */
  /* RESPOND */
  int32_t status;
  gatelet_str reason;
  uint32_t stream_id; /* the SEND whose answer's body is to be streamed, when body_kind is STREAM */
  /* both */
  const gatelet_header* headers; /* end-to-end lines only: framing and hop-by-hop are the host's */
  size_t header_count;
  int32_t body_kind; /* STREAM in a SEND: the client's body goes through */
  gatelet_str body;
  /* READ_BODY */
  uint64_t bytes_max;
  /* WAIT; the time is the host's: between the steps of a retry */
  uint64_t wait_until_us;
} gatelet_action;
#define GATELET_ACTION_INIT \
  { sizeof(gatelet_action), 0, 0, {0, 0}, {0, 0}, {0, 0}, 0, 0, 0, 0, {0, 0}, 0, 0, 0, 0, {0, 0}, 0, 0 }

typedef struct gatelet_response {
  size_t size;
  int32_t status;
  gatelet_str reason; /* empty: the standard phrase */
  const gatelet_header* headers;
  size_t header_count;
  int32_t body_kind; /* NONE, BYTES, STREAM (only when the action did not say hold_response) */
  gatelet_buf body;
} gatelet_response;
#define GATELET_RESPONSE_INIT                                    \
  {                                                              \
    sizeof(gatelet_response), 0, {0, 0}, 0, 0, 0, { 0, 0, 0, 0 } \
  }

/* Why a SEND had no answer, or a body could not be read. */
enum {
  GATELET_FAULT_CONNECT = 1, /* no connection */
  GATELET_FAULT_BROKEN = 2,  /* the connection broke */
  GATELET_FAULT_TIMEOUT = 3,
  GATELET_FAULT_BAD_RESPONSE = 4, /* not an HTTP answer */
  GATELET_FAULT_TOO_LARGE = 5,    /* a body over bytes_max */
  GATELET_FAULT_CLIENT_GONE = 6
};

/* An exchange without a request yet. Errors: GATELET_ERR_ARGUMENT, GATELET_ERR_MEMORY. Threads: any. Since: 1 */
GATELET_API gatelet_status gatelet_exchange_create(gatelet_gateway* gateway, gatelet_exchange** out, gatelet_error** error);
/* Also in the middle of a request: the host then abandons what it was doing for it. NULL is allowed. In a callback of one of its own calls
 * it takes effect when that call returns. */
GATELET_API void gatelet_exchange_destroy(gatelet_exchange* exchange);
/*
 * Begins a request; the one before must be finished. Everything in `request` is copied.
 * Errors: GATELET_ERR_ARGUMENT (a target, method or header that no HTTP message could carry: answer 400), GATELET_ERR_LIMIT (a target over
 * 8 KiB, a header over 32 KiB, more than 100 lines: answer 414 or 431), GATELET_ERR_MEMORY. Since: 1
 */
GATELET_API gatelet_status gatelet_exchange_begin(gatelet_exchange* exchange, const gatelet_request* request, gatelet_error** error);
/* The next action; one that could not be written, for want of memory, comes again. Errors: GATELET_ERR_ARGUMENT, GATELET_ERR_MEMORY. */
GATELET_API gatelet_status gatelet_exchange_next(gatelet_exchange* exchange, gatelet_action* out, gatelet_error** error);
/* The answer to a SEND; header lines are copied, the body is taken over. GATELET_ERR_STALE when it came too late. Since: 1 */
GATELET_API gatelet_status gatelet_exchange_reply(gatelet_exchange* exchange, uint32_t id, const gatelet_response* response,
                                                  gatelet_time now, gatelet_error** error);
GATELET_API gatelet_status gatelet_exchange_reply_body(gatelet_exchange* exchange, uint32_t id, gatelet_buf body, gatelet_time now,
                                                       gatelet_error** error);
/* A SEND or READ_BODY that failed; `text` is for context.LastError.Message and the log. Since: 1 */
GATELET_API gatelet_status gatelet_exchange_reply_fault(gatelet_exchange* exchange, uint32_t id, int32_t fault, gatelet_str text,
                                                        gatelet_time now, gatelet_error** error);
/*
 * The time that a WAIT asked for has come. GATELET_ERR_ARGUMENT when `now` is before it, and the wait goes on; GATELET_ERR_STALE when
 * nothing waits under this id any more. Threads: as the exchange. Since: 1
 */
GATELET_API gatelet_status gatelet_exchange_reply_time(gatelet_exchange* exchange, uint32_t id, gatelet_time now, gatelet_error** error);
/* The client has gone; open SENDs may be abandoned. gatelet_exchange_finish still follows. Since: 1 */
GATELET_API gatelet_status gatelet_exchange_client_gone(gatelet_exchange* exchange, gatelet_time now, gatelet_error** error);

typedef struct gatelet_exchange_end {
  size_t size;
  gatelet_time now;
  uint64_t request_bytes; /* received from and sent to the client, heads included: records have them, bandwidth quotas count them */
  uint64_t response_bytes;
  int32_t incomplete; /* 1: the response did not reach the client whole */
} gatelet_exchange_end;
#define GATELET_EXCHANGE_END_INIT \
  { sizeof(gatelet_exchange_end), {0, 0}, 0, 0, 0 }

/* Ends the request: its record goes to the request log. The exchange may begin the next one. Since: 1 */
GATELET_API gatelet_status gatelet_exchange_finish(gatelet_exchange* exchange, const gatelet_exchange_end* end, gatelet_error** error);

/* context.LastError of the request under way, for tests and hosts' own logs: empty members when there was no error. */
typedef struct gatelet_last_error {
  size_t size;
  gatelet_str source;
  gatelet_str reason;
  gatelet_str message;
  gatelet_str scope;
  gatelet_str section;
  gatelet_str path;
  gatelet_str policy_id;
} gatelet_last_error;
#define GATELET_LAST_ERROR_INIT                                                          \
  {                                                                                      \
    sizeof(gatelet_last_error), {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, { 0, 0 } \
  }
GATELET_API gatelet_status gatelet_exchange_last_error(const gatelet_exchange* exchange, gatelet_last_error* out, gatelet_error** error);

/*
 * context.Variables of the request under way. What the host sets, usually between begin and the first next, policies read; name and value
 * are copied. Asked for, a variable that holds a response reads as its status code; 0, and `out` untouched, when there is none of the name.
 * Errors: GATELET_ERR_ARGUMENT, GATELET_ERR_MEMORY. Since: 1
 */
GATELET_API gatelet_status gatelet_exchange_set_variable(gatelet_exchange* exchange, gatelet_str name, gatelet_str value,
                                                         gatelet_error** error);
GATELET_API int32_t gatelet_exchange_variable(gatelet_exchange* exchange, gatelet_str name, gatelet_str* out);

/* One step of a request that was begun with `traced`. Views that live until the exchange begins the next request. */
typedef struct gatelet_trace_entry {
  size_t size;
  gatelet_str source; /* the policy's element, or a step of the gateway such as "transfer-response" */
  gatelet_str scope;  /* of the policy; empty for a step of the gateway, like section and path */
  gatelet_str section;
  gatelet_str path;
  uint64_t elapsed_us; /* since the request began */
  gatelet_str data;    /* JSON: an object, a string, or null */
} gatelet_trace_entry;
#define GATELET_TRACE_ENTRY_INIT                                             \
  {                                                                          \
    sizeof(gatelet_trace_entry), {0, 0}, {0, 0}, {0, 0}, {0, 0}, 0, { 0, 0 } \
  }

/* The steps so far, in order; the last one comes with gatelet_exchange_finish. None without `traced`. Since: 1 */
GATELET_API size_t gatelet_exchange_trace_count(const gatelet_exchange* exchange);
/* Errors: GATELET_ERR_ARGUMENT. Since: 1 */
GATELET_API gatelet_status gatelet_exchange_trace_get(const gatelet_exchange* exchange, size_t index, gatelet_trace_entry* out);

#ifdef __cplusplus
}
#endif
#endif
