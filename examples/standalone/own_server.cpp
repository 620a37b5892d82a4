#include "own_server.hpp"

namespace host {

bool OwnServer::start(std::string_view document, const std::string& listener, gatelet_handler_fn handler, void* user,
                      std::string_view what) {
  Error error;
  gatelet_config* config = nullptr;
  gatelet_gateway* gateway = nullptr;
  gatelet_server* server = nullptr;
  if (gatelet_config_load(str(document), str("own.json"), nullptr, nullptr, &config, error.out()) != GATELET_OK)
    return error.print(what), false;
  const Config owned(config);
  if (gatelet_gateway_create(nullptr, config, &gateway, error.out()) != GATELET_OK) return error.print(what), false;
  gateway_.reset(gateway);
  gatelet_server_options options = GATELET_SERVER_OPTIONS_INIT;
  const gatelet_str url = str(listener);
  options.listeners = &url;
  options.listener_count = 1;
  options.handler = handler;
  options.handler_user = user;
  if (gatelet_server_create(gateway, &options, &server, error.out()) != GATELET_OK) return error.print(what), false;
  server_.reset(server);
  return gatelet_server_start(server, error.out()) == GATELET_OK || (error.print(what), false);
}

void respond_json(gatelet_call* call, const std::string& text) {
  const gatelet_header type = {str("Content-Type"), str("application/json")};
  const auto kept = new std::string(text);
  gatelet_response response = GATELET_RESPONSE_INIT;
  response.status = 200;
  response.headers = &type;
  response.header_count = 1;
  response.body_kind = GATELET_BODY_BYTES;
  response.body.data = kept->data();
  response.body.size = kept->size();
  response.body.user = kept;
  response.body.destroy = [](void* body) { delete static_cast<std::string*>(body); };
  (void)gatelet_call_respond(call, &response, nullptr);
}

}  // namespace host
