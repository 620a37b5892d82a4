/* The floor: copies bytes between each client and a connection of its own to the backend, and looks at none of them. What it costs is what
 * the kernel alone costs for proxying; no proxy can be cheaper. Usage: floor LISTEN_PORT BACKEND_PORT */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { fd_max = 65536 };
static int peer[fd_max]; /* the other side of a socket; 0 = closed */
static char buffer[65536];

static void watch(int poll, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
  epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

static void open_pair(int poll, int client, const struct sockaddr_in* backend) {
  const int one = 1, upstream = socket(AF_INET, SOCK_STREAM, 0);
  if (client < 0 || client >= fd_max || upstream < 0 || upstream >= fd_max ||
      connect(upstream, (const struct sockaddr*)backend, sizeof *backend)) {
    perror("floor: cannot open a pair of connections");
    exit(1);
  }
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(upstream, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  peer[client] = upstream;
  peer[upstream] = client;
  watch(poll, client);
  watch(poll, upstream);
}

static void copy(int fd) {
  const int other = peer[fd];
  if (!other) return;
  const ssize_t size = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN) return; /* an old event of a descriptor that was used again */
  if (size > 0 && write(other, buffer, (size_t)size) == size) return;
  peer[fd] = peer[other] = 0;
  close(fd);
  close(other);
}

int main(int argc, char** argv) {
  if (argc != 3) return fprintf(stderr, "usage: floor LISTEN_PORT BACKEND_PORT\n"), 2;
  const struct in_addr loopback = {.s_addr = htonl(INADDR_LOOPBACK)};
  const struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr = loopback};
  const struct sockaddr_in backend = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2])), .sin_addr = loopback};
  const int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
  signal(SIGPIPE, SIG_IGN);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (const struct sockaddr*)&own, sizeof own) || listen(listener, 4096)) return perror("floor: listen"), 1;
  watch(poll, listener);
  for (;;) {
    struct epoll_event events[512];
    const int count = epoll_wait(poll, events, 512, -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == listener)
        open_pair(poll, accept(listener, NULL, NULL), &backend);
      else
        copy(events[i].data.fd);
    }
  }
}
