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
} plane_host;

static void body_gone(void* user) { ++*(int*)user; }

/* As management.md 3.3 has it; the hashes were made by another implementation. */
static const char* const small_snapshot =
    "{\"gsp\":1,\"kind\":\"snapshot\",\"service\":{\"id\":\"4b1c\",\"epoch\":3,\"name\":\"svc\"},\"gateway\":\"gw1\",\"revision\":7,"
    "\"root\":\"ca6b6d735e39f9a8a9b323e1aef09d8d6191ee86dd814f53ef9988544da1d821\",\"resources\":["
    "{\"k\":\"apis/"
    "echo;rev=1\",\"h\":\"105b567dbe360ea58d91e4eec767fe309130e690ccab80b1a0bfeb8404e2fe70\",\"v\":{\"displayName\":\"Echo\",\"isCurrent\":"
    "true,\"path\":\"echo\",\"protocols\":[\"http\"],\"serviceUrl\":\"http://b.test\",\"subscriptionRequired\":false}},"
    "{\"k\":\"apis/echo;rev=1/operations/"
    "get\",\"h\":\"1faf31ecdb836a1a79094895a10285056c9b38c077e68fa4e91d6f6814c56c06\",\"v\":{\"displayName\":\"Get\",\"method\":\"GET\","
    "\"urlTemplate\":\"/x\"}}]}";

static size_t slot_of(gatelet_str name) { return str_contains(name, "-b.") ? 1 : 0; }

static void start_link(gatelet_sync_options* options) {
  options->now = plane_host.now;
  options->gateway = GATELET_STR("gw1");
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_create(NULL, NULL, &plane_host.gateway, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_create(plane_host.gateway, options, &plane_host.sync, NULL));
}

static void begin_link(int has_backups) {
  gatelet_sync_options options = GATELET_SYNC_OPTIONS_INIT;
  const gatelet_str listener = GATELET_STR("http://0.0.0.0:8080");
  options.backups = has_backups;
  options.listeners = &listener;
  options.listener_count = 1;
  start_link(&options);
}

static void end_link(void) {
  gatelet_sync_destroy(plane_host.sync);
  gatelet_gateway_destroy(plane_host.gateway);
}

static void answer_call(const gatelet_sync_action* action) {
  const int is_heartbeat = str_contains(action->method, "POST");
  const gatelet_header headers[] = {{GATELET_STR("etag"), str(plane_host.etag ? plane_host.etag : "")}};
  gatelet_response response = GATELET_RESPONSE_INIT;
  if (is_heartbeat)
    ++plane_host.heartbeats;
  else
    ++plane_host.polls;
  plane_host.renewals += action->renew_token;
  TEST_ASSERT_TRUE(action->timeout_ms > 0 && action->bytes_max > 0 && action->header_count >= 3);
  if (plane_host.status == 0) {
    TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply_fault(plane_host.sync, action->id, GATELET_STR("no route"), plane_host.now, NULL));
    return;
  }
  response.status = plane_host.status;
  response.headers = headers;
  response.header_count = plane_host.etag && !is_heartbeat ? 1 : 0;
  response.body_kind = GATELET_BODY_BYTES;
  response.body.data = is_heartbeat ? "{\"commands\":[{\"id\":\"c1\",\"type\":\"flush-cache\"}]}" : plane_host.answer;
  response.body.size = strlen(response.body.data);
  response.body.destroy = body_gone;
  response.body.user = &plane_host.body_destroyed;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply(plane_host.sync, action->id, &response, plane_host.now, NULL));
}

static void do_file(const gatelet_sync_action* action) {
  const size_t slot = slot_of(action->kind == GATELET_SYNC_RENAME ? action->target_name : action->name);
  const gatelet_str bytes = {plane_host.slots[slot], plane_host.sizes[slot]};
  if (action->kind == GATELET_SYNC_READ) {
    TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply_bytes(plane_host.sync, action->id, bytes, plane_host.now, NULL));
    return;
  }
  if (action->kind == GATELET_SYNC_WRITE) {
    TEST_ASSERT_TRUE(action->bytes.size <= sizeof plane_host.unfinished);
    memcpy(plane_host.unfinished, action->bytes.data, action->bytes.size);
    plane_host.unfinished_size = action->bytes.size;
  } else if (action->kind == GATELET_SYNC_RENAME) {
    memcpy(plane_host.slots[slot], plane_host.unfinished, plane_host.unfinished_size);
    plane_host.sizes[slot] = plane_host.unfinished_size;
  }
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply_done(plane_host.sync, action->id, plane_host.now, NULL));
}

