#include "capi/support.h"

/* A host of a link in C: a plane that says what `answer` says, and files in memory. */
static struct {
  gatelet_gateway* gateway;
  gatelet_sync* sync;
  gatelet_time now;
  char slots[2][65536], unfinished[65536];
  size_t sizes[2], unfinished_size;
  int polls, heartbeats, builds, renewals, commands, body_destroyed;
  char answer[8192];
  int status;
  const char* etag;
} host;

static void body_gone(void* user) { ++*(int*)user; }

/* As management.md 3.3 has it; the hashes were made by another implementation. */
static const char* const snapshot =
    "{\"gsp\":1,\"kind\":\"snapshot\",\"service\":{\"id\":\"4b1c\",\"epoch\":3,\"name\":\"svc\"},\"gateway\":\"gw1\",\"revision\":7,"
    "\"root\":\"ca6b6d735e39f9a8a9b323e1aef09d8d6191ee86dd814f53ef9988544da1d821\",\"resources\":["
    "{\"k\":\"apis/"
    "echo;rev=1\",\"h\":\"105b567dbe360ea58d91e4eec767fe309130e690ccab80b1a0bfeb8404e2fe70\",\"v\":{\"displayName\":\"Echo\",\"isCurrent\":"
    "true,\"path\":\"echo\",\"protocols\":[\"http\"],\"serviceUrl\":\"http://b.test\",\"subscriptionRequired\":false}},"
    "{\"k\":\"apis/echo;rev=1/operations/"
    "get\",\"h\":\"1faf31ecdb836a1a79094895a10285056c9b38c077e68fa4e91d6f6814c56c06\",\"v\":{\"displayName\":\"Get\",\"method\":\"GET\","
    "\"urlTemplate\":\"/x\"}}]}";

static size_t slot_of(gatelet_str name) { return str_contains(name, "-b.") ? 1 : 0; }

static void start(gatelet_sync_options* options) {
  options->now = host.now;
  options->gateway = GATELET_STR("gw1");
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_create(NULL, NULL, &host.gateway, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_create(host.gateway, options, &host.sync, NULL));
}

static void begin(int has_backups) {
  gatelet_sync_options options = GATELET_SYNC_OPTIONS_INIT;
  const gatelet_str listener = GATELET_STR("http://0.0.0.0:8080");
  options.backups = has_backups;
  options.listeners = &listener;
  options.listener_count = 1;
  start(&options);
}

static void end(void) {
  gatelet_sync_destroy(host.sync);
  gatelet_gateway_destroy(host.gateway);
}

static void answer_call(const gatelet_sync_action* action) {
  const int is_heartbeat = str_contains(action->method, "POST");
  const gatelet_header headers[] = {{GATELET_STR("etag"), str(host.etag ? host.etag : "")}};
  gatelet_response response = GATELET_RESPONSE_INIT;
  if (is_heartbeat)
    ++host.heartbeats;
  else
    ++host.polls;
  host.renewals += action->renew_token;
  TEST_ASSERT_TRUE(action->timeout_ms > 0 && action->bytes_max > 0 && action->header_count >= 3);
  if (host.status == 0) {
    TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply_fault(host.sync, action->id, GATELET_STR("no route"), host.now, NULL));
    return;
  }
  response.status = host.status;
  response.headers = headers;
  response.header_count = host.etag && !is_heartbeat ? 1 : 0;
  response.body_kind = GATELET_BODY_BYTES;
  response.body.data = is_heartbeat ? "{\"commands\":[{\"id\":\"c1\",\"type\":\"flush-cache\"}]}" : host.answer;
  response.body.size = strlen(response.body.data);
  response.body.destroy = body_gone;
  response.body.user = &host.body_destroyed;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply(host.sync, action->id, &response, host.now, NULL));
}

