/* What a program or a binding can do wrong (reliability.md ): every case has its status and says the remedy, and what was
 * passed is as it was. */
#include "capi/support.h"

/* `call` is refused with this status and this remedy, and with the same status when nobody wants the error. It names `sink`. */
#define REFUSED(status, remedy, call)                                 \
  do {                                                                \
    gatelet_error *made_ = NULL, **sink = &made_;                     \
    TEST_ASSERT_EQUAL_INT((status), (call));                          \
    TEST_ASSERT_EQUAL_INT((status), gatelet_error_code(made_));       \
    TEST_ASSERT_STR_CONTAINS((remedy), gatelet_error_message(made_)); \
    gatelet_error_destroy(made_);                                     \
    sink = NULL;                                                      \
    TEST_ASSERT_EQUAL_INT((status), (call));                          \
  } while (0)
#define BAD_ARGUMENT(remedy, call) REFUSED(GATELET_ERR_ARGUMENT, remedy, call)

static const gatelet_time now = {1000000, 1767225600000};
static const gatelet_str no_data = {NULL, 3};
static const gatelet_str negative = {"text", SIZE_MAX};

/* One of each kind. */
static struct {
  gatelet_config* config;
  gatelet_gateway* gateway;
  gatelet_exchange* exchange;
  gatelet_server* server;
  gatelet_settings* settings;
  gatelet_report* report;
} one;

static gatelet_request plain_request(void) {
  gatelet_request request = GATELET_REQUEST_INIT;
  request.target = GATELET_STR("/echo/things/42");
  request.host = GATELET_STR("gateway.test");
  return request;
}

static int make_one(void) {
  const gatelet_str address = GATELET_STR("http://127.0.0.1:0");
  gatelet_server_options options = GATELET_SERVER_OPTIONS_INIT;
  options.listeners = &address;
  options.listener_count = 1;
  return gatelet_config_load(str(OPEN_ECHO), GATELET_STR("t"), NULL, &one.report, &one.config, NULL) ||
         gatelet_gateway_create(NULL, one.config, &one.gateway, NULL) || gatelet_exchange_create(one.gateway, &one.exchange, NULL) ||
         gatelet_server_create(one.gateway, &options, &one.server, NULL) || gatelet_settings_create(&one.settings, NULL);
}

static void destroy_one(void) {
  gatelet_gateway_destroy(one.gateway); /* first: its exchange and server keep it */
  gatelet_exchange_destroy(one.exchange);
  gatelet_server_destroy(one.server);
  gatelet_config_unref(one.config);
  gatelet_settings_destroy(one.settings);
  gatelet_report_destroy(one.report);
}

