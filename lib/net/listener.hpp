// Listeners: sockets that wait for clients. The address is bound when a server is made, so that a wrong one is told at once; clients are
// accepted when a loop runs.
#pragma once

#include <uv.h>

#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/timer_wheel.hpp"

namespace gatelet {

class Worker;

// A listener of the options: one address, a socket for each worker.
struct BoundListener {
  BoundListener() = default;
  BoundListener(BoundListener&&) = default;
  BoundListener& operator=(BoundListener&&) = delete;
  ~BoundListener();  // closes what no worker took
  std::string url;   // with the port that was bound
  uint16_t port = 0;
  bool is_tls = false;
  std::vector<int> sockets;  // -1: a worker has it
};

// Binds all of them; on failure none stays bound.
Result<std::vector<BoundListener>> bind_listeners(const std::vector<std::string>& urls, uint32_t worker_count);

// One listening socket on a loop.
class Listener {
 public:
  Listener(Worker& worker, int socket, bool is_tls);
  // Nothing more is accepted, but perhaps who waits in the queue already; deletes itself.
  void close(bool accepts_waiting);

 private:
  ~Listener() = default;
  static void on_event(uv_poll_t* poll, int status, int events);
  void accept_some(int count_max);
  void pause(uint32_t delay_ms);
  void resume();

  Worker& worker_;
  int socket_;
  bool is_tls_;
  uv_poll_t poll_;
  Timer backoff_;
  bool is_closing_ = false;
};

}  // namespace gatelet