static void do_file(const gatelet_sync_action* action) {
  const size_t slot = slot_of(action->kind == GATELET_SYNC_RENAME ? action->target_name : action->name);
  const gatelet_str bytes = {host.slots[slot], host.sizes[slot]};
  if (action->kind == GATELET_SYNC_READ) {
    TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply_bytes(host.sync, action->id, bytes, host.now, NULL));
    return;
  }
  if (action->kind == GATELET_SYNC_WRITE) {
    TEST_ASSERT_TRUE(action->bytes.size <= sizeof host.unfinished);
    memcpy(host.unfinished, action->bytes.data, action->bytes.size);
    host.unfinished_size = action->bytes.size;
  } else if (action->kind == GATELET_SYNC_RENAME) {
    memcpy(host.slots[slot], host.unfinished, host.unfinished_size);
    host.sizes[slot] = host.unfinished_size;
  }
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply_done(host.sync, action->id, host.now, NULL));
}

/* Does what is asked until there is nothing left for now. */
static void run(void) {
  for (int i = 0; i < 1000; ++i) {
    gatelet_sync_action action = GATELET_SYNC_ACTION_INIT;
    TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_next(host.sync, host.now, &action, NULL));
    switch (action.kind) {
      case GATELET_SYNC_NONE: host.now.steady_us = action.wake_us; return;
      case GATELET_SYNC_CALL: answer_call(&action); break;
      case GATELET_SYNC_BUILD:
        ++host.builds;
        TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_build(host.sync, action.id, NULL));
        TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply_done(host.sync, action.id, host.now, NULL));
        break;
      case GATELET_SYNC_COMMAND:
        ++host.commands;
        TEST_ASSERT_EQUAL_STR("flush-cache", action.name);
        TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply_done(host.sync, action.id, host.now, NULL));
        break;
      default: do_file(&action); break;
    }
  }
  TEST_ASSERT_TRUE(0);
}

static void run_until(const int* counter, int count) {
  for (int i = 0; i < 100 && *counter < count; ++i) run();
  TEST_ASSERT_TRUE(*counter >= count);
}

static gatelet_sync_status status_of(void) {
  gatelet_sync_status status = GATELET_SYNC_STATUS_INIT;
  gatelet_sync_status_get(host.sync, &status, NULL);
  return status;
}

static void reset(void) {
  memset(&host, 0, sizeof host);
  host.now.steady_us = 5000000;
  host.now.wall_ms = 1767225600000;
  host.status = 200;
  host.etag = "\"3.7.x\"";
  strcpy(host.answer, snapshot);
}

void sync_serves_what_the_plane_delivers(void) {
  reset();
  begin(0);
  TEST_ASSERT_EQUAL_INT(0, gatelet_gateway_is_ready(host.gateway));
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_NO_CONFIG, status_of().state);
  run();
  TEST_ASSERT_EQUAL_INT(1, gatelet_gateway_is_ready(host.gateway));
  const gatelet_sync_status fresh = status_of();
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_SERVING_FRESH, fresh.state);
  TEST_ASSERT_EQUAL_STR("serving-fresh", fresh.state_text);
  TEST_ASSERT_EQUAL_STR("3.7.x", fresh.etag);
  TEST_ASSERT_EQUAL_INT(7, fresh.revision);
  TEST_ASSERT_EQUAL_INT(3, fresh.epoch);
  TEST_ASSERT_EQUAL_INT(0, fresh.problem_count);
  host.status = 401;
  run_until(&host.polls, 3);
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_AUTH_REJECTED, status_of().state);
  TEST_ASSERT_EQUAL_INT(401, status_of().last_status);
  TEST_ASSERT_TRUE(host.renewals > 0 && host.heartbeats > 0);
  host.status = 0;
  run_until(&host.polls, 4);
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_SERVING_STALE, status_of().state);
  TEST_ASSERT_EQUAL_STR("no route", status_of().last_error);
  TEST_ASSERT_EQUAL_INT(1, gatelet_gateway_is_ready(host.gateway));
  TEST_ASSERT_EQUAL_INT(1, host.builds);
  end();
}

