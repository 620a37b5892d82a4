/* The server surface with real sockets on loopback: in threads of its own, in the caller's thread, used wrongly, and left behind by fork.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capi/support.h"

enum { patience_ms = 20000 };

/* The API "host" has no service URL: the handler answers. */
#define HOST_API                                                                                                                  \
  DOCUMENT(                                                                                                                       \
      "{\"k\":\"apis/host;rev=1\",\"v\":{\"displayName\":\"Host\",\"path\":\"host\",\"protocols\":[\"http\"],\"isCurrent\":true," \
      "\"subscriptionRequired\":false}},"                                                                                         \
      "{\"k\":\"apis/host;rev=1/operations/get\",\"v\":{\"displayName\":\"Get\",\"method\":\"GET\",\"urlTemplate\":\"/{id}\"}}")

/* What a handler does before it answers, and what it saw. */
typedef struct host {
  gatelet_gateway* gateway;
  gatelet_server* server;
  void (*act)(struct host* host);
  gatelet_call* kept; /* the call, when it is not answered in the handler */
  int keeps;
  int statuses[4];
  int gone[2]; /* a pipe: a byte comes when the user is destroyed, or the call was kept */
} host;

static void signal_pipe(int* pipe_ends) {
  if (write(pipe_ends[1], "x", 1) != 1) abort();
}
static int wait_pipe(int* pipe_ends) {
  char byte;
  struct pollfd item = {pipe_ends[0], POLLIN, 0};
  return poll(&item, 1, patience_ms) == 1 && read(pipe_ends[0], &byte, 1) == 1;
}

static void answer(gatelet_call* call) {
  gatelet_response response = GATELET_RESPONSE_INIT;
  response.status = 200;
  response.body_kind = GATELET_BODY_BYTES;
  response.body.data = "pong";
  response.body.size = 4;
  gatelet_call_respond(call, &response, NULL);
}

static void handle(void* user, gatelet_call* call) {
  host* self = user;
  if (self->act) self->act(self);
  if (!self->keeps) {
    answer(call);
    return;
  }
  self->kept = call;
  signal_pipe(self->gone);
}

static void host_gone(void* user) { signal_pipe(((host*)user)->gone); }

static int make(host* self) {
  const gatelet_str address = GATELET_STR("http://127.0.0.1:0");
  gatelet_server_options options = GATELET_SERVER_OPTIONS_INIT;
  options.listeners = &address;
  options.listener_count = 1;
  options.workers = 2;
  options.handler = handle;
  options.handler_user = self;
  options.handler_destroy = host_gone;
  gatelet_config* config = load(HOST_API);
  const int failed = pipe2(self->gone, O_CLOEXEC) || gatelet_gateway_create(NULL, config, &self->gateway, NULL) ||
                     gatelet_server_create(self->gateway, &options, &self->server, NULL);
  gatelet_config_unref(config);
  return failed;
}

static void close_pipe(host* self) {
  close(self->gone[0]);
  close(self->gone[1]);
}
static void end(host* self) {
  gatelet_server_destroy(self->server);
  gatelet_gateway_destroy(self->gateway);
  close_pipe(self);
}

/* Connects and asks; the answer is read later, up to the close. */
static int ask(const gatelet_server* server) {
  static const char request[] = "GET /host/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  char url[64];
  int port = 0;
  const gatelet_str text = gatelet_server_listener_url(server, 0);
  snprintf(url, sizeof url, "%.*s", (int)text.size, text.data);
  if (sscanf(url, "http://127.0.0.1:%d", &port) != 1) return -1;
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(client, (struct sockaddr*)&address, sizeof address) != 0) return -1;
  if (send(client, request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t)sizeof request - 1) return -1;
  return client;
}

/* The status of the answer; 0: none came. */
static int status_of(int client) {
  char bytes[4096];
  size_t size = 0;
  for (;;) {
    struct pollfd item = {client, POLLIN, 0};
    if (poll(&item, 1, patience_ms) != 1) break;
    const ssize_t count = read(client, bytes + size, sizeof bytes - 1 - size);
    if (count <= 0) break;
    size += (size_t)count;
  }
  close(client);
  bytes[size] = 0;
  return size > 12 ? atoi(bytes + 9) : 0;
}