/* Does what is asked until there is nothing left for now. */
static void run(void) {
  for (int i = 0; i < 1000; ++i) {
    gatelet_sync_action action = GATELET_SYNC_ACTION_INIT;
    TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_next(plane_host.sync, plane_host.now, &action, NULL));
    switch (action.kind) {
      case GATELET_SYNC_NONE: plane_host.now.steady_us = action.wake_us; return;
      case GATELET_SYNC_CALL: answer_call(&action); break;
      case GATELET_SYNC_BUILD:
        ++plane_host.builds;
        TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_build(plane_host.sync, action.id, NULL));
        TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply_done(plane_host.sync, action.id, plane_host.now, NULL));
        break;
      case GATELET_SYNC_COMMAND:
        ++plane_host.commands;
        TEST_ASSERT_EQUAL_STR("flush-cache", action.name);
        TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply_done(plane_host.sync, action.id, plane_host.now, NULL));
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

static gatelet_sync_status link_status_of(void) {
  gatelet_sync_status status = GATELET_SYNC_STATUS_INIT;
  gatelet_sync_status_get(plane_host.sync, &status, NULL);
  return status;
}

static void reset_link(void) {
  memset(&plane_host, 0, sizeof plane_host);
  plane_host.now.steady_us = 5000000;
  plane_host.now.wall_ms = 1767225600000;
  plane_host.status = 200;
  plane_host.etag = "\"3.7.x\"";
  strcpy(plane_host.answer, small_snapshot);
}

void sync_serves_what_the_plane_delivers(void) {
  reset_link();
  begin_link(0);
  TEST_ASSERT_EQUAL_INT(0, gatelet_gateway_is_ready(plane_host.gateway));
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_NO_CONFIG, link_status_of().state);
  run();
  TEST_ASSERT_EQUAL_INT(1, gatelet_gateway_is_ready(plane_host.gateway));
  const gatelet_sync_status fresh = link_status_of();
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_SERVING_FRESH, fresh.state);
  TEST_ASSERT_EQUAL_STR("serving-fresh", fresh.state_text);
  TEST_ASSERT_EQUAL_STR("3.7.x", fresh.etag);
  TEST_ASSERT_EQUAL_INT(7, fresh.revision);
  TEST_ASSERT_EQUAL_INT(3, fresh.epoch);
  TEST_ASSERT_EQUAL_INT(0, fresh.problem_count);
  plane_host.status = 401;
  run_until(&plane_host.polls, 3);
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_AUTH_REJECTED, link_status_of().state);
  TEST_ASSERT_EQUAL_INT(401, link_status_of().last_status);
  TEST_ASSERT_TRUE(plane_host.renewals > 0 && plane_host.heartbeats > 0);
  plane_host.status = 0;
  run_until(&plane_host.polls, 4);
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_SERVING_STALE, link_status_of().state);
  TEST_ASSERT_EQUAL_STR("no route", link_status_of().last_error);
  TEST_ASSERT_EQUAL_INT(1, gatelet_gateway_is_ready(plane_host.gateway));
  TEST_ASSERT_EQUAL_INT(1, plane_host.builds);
  end_link();
}

void sync_starts_from_its_backup(void) {
  reset_link();
  begin_link(1);
  run();
  TEST_ASSERT_EQUAL_INT(1, link_status_of().backups_written);
  end_link();
  plane_host.status = 0;
  begin_link(1);
  run();
  const gatelet_sync_status status = link_status_of();
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_SERVING_BACKUP, status.state);
  TEST_ASSERT_EQUAL_INT(1, status.from_backup);
  TEST_ASSERT_EQUAL_INT(7, status.revision);
  TEST_ASSERT_EQUAL_INT(1, gatelet_gateway_is_ready(plane_host.gateway));
  end_link();
  /* Both damaged: nothing is served rather than that. */
  plane_host.slots[0][plane_host.sizes[0] - 1] ^= 1;
  begin_link(1);
  run();
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_NO_CONFIG, link_status_of().state);
  TEST_ASSERT_EQUAL_INT(0, gatelet_gateway_is_ready(plane_host.gateway));
  end_link();
}

void sync_heartbeats_commands_and_goodbye(void) {
  reset_link();
  begin_link(0);
  gatelet_sync_load load = GATELET_SYNC_LOAD_INIT;
  load.requests_per_s = 12.5;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_set_load(plane_host.sync, &load, NULL));
  run_until(&plane_host.heartbeats, 2);
  TEST_ASSERT_EQUAL_INT(1, plane_host.commands);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_drain(plane_host.sync, NULL));
  run();
  TEST_ASSERT_EQUAL_INT(3, plane_host.heartbeats);
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_STATE_DRAINING, link_status_of().state);
  TEST_ASSERT_EQUAL_INT(plane_host.polls + plane_host.heartbeats, plane_host.body_destroyed);
  end_link();
}

