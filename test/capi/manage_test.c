/* The management plane as a host in C uses it: opened, asked, served on a socket, exported and imported. */
#include <gatelet/manage.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capi/support.h"

static const char key_bytes[] = "0123456789abcdef0123456789abcdef";

/* A store of its own for each test. */
static struct {
  char path[64];
  gatelet_manage* manage;
} plane;

static gatelet_manage_options options_of(void) {
  gatelet_manage_options options = GATELET_MANAGE_OPTIONS_INIT;
  options.store = str(plane.path);
  options.master_key = str(key_bytes);
  return options;
}

static int open_plane(void) {
  gatelet_manage_options options = options_of();
  return gatelet_manage_open(&options, &plane.manage, NULL) == GATELET_OK;
}

static int begin(void) {
  strcpy(plane.path, "/tmp/gatelet-manage-XXXXXX");
  if (!mkdtemp(plane.path)) return 0;
  strcat(plane.path, "/manage.db");
  return open_plane();
}

static void end(void) {
  gatelet_manage_destroy(plane.manage);
  plane.manage = NULL;
}

static int32_t where(void* user, gatelet_str name, gatelet_str* out) {
  (void)user;
  if (!str_contains(name, "WHERE")) return 0;
  *out = GATELET_STR("here");
  return 1;
}

static gatelet_status import_echo(const gatelet_config_options* options, gatelet_str* problem) {
  const gatelet_file files[] = {
      {GATELET_STR("apis/echo/apiInformation.json"), GATELET_STR("{\"properties\":{\"displayName\":\"Echo\",\"path\":\"echo\"}}")},
      {GATELET_STR("gateways/gw/gatewayInformation.json"), GATELET_STR("{\"properties\":{\"description\":\"{#WHERE#}\"}}")},
      {GATELET_STR("gateways/gw/apis/echo/gatewayApiInformation.json"), GATELET_STR("{}")},
  };
  return gatelet_manage_import(plane.manage, files, 3, options, problem);
}

void manage_open_refuses(void) {
  gatelet_str problem = {0, 0};
  gatelet_manage_options options = GATELET_MANAGE_OPTIONS_INIT;
  gatelet_manage* manage = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_manage_open(NULL, &manage, NULL));
  options.store = GATELET_STR("/nowhere/at/all/manage.db");
  options.master_key = str(key_bytes);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_IO, gatelet_manage_open(&options, &manage, &problem));
  TEST_ASSERT_STR_CONTAINS("/nowhere/at/all/manage.db", problem);
  gatelet_manage_text_destroy(problem);
  TEST_ASSERT_TRUE(begin());
  end();
  options = options_of();
  options.master_key = GATELET_STR("short");
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_manage_open(&options, &manage, NULL));
  options.master_key = GATELET_STR("another key, of thirty-two bytes");
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_manage_open(&options, &manage, NULL));
  options = options_of();
  options.signing_key = GATELET_STR("no key");
  TEST_ASSERT_TRUE(gatelet_manage_open(&options, &manage, NULL) != GATELET_OK);
  options.size = 3;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_manage_open(&options, &manage, NULL));
  TEST_ASSERT_NULL(manage);
  gatelet_manage_destroy(NULL);
  problem.data = NULL;
  gatelet_manage_text_destroy(problem);
}

void manage_tells_its_owner_once(void) {
  gatelet_str token = {0, 0};
  TEST_ASSERT_TRUE(begin());
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_manage_owner_token(plane.manage, &token, NULL));
  TEST_ASSERT_STR_CONTAINS("gto_", token);
  gatelet_manage_text_destroy(token);
  end();
  TEST_ASSERT_TRUE(open_plane());
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_manage_owner_token(plane.manage, &token, NULL));
  TEST_ASSERT_EQUAL_INT(0, token.size);
  gatelet_manage_text_destroy(token);
  end();
}

