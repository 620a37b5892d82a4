#include "client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace host {

namespace {

constexpr int answer_timeout_s = 30;
constexpr std::string_view scheme = "http://";

std::string shell_quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

bool send_all(int socket, const std::string& text) {
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<size_t>(count);
  }
  return true;
}

// What comes back until the other side closes.
std::string roundtrip(const std::string& host, uint16_t port, const std::string& text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{answer_timeout_s, 0};
  std::string out;
  if (socket >= 0 && ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1 &&
      ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 && send_all(socket, text)) {
    char buffer[16384];
    for (ssize_t count; (count = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) out.append(buffer, static_cast<size_t>(count));
  }
  if (socket >= 0) ::close(socket);
  return out;
}

}  // namespace

std::string ClientRequest::as_curl() const {
  std::string out = "curl -i";
  if (method != "GET") out += " -X " + method;
  for (const auto& [name, value] : headers) out += " -H \"" + name + ": " + value + '"';
  out += ' ' + (url.find_first_of("?&;") == url.npos ? url : shell_quoted(url));
  if (!body.empty()) out += " -d " + shell_quoted(body);
  return out;
}

std::string ClientAnswer::header(const std::string& name) const {
  const size_t at = headers.find("\r\n" + name + ": ");
  if (at == headers.npos) return {};
  const size_t begin = at + name.size() + 4;
  return headers.substr(begin, headers.find("\r\n", begin) - begin);
}

// HTTP/1.0: the end of the connection is the end of the answer.
ClientAnswer ask(const ClientRequest& request) {
  const size_t slash = std::min(request.url.find('/', scheme.size()), request.url.size());
  const std::string authority = request.url.substr(scheme.size(), slash - scheme.size());
  const size_t colon = authority.rfind(':');
  std::string text = request.method + ' ' + request.url.substr(slash) + " HTTP/1.0\r\nHost: " + authority + "\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  if (request.method != "GET") text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  text += "\r\n" + request.body;
  const std::string got = roundtrip(authority.substr(0, colon), static_cast<uint16_t>(std::atoi(authority.c_str() + colon + 1)), text);
  const size_t end = got.find("\r\n\r\n");
  if (got.compare(0, 7, "HTTP/1.") != 0 || end == got.npos) return {};
  return {std::atoi(got.c_str() + 9), got.substr(0, end + 2), got.substr(end + 4)};
}

}  // namespace host