/* `call` is refused with the status, and says why. */
#define LINK_REFUSED(code, part, call)                              \
  do {                                                              \
    gatelet_error* error = NULL;                                    \
    TEST_ASSERT_EQUAL_INT((code), (call));                          \
    TEST_ASSERT_STR_CONTAINS((part), gatelet_error_message(error)); \
    gatelet_error_destroy(error);                                   \
  } while (0)

void sync_replies_out_of_order(void) {
  reset_link();
  begin_link(0);
  gatelet_sync_action action = GATELET_SYNC_ACTION_INIT, none = GATELET_SYNC_ACTION_INIT;
  gatelet_response response = GATELET_RESPONSE_INIT;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_next(plane_host.sync, plane_host.now, &action, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_CALL, action.kind);
  TEST_ASSERT_EQUAL_STR("/gateway-sync/v1/gateways/gw1/config", action.target);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_next(plane_host.sync, plane_host.now, &none, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_NONE, none.kind);
  TEST_ASSERT_TRUE(none.wake_us > plane_host.now.steady_us);
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "another reply", gatelet_sync_reply_done(plane_host.sync, action.id, plane_host.now, &error));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "another reply",
               gatelet_sync_reply_bytes(plane_host.sync, action.id, str("x"), plane_host.now, &error));
  LINK_REFUSED(GATELET_ERR_STALE, "forget it", gatelet_sync_build(plane_host.sync, action.id, &error));
  LINK_REFUSED(GATELET_ERR_STALE, "forget it", gatelet_sync_reply(plane_host.sync, action.id + 7, &response, plane_host.now, &error));
  response.status = 200;
  response.body_kind = GATELET_BODY_BYTES;
  response.body.data = small_snapshot;
  response.body.size = strlen(small_snapshot);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply(plane_host.sync, action.id, &response, plane_host.now, NULL));
  LINK_REFUSED(GATELET_ERR_STALE, "forget it", gatelet_sync_reply(plane_host.sync, action.id, &response, plane_host.now, &error));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_next(plane_host.sync, plane_host.now, &action, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_SYNC_BUILD, action.kind);
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_build first",
               gatelet_sync_reply_done(plane_host.sync, action.id, plane_host.now, &error));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "cannot fail", gatelet_sync_reply_fault(plane_host.sync, action.id, str("x"), plane_host.now, &error));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_build(plane_host.sync, action.id, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_reply_done(plane_host.sync, action.id, plane_host.now, NULL));
  LINK_REFUSED(GATELET_ERR_STALE, "forget it", gatelet_sync_reply_done(plane_host.sync, action.id, plane_host.now, &error));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_sync_next(plane_host.sync, plane_host.now, &none, NULL));
  TEST_ASSERT_EQUAL_INT(1, gatelet_gateway_is_ready(plane_host.gateway));
  end_link();
}

void sync_of_a_server(void) {
  gatelet_server* server = NULL;
  gatelet_str text = {NULL, 0};
  const gatelet_str listener = GATELET_STR("http://127.0.0.1:0");
  gatelet_server_options options = GATELET_SERVER_OPTIONS_INIT;
  gatelet_plane_options plane = GATELET_PLANE_OPTIONS_INIT;
  options.listeners = &listener;
  options.listener_count = 1;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_create(NULL, NULL, &plane_host.gateway, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_create(plane_host.gateway, &options, &server, NULL));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_server_create()", gatelet_server_follow(NULL, &plane, &error));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_server_create()", gatelet_server_describe(NULL, &text, &error));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "call gatelet_server_follow first", gatelet_server_describe(server, &text, &error));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "give the URL", gatelet_server_follow(server, NULL, &error));
  plane.endpoint = str("http://127.0.0.1:9");
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "no valid authentication", gatelet_server_follow(server, &plane, &error));
  plane.token = str("opaque");
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "which gateway this is", gatelet_server_follow(server, &plane, &error));
  plane.token = str("gw1&203001010000&c2ln");
  plane.token_file = str("token");
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "leave one out", gatelet_server_follow(server, &plane, &error));
  plane.token_file = str("");
  plane.endpoint = str("http://config.example");
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "write https://", gatelet_server_follow(server, &plane, &error));
  plane.endpoint = str("http://127.0.0.1:9");
  plane.size = 3;
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "_INIT macro", gatelet_server_follow(server, &plane, &error));
  plane.size = sizeof plane;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_follow(server, &plane, NULL));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "once", gatelet_server_follow(server, &plane, &error));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "not besides follow", gatelet_server_watch(server, str("x"), NULL, 0, &error));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "address of a gatelet_str", gatelet_server_describe(server, NULL, &error));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_describe(server, &text, NULL));
  TEST_ASSERT_TRUE(str_contains(text, "\"state\":\"no-config\""));
  gatelet_text_destroy(text);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_start(server, NULL));
  gatelet_server_drain(server);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_wait(server, NULL));
  gatelet_server_destroy(server);
  gatelet_gateway_destroy(plane_host.gateway);
}