void sync_starts_from_its_backup(void) {
  reset();
  begin(1);
  run();
  TEST_ASSERT_EQUAL_INT(1, status_of().backups_written);
  end();
  host.status = 0;
  begin(1);
  run();
  const gatelet_sync_status status = status_of();
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_SERVING_BACKUP, status.state);
  TEST_ASSERT_EQUAL_INT(1, status.from_backup);
  TEST_ASSERT_EQUAL_INT(7, status.revision);
  TEST_ASSERT_EQUAL_INT(1, gatelet_gateway_is_ready(host.gateway));
  end();
  /* Both damaged: nothing is served rather than that. */
  host.slots[0][host.sizes[0] - 1] ^= 1;
  begin(1);
  run();
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_NO_CONFIG, status_of().state);
  TEST_ASSERT_EQUAL_INT(0, gatelet_gateway_is_ready(host.gateway));
  end();
}

void sync_heartbeats_commands_and_goodbye(void) {
  reset();
  begin(0);
  gatelet_sync_load load = GATELET_SYNC_LOAD_INIT;
  load.requests_per_s = 12.5;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_set_load(host.sync, &load, NULL));
  run_until(&host.heartbeats, 2);
  TEST_ASSERT_EQUAL_INT(1, host.commands);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_drain(host.sync, NULL));
  run();
  TEST_ASSERT_EQUAL_INT(3, host.heartbeats);
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_DRAINING, status_of().state);
  TEST_ASSERT_EQUAL_INT(host.polls + host.heartbeats, host.body_destroyed);
  end();
}

/* `call` is refused with the status, and says why. */
#define REFUSED(code, part, call)                                   \
  do {                                                              \
    gatelet_error* error = NULL;                                    \
    TEST_ASSERT_EQUAL_INT((code), (call));                          \
    TEST_ASSERT_STR_CONTAINS((part), gatelet_error_message(error)); \
    gatelet_error_destroy(error);                                   \
  } while (0)

void sync_replies_out_of_order(void) {
  reset();
  begin(0);
  gatelet_sync_action action = GATELET_SYNC_ACTION_INIT, none = GATELET_SYNC_ACTION_INIT;
  gatelet_response response = GATELET_RESPONSE_INIT;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_next(host.sync, host.now, &action, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_CALL, action.kind);
  TEST_ASSERT_EQUAL_STR("/gateway-sync/v1/gateways/gw1/config", action.target);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_next(host.sync, host.now, &none, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_NONE, none.kind);
  TEST_ASSERT_TRUE(none.wake_us > host.now.steady_us);
  REFUSED(GATELET_ERR_ARGUMENT, "another reply", gatelet_sync_reply_done(host.sync, action.id, host.now, &error));
  REFUSED(GATELET_ERR_ARGUMENT, "another reply", gatelet_sync_reply_bytes(host.sync, action.id, str("x"), host.now, &error));
  REFUSED(GATELET_ERR_STALE, "forget it", gatelet_sync_build(host.sync, action.id, &error));
  REFUSED(GATELET_ERR_STALE, "forget it", gatelet_sync_reply(host.sync, action.id + 7, &response, host.now, &error));
  response.status = 200;
  response.body_kind = GATELET_BODY_BYTES;
  response.body.data = snapshot;
  response.body.size = strlen(snapshot);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply(host.sync, action.id, &response, host.now, NULL));
  REFUSED(GATELET_ERR_STALE, "forget it", gatelet_sync_reply(host.sync, action.id, &response, host.now, &error));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_next(host.sync, host.now, &action, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_BUILD, action.kind);
  REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_build first", gatelet_sync_reply_done(host.sync, action.id, host.now, &error));
  REFUSED(GATELET_ERR_ARGUMENT, "cannot fail", gatelet_sync_reply_fault(host.sync, action.id, str("x"), host.now, &error));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_build(host.sync, action.id, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply_done(host.sync, action.id, host.now, NULL));
  REFUSED(GATELET_ERR_STALE, "forget it", gatelet_sync_reply_done(host.sync, action.id, host.now, &error));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_next(host.sync, host.now, &none, NULL));
  TEST_ASSERT_EQUAL_INT(1, gatelet_gateway_is_ready(host.gateway));
  end();
}

