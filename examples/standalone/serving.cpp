#include "serving.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace host {

void block_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int serve(gatelet_server* server, std::string_view command) {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals, signal);
  Error error;
  if (gatelet_server_start(server, error.out()) != GATELET_OK) return error.print(command);
  std::atomic<bool> stopped{false};
  std::thread waiter([&] {
    (void)gatelet_server_wait(server, nullptr);
    stopped = true;
    ::kill(::getpid(), SIGUSR1);
  });
  for (int asked = 0; !stopped;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0 || signal == SIGUSR1) continue;
    if (asked++ == 0) {
      gatelet_server_drain(server);
    } else {
      gatelet_server_stop(server);
    }
  }
  waiter.join();
  return 0;
}

}  // namespace host
