// Threads of the library: no signal of the host's is ever delivered to them (reliability.md A-116).
#pragma once

#include <functional>
#include <thread>

namespace gatelet {

std::thread start_thread(std::function<void()> work);

}  // namespace gatelet
