#include "net/threads.hpp"

#include <csignal>

namespace gatelet {

static thread_local bool is_ours = false;

bool is_library_thread() { return is_ours; }

std::thread start_thread(std::function<void()> work) {
  sigset_t blocked;
  sigset_t before;
  sigfillset(&blocked);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&blocked, fault);
  // A new thread inherits the mask, so there is no moment in which a signal could reach it.
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  struct Restore {
    const sigset_t& mask;
    ~Restore() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
  } restore{before};
  return std::thread([work = std::move(work)] {
    is_ours = true;
    work();
  });
}

}  // namespace gatelet
