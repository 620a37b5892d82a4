// The management plane of `gatelet run` without --config: what its settings say, and the page that tells how the gateway is.
#pragma once

#include "own_server.hpp"

namespace host {

// Whether the settings name one.
bool has_plane(const gatelet_settings* settings);
// Makes the server follow it. False: it cannot, and why has been printed.
bool follow_plane(gatelet_server* server, const gatelet_settings* settings, const gatelet_config_options& config);

// A listener of its own that answers GET /instance with how the server is, as JSON; only for who runs the gateway. It tells of the link to
// a management plane, where there is one, and of what leaves the gateway for nobody's answer.
class InstancePage {
 public:
  // Both outlive it.
  InstancePage(gatelet_server* described, const gatelet_gateway* gateway) : described_(described), gateway_(gateway) {}
  // False: it cannot listen there, and why has been printed.
  bool start(const std::string& listener);
  std::string url() const { return server_.url(); }

 private:
  static void answer(void* self, gatelet_call* call);

  gatelet_server* described_;
  const gatelet_gateway* gateway_;
  OwnServer server_;
};

}  // namespace host