void server_answers_with_the_handler(void) {
  host self = {0};
  TEST_ASSERT_EQUAL_INT(0, make(&self));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_start(self.server, NULL));
  for (int i = 0; i < 8; ++i) TEST_ASSERT_EQUAL_INT(200, status_of(ask(self.server)));
  gatelet_server_drain(self.server);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_wait(self.server, NULL));
  end(&self);
}

/* One thread is client and server. */
static int pump_until_answered(host* self, int client) {
  for (int rounds = 0; rounds < 10000; ++rounds) {
    const int timeout = gatelet_server_timeout(self->server);
    struct pollfd items[] = {{gatelet_server_fd(self->server), POLLIN, 0}, {client, POLLIN, 0}};
    poll(items, 2, timeout < 0 || timeout > patience_ms ? patience_ms : timeout);
    if (items[1].revents) return status_of(client);
    if (gatelet_server_pump(self->server) <= 0) break;
  }
  close(client);
  return 0;
}

void server_runs_in_the_callers_thread(void) {
  host self = {0};
  TEST_ASSERT_EQUAL_INT(0, make(&self));
  TEST_ASSERT_EQUAL_INT(200, pump_until_answered(&self, ask(self.server)));
  TEST_ASSERT_EQUAL_INT(200, pump_until_answered(&self, ask(self.server)));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_server_start(self.server, NULL));
  gatelet_server_stop(self.server);
  int rounds = 0;
  while (gatelet_server_pump(self.server) > 0 && rounds < 1000) ++rounds;
  TEST_ASSERT_TRUE(rounds < 1000);
  end(&self);
}

static void* pump_elsewhere(void* user) {
  host* self = user;
  self->statuses[0] = gatelet_server_pump(self->server);
  self->statuses[1] = gatelet_server_fd(self->server);
  self->statuses[2] = gatelet_server_timeout(self->server);
  return NULL;
}

void server_pumps_on_one_thread(void) {
  host self = {0};
  pthread_t other;
  TEST_ASSERT_EQUAL_INT(0, make(&self));
  TEST_ASSERT_EQUAL_INT(1, gatelet_server_pump(self.server));
  TEST_ASSERT_EQUAL_INT(0, pthread_create(&other, NULL, pump_elsewhere, &self));
  pthread_join(other, NULL);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, self.statuses[0]);
  TEST_ASSERT_EQUAL_INT(-1, self.statuses[1]);
  TEST_ASSERT_EQUAL_INT(-1, self.statuses[2]);
  end(&self);
}

void server_refuses_wrong_order(void) {
  host self = {0};
  gatelet_error* error = NULL;
  TEST_ASSERT_EQUAL_INT(0, make(&self));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_server_wait(self.server, &error));
  TEST_ASSERT_STR_CONTAINS("call gatelet_server_start first", gatelet_error_message(error));
  gatelet_error_destroy(error);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_start(self.server, NULL));
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_server_start(self.server, &error));
  TEST_ASSERT_STR_CONTAINS("start it once", gatelet_error_message(error));
  gatelet_error_destroy(error);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_server_watch(self.server, str("x"), NULL, 0, &error));
  TEST_ASSERT_STR_CONTAINS("before start", gatelet_error_message(error));
  gatelet_error_destroy(error);
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_server_pump(self.server));
  TEST_ASSERT_EQUAL_INT(-1, gatelet_server_fd(self.server));
  TEST_ASSERT_EQUAL_INT(-1, gatelet_server_timeout(self.server));
  TEST_ASSERT_EQUAL_INT(200, status_of(ask(self.server)));
  end(&self);
}

static void call_the_server(host* self) {
  self->statuses[0] = gatelet_server_wait(self->server, NULL);
  self->statuses[1] = gatelet_server_start(self->server, NULL);
  self->statuses[2] = gatelet_server_pump(self->server);
  gatelet_gateway_destroy(self->gateway); /* it lives until the server has gone */
  self->gateway = NULL;
}

void server_is_called_from_its_handler(void) {
  for (int is_pumped = 0; is_pumped < 2; ++is_pumped) {
    host self = {0};
    self.act = call_the_server;
    TEST_ASSERT_EQUAL_INT(0, make(&self));
    if (!is_pumped) TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_start(self.server, NULL));
    const int client = ask(self.server);
    TEST_ASSERT_EQUAL_INT(200, is_pumped ? pump_until_answered(&self, client) : status_of(client));
    for (int i = 0; i < 3; ++i) TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, self.statuses[i]);
    end(&self);
  }
}