/* Every function that takes a handle, given `wrong` instead: NULL, or a handle of another kind. */
static void refuse_handles(void* gateway, void* config, void* exchange, void* server, void* settings, void* report) {
  gatelet_exchange* new_exchange = NULL;
  gatelet_server* new_server = NULL;
  gatelet_gateway* new_gateway = NULL;
  gatelet_str text = {NULL, 0};
  const gatelet_request request = plain_request();
  gatelet_response response = GATELET_RESPONSE_INIT;
  gatelet_action action = GATELET_ACTION_INIT;
  gatelet_last_error last = GATELET_LAST_ERROR_INIT;
  gatelet_diagnostic diagnostic = GATELET_DIAGNOSTIC_INIT;
  const gatelet_buf body = {"x", 1, NULL, NULL};
  BAD_ARGUMENT("pass what gatelet_gateway_create() made", gatelet_exchange_create(gateway, &new_exchange, sink));
  BAD_ARGUMENT("pass what gatelet_gateway_create() made", gatelet_server_create(gateway, NULL, &new_server, sink));
  BAD_ARGUMENT("pass what gatelet_gateway_create() made", gatelet_gateway_publish(gateway, one.config, sink));
  BAD_ARGUMENT("pass what gatelet_config_load() and the like made", gatelet_gateway_publish(one.gateway, config, sink));
  BAD_ARGUMENT("pass what gatelet_gateway_create() made", gatelet_gateway_set_authorizations(gateway, text, sink));
  BAD_ARGUMENT("pass what gatelet_config_load() and the like made",
               gatelet_config_effective_policy(config, str("echo"), str("get"), str(""), &text, sink));
  gatelet_report* notes = NULL;
  BAD_ARGUMENT("pass what gatelet_config_load() and the like made", gatelet_config_buffered_bodies(config, &notes, sink));
  BAD_ARGUMENT("pass what gatelet_expression_compile() made", gatelet_expression_run(settings, str(""), NULL, &text, sink));
  if (config) BAD_ARGUMENT("pass what gatelet_config_load() and the like made", gatelet_gateway_create(NULL, config, &new_gateway, sink));
  BAD_ARGUMENT("pass what gatelet_exchange_create() made", gatelet_exchange_begin(exchange, &request, sink));
  BAD_ARGUMENT("pass what gatelet_exchange_create() made", gatelet_exchange_next(exchange, &action, sink));
  BAD_ARGUMENT("pass what gatelet_exchange_create() made", gatelet_exchange_reply(exchange, 1, &response, now, sink));
  BAD_ARGUMENT("pass what gatelet_exchange_create() made", gatelet_exchange_reply_body(exchange, 1, body, now, sink));
  BAD_ARGUMENT("pass what gatelet_exchange_create() made",
               gatelet_exchange_reply_fault(exchange, 1, GATELET_FAULT_BROKEN, str(""), now, sink));
  BAD_ARGUMENT("pass what gatelet_exchange_create() made", gatelet_exchange_reply_time(exchange, 1, now, sink));
  BAD_ARGUMENT("pass what gatelet_exchange_create() made", gatelet_exchange_client_gone(exchange, now, sink));
  BAD_ARGUMENT("pass what gatelet_exchange_create() made", gatelet_exchange_finish(exchange, NULL, sink));
  BAD_ARGUMENT("pass what gatelet_exchange_create() made", gatelet_exchange_last_error(exchange, &last, sink));
  BAD_ARGUMENT("pass what gatelet_exchange_create() made", gatelet_exchange_set_variable(exchange, str("a"), str("b"), sink));
  gatelet_trace_entry entry = GATELET_TRACE_ENTRY_INIT;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_exchange_trace_get(exchange, 0, &entry));
  TEST_ASSERT_EQUAL_INT(0, gatelet_exchange_trace_count(exchange));
  TEST_ASSERT_EQUAL_INT(0, gatelet_exchange_variable(exchange, str("a"), &text));
  BAD_ARGUMENT("pass what gatelet_server_create() made", gatelet_server_start(server, sink));
  BAD_ARGUMENT("pass what gatelet_server_create() made", gatelet_server_wait(server, sink));
  BAD_ARGUMENT("pass what gatelet_server_create() made", gatelet_server_watch(server, str("x"), NULL, 0, sink));
  BAD_ARGUMENT("pass what gatelet_server_create() made", gatelet_server_keep_quotas(server, str("x"), sink));
  BAD_ARGUMENT("pass what gatelet_server_create() made",
               gatelet_server_use_certificate(server, str("*"), str("x"), str("x"), str(""), sink));
  BAD_ARGUMENT("pass what gatelet_settings_create() made",
               gatelet_settings_set(settings, str("keys.foreign"), str("lenient"), str(""), sink));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_server_pump(server));
  TEST_ASSERT_EQUAL_INT(-1, gatelet_server_fd(server));
  TEST_ASSERT_EQUAL_INT(-1, gatelet_server_timeout(server));
  TEST_ASSERT_EQUAL_INT(0, gatelet_server_listener_count(server));
  TEST_ASSERT_EQUAL_STR("", gatelet_server_listener_url(server, 0));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_report_get(report, 0, &diagnostic));
  TEST_ASSERT_EQUAL_INT(0, gatelet_report_count(report));
  TEST_ASSERT_EQUAL_INT(0, gatelet_report_error_count(report));
  TEST_ASSERT_EQUAL_INT(0, gatelet_gateway_is_ready(gateway));
  TEST_ASSERT_EQUAL_INT(0, gatelet_config_api_count(config));
  TEST_ASSERT_EQUAL_STR("", gatelet_config_revision(config));
  TEST_ASSERT_NULL(gatelet_config_ref(config));
  TEST_ASSERT_EQUAL_STR("", gatelet_settings_get(settings, str("keys.foreign")));
  TEST_ASSERT_EQUAL_INT(0, gatelet_settings_is_set(settings, str("keys.foreign")));
  /* And what returns nothing does nothing. */
  gatelet_server_drain(server);
  gatelet_server_stop(server);
  gatelet_config_unref(config);
  gatelet_gateway_destroy(gateway);
  gatelet_exchange_destroy(exchange);
  gatelet_server_destroy(server);
  gatelet_settings_destroy(settings);
  gatelet_report_destroy(report);
  gatelet_expression_destroy(settings);
}

