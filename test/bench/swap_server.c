/* A host whose configuration changes all the time: it serves a folder, and on another thread changes one operation's policy, loads the
 * folder again from the configuration in force, and publishes that. Usage: swap_server FOLDER POLICY_FILE PORT SWAPS [anew] Prints one line
 * when it listens, and one of JSON after the last swap; serves until standard input ends. */
#include <gatelet/gatelet.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char* folder;
static const char* policy_file;
static int swap_count, is_anew;
static gatelet_gateway* gateway;
static gatelet_config* in_force;

static gatelet_str str(const char* text) {
  const gatelet_str out = {text, strlen(text)};
  return out;
}

static double cpu_ms(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void fail(const char* what) {
  fprintf(stderr, "swap_server: %s\n", what);
  exit(1);
}

static void change_policy(int number) {
  FILE* file = fopen(policy_file, "w");
  if (!file) fail("the policy file cannot be written");
  fprintf(file,
          "<policies><inbound><base /><set-header name=\"X-Swap\"><value>%d</value></set-header></inbound><backend><base /></backend>"
          "<outbound><base /></outbound><on-error><base /></on-error></policies>\n",
          number);
  fclose(file);
}

static gatelet_config* load(const gatelet_config* previous) {
  gatelet_config_options options = GATELET_CONFIG_OPTIONS_INIT;
  gatelet_config* config = NULL;
  options.previous = previous;
  options.ignore_scheme = 1;
  if (gatelet_config_load_path(str(folder), &options, NULL, &config, NULL) != GATELET_OK) fail("the folder does not load");
  return config;
}

static void* swap(void* unused) {
  double load_ms = 0, longest_ms = 0;
  (void)unused;
  for (int i = 1; i <= swap_count; ++i) {
    change_policy(i);
    const double start = cpu_ms(CLOCK_THREAD_CPUTIME_ID);
    gatelet_config* next = load(is_anew ? NULL : in_force);
    const double took = cpu_ms(CLOCK_THREAD_CPUTIME_ID) - start;
    load_ms += took;
    if (took > longest_ms) longest_ms = took;
    if (gatelet_gateway_publish(gateway, next, NULL) != GATELET_OK) fail("publishing failed");
    gatelet_config_unref(in_force);
    in_force = next;
  }
  printf("{\"swaps\":%d,\"load_cpu_ms\":%.1f,\"longest_cpu_ms\":%.1f}\n", swap_count, load_ms / swap_count, longest_ms);
  fflush(stdout);
  return NULL;
}

int main(int argc, char** argv) {
  if (argc < 5) return fputs("usage: swap_server FOLDER POLICY_FILE PORT SWAPS [anew]\n", stderr), 2;
  folder = argv[1];
  policy_file = argv[2];
  swap_count = atoi(argv[4]);
  is_anew = argc > 5;
  char url[64];
  snprintf(url, sizeof url, "http://127.0.0.1:%s", argv[3]);
  const gatelet_str listener = str(url);
  gatelet_server_options options = GATELET_SERVER_OPTIONS_INIT;
  gatelet_server* server = NULL;
  pthread_t thread;
  options.listeners = &listener;
  options.listener_count = 1;
  in_force = load(NULL);
  if (gatelet_gateway_create(NULL, in_force, &gateway, NULL) != GATELET_OK) fail("no gateway");
  if (gatelet_server_create(gateway, &options, &server, NULL) != GATELET_OK || gatelet_server_start(server, NULL) != GATELET_OK)
    fail("the server does not start");
  puts("listening");
  fflush(stdout);
  if (getchar() == EOF) fail("a line on standard input starts the swaps");
  pthread_create(&thread, NULL, swap, NULL);
  pthread_join(thread, NULL);
  while (getchar() != EOF) continue;
  gatelet_server_destroy(server);
  gatelet_gateway_destroy(gateway);
  gatelet_config_unref(in_force);
  return 0;
}
