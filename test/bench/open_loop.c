/* An open-loop HTTP client: requests become due at a constant rate whether or not answers come, and each latency counts from the moment its
 * request was due. A stall therefore shows in every request it delayed, not in one (a closed loop would hide the others).
 * Usage: open_loop PORT PATH RATE SECONDS WARM_UP_SECONDS CONNECTIONS BODY_BYTES [HEADER]...   Prints one line of JSON. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { connections_max = 1024, answer_bytes_max = 8192, request_bytes_max = 4096 };
enum { sub_bits = 8, sub_buckets = 1 << sub_bits, bucket_count = 64 * sub_buckets };
static const int64_t drain_ns = 5000000000; /* how long answers may still come after the last request was due */

typedef struct {
  int fd;
  int64_t due_ns;
  size_t received;
  char answer[answer_bytes_max + 1];
} Connection;

static Connection connections[connections_max];
/* The one that waits longest comes next: none is idle so long that the server closes it. */
static int idle[connections_max], idle_first, idle_count;

static void put_idle(int index) { idle[(idle_first + idle_count++) % connections_max] = index; }

static int take_idle(void) {
  const int index = idle[idle_first];
  idle_first = (idle_first + 1) % connections_max;
  --idle_count;
  return index;
}
static char request[request_bytes_max];
static size_t request_bytes, body_bytes;
static uint64_t buckets[bucket_count];
static uint64_t recorded;
static int64_t start_ns, longest_ns;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void fail(const char* what) {
  perror(what);
  exit(1);
}

/* Buckets are exact below 256 ns and at most 1/128 wide above: 256 for each power of two, of which the upper half is used. */
static unsigned bucket_of(int64_t latency_ns) {
  const uint64_t value = latency_ns > 0 ? (uint64_t)latency_ns : 0;
  const unsigned shift = value < sub_buckets ? 0 : 64u - sub_bits - (unsigned)__builtin_clzll(value);
  return shift * sub_buckets + (unsigned)(value >> shift);
}

static double percentile_us(double percent) {
  const uint64_t wanted = (uint64_t)((double)recorded * percent / 100.0);
  uint64_t seen = 0;
  for (unsigned i = 0; i < bucket_count; ++i) {
    seen += buckets[i];
    if (seen > wanted) return (double)((uint64_t)(i % sub_buckets) << (i / sub_buckets)) / 1000.0;
  }
  return (double)longest_ns / 1000.0;
}

static void record(int64_t due_ns, int64_t answered_ns) {
  if (due_ns < start_ns) return; /* warm-up */
  const int64_t latency_ns = answered_ns - due_ns;
  ++buckets[bucket_of(latency_ns)];
  ++recorded;
  if (latency_ns > longest_ns) longest_ns = latency_ns;
}

static int open_connection(uint16_t port) {
  const struct sockaddr_in gateway = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  const int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (const struct sockaddr*)&gateway, sizeof gateway)) fail("open_loop: connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static void make_request(const char* path, char** headers, int header_count) {
  int size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n", path);
  for (int i = 0; i < header_count && size < request_bytes_max; ++i)
    size += snprintf(request + size, sizeof request - (size_t)size, "%s\r\n", headers[i]);
  if (size + 2 >= request_bytes_max) exit((fputs("open_loop: the request is too long\n", stderr), 2));
  memcpy(request + size, "\r\n", 2);
  request_bytes = (size_t)size + 2;
}

static void send_request(int poll_index, int64_t due_ns) {
  Connection* c = &connections[poll_index];
  c->due_ns = due_ns;
  c->received = 0;
  if (write(c->fd, request, request_bytes) != (ssize_t)request_bytes) fail("open_loop: write");
}

/* The whole answer's size, or 0 while its head is not complete. */
static size_t answer_bytes(const Connection* c) {
  const char* head_end = strstr(c->answer, "\r\n\r\n");
  return head_end ? (size_t)(head_end + 4 - c->answer) + body_bytes : 0;
}

static int is_ok(const Connection* c) { return strncmp(c->answer, "HTTP/1.1 200 ", 13) == 0; }

static void receive(int index) {
  Connection* c = &connections[index];
  const ssize_t size = recv(c->fd, c->answer + c->received, answer_bytes_max - c->received, MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) fail("open_loop: the gateway closed a connection");
  c->received += (size_t)size;
  c->answer[c->received] = '\0';
  const size_t wanted = answer_bytes(c);
  if (wanted == 0 || (c->received < wanted && is_ok(c))) return;
  if (c->received > wanted || !is_ok(c)) {
    fprintf(stderr, "open_loop: not the expected answer: %.*s\n", (int)strcspn(c->answer, "\r"), c->answer);
    exit(1);
  }
  record(c->due_ns, now_ns());
  put_idle(index);
}

static void wait_for_answers(int poll, int64_t until_ns) {
  struct epoll_event events[256];
  const int64_t left_ns = until_ns - now_ns();
  const struct timespec timeout = {.tv_sec = left_ns > 0 ? left_ns / 1000000000 : 0, .tv_nsec = left_ns > 0 ? left_ns % 1000000000 : 0};
  const int count = epoll_pwait2(poll, events, 256, &timeout, NULL);
  for (int i = 0; i < count; ++i) receive(events[i].data.fd);
}

int main(int argc, char** argv) {
  if (argc < 8) return fputs("usage: open_loop PORT PATH RATE SECONDS WARM_UP_SECONDS CONNECTIONS BODY_BYTES [HEADER]...\n", stderr), 2;
  const double rate = atof(argv[3]), seconds = atof(argv[4]), warm_up = atof(argv[5]);
  const int connection_count = atoi(argv[6]), poll = epoll_create1(0);
  body_bytes = (size_t)atoi(argv[7]);
  if (rate <= 0 || connection_count < 1 || connection_count > connections_max)
    return fputs("open_loop: a value is out of range\n", stderr), 2;
  make_request(argv[2], argv + 8, argc - 8);
  prctl(PR_SET_TIMERSLACK, 1); /* the default of 50 us would delay every request */
  for (int i = 0; i < connection_count; ++i) {
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = i}};
    connections[i].fd = open_connection((uint16_t)atoi(argv[1]));
    epoll_ctl(poll, EPOLL_CTL_ADD, connections[i].fd, &event);
    put_idle(i);
  }
  const int64_t begin_ns = now_ns(), count = (int64_t)(rate * (warm_up + seconds));
  const int64_t deadline_ns = begin_ns + (int64_t)((warm_up + seconds) * 1e9) + drain_ns;
  start_ns = begin_ns + (int64_t)(warm_up * 1e9);
  int64_t sent = 0;
  while (sent < count || idle_count < connection_count) {
    const int64_t now = now_ns();
    if (now > deadline_ns) break;
    int64_t due_ns = begin_ns + (int64_t)((double)sent * 1e9 / rate);
    for (; sent < count && idle_count && due_ns <= now; due_ns = begin_ns + (int64_t)((double)sent * 1e9 / rate)) {
      send_request(take_idle(), due_ns);
      ++sent;
    }
    wait_for_answers(poll, sent < count && idle_count ? due_ns : deadline_ns);
  }
  printf(
      "{\"answered\":%llu,\"missing\":%lld,\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f}"
      "\n",
      (unsigned long long)recorded, (long long)(count - sent + connection_count - idle_count), percentile_us(50), percentile_us(90),
      percentile_us(99), percentile_us(99.9), (double)longest_ns / 1000.0);
  return 0;
}