void sync_of_a_server(void) {
  gatelet_server* server = NULL;
  gatelet_str text = {NULL, 0};
  const gatelet_str listener = GATELET_STR("http://127.0.0.1:0");
  gatelet_server_options options = GATELET_SERVER_OPTIONS_INIT;
  gatelet_plane_options plane = GATELET_PLANE_OPTIONS_INIT;
  options.listeners = &listener;
  options.listener_count = 1;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_create(NULL, NULL, &host.gateway, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_create(host.gateway, &options, &server, NULL));
  REFUSED(GATELET_ERR_ARGUMENT, "gatelet_server_create()", gatelet_server_follow(NULL, &plane, &error));
  REFUSED(GATELET_ERR_ARGUMENT, "gatelet_server_create()", gatelet_server_describe(NULL, &text, &error));
  REFUSED(GATELET_ERR_ARGUMENT, "call gatelet_server_follow first", gatelet_server_describe(server, &text, &error));
  REFUSED(GATELET_ERR_ARGUMENT, "give the URL", gatelet_server_follow(server, NULL, &error));
  plane.endpoint = str("http://127.0.0.1:9");
  REFUSED(GATELET_ERR_ARGUMENT, "no valid authentication", gatelet_server_follow(server, &plane, &error));
  plane.token = str("opaque");
  REFUSED(GATELET_ERR_ARGUMENT, "which gateway this is", gatelet_server_follow(server, &plane, &error));
  plane.token = str("gw1&203001010000&c2ln");
  plane.token_file = str("token");
  REFUSED(GATELET_ERR_ARGUMENT, "leave one out", gatelet_server_follow(server, &plane, &error));
  plane.token_file = str("");
  plane.endpoint = str("http://config.example");
  REFUSED(GATELET_ERR_ARGUMENT, "write https://", gatelet_server_follow(server, &plane, &error));
  plane.endpoint = str("http://127.0.0.1:9");
  plane.size = 3;
  REFUSED(GATELET_ERR_ARGUMENT, "_INIT macro", gatelet_server_follow(server, &plane, &error));
  plane.size = sizeof plane;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_follow(server, &plane, NULL));
  REFUSED(GATELET_ERR_ARGUMENT, "once", gatelet_server_follow(server, &plane, &error));
  REFUSED(GATELET_ERR_ARGUMENT, "not besides follow", gatelet_server_watch(server, str("x"), NULL, 0, &error));
  REFUSED(GATELET_ERR_ARGUMENT, "address of a gatelet_str", gatelet_server_describe(server, NULL, &error));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_describe(server, &text, NULL));
  TEST_ASSERT_TRUE(str_contains(text, "\"state\":\"no-config\""));
  gatelet_text_destroy(text);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_start(server, NULL));
  gatelet_server_drain(server);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_wait(server, NULL));
  gatelet_server_destroy(server);
  gatelet_gateway_destroy(host.gateway);
}