/* The paths of an export, one behind the other. */
static gatelet_status note_file(void* user, gatelet_str path, gatelet_str bytes) {
  char* out = user;
  (void)bytes;
  strncat(out, path.data, path.size);
  strcat(out, "\n");
  return GATELET_OK;
}
static gatelet_status refuse_file(void* user, gatelet_str path, gatelet_str bytes) {
  ++*(int*)user;
  (void)path;
  (void)bytes;
  return GATELET_ERR_HOST;
}

void manage_imports_and_exports(void) {
  char paths[1024] = "";
  int count = 0;
  gatelet_str text = {0, 0};
  gatelet_config_options options = GATELET_CONFIG_OPTIONS_INIT;
  options.environment = where;
  TEST_ASSERT_TRUE(begin());
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_CONFIG, import_echo(NULL, &text));
  TEST_ASSERT_STR_CONTAINS("WHERE", text);
  gatelet_manage_text_destroy(text);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, import_echo(&options, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_manage_export(plane.manage, note_file, paths, NULL));
  TEST_ASSERT_STR_CONTAINS("gateways/gw/apis/echo/gatewayApiInformation.json", str(paths));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_HOST, gatelet_manage_export(plane.manage, refuse_file, &count, NULL));
  TEST_ASSERT_EQUAL_INT(1, count);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_manage_gateway_token(plane.manage, GATELET_STR("gw"), 4102444800000, &text, NULL));
  TEST_ASSERT_STR_CONTAINS("gw&210001010000&", text);
  gatelet_manage_text_destroy(text);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_manage_gateway_token(plane.manage, GATELET_STR("no"), 4102444800000, &text, &text));
  gatelet_manage_text_destroy(text);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_manage_begin_epoch(plane.manage, NULL));
  end();
}

/* The status of one GET on a connection of its own; 0: none came. */
static int status_of(int port, const char* path, gatelet_str token) {
  char request[512], answer[64] = "";
  struct sockaddr_in address = {0};
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  ssize_t got = 0;
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int size =
      snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: plane\r\nConnection: close\r\nAuthorization: Bearer %.*s\r\n\r\n", path,
               (int)token.size, token.data);
  if (connect(connection, (struct sockaddr*)&address, sizeof address) == 0 && write(connection, request, (size_t)size) == size)
    got = recv(connection, answer, sizeof answer - 1, MSG_WAITALL);
  close(connection);
  return got > 12 ? atoi(answer + 9) : 0;
}

static void handle(void* user, gatelet_call* call) { gatelet_manage_handle(user, call); }

void manage_is_served(void) {
  const gatelet_str listener = GATELET_STR("http://127.0.0.1:0");
  gatelet_server_options options = GATELET_SERVER_OPTIONS_INIT;
  gatelet_config* config = NULL;
  gatelet_gateway* gateway = NULL;
  gatelet_server* server = NULL;
  gatelet_str token = {0, 0};
  TEST_ASSERT_TRUE(begin());
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_manage_owner_token(plane.manage, &token, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_config_load(gatelet_manage_document(), GATELET_STR("plane.json"), NULL, NULL, &config, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_gateway_create(NULL, config, &gateway, NULL));
  options.listeners = &listener;
  options.listener_count = 1;
  options.handler = handle;
  options.handler_user = plane.manage;
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_create(gateway, &options, &server, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_start(server, NULL));
  const gatelet_str url = gatelet_server_listener_url(server, 0);
  const int port = atoi(strrchr(url.data, ':') + 1);
  TEST_ASSERT_EQUAL_INT(200, status_of(port, "/apis?api-version=2024-05-01", token));
  TEST_ASSERT_EQUAL_INT(400, status_of(port, "/apis", token));
  TEST_ASSERT_EQUAL_INT(401, status_of(port, "/apis?api-version=2024-05-01", GATELET_STR("wrong")));
  TEST_ASSERT_EQUAL_INT(401, status_of(port, "/gateway-sync/v1/gateways/gw/config", token));
  gatelet_server_stop(server);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_wait(server, NULL));
  gatelet_server_destroy(server);
  gatelet_gateway_destroy(gateway);
  gatelet_config_unref(config);
  gatelet_manage_text_destroy(token);
  end();
}
