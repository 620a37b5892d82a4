#include "capi/support.h"

static const gatelet_time later = {2000000, 1767225600000};

static gatelet_request get(const char* target) {
  gatelet_request request = GATELET_REQUEST_INIT;
  request.target = str(target);
  request.host = str("gateway.test");
  request.client_ip = str("192.0.2.1");
  return request;
}

/* A gateway and an exchange over a document; NULL when that fails. */
static gatelet_exchange* begin(const char* document, const char* target, gatelet_gateway** gateway) {
  gatelet_config* config = document ? load(document) : NULL;
  gatelet_exchange* exchange = NULL;
  const gatelet_request request = get(target);
  if (gatelet_gateway_create(NULL, config, gateway, NULL) != GATELET_OK) return NULL;
  gatelet_config_unref(config);
  if (gatelet_exchange_create(*gateway, &exchange, NULL) != GATELET_OK) return NULL;
  if (gatelet_exchange_begin(exchange, &request, NULL) != GATELET_OK) return NULL;
  return exchange;
}

static gatelet_action next(gatelet_exchange* exchange) {
  gatelet_action action = GATELET_ACTION_INIT;
  if (gatelet_exchange_next(exchange, &action, NULL) != GATELET_OK) action.kind = -1;
  return action;
}

static void end(gatelet_exchange* exchange, gatelet_gateway* gateway) {
  gatelet_exchange_finish(exchange, NULL, NULL);
  gatelet_exchange_destroy(exchange);
  gatelet_gateway_destroy(gateway);
}

void exchange_forwards(void) {
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = begin(OPEN_ECHO, "/echo/things/42?a=b", &gateway);
  TEST_ASSERT_NOT_NULL(exchange);
  TEST_ASSERT_EQUAL_INT(1, gatelet_gateway_is_ready(gateway));
  gatelet_action action = next(exchange);
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_SEND, action.kind);
  TEST_ASSERT_EQUAL_STR("GET", action.method);
  TEST_ASSERT_EQUAL_STR("http://backend.test/v1/things/42?a=b", action.url);
  TEST_ASSERT_EQUAL_STR("backend.test", action.host);
  TEST_ASSERT_EQUAL_INT(300000, action.timeout_ms);
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_NONE, next(exchange).kind);
  const gatelet_header headers[] = {{GATELET_STR("Content-Type"), GATELET_STR("text/plain")},
                                    {GATELET_STR("Connection"), GATELET_STR("close")}};
  gatelet_response response = GATELET_RESPONSE_INIT;
  response.status = 201;
  response.headers = headers;
  response.header_count = 2;
  response.body_kind = GATELET_BODY_BYTES;
  response.body.data = "done";
  response.body.size = 4;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_reply(exchange, action.id, &response, later, NULL));
  action = next(exchange);
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_RESPOND, action.kind);
  TEST_ASSERT_EQUAL_INT(201, action.status);
  TEST_ASSERT_EQUAL_STR("Created", action.reason);
  TEST_ASSERT_EQUAL_INT(1, action.header_count); /* hop-by-hop lines stay behind */
  TEST_ASSERT_EQUAL_STR("done", action.body);
  end(exchange, gateway);
}

void exchange_without_configuration_is_503(void) {
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = begin(NULL, "/echo/things/42", &gateway);
  TEST_ASSERT_NOT_NULL(exchange);
  TEST_ASSERT_EQUAL_INT(0, gatelet_gateway_is_ready(gateway));
  const gatelet_action action = next(exchange);
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_RESPOND, action.kind);
  TEST_ASSERT_EQUAL_INT(503, action.status);
  end(exchange, gateway);
}

