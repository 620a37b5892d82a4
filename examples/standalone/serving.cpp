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

namespace {

// The next of them; 0: the period is over (a period of 0 never is).
int next_signal(const sigset_t& signals, uint32_t period_ms) {
  const timespec period = {period_ms / 1000, static_cast<long>(period_ms % 1000) * 1'000'000};
  const int signal = period_ms == 0 ? ::sigwaitinfo(&signals, nullptr) : ::sigtimedwait(&signals, nullptr, &period);
  return signal < 0 ? 0 : signal;
}

}  // namespace

int serve(gatelet_server* server, std::string_view command, const Chore& chore) {
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
    const int signal = next_signal(signals, chore.period_ms);
    if (signal == 0 && chore.run) chore.run();
    if (signal == 0 || signal == SIGUSR1) continue;
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