void misuse_null_handles(void) {
  TEST_ASSERT_EQUAL_INT(0, make_one());
  refuse_handles(NULL, NULL, NULL, NULL, NULL, NULL);
  destroy_one();
}

void misuse_handles_of_another_kind(void) {
  TEST_ASSERT_EQUAL_INT(0, make_one());
  refuse_handles(one.config, one.gateway, one.settings, one.exchange, one.report, one.server);
  /* Nothing was destroyed by it. */
  const gatelet_request request = plain_request();
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_begin(one.exchange, &request, NULL));
  TEST_ASSERT_EQUAL_INT(1, gatelet_server_listener_count(one.server));
  TEST_ASSERT_EQUAL_INT(1, gatelet_config_api_count(one.config));
  destroy_one();
}

void misuse_null_results(void) {
  TEST_ASSERT_EQUAL_INT(0, make_one());
  const gatelet_str empty = {NULL, 0};
  BAD_ARGUMENT("pass the address of a gatelet_config pointer", gatelet_config_load(str(OPEN_ECHO), empty, NULL, NULL, NULL, sink));
  BAD_ARGUMENT("pass the address of a gatelet_config pointer", gatelet_config_load_files(NULL, 0, empty, NULL, NULL, NULL, sink));
  BAD_ARGUMENT("pass the address of a gatelet_config pointer", gatelet_config_load_path(str("x"), NULL, NULL, NULL, sink));
  BAD_ARGUMENT("set them", gatelet_policy_check(str("<policies/>"), empty, empty, NULL, sink));
  BAD_ARGUMENT("set them", gatelet_config_effective_policy(one.config, str("echo"), str("get"), empty, NULL, sink));
  BAD_ARGUMENT("pass the address of a gatelet_gateway pointer", gatelet_gateway_create(NULL, NULL, NULL, sink));
  BAD_ARGUMENT("pass the address of a gatelet_exchange pointer", gatelet_exchange_create(one.gateway, NULL, sink));
  BAD_ARGUMENT("pass the address of a gatelet_server pointer", gatelet_server_create(one.gateway, NULL, NULL, sink));
  BAD_ARGUMENT("pass the address of a gatelet_settings pointer", gatelet_settings_create(NULL, sink));
  BAD_ARGUMENT("GATELET_REQUEST_INIT", gatelet_exchange_begin(one.exchange, NULL, sink));
  const gatelet_request request = plain_request();
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_begin(one.exchange, &request, NULL));
  BAD_ARGUMENT("pass the address of a struct", gatelet_exchange_next(one.exchange, NULL, sink));
  BAD_ARGUMENT("GATELET_RESPONSE_INIT", gatelet_exchange_reply(one.exchange, 1, NULL, now, sink));
  BAD_ARGUMENT("pass the address of a struct", gatelet_exchange_last_error(one.exchange, NULL, sink));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_report_get(one.report, 0, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_setting_get(0, NULL));
  const gatelet_response response = GATELET_RESPONSE_INIT;
  BAD_ARGUMENT("pass the call that the handler was given", gatelet_call_respond(NULL, &response, sink));
  BAD_ARGUMENT("pass the call that the handler was given", gatelet_call_fail(NULL, empty, sink));
  TEST_ASSERT_EQUAL_STR("", gatelet_call_method(NULL));
  TEST_ASSERT_EQUAL_STR("", gatelet_call_path(NULL));
  TEST_ASSERT_EQUAL_STR("", gatelet_call_query(NULL));
  TEST_ASSERT_EQUAL_STR("", gatelet_call_body(NULL));
  TEST_ASSERT_EQUAL_STR("", gatelet_call_client_ip(NULL));
  TEST_ASSERT_EQUAL_INT(0, gatelet_call_header_count(NULL));
  TEST_ASSERT_EQUAL_STR("", gatelet_call_header(NULL, 0).name);
  /* The action that a bad result could not take is still there. */
  gatelet_action action = GATELET_ACTION_INIT;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_next(one.exchange, &action, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_SEND, action.kind);
  gatelet_text_destroy(empty);
  destroy_one();
}

/* Not set, cut, longer than any struct, and what uninitialised memory holds. */
static const size_t bad_sizes[] = {0, 1, sizeof(size_t) - 1, sizeof(size_t) + 1, 64 * 1024 + 8, SIZE_MAX};
#define EACH_BAD_SIZE(value, call)                                      \
  do {                                                                  \
    for (size_t i = 0; i < sizeof bad_sizes / sizeof *bad_sizes; ++i) { \
      (value).size = bad_sizes[i];                                      \
      BAD_ARGUMENT("_INIT macro", call);                                \
    }                                                                   \
  } while (0)

