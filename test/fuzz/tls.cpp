// TLS: whatever a peer sends, in pieces of any size, each side goes on, waits or fails with words; what is not open gives no plaintext.
#include "crypto/tls.hpp"
#include "property.hpp"
#include "tls_keys.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;
using crypto::TlsConnection;

namespace {

constexpr int64_t now_s = 1'900'000'000;
const crypto::Random not_random{[](void*, void* out, size_t count) {
                                  static unsigned number = 0;
                                  for (size_t i = 0; i < count; ++i)
                                    static_cast<unsigned char*>(out)[i] = static_cast<unsigned char>(++number * 37 % 255 + 1);
                                },
                                nullptr};

std::shared_ptr<const crypto::TlsServer> make_server() {
  crypto::TlsServerOptions options;
  options.hosts = {{"*", *crypto::Identity::parse(test::tls::server_certificate, test::tls::server_key, {}, not_random), true}};
  options.tickets = std::make_shared<crypto::TlsTickets>(not_random, 3600);
  options.protocols = {"http/1.1"};
  return *crypto::TlsServer::create(options, not_random);
}

std::shared_ptr<const crypto::TlsClient> make_client() {
  crypto::TlsClientOptions options;
  options.authorities = *crypto::Authorities::parse(test::tls::root_certificate);
  return *crypto::TlsClient::create(options, not_random);
}

void converse(TlsConnection& connection, std::string_view bytes, size_t piece) {
  std::string out;
  char buffer[64];
  connection.handshake(out);
  for (size_t at = 0; at < bytes.size(); at += piece) {
    connection.feed(bytes.substr(at, piece));
    connection.handshake(out);
    while (!connection.read(buffer, out).empty()) require(connection.state() == TlsConnection::State::open);
  }
  connection.write("answer", out);
  connection.end(out);
  require(connection.state() != TlsConnection::State::failed || !connection.failure().empty());
  connection.peer_chain();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto server = make_server();
  static const auto client = make_client();
  if (size == 0) return 0;
  const std::string_view bytes = text_of(data + 1, size - 1);
  const size_t piece = data[0] / 2 + size_t{1};
  if (data[0] % 2 == 0) {
    TlsConnection connection(server, now_s);
    converse(connection, bytes, piece);
  } else {
    TlsConnection connection(client, "api.example", nullptr, now_s);
    converse(connection, bytes, piece);
  }
  return 0;
}