static void destroy_the_server(host* self) { gatelet_server_destroy(self->server); }
static void stop_the_server(host* self) { gatelet_server_stop(self->server); }

void server_is_destroyed_by_its_handler(void) {
  for (int is_pumped = 0; is_pumped < 2; ++is_pumped) {
    host self = {0};
    self.act = destroy_the_server;
    TEST_ASSERT_EQUAL_INT(0, make(&self));
    if (!is_pumped) TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_start(self.server, NULL));
    const int client = ask(self.server);
    int lives = is_pumped;
    for (int rounds = 0; lives && rounds < 10000; ++rounds) {
      struct pollfd item = {gatelet_server_fd(self.server), POLLIN, 0};
      poll(&item, 1, 10);
      lives = gatelet_server_pump(self.server) > 0;
    }
    TEST_ASSERT_TRUE(wait_pipe(self.gone)); /* the handler's user is destroyed with the server */
    close(client);
    gatelet_gateway_destroy(self.gateway);
    close_pipe(&self);
  }
}

void server_is_stopped_by_its_handler(void) {
  host self = {0};
  self.act = stop_the_server;
  TEST_ASSERT_EQUAL_INT(0, make(&self));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_start(self.server, NULL));
  const int client = ask(self.server);
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_wait(self.server, NULL));
  close(client);
  end(&self);
}

void server_call_outlives_its_client_and_its_server(void) {
  for (int outlives_server = 0; outlives_server < 2; ++outlives_server) {
    host self = {0};
    gatelet_error* error = NULL;
    self.keeps = 1;
    TEST_ASSERT_EQUAL_INT(0, make(&self));
    TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_start(self.server, NULL));
    close(ask(self.server));
    TEST_ASSERT_TRUE(wait_pipe(self.gone));
    TEST_ASSERT_EQUAL_STR("/1", gatelet_call_path(self.kept));
    if (outlives_server)
      gatelet_server_destroy(self.server);
    else
      gatelet_server_stop(self.server), gatelet_server_wait(self.server, NULL);
    gatelet_response response = GATELET_RESPONSE_INIT;
    response.status = 9;
    TEST_ASSERT_EQUAL_INT(GATELET_ERR_ARGUMENT, gatelet_call_respond(self.kept, &response, &error)); /* refused: the call goes on */
    TEST_ASSERT_STR_CONTAINS("gatelet_call_fail", gatelet_error_message(error));
    gatelet_error_destroy(error);
    TEST_ASSERT_EQUAL_INT(GATELET_ERR_STALE, gatelet_call_fail(self.kept, str("too late"), NULL));
    if (outlives_server) self.server = NULL;
    end(&self);
  }
}

/* The child has neither threads nor loops of the server: everything but destroying is refused, and the rest of the library still works. */
static int use_in_child(host* self) {
  gatelet_error* error = NULL;
  alarm(20);
  if (gatelet_server_start(self->server, &error) != GATELET_ERR_ARGUMENT) return 1;
  if (!str_contains(gatelet_error_message(error), "create a server here")) return 2;
  gatelet_error_destroy(error);
  if (gatelet_server_wait(self->server, NULL) != GATELET_ERR_ARGUMENT) return 3;
  if (gatelet_server_pump(self->server) != GATELET_ERR_ARGUMENT || gatelet_server_fd(self->server) != -1) return 4;
  gatelet_server_drain(self->server);
  gatelet_server_stop(self->server);
  gatelet_server_destroy(self->server);
  gatelet_gateway_destroy(self->gateway);

  gatelet_gateway* gateway = NULL;
  gatelet_exchange* exchange = NULL;
  gatelet_config* config = load(OPEN_ECHO);
  gatelet_request request = GATELET_REQUEST_INIT;
  gatelet_action action = GATELET_ACTION_INIT;
  request.target = GATELET_STR("/echo/things/1");
  if (!config || gatelet_gateway_create(NULL, config, &gateway, NULL) || gatelet_exchange_create(gateway, &exchange, NULL)) return 5;
  if (gatelet_exchange_begin(exchange, &request, NULL) || gatelet_exchange_next(exchange, &action, NULL)) return 6;
  if (action.kind != GATELET_ACTION_SEND) return 7;
  gatelet_exchange_destroy(exchange);
  gatelet_gateway_destroy(gateway);
  gatelet_config_unref(config);
  return 0;
}