void misuse_struct_sizes(void) {
  TEST_ASSERT_EQUAL_INT(0, make_one());
  gatelet_config* config = NULL;
  gatelet_gateway* gateway = NULL;
  gatelet_server* server = NULL;
  gatelet_config_options config_options = GATELET_CONFIG_OPTIONS_INIT;
  EACH_BAD_SIZE(config_options, gatelet_config_load(str(OPEN_ECHO), str("t"), &config_options, NULL, &config, sink));
  EACH_BAD_SIZE(config_options, gatelet_config_load_files(NULL, 0, str("t"), &config_options, NULL, &config, sink));
  EACH_BAD_SIZE(config_options, gatelet_config_load_path(str("t"), &config_options, NULL, &config, sink));
  EACH_BAD_SIZE(config_options, gatelet_server_watch(one.server, str("t"), &config_options, 0, sink));
  gatelet_gateway_options gateway_options = GATELET_GATEWAY_OPTIONS_INIT;
  EACH_BAD_SIZE(gateway_options, gatelet_gateway_create(&gateway_options, NULL, &gateway, sink));
  gatelet_expression_limits limits = GATELET_EXPRESSION_LIMITS_INIT;
  gatelet_expression* expression = NULL;
  EACH_BAD_SIZE(limits, gatelet_expression_compile(str("@(1)"), str(""), &limits, &expression, sink));
  gatelet_server_options server_options = GATELET_SERVER_OPTIONS_INIT;
  EACH_BAD_SIZE(server_options, gatelet_server_create(one.gateway, &server_options, &server, sink));
  gatelet_request request = plain_request();
  EACH_BAD_SIZE(request, gatelet_exchange_begin(one.exchange, &request, sink));
  request = plain_request();
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_begin(one.exchange, &request, NULL));
  gatelet_action action = GATELET_ACTION_INIT;
  EACH_BAD_SIZE(action, gatelet_exchange_next(one.exchange, &action, sink));
  action.size = sizeof action;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_next(one.exchange, &action, NULL));
  gatelet_response response = GATELET_RESPONSE_INIT;
  EACH_BAD_SIZE(response, gatelet_exchange_reply(one.exchange, action.id, &response, now, sink));
  gatelet_last_error last = GATELET_LAST_ERROR_INIT;
  EACH_BAD_SIZE(last, gatelet_exchange_last_error(one.exchange, &last, sink));
  gatelet_exchange_end end = GATELET_EXCHANGE_END_INIT;
  EACH_BAD_SIZE(end, gatelet_exchange_finish(one.exchange, &end, sink));
  gatelet_setting setting = GATELET_SETTING_INIT;
  setting.size = 0;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_setting_get(0, &setting));
  setting.size = sizeof setting;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_setting_get(100000, &setting));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_finish(one.exchange, NULL, NULL));
  destroy_one();
}

void misuse_unknown_members(void) {
  TEST_ASSERT_EQUAL_INT(0, make_one());
  struct {
    gatelet_request known;
    uint64_t unknown;
  } newer = {GATELET_REQUEST_INIT, 0};
  newer.known = plain_request();
  newer.known.size = sizeof newer;
  newer.unknown = 1;
  BAD_ARGUMENT("leave them zero, or use a newer library", gatelet_exchange_begin(one.exchange, &newer.known, sink));
  newer.unknown = 0;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_begin(one.exchange, &newer.known, NULL));
  /* A result of a newer caller: what this library does not know stays as it was. */
  struct {
    gatelet_action known;
    uint64_t unknown;
  } result = {GATELET_ACTION_INIT, 77};
  result.known.size = sizeof result;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_next(one.exchange, &result.known, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ACTION_SEND, result.known.kind);
  TEST_ASSERT_EQUAL_INT(77, result.unknown);
  TEST_ASSERT_EQUAL_INT(sizeof result, result.known.size);
  destroy_one();
}

