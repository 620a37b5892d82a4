// A client for requests to programs on this machine, one connection each.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace host {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // http://127.0.0.1:PORT/PATH
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // As one would type it.
  std::string as_curl() const;
};

struct ClientAnswer {
  int status = 0;  // 0: there was none
  std::string headers, body;
  std::string header(const std::string& name) const;
};

ClientAnswer ask(const ClientRequest& request);

}  // namespace host
