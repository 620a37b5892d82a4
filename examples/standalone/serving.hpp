// How the servers of the host run: until they are told to stop.
#pragma once

#include <functional>

#include "support.hpp"

namespace host {

// TERM and INT are waited for by serve(); HUP and a client that is gone mean nothing. Before the first thread starts: all inherit it.
void block_signals();
// What is looked after while the server runs, on the thread of serve(); a period of 0: nothing.
struct Chore {
  uint32_t period_ms = 0;
  std::function<void()> run;
};
// Starts the server and waits for its end; the first TERM or INT drains, the second stops. 1: it did not start, and why has been printed.
int serve(gatelet_server* server, std::string_view command, const Chore& chore = {});

}  // namespace host
