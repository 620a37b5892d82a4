// This program once more, as a process of its own that ends with its maker.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace host {

class Child {
 public:
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { stop(); }

  // Runs `gatelet ARGUMENTS…` with its output in the file `log`.
  bool start(const std::vector<std::string>& arguments, const std::string& log);
  // Waits for a line of the log that begins so, and returns what follows; empty: the process ended or it took too long.
  std::string wait_for(const std::string& beginning);
  // Tells it to drain and waits; `at_once`: kills it.
  void stop(bool at_once = false);
  const std::string& log() const { return log_; }

 private:
  pid_t pid_ = -1;
  std::string log_;
};

}  // namespace host