/* Texts whose pointer is NULL, and sizes that are negative numbers of a binding. */
static void refuse_text(gatelet_str bad) {
  gatelet_config* config = NULL;
  gatelet_report* report = NULL;
  gatelet_str text = {NULL, 0};
  const gatelet_str ok = GATELET_STR("t");
  BAD_ARGUMENT("set both members", gatelet_config_load(bad, ok, NULL, NULL, &config, sink));
  BAD_ARGUMENT("set both members", gatelet_config_load(ok, bad, NULL, NULL, &config, sink));
  BAD_ARGUMENT("set both", gatelet_config_load_files(NULL, 0, bad, NULL, NULL, &config, sink));
  const gatelet_file files[] = {{bad, ok}, {ok, bad}};
  BAD_ARGUMENT("path or bytes of file 0", gatelet_config_load_files(files, 1, ok, NULL, NULL, &config, sink));
  BAD_ARGUMENT("path or bytes of file 0", gatelet_config_load_files(files + 1, 1, ok, NULL, NULL, &config, sink));
  BAD_ARGUMENT("name a folder or a document", gatelet_config_load_path(bad, NULL, NULL, &config, sink));
  for (int member = 0; member < 4; ++member) {
    gatelet_config_options options = GATELET_CONFIG_OPTIONS_INIT;
    gatelet_str* const members[] = {&options.gateway_name, &options.region, &options.overrides, &options.overrides_name};
    *members[member] = bad;
    BAD_ARGUMENT("set both members", gatelet_config_load(ok, ok, &options, NULL, &config, sink));
    BAD_ARGUMENT("set both members", gatelet_server_watch(one.server, ok, &options, 0, sink));
  }
  BAD_ARGUMENT("set them", gatelet_policy_check(bad, ok, text, &report, sink));
  BAD_ARGUMENT("set them", gatelet_policy_check(ok, bad, text, &report, sink));
  BAD_ARGUMENT("set them", gatelet_policy_check(ok, ok, bad, &report, sink));
  BAD_ARGUMENT("set them", gatelet_config_effective_policy(one.config, bad, ok, ok, &text, sink));
  BAD_ARGUMENT("set them", gatelet_config_effective_policy(one.config, ok, bad, ok, &text, sink));
  BAD_ARGUMENT("set them", gatelet_config_effective_policy(one.config, ok, ok, bad, &text, sink));
  BAD_ARGUMENT("name a folder or a document", gatelet_server_watch(one.server, bad, NULL, 0, sink));
  BAD_ARGUMENT("name a file", gatelet_server_keep_quotas(one.server, bad, sink));
  BAD_ARGUMENT("or \"*\" for all others", gatelet_server_use_certificate(one.server, str(""), ok, ok, ok, sink));
  for (int member = 0; member < 4; ++member) {
    gatelet_str texts[] = {ok, ok, ok, ok};
    texts[member] = bad;
    BAD_ARGUMENT("set both members", gatelet_server_use_certificate(one.server, texts[0], texts[1], texts[2], texts[3], sink));
  }
  BAD_ARGUMENT("set both members", gatelet_exchange_set_variable(one.exchange, bad, ok, sink));
  BAD_ARGUMENT("set both members", gatelet_exchange_set_variable(one.exchange, ok, bad, sink));
  TEST_ASSERT_EQUAL_INT(0, gatelet_exchange_variable(one.exchange, bad, &text));
  BAD_ARGUMENT("set both members", gatelet_settings_set(one.settings, bad, ok, ok, sink));
  BAD_ARGUMENT("set both members", gatelet_settings_set(one.settings, ok, bad, ok, sink));
  BAD_ARGUMENT("set both members", gatelet_settings_set(one.settings, ok, ok, bad, sink));
  TEST_ASSERT_EQUAL_STR("", gatelet_settings_get(one.settings, bad));
  TEST_ASSERT_EQUAL_INT(0, gatelet_settings_is_set(one.settings, bad));
  for (int member = 0; member < 6; ++member) {
    gatelet_request request = plain_request();
    gatelet_str* const members[] = {&request.method, &request.target, &request.scheme, &request.host, &request.client_ip, &request.body};
    *members[member] = bad;
    BAD_ARGUMENT("set both members", gatelet_exchange_begin(one.exchange, &request, sink));
  }
  const gatelet_header headers[] = {{bad, ok}, {ok, bad}};
  for (int i = 0; i < 2; ++i) {
    gatelet_request request = plain_request();
    request.headers = headers + i;
    request.header_count = 1;
    BAD_ARGUMENT("name or value of header 0", gatelet_exchange_begin(one.exchange, &request, sink));
  }
  gatelet_server* server = NULL;
  gatelet_server_options options = GATELET_SERVER_OPTIONS_INIT;
  options.listeners = &bad;
  options.listener_count = 1;
  BAD_ARGUMENT("listener 0 is NULL", gatelet_server_create(one.gateway, &options, &server, sink));
}