void exchange_late_reply_is_stale(void) {
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = begin(OPEN_ECHO, "/echo/things/42", &gateway);
  TEST_ASSERT_NOT_NULL(exchange);
  const gatelet_action action = next(exchange);
  gatelet_response response = GATELET_RESPONSE_INIT;
  response.status = 200;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_reply(exchange, action.id, &response, later, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_STALE, gatelet_exchange_reply(exchange, action.id, &response, later, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_STALE,
                        gatelet_exchange_reply_fault(exchange, action.id, GATELET_FAULT_TIMEOUT, GATELET_STR(""), later, NULL));
  TEST_ASSERT_EQUAL_INT(200, next(exchange).status);
  end(exchange, gateway);
}

void exchange_backend_fault_is_500(void) {
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = begin(OPEN_ECHO, "/echo/things/42", &gateway);
  TEST_ASSERT_NOT_NULL(exchange);
  gatelet_action action = next(exchange);
  TEST_ASSERT_EQUAL_INT(GATELET_OK,
                        gatelet_exchange_reply_fault(exchange, action.id, GATELET_FAULT_CONNECT, GATELET_STR("refused"), later, NULL));
  action = next(exchange);
  TEST_ASSERT_EQUAL_INT(500, action.status);
  TEST_ASSERT_EQUAL_INT(111, action.body.size);
  TEST_ASSERT_STR_CONTAINS("{ \"statusCode\": 500, \"message\": \"Internal server error\", \"activityId\": \"", action.body);
  gatelet_last_error error = GATELET_LAST_ERROR_INIT;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_last_error(exchange, &error, NULL));
  TEST_ASSERT_EQUAL_STR("BackendConnectionFailure", error.reason);
  TEST_ASSERT_EQUAL_STR("backend", error.section);
  end(exchange, gateway);
}

