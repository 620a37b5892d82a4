// A small server inside the program: the pages and the backends of the host itself.
#pragma once

#include "support.hpp"

namespace host {

class OwnServer {
 public:
  // Every request that the resource document lets through goes to the handler; `user` outlives this. False: it cannot listen there, and why
  // has been printed, with `what` before it.
  bool start(std::string_view document, const std::string& listener, gatelet_handler_fn handler, void* user, std::string_view what);
  std::string url() const { return std::string(view(gatelet_server_listener_url(server_.get(), 0))); }

 private:
  Gateway gateway_;
  Server server_;
};

// Ends the call with JSON.
void respond_json(gatelet_call* call, const std::string& text);

}  // namespace host