void misuse_texts(void) {
  TEST_ASSERT_EQUAL_INT(0, make_one());
  refuse_text(no_data);
  refuse_text(negative);
  destroy_one();
}

void misuse_arrays_and_limits(void) {
  TEST_ASSERT_EQUAL_INT(0, make_one());
  gatelet_config* config = NULL;
  gatelet_server* server = NULL;
  BAD_ARGUMENT("set both", gatelet_config_load_files(NULL, 1, str("t"), NULL, NULL, &config, sink));
  const gatelet_file file = {GATELET_STR("a"), GATELET_STR("b")};
  REFUSED(GATELET_ERR_LIMIT, "leave out", gatelet_config_load_files(&file, SIZE_MAX, str("t"), NULL, NULL, &config, sink));
  gatelet_server_options options = GATELET_SERVER_OPTIONS_INIT;
  options.listener_count = 1;
  BAD_ARGUMENT("set both members", gatelet_server_create(one.gateway, &options, &server, sink));
  const gatelet_str address = GATELET_STR("http://127.0.0.1:0");
  options.listeners = &address;
  options.listener_count = SIZE_MAX;
  REFUSED(GATELET_ERR_LIMIT, "listen on fewer addresses", gatelet_server_create(one.gateway, &options, &server, sink));
  options.listener_count = 1;
  options.workers = UINT32_MAX;
  BAD_ARGUMENT("one for each processor", gatelet_server_create(one.gateway, &options, &server, sink));

  gatelet_request request = plain_request();
  request.header_count = 1;
  BAD_ARGUMENT("set both members", gatelet_exchange_begin(one.exchange, &request, sink));
  static gatelet_header many[101];
  for (size_t i = 0; i < 101; ++i) many[i].name = many[i].value = GATELET_STR("x");
  request.headers = many;
  request.header_count = 101;
  REFUSED(GATELET_ERR_LIMIT, "send fewer lines", gatelet_exchange_begin(one.exchange, &request, sink));
  request.header_count = SIZE_MAX;
  REFUSED(GATELET_ERR_LIMIT, "send fewer lines", gatelet_exchange_begin(one.exchange, &request, sink));
  static char large[64 * 1024];
  memset(large, 'x', sizeof large);
  large[0] = '/';
  const gatelet_str long_text = {large, sizeof large};
  many[0].value = long_text;
  request.header_count = 1;
  REFUSED(GATELET_ERR_LIMIT, "shorten it", gatelet_exchange_begin(one.exchange, &request, sink));
  request = plain_request();
  request.target = long_text;
  REFUSED(GATELET_ERR_LIMIT, "answer 414", gatelet_exchange_begin(one.exchange, &request, sink));
  destroy_one();
}

void misuse_unknown_values(void) {
  TEST_ASSERT_EQUAL_INT(0, make_one());
  gatelet_config* config = NULL;
  gatelet_gateway* gateway = NULL;
  gatelet_report* report = NULL;
  gatelet_str text = {NULL, 0};
  static const int32_t unknown[] = {-1, 4, INT32_MAX, INT32_MIN};
  for (int i = 0; i < 4; ++i) {
    gatelet_config_options config_options = GATELET_CONFIG_OPTIONS_INIT;
    config_options.listener_schemes = unknown[i];
    BAD_ARGUMENT("3 both", gatelet_config_load(str(OPEN_ECHO), str("t"), &config_options, NULL, &config, sink));
    gatelet_gateway_options options = GATELET_GATEWAY_OPTIONS_INIT;
    options.request_log = unknown[i];
    BAD_ARGUMENT("2 all", gatelet_gateway_create(&options, NULL, &gateway, sink));
    options.request_log = 0;
    options.log_format = unknown[i];
    BAD_ARGUMENT("2 no log", gatelet_gateway_create(&options, NULL, &gateway, sink));
    gatelet_request request = plain_request();
    request.body_kind = unknown[i];
    BAD_ARGUMENT("use one of them", gatelet_exchange_begin(one.exchange, &request, sink));
  }
  BAD_ARGUMENT("leave it empty for operation", gatelet_policy_check(str("<policies/>"), text, str("galaxy"), &report, sink));
  BAD_ARGUMENT("", gatelet_config_effective_policy(one.config, str("echo"), str("nothing"), str(""), &text, sink));
  gatelet_request request = plain_request();
  request.scheme = GATELET_STR("ftp");
  BAD_ARGUMENT("leave it empty for http", gatelet_exchange_begin(one.exchange, &request, sink));
  request = plain_request();
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_begin(one.exchange, &request, NULL));
  gatelet_action action = GATELET_ACTION_INIT;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_next(one.exchange, &action, NULL));
  static const int32_t statuses[] = {0, 99, 1000, INT32_MIN};
  gatelet_response response = GATELET_RESPONSE_INIT;
  for (int i = 0; i < 4; ++i) {
    response.status = statuses[i];
    BAD_ARGUMENT("gatelet_exchange_reply_fault", gatelet_exchange_reply(one.exchange, action.id, &response, now, sink));
    response.status = 200;
    response.body_kind = unknown[i];
    BAD_ARGUMENT("use one of them", gatelet_exchange_reply(one.exchange, action.id, &response, now, sink));
    response.body_kind = GATELET_BODY_NONE;
    BAD_ARGUMENT("use one of them", gatelet_exchange_reply_fault(one.exchange, action.id, statuses[i], str(""), now, sink));
  }
  response.reason = GATELET_STR("a\r\nb");
  BAD_ARGUMENT("leave it empty", gatelet_exchange_reply(one.exchange, action.id, &response, now, sink));
  response.reason = no_data;
  BAD_ARGUMENT("leave it empty", gatelet_exchange_reply(one.exchange, action.id, &response, now, sink));
  response.reason = str("");
  response.body_kind = GATELET_BODY_BYTES;
  response.body.size = 3;
  BAD_ARGUMENT("set both members", gatelet_exchange_reply(one.exchange, action.id, &response, now, sink));
  /* After all that the right answer is still welcome. */
  response.body_kind = GATELET_BODY_NONE;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_reply(one.exchange, action.id, &response, now, NULL));
  destroy_one();
}