void exchange_leaves_something(void) {
  static const char* const document =
      "{\"resources\":[{\"k\":\"apis/echo;rev=1\",\"v\":{\"path\":\"echo\",\"protocols\":[\"http\"],\"subscriptionRequired\":false,"
      "\"serviceUrl\":\"http://backend.test\"}},"
      "{\"k\":\"apis/echo;rev=1/operations/get\",\"v\":{\"method\":\"GET\",\"urlTemplate\":\"/*\"}},"
      "{\"k\":\"policies/policy\",\"v\":{\"format\":\"rawxml\",\"value\":\"<policies><inbound>"
      "<send-one-way-request><set-url>http://hooks.test/x?y=1</set-url><set-body>hi</set-body></send-one-way-request>"
      "</inbound></policies>\"}}]}";
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = begin(document, "/echo/things", &gateway);
  TEST_ASSERT_NOT_NULL(exchange);
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_SEND, next(exchange).kind);
  gatelet_outgoing outgoing = GATELET_OUTGOING_INIT;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_gateway_take_outgoing(NULL, &outgoing, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_gateway_take_outgoing(gateway, NULL, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_take_outgoing(gateway, &outgoing, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OUTGOING_CALL, outgoing.kind);
  TEST_ASSERT_EQUAL_STR("GET", outgoing.name);
  TEST_ASSERT_EQUAL_STR("http://hooks.test/x?y=1", outgoing.url);
  TEST_ASSERT_EQUAL_STR("hi", outgoing.body);
  TEST_ASSERT_EQUAL_INT(60000, outgoing.timeout_ms);
  gatelet_outgoing_counts counts = GATELET_OUTGOING_COUNTS_INIT;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_count_outgoing(gateway, GATELET_OUTGOING_CALL, &counts, NULL));
  TEST_ASSERT_EQUAL_INT(1, counts.accepted);
  TEST_ASSERT_EQUAL_INT(1, counts.waiting);
  gatelet_outgoing_done(gateway, &outgoing, 1);
  gatelet_outgoing_done(gateway, &outgoing, 1);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_count_outgoing(gateway, GATELET_OUTGOING_CALL, &counts, NULL));
  TEST_ASSERT_EQUAL_INT(1, counts.delivered);
  TEST_ASSERT_EQUAL_INT(0, counts.waiting);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_count_outgoing(gateway, GATELET_OUTGOING_EVENT, &counts, NULL));
  TEST_ASSERT_EQUAL_INT(0, counts.accepted);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_gateway_count_outgoing(NULL, GATELET_OUTGOING_CALL, &counts, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_gateway_count_outgoing(gateway, 0, &counts, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_gateway_count_outgoing(gateway, GATELET_OUTGOING_CALL, NULL, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_take_outgoing(gateway, &outgoing, NULL));
  TEST_ASSERT_EQUAL_INT(0, outgoing.kind);
  /* Only a FETCH has an answer. */
  const gatelet_str nothing = {0, 0}, bad = {0, 1};
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_outgoing_reply(NULL, &outgoing, 200, nothing, nothing, later, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_outgoing_reply(gateway, NULL, 200, nothing, nothing, later, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_outgoing_reply(gateway, &outgoing, 200, nothing, nothing, later, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_gateway_set_identity_secret(NULL, nothing, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_gateway_set_identity_secret(gateway, bad, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_set_identity_secret(gateway, GATELET_STR("s3cret"), NULL));
  end(exchange, gateway);
}

void exchange_waits(void) {
  static const char* const document =
      "{\"resources\":[{\"k\":\"apis/echo;rev=1\",\"v\":{\"path\":\"echo\",\"protocols\":[\"http\"],\"subscriptionRequired\":false,"
      "\"serviceUrl\":\"http://backend.test\"}},"
      "{\"k\":\"apis/echo;rev=1/operations/get\",\"v\":{\"method\":\"GET\",\"urlTemplate\":\"/*\"}},"
      "{\"k\":\"policies/policy\",\"v\":{\"format\":\"rawxml\",\"value\":\"<policies><backend>"
      "<retry condition='true' count='1' interval='5'><forward-request /></retry></backend></policies>\"}}]}";
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = begin(document, "/echo/things", &gateway);
  TEST_ASSERT_NOT_NULL(exchange);
  gatelet_action action = next(exchange);
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_SEND, action.kind);
  gatelet_response response = GATELET_RESPONSE_INIT;
  response.status = 503;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_reply(exchange, action.id, &response, later, NULL));
  action = next(exchange);
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_WAIT, action.kind);
  TEST_ASSERT_EQUAL_INT(7000000, action.wait_until_us);
  const gatelet_time early = {6999999, 1767225604999}, due = {7000000, 1767225605000};
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_reply_time(exchange, action.id, early, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_STALE, gatelet_exchange_reply_time(exchange, action.id + 1, due, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_NONE, next(exchange).kind);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_reply_time(exchange, action.id, due, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_STALE, gatelet_exchange_reply_time(exchange, action.id, due, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_reply_time(NULL, action.id, due, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_SEND, next(exchange).kind);
  end(exchange, gateway);
}

void exchange_key_is_checked(void) {
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = begin(KEYED_ECHO, "/echo/things/42", &gateway);
  TEST_ASSERT_NOT_NULL(exchange);
  const gatelet_action action = next(exchange);
  TEST_ASSERT_EQUAL_INT(401, action.status);
  TEST_ASSERT_EQUAL_STR(
      "{ \"statusCode\": 401, \"message\": \"Access denied due to missing subscription key. Make sure to include subscription key "
      "when making requests to an API.\" }",
      action.body);
  end(exchange, gateway);
}

void exchange_copies_the_request(void) {
  static const char* const document = DOCUMENT(API_ECHO("\"subscriptionRequired\":false,") "," POLICY(
      "apis/echo;rev=1/",
      "<policies><inbound><return-response><set-body>@(context.Request.OriginalUrl.Host + "
      "context.Request.OriginalUrl.Path)</set-body></return-response></inbound></policies>"));
  char host[] = "gateway.test", target[] = "/echo/things/42";
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = NULL;
  gatelet_config* config = load(document);
  gatelet_request request = get(target);
  request.host = str(host);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_create(NULL, config, &gateway, NULL));
  gatelet_config_unref(config);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_create(gateway, &exchange, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_begin(exchange, &request, NULL));
  memset(host, '?', sizeof host);
  memset(target, '?', sizeof target);
  TEST_ASSERT_EQUAL_STR("gateway.test/echo/things/42", next(exchange).body);
  end(exchange, gateway);
}

void exchange_refuses_wrong_order(void) {
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = begin(OPEN_ECHO, "/echo/things/42", &gateway);
  TEST_ASSERT_NOT_NULL(exchange);
  const gatelet_request request = get("/echo/things/43");
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_begin(exchange, &request, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_client_gone(exchange, later, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_finish(exchange, NULL, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_finish(exchange, NULL, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_begin(exchange, &request, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_SEND, next(exchange).kind);
  end(exchange, gateway);
}

void exchange_refuses_bad_messages(void) {
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_create(NULL, NULL, &gateway, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_create(gateway, &exchange, NULL));
  const char* const targets[] = {"no-slash", "/a b", "/a#b", "/%zz", "/%00", "/../../etc"};
  for (size_t i = 0; i < sizeof targets / sizeof *targets; ++i) {
    const gatelet_request request = get(targets[i]);
    TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_begin(exchange, &request, NULL));
  }
  const gatelet_header split = {GATELET_STR("X-A"), GATELET_STR("1\r\nX-B: 2")};
  gatelet_request request = get("/a");
  request.headers = &split;
  request.header_count = 1;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_begin(exchange, &request, NULL));
  request = get("/a");
  request.host = GATELET_STR("user@evil.test");
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_begin(exchange, &request, NULL));
  request = get("/a");
  request.method = GATELET_STR("GET /x");
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_begin(exchange, &request, NULL));
  gatelet_exchange_destroy(exchange);
  gatelet_gateway_destroy(gateway);
}

static void count(void* user) { ++*(int*)user; }

void exchange_body_is_released_once(void) {
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = begin(OPEN_ECHO, "/echo/things/42", &gateway);
  TEST_ASSERT_NOT_NULL(exchange);
  const gatelet_action action = next(exchange);
  int released = 0;
  gatelet_response response = GATELET_RESPONSE_INIT;
  response.status = 9999; /* refused, the body comes back */
  response.body_kind = GATELET_BODY_BYTES;
  response.body.data = "x";
  response.body.size = 1;
  response.body.destroy = count;
  response.body.user = &released;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_reply(exchange, action.id, &response, later, NULL));
  TEST_ASSERT_EQUAL_INT(1, released);
  response.status = 200;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_reply(exchange, action.id, &response, later, NULL));
  TEST_ASSERT_EQUAL_INT(200, next(exchange).status);
  end(exchange, gateway);
  TEST_ASSERT_EQUAL_INT(2, released);
}

void exchange_swap_keeps_the_old(void) {
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = begin(OPEN_ECHO, "/echo/things/42", &gateway);
  TEST_ASSERT_NOT_NULL(exchange);
  gatelet_config* keyed = load(KEYED_ECHO);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_publish(gateway, keyed, NULL));
  gatelet_config_unref(keyed);
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_SEND, next(exchange).kind); /* still without a key */
  gatelet_exchange_client_gone(exchange, later, NULL);
  gatelet_exchange_finish(exchange, NULL, NULL);
  const gatelet_request request = get("/echo/things/42");
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_begin(exchange, &request, NULL));
  TEST_ASSERT_EQUAL_INT(401, next(exchange).status);
  end(exchange, gateway);
}

