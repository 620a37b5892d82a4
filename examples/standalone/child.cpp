#include "child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <fstream>

namespace host {

namespace {

constexpr int looks_max = 600;
constexpr useconds_t look_us = 50'000;

// In the new process, where only what is safe between fork and exec may be called. A session of its own: Ctrl-C is for the maker, and what
// is for a terminal goes into the log.
[[noreturn]] void become(char* const* arguments, int output) {
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  ::setsid();
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execv("/proc/self/exe", arguments);
  ::_exit(127);
}

}  // namespace

bool Child::start(const std::vector<std::string>& arguments, const std::string& log) {
  stop();
  log_ = log;
  std::vector<std::string> words{"gatelet"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0) return false;
  pid_ = ::fork();
  if (pid_ == 0) become(pointers.data(), output);
  ::close(output);
  return pid_ > 0;
}

std::string Child::wait_for(const std::string& beginning) {
  for (int i = 0; i < looks_max; ++i) {
    const bool is_over = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
    if (is_over) pid_ = -1;
    std::ifstream file(log_);
    for (std::string line; std::getline(file, line);) {
      const size_t at = line.find(beginning);
      if (at != std::string::npos && !file.eof()) return line.substr(at + beginning.size());
    }
    if (is_over) break;
    ::usleep(look_us);
  }
  return {};
}

void Child::stop(bool at_once) {
  if (pid_ <= 0) return;
  ::kill(pid_, at_once ? SIGKILL : SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace host