void misuse_order_of_an_exchange(void) {
  TEST_ASSERT_EQUAL_INT(0, make_one());
  gatelet_action action = GATELET_ACTION_INIT;
  gatelet_response response = GATELET_RESPONSE_INIT;
  response.status = 200;
  const gatelet_buf body = {"x", 1, NULL, NULL};
  for (int round = 0; round < 2; ++round) { /* before the first request, and after it */
    BAD_ARGUMENT("call gatelet_exchange_begin first", gatelet_exchange_next(one.exchange, &action, sink));
    BAD_ARGUMENT("call gatelet_exchange_begin first", gatelet_exchange_client_gone(one.exchange, now, sink));
    BAD_ARGUMENT("call gatelet_exchange_begin first", gatelet_exchange_finish(one.exchange, NULL, sink));
    BAD_ARGUMENT("call gatelet_exchange_begin first", gatelet_exchange_set_variable(one.exchange, str("a"), str("b"), sink));
    REFUSED(GATELET_ERR_STALE, "forget it", gatelet_exchange_reply(one.exchange, action.id, &response, now, sink));
    REFUSED(GATELET_ERR_STALE, "forget it", gatelet_exchange_reply_body(one.exchange, action.id, body, now, sink));
    REFUSED(GATELET_ERR_STALE, "forget it", gatelet_exchange_reply_time(one.exchange, action.id, now, sink));
    REFUSED(GATELET_ERR_STALE, "forget it",
            gatelet_exchange_reply_fault(one.exchange, action.id, GATELET_FAULT_TIMEOUT, str(""), now, sink));
    const gatelet_request request = plain_request();
    TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_begin(one.exchange, &request, NULL));
    BAD_ARGUMENT("call gatelet_exchange_finish first", gatelet_exchange_begin(one.exchange, &request, sink));
    REFUSED(GATELET_ERR_STALE, "forget it", gatelet_exchange_reply(one.exchange, action.id + 1, &response, now, sink));
    TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_next(one.exchange, &action, NULL));
    REFUSED(GATELET_ERR_STALE, "forget it", gatelet_exchange_reply_body(one.exchange, action.id, body, now, sink)); /* it is a SEND */
    TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_client_gone(one.exchange, now, NULL));
    REFUSED(GATELET_ERR_STALE, "forget it", gatelet_exchange_reply(one.exchange, action.id, &response, now, sink));
    TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_finish(one.exchange, NULL, NULL));
  }
  destroy_one();
}