void exchange_variables(void) {
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = begin(OPEN_ECHO, "/echo/things/42", &gateway);
  TEST_ASSERT_NOT_NULL(exchange);
  gatelet_str text = str("untouched");
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_set_variable(exchange, str(""), str("x"), NULL));
  TEST_ASSERT_EQUAL_INT(0, gatelet_exchange_variable(exchange, str("tenant"), &text));
  TEST_ASSERT_EQUAL_STR("untouched", text);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_set_variable(exchange, str("tenant"), str("contoso"), NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_SEND, next(exchange).kind);
  TEST_ASSERT_EQUAL_INT(1, gatelet_exchange_variable(exchange, str("tenant"), &text));
  TEST_ASSERT_EQUAL_STR("contoso", text);
  gatelet_exchange_finish(exchange, NULL, NULL);
  TEST_ASSERT_EQUAL_INT(0, gatelet_exchange_variable(exchange, str("tenant"), &text));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_set_variable(exchange, str("tenant"), str("x"), NULL));
  gatelet_exchange_destroy(exchange);
  gatelet_gateway_destroy(gateway);
}

void exchange_trace(void) {
  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = begin(OPEN_ECHO, "/nowhere", &gateway);
  TEST_ASSERT_NOT_NULL(exchange);
  gatelet_trace_entry entry = GATELET_TRACE_ENTRY_INIT;
  next(exchange);
  gatelet_exchange_finish(exchange, NULL, NULL);
  TEST_ASSERT_EQUAL_INT(0, gatelet_exchange_trace_count(exchange));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_trace_get(exchange, 0, &entry));
  gatelet_request request = get("/nowhere");
  request.traced = 1;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_begin(exchange, &request, NULL));
  next(exchange);
  gatelet_exchange_finish(exchange, NULL, NULL);
  const size_t count = gatelet_exchange_trace_count(exchange);
  TEST_ASSERT_EQUAL_INT(4, count); /* the request, why it matched nothing, the failure, the answer */
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_trace_get(exchange, count - 1, &entry));
  TEST_ASSERT_EQUAL_STR("transfer-response", entry.source);
  TEST_ASSERT_EQUAL_STR("", entry.section);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_trace_get(exchange, count, &entry));
  gatelet_exchange_destroy(exchange);
  gatelet_gateway_destroy(gateway);
}