void sync_misuse(void) {
  reset_link();
  begin_link(0);
  const gatelet_str no_data = {NULL, 3};
  const gatelet_response response = GATELET_RESPONSE_INIT;
  gatelet_sync_action action = GATELET_SYNC_ACTION_INIT;
  gatelet_sync_status status = GATELET_SYNC_STATUS_INIT;
  gatelet_sync_problem problem = GATELET_SYNC_PROBLEM_INIT;
  gatelet_sync_load load = GATELET_SYNC_LOAD_INIT;
  gatelet_sync* made = NULL;
  void* const wrong[] = {NULL, plane_host.gateway};
  for (size_t i = 0; i < 2; ++i) {
    gatelet_sync* const sync = wrong[i];
    LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_next(sync, plane_host.now, &action, &error));
    LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_reply(sync, 1, &response, plane_host.now, &error));
    LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_reply_fault(sync, 1, str("x"), plane_host.now, &error));
    LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_reply_bytes(sync, 1, str("x"), plane_host.now, &error));
    LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_build(sync, 1, &error));
    LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_reply_done(sync, 1, plane_host.now, &error));
    LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_drain(sync, &error));
    LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_set_load(sync, &load, &error));
    LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_status_get(sync, &status, &error));
    LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_sync_create()", gatelet_sync_problem_get(sync, 0, &problem, &error));
    gatelet_sync_destroy(sync);
  }
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "address of a struct", gatelet_sync_next(plane_host.sync, plane_host.now, NULL, &error));
  action.size = 3;
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "_INIT macro", gatelet_sync_next(plane_host.sync, plane_host.now, &action, &error));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "GATELET_RESPONSE_INIT", gatelet_sync_reply(plane_host.sync, 1, NULL, plane_host.now, &error));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "GATELET_SYNC_LOAD_INIT", gatelet_sync_set_load(plane_host.sync, NULL, &error));
  load.cpu_percent = -1;
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "no number", gatelet_sync_set_load(plane_host.sync, &load, &error));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "out of range", gatelet_sync_problem_get(plane_host.sync, 0, &problem, &error));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "set both members", gatelet_sync_reply_fault(plane_host.sync, 1, no_data, plane_host.now, &error));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "set both members", gatelet_sync_reply_bytes(plane_host.sync, 1, no_data, plane_host.now, &error));
  gatelet_sync_options options = GATELET_SYNC_OPTIONS_INIT;
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "name the gateway", gatelet_sync_create(plane_host.gateway, &options, &made, &error));
  options.gateway = str("gw1");
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "gatelet_gateway_create()", gatelet_sync_create(NULL, &options, &made, &error));
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "address of a gatelet_sync", gatelet_sync_create(plane_host.gateway, &options, NULL, &error));
  options.poll_ms = 10;
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "poll_ms", gatelet_sync_create(plane_host.gateway, &options, &made, &error));
  options.poll_ms = 0;
  options.signature = 3;
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "use one of them", gatelet_sync_create(plane_host.gateway, &options, &made, &error));
  options.signature = GATELET_SIGNATURE_REQUIRE;
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "pin those", gatelet_sync_create(plane_host.gateway, &options, &made, &error));
  const gatelet_sync_key key = {GATELET_STR("k1"), GATELET_STR("no key")};
  options.keys = &key;
  options.key_count = 1;
  TEST_ASSERT_TRUE(gatelet_sync_create(plane_host.gateway, &options, &made, NULL) != GATELET_OK);
  options.key_count = 17;
  LINK_REFUSED(GATELET_ERR_LIMIT, "leave some out", gatelet_sync_create(plane_host.gateway, &options, &made, &error));
  options.key_count = 0;
  options.signature = GATELET_SIGNATURE_OFF;
  options.backup_key = str("short");
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "32 bytes", gatelet_sync_create(plane_host.gateway, &options, &made, &error));
  options.backup_key = str("");
  options.instance = str("a\r\nb");
  LINK_REFUSED(GATELET_ERR_ARGUMENT, "control characters", gatelet_sync_create(plane_host.gateway, &options, &made, &error));
  TEST_ASSERT_NULL(made);
  run();
  TEST_ASSERT_EQUAL_INT(1, gatelet_gateway_is_ready(plane_host.gateway));
  end_link();
}