/* What a callback tries: everything that its own exchange forbids, and what is allowed. */
static int log_lines;
static void call_back(void* user, int32_t level, gatelet_str line) {
  (void)user, (void)level, (void)line;
  gatelet_action action = GATELET_ACTION_INIT;
  gatelet_last_error last = GATELET_LAST_ERROR_INIT;
  const gatelet_request request = plain_request();
  ++log_lines;
  BAD_ARGUMENT("make no call from its callbacks", gatelet_exchange_begin(one.exchange, &request, sink));
  BAD_ARGUMENT("make no call from its callbacks", gatelet_exchange_next(one.exchange, &action, sink));
  BAD_ARGUMENT("make no call from its callbacks", gatelet_exchange_finish(one.exchange, NULL, sink));
  BAD_ARGUMENT("make no call from its callbacks", gatelet_exchange_client_gone(one.exchange, now, sink));
  BAD_ARGUMENT("make no call from its callbacks", gatelet_exchange_last_error(one.exchange, &last, sink));
  BAD_ARGUMENT("make no call from its callbacks", gatelet_exchange_set_variable(one.exchange, str("a"), str("b"), sink));
  TEST_ASSERT_EQUAL_INT(1, gatelet_gateway_is_ready(one.gateway));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_publish(one.gateway, one.config, NULL));
  gatelet_exchange* other = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_create(one.gateway, &other, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_begin(other, &request, NULL));
  gatelet_exchange_destroy(other);
  /* Both live until the call that they are in returns. */
  gatelet_exchange_destroy(one.exchange);
  gatelet_gateway_destroy(one.gateway);
}

static void count_up(void* user) { ++*(int*)user; }

void misuse_calls_from_callbacks(void) {
  int destroyed = 0;
  gatelet_gateway_options options = GATELET_GATEWAY_OPTIONS_INIT;
  options.request_log = 2;
  options.log = call_back;
  options.log_user = &destroyed;
  options.log_destroy = count_up;
  log_lines = 0;
  one.config = load(OPEN_ECHO);
  const gatelet_request request = plain_request();
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_create(&options, one.config, &one.gateway, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_create(one.gateway, &one.exchange, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_begin(one.exchange, &request, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_finish(one.exchange, NULL, NULL));
  TEST_ASSERT_EQUAL_INT(1, log_lines);
  TEST_ASSERT_EQUAL_INT(1, destroyed);
  gatelet_config_unref(one.config);
}

/* The end of a body is a callback too: inside the call that refuses it or gives it back. */
static void next_and_destroy(void* user) {
  gatelet_action action = GATELET_ACTION_INIT;
  ++*(int*)user;
  BAD_ARGUMENT("make no call from its callbacks", gatelet_exchange_next(one.exchange, &action, sink));
  gatelet_exchange_destroy(one.exchange);
}

void misuse_calls_from_the_end_of_a_body(void) {
  TEST_ASSERT_EQUAL_INT(0, make_one());
  int destroyed = 0;
  const gatelet_request request = plain_request();
  gatelet_action action = GATELET_ACTION_INIT;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_begin(one.exchange, &request, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_exchange_next(one.exchange, &action, NULL));
  const gatelet_buf body = {"x", 1, next_and_destroy, &destroyed};
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_STALE, gatelet_exchange_reply_body(one.exchange, action.id, body, now, NULL));
  TEST_ASSERT_EQUAL_INT(1, destroyed);
  one.exchange = NULL;
  destroy_one();
}

void misuse_users_are_destroyed_once(void) {
  int destroyed = 0;
  gatelet_gateway* gateway = NULL;
  gatelet_server* server = NULL;
  gatelet_gateway_options options = GATELET_GATEWAY_OPTIONS_INIT;
  options.log_user = &destroyed;
  options.log_destroy = count_up;
  options.request_log = 9;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_gateway_create(&options, NULL, &gateway, NULL));
  TEST_ASSERT_EQUAL_INT(1, destroyed);
  options.request_log = 0;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_gateway_create(&options, NULL, NULL, NULL));
  TEST_ASSERT_EQUAL_INT(2, destroyed);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_create(&options, NULL, &gateway, NULL));
  gatelet_server_options server_options = GATELET_SERVER_OPTIONS_INIT;
  const gatelet_str address = GATELET_STR("nonsense");
  server_options.listeners = &address;
  server_options.listener_count = 1;
  server_options.handler_user = &destroyed;
  server_options.handler_destroy = count_up;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_server_create(gateway, &server_options, &server, NULL));
  TEST_ASSERT_EQUAL_INT(3, destroyed);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_server_create(NULL, &server_options, &server, NULL));
  TEST_ASSERT_EQUAL_INT(4, destroyed);
  gatelet_gateway_destroy(gateway);
  TEST_ASSERT_EQUAL_INT(5, destroyed);
}