void sync_misuse(void) {
  reset();
  begin(0);
  const gatelet_str no_data = {NULL, 3};
  const gatelet_response response = GATELET_RESPONSE_INIT;
  gatelet_sync_action action = GATELET_SYNC_ACTION_INIT;
  gatelet_sync_status status = GATELET_SYNC_STATUS_INIT;
  gatelet_sync_problem problem = GATELET_SYNC_PROBLEM_INIT;
  gatelet_sync_load load = GATELET_SYNC_LOAD_INIT;
  gatelet_sync* made = NULL;
  void* const wrong[] = {NULL, host.gateway};
  for (size_t i = 0; i < 2; ++i) {
    gatelet_sync* const sync = wrong[i];
    REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_next(sync, host.now, &action, &error));
    REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_reply(sync, 1, &response, host.now, &error));
    REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_reply_fault(sync, 1, str("x"), host.now, &error));
    REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_reply_bytes(sync, 1, str("x"), host.now, &error));
    REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_build(sync, 1, &error));
    REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_reply_done(sync, 1, host.now, &error));
    REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_drain(sync, &error));
    REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_set_load(sync, &load, &error));
    REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_status_get(sync, &status, &error));
    REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_problem_get(sync, 0, &problem, &error));
    gatelet_sync_destroy(sync);
  }
  REFUSED(GATELET_ERR_ARGUMENT, "address of a struct", gatelet_sync_next(host.sync, host.now, NULL, &error));
  action.size = 3;
  REFUSED(GATELET_ERR_ARGUMENT, "_INIT macro", gatelet_sync_next(host.sync, host.now, &action, &error));
  REFUSED(GATELET_ERR_ARGUMENT, "GATELET_RESPONSE_INIT", gatelet_sync_reply(host.sync, 1, NULL, host.now, &error));
  REFUSED(GATELET_ERR_ARGUMENT, "GATELET_SYNC_LOAD_INIT", gatelet_sync_set_load(host.sync, NULL, &error));
  load.cpu_percent = -1;
  REFUSED(GATELET_ERR_ARGUMENT, "no number", gatelet_sync_set_load(host.sync, &load, &error));
  REFUSED(GATELET_ERR_ARGUMENT, "out of range", gatelet_sync_problem_get(host.sync, 0, &problem, &error));
  REFUSED(GATELET_ERR_ARGUMENT, "set both members", gatelet_sync_reply_fault(host.sync, 1, no_data, host.now, &error));
  REFUSED(GATELET_ERR_ARGUMENT, "set both members", gatelet_sync_reply_bytes(host.sync, 1, no_data, host.now, &error));
  gatelet_sync_options options = GATELET_SYNC_OPTIONS_INIT;
  REFUSED(GATELET_ERR_ARGUMENT, "name the gateway", gatelet_sync_create(host.gateway, &options, &made, &error));
  options.gateway = str("gw1");
  REFUSED(GATELET_ERR_ARGUMENT, "gatelet_gateway_create()", gatelet_sync_create(NULL, &options, &made, &error));
  REFUSED(GATELET_ERR_ARGUMENT, "address of a gatelet_sync", gatelet_sync_create(host.gateway, &options, NULL, &error));
  options.poll_ms = 10;
  REFUSED(GATELET_ERR_ARGUMENT, "poll_ms", gatelet_sync_create(host.gateway, &options, &made, &error));
  options.poll_ms = 0;
  options.signature = 3;
  REFUSED(GATELET_ERR_ARGUMENT, "use one of them", gatelet_sync_create(host.gateway, &options, &made, &error));
  options.signature = GATELET_SIGNATURE_REQUIRE;
  REFUSED(GATELET_ERR_ARGUMENT, "pin those", gatelet_sync_create(host.gateway, &options, &made, &error));
  const gatelet_sync_key key = {GATELET_STR("k1"), GATELET_STR("no key")};
  options.keys = &key;
  options.key_count = 1;
  TEST_ASSERT_TRUE(gatelet_sync_create(host.gateway, &options, &made, NULL) != GATELET_OK);
  options.key_count = 17;
  REFUSED(GATELET_ERR_LIMIT, "leave some out", gatelet_sync_create(host.gateway, &options, &made, &error));
  options.key_count = 0;
  options.signature = GATELET_SIGNATURE_OFF;
  options.backup_key = str("short");
  REFUSED(GATELET_ERR_ARGUMENT, "32 bytes", gatelet_sync_create(host.gateway, &options, &made, &error));
  options.backup_key = str("");
  options.instance = str("a\r\nb");
  REFUSED(GATELET_ERR_ARGUMENT, "control characters", gatelet_sync_create(host.gateway, &options, &made, &error));
  TEST_ASSERT_NULL(made);
  run();
  TEST_ASSERT_EQUAL_INT(1, gatelet_gateway_is_ready(host.gateway));
  end();
}
