// Threads of the library: no signal of the host's is ever delivered to them (reliability.md A-116).
#pragma once

#include <functional>
#include <thread>

namespace gatelet {

std::thread start_thread(std::function<void()> work);
// Whether the caller runs on one of them: in a callback, then, and not free to wait for it.
bool is_library_thread();

}  // namespace gatelet
