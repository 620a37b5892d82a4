/* One request through the gateway, without a socket: the exchange surface in its smallest form. C99. */
#include <gatelet/gatelet.h>
#include <stdio.h>

static const char document[] =
    "{\"resources\":["
    "{\"k\":\"apis/echo;rev=1\",\"v\":{\"displayName\":\"Echo\",\"path\":\"echo\",\"protocols\":[\"http\"],\"isCurrent\":true,"
    "\"subscriptionRequired\":false,\"serviceUrl\":\"http://backend.example/v1\"}},"
    "{\"k\":\"apis/echo;rev=1/operations/get\",\"v\":{\"displayName\":\"Get\",\"method\":\"GET\",\"urlTemplate\":\"/things/{id}\"}},"
    "{\"k\":\"apis/echo;rev=1/policies/policy\",\"v\":{\"format\":\"rawxml\",\"value\":\"<policies><inbound><base/>"
    "<set-header name='X-Added'><value>by the gateway</value></set-header></inbound></policies>\"}}]}";

static int failed(const char *what, gatelet_error *error) {
  for (const gatelet_error *e = error; e; e = gatelet_error_next(e))
    fprintf(stderr, "%s: %.*s\n", what, (int)gatelet_error_message(e).size, gatelet_error_message(e).data);
  gatelet_error_destroy(error);
  return 1;
}

int main(void) {
  gatelet_error *error = NULL;
  gatelet_config *config = NULL;
  gatelet_gateway *gateway = NULL;
  gatelet_exchange *exchange = NULL;
  const gatelet_str text = {document, sizeof document - 1};
  if (gatelet_config_load(text, GATELET_STR("one_request"), NULL, NULL, &config, &error)) return failed("load", error);
  if (gatelet_gateway_create(NULL, config, &gateway, &error)) return failed("gateway", error);
  if (gatelet_exchange_create(gateway, &exchange, &error)) return failed("exchange", error);

  gatelet_request request = GATELET_REQUEST_INIT;
  request.method = GATELET_STR("GET");
  request.target = GATELET_STR("/echo/things/42?full=1");
  request.host = GATELET_STR("gateway.example");
  request.client_ip = GATELET_STR("192.0.2.7");
  if (gatelet_exchange_begin(exchange, &request, &error)) return failed("begin", error);

  for (;;) {
    gatelet_action action = GATELET_ACTION_INIT;
    if (gatelet_exchange_next(exchange, &action, &error)) return failed("next", error);
    if (action.kind == GATELET_ACTION_SEND) {
      printf("send    %.*s %.*s\n", (int)action.method.size, action.method.data, (int)action.url.size, action.url.data);
      for (size_t i = 0; i < action.header_count; ++i)
        printf("        %.*s: %.*s\n", (int)action.headers[i].name.size, action.headers[i].name.data, (int)action.headers[i].value.size,
               action.headers[i].value.data);
      /* Here a host sends it with its own HTTP client. */
      gatelet_response response = GATELET_RESPONSE_INIT;
      response.status = 200;
      response.body_kind = GATELET_BODY_BYTES;
      response.body.data = "hello";
      response.body.size = 5;
      const gatelet_time now = {1000, 1};
      if (gatelet_exchange_reply(exchange, action.id, &response, now, &error)) return failed("reply", error);
    } else {
      printf("respond %d %.*s: %.*s\n", (int)action.status, (int)action.reason.size, action.reason.data, (int)action.body.size, action.body.data);
      break;
    }
  }
  const gatelet_exchange_end end = GATELET_EXCHANGE_END_INIT;
  if (gatelet_exchange_finish(exchange, &end, &error)) return failed("finish", error);
  gatelet_exchange_destroy(exchange);
  gatelet_gateway_destroy(gateway);
  gatelet_config_unref(config);
  return 0;
}
