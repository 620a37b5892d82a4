// What a stream has when it speaks TLS.
#pragma once

#include <memory>
#include <string>

#include "crypto/tls.hpp"
#include "net/stream.hpp"

namespace gatelet {

struct Stream::Secured {
  std::shared_ptr<const crypto::TlsServer> server;  // of a client that has not begun: it costs nothing else until then
  std::unique_ptr<crypto::TlsConnection> connection;
  std::string received;  // of a handshake that waits for its turn
  std::string failure;
  bool is_waiting = false;
  bool is_open = false;
};

}  // namespace gatelet