/* A child must not find the allocator locked by a thread that it does not have. The C library sees to that; the address sanitizer of older
 * compilers does not: there nothing goes on in the parent. */
#if defined(__SANITIZE_ADDRESS__)
#define FORKS_ONLY_AT_REST 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FORKS_ONLY_AT_REST 1
#endif
#endif
#ifndef FORKS_ONLY_AT_REST
#define FORKS_ONLY_AT_REST 0
#endif

static void wait_until_answered(int client) {
  struct pollfd item = {client, POLLIN, 0};
  poll(&item, 1, patience_ms);
  poll(NULL, 0, 20); /* what the loop does behind the answer */
}

void server_is_left_behind_by_fork(void) {
  host self = {0};
  TEST_ASSERT_EQUAL_INT(0, make(&self));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_start(self.server, NULL));
  for (int i = 0; i < 100; ++i) {
    const int client = ask(self.server);
    if (FORKS_ONLY_AT_REST) wait_until_answered(client);
    const pid_t child = fork();
    if (child == 0) _exit(use_in_child(&self));
    int result = 0;
    TEST_ASSERT_EQUAL_INT(child, waitpid(child, &result, 0));
    TEST_ASSERT_EQUAL_INT(0, result);
    TEST_ASSERT_EQUAL_INT(200, status_of(client));
  }
  end(&self);
}

void server_sockets_are_closed_by_exec(void) {
  host self = {0};
  self.keeps = 1;
  TEST_ASSERT_EQUAL_INT(0, make(&self));
  TEST_ASSERT_EQUAL_INT(GATELET_OK, gatelet_server_start(self.server, NULL));
  const int client = ask(self.server);
  TEST_ASSERT_TRUE(wait_pipe(self.gone)); /* a connection is open now */
  int sockets = 0;
  DIR* folder = opendir("/proc/self/fd");
  for (struct dirent* entry = readdir(folder); entry; entry = readdir(folder)) {
    char link[300], target[300];
    snprintf(link, sizeof link, "/proc/self/fd/%s", entry->d_name);
    const ssize_t size = readlink(link, target, sizeof target - 1);
    if (size <= 0) continue;
    target[size] = 0;
    if (!strstr(target, "socket:") && !strstr(target, "eventpoll") && !strstr(target, "eventfd")) continue;
    ++sockets;
    TEST_ASSERT_TRUE(fcntl(atoi(entry->d_name), F_GETFD) & FD_CLOEXEC);
  }
  closedir(folder);
  TEST_ASSERT_TRUE(sockets >= 6); /* two loops with two each, listeners, both ends of the connection */
  answer(self.kept);
  close(client);
  end(&self);
}

/* A second copy of the library, as a plug-in of the host may bring one: neither touches the other's objects. */
void server_copies_of_the_library_do_not_mix(void) {
  Dl_info info;
  /* Through an object: C does not let a function's address be a void pointer. */
  const char* (*const version)(void) = gatelet_version;
  void* address;
  memcpy(&address, &version, sizeof address);
  TEST_ASSERT_TRUE(dladdr(address, &info) != 0);
  char copy[] = "/tmp/gatelet-copy-XXXXXX", command[1024];
  const int file = mkstemp(copy);
  TEST_ASSERT_TRUE(file >= 0);
  close(file);
  snprintf(command, sizeof command, "cp '%s' '%s'", info.dli_fname, copy);
  TEST_ASSERT_EQUAL_INT(0, system(command));
  void* const library = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
  unlink(copy);
  TEST_ASSERT_NOT_NULL(library);
  gatelet_status (*load_path)(gatelet_str, const gatelet_config_options*, gatelet_report**, gatelet_config**, gatelet_error**);
  void (*destroy)(gatelet_error*);
  *(void**)&load_path = dlsym(library, "gatelet_config_load_path");
  *(void**)&destroy = dlsym(library, "gatelet_error_destroy");
  TEST_ASSERT_TRUE(load_path && destroy && load_path != gatelet_config_load_path && destroy != gatelet_error_destroy);
  gatelet_config* config = NULL;
  gatelet_error* error = NULL;
  TEST_ASSERT_EQUAL_INT(GATELET_ERR_IO, load_path(str("/nowhere"), NULL, NULL, &config, &error));
  destroy(error);
  dlclose(library);
}
