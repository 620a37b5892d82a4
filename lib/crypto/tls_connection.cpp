#include <mbedtls/error.h>
#include <mbedtls/oid.h>

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <cstring>

#include "base/ip_address.hpp"
#include "crypto/certificate_state.hpp"
#include "crypto/mbedtls.hpp"
#include "crypto/tls_state.hpp"

namespace gatelet::crypto {

thread_local TlsConnection::Parts* TlsConnection::Parts::current = nullptr;

namespace tls_connection_parts {

using Parts = TlsConnection::Parts;
using State = TlsConnection::State;

constexpr size_t record_head_bytes = 64;  // more than the counter, the header and the initialization vector before what a record holds

// While it lives this thread works on the connection.
class Work {
 public:
  Work(Parts& parts, std::string& out) : parts_(parts) {
    Parts::current = &parts;
    parts.output = &out;
  }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  ~Work() {
    Parts::current = nullptr;
    parts_.output = nullptr;
  }

 private:
  Parts& parts_;
};

int send_bytes(void* parts, const unsigned char* bytes, size_t size) {
  static_cast<Parts*>(parts)->output->append(reinterpret_cast<const char*>(bytes), size);
  return static_cast<int>(size);
}

int receive_bytes(void* parts, unsigned char* out, size_t size) {
  std::string_view& input = static_cast<Parts*>(parts)->input;
  if (input.empty()) return MBEDTLS_ERR_SSL_WANT_READ;
  const size_t taken = std::min(size, input.size());
  std::memcpy(out, input.data(), taken);
  input.remove_prefix(taken);
  return static_cast<int>(taken);
}

bool has_address(const mbedtls_x509_crt& certificate, std::string_view host) {
  const auto wanted = parse_ip_address(host);
  constexpr int address_tag = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_X509_SAN_IP_ADDRESS;
  for (const mbedtls_x509_sequence* name = &certificate.subject_alt_names; wanted && name && name->buf.p; name = name->next) {
    const size_t size = wanted->is_v6 ? 16 : 4;
    if (name->buf.tag == address_tag && name->buf.len == size && std::memcmp(name->buf.p, wanted->bytes.data(), size) == 0) return true;
  }
  return false;
}

// mbedTLS has looked at the chain; what its clock said is replaced by what the given time says, and what is not to be validated is taken
// out.
int look_at_certificate(void* self, mbedtls_x509_crt* certificate, int depth, uint32_t* flags) {
  const Parts& parts = *static_cast<Parts*>(self);
  *flags = with_time(*certificate, *flags, parts.now_s);
  if (!parts.client) return 0;
  constexpr uint32_t wrong_name = MBEDTLS_X509_BADCERT_CN_MISMATCH;
  const TlsClientOptions& options = parts.client->state().options;
  if (depth == 0 && parts.is_address && !has_address(*certificate, parts.host)) *flags |= wrong_name;
  if (!options.validates_name) *flags &= ~wrong_name;
  if (!options.validates_chain) *flags &= wrong_name;
  return 0;
}

// What mbedTLS found wrong with the peer's certificate, in one line.
std::string objections(uint32_t flags) {
  char lines[512];
  const int size = mbedtls_x509_crt_verify_info(lines, sizeof lines, "", flags);
  std::string text(lines, size > 0 ? static_cast<size_t>(size) : 0);
  while (text.ends_with('\n')) text.pop_back();
  for (size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at)) text.replace(at, 1, "; ");
  return text;
}

void fail(Parts& parts, int status) {
  parts.state = State::failed;
  const uint32_t flags = mbedtls_ssl_get_verify_result(&parts.ssl);
  if (status == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED && flags != 0 && flags != UINT32_MAX) {
    parts.failure = "the certificate of the peer is refused: " + objections(flags);
    return;
  }
  char words[128];
  mbedtls_strerror(status, words, sizeof words);
  parts.failure = words;
}

// mbedTLS may hold back a message although it says that it needs bytes.
bool has_more(const Parts& parts) { return !parts.input.empty() || mbedtls_ssl_check_pending(&parts.ssl) != 0; }

void begin(Parts& parts, const mbedtls_ssl_config& config) {
  if (const int status = mbedtls_ssl_setup(&parts.ssl, &config); status != 0) return fail(parts, status);
  mbedtls_ssl_set_bio(&parts.ssl, &parts, send_bytes, receive_bytes, nullptr);
  mbedtls_ssl_set_verify(&parts.ssl, look_at_certificate, &parts);
}

// A handshake leaves its marks on every page of both record buffers, most of what an idle connection has. The pages that hold no byte of a
// record go back to the system, and come again, empty, when a record is long enough to need them. mbedTLS keeps a counter at the start
// of a buffer, so its first bytes stay.
void give_back_pages([[maybe_unused]] unsigned char* buffer, [[maybe_unused]] size_t size) {
#ifdef __linux__
  static const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(buffer);
  const uintptr_t first = (begin + record_head_bytes + page - 1) / page * page;
  const uintptr_t last = (begin + size) / page * page;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
#endif
}

void give_back_buffers(mbedtls_ssl_context& ssl) {
  if (ssl.MBEDTLS_PRIVATE(in_left) != 0 || mbedtls_ssl_check_pending(&ssl) != 0 || ssl.MBEDTLS_PRIVATE(out_left) != 0) return;
  const int in_bytes = mbedtls_ssl_get_max_in_record_payload(&ssl), out_bytes = mbedtls_ssl_get_max_out_record_payload(&ssl);
  if (in_bytes > 0) give_back_pages(ssl.MBEDTLS_PRIVATE(in_buf), static_cast<size_t>(in_bytes));
  if (out_bytes > 0) give_back_pages(ssl.MBEDTLS_PRIVATE(out_buf), static_cast<size_t>(out_bytes));
}

void keep_session(Parts& parts) {
  auto session = std::make_unique<TlsSession>();
  if (mbedtls_ssl_get_session(&parts.ssl, &session->state().session) == 0) parts.session = std::move(session);
}

}  // namespace tls_connection_parts

TlsSession::TlsSession() : state_(std::make_unique<State>()) { mbedtls_ssl_session_init(&state_->session); }
TlsSession::~TlsSession() { mbedtls_ssl_session_free(&state_->session); }

TlsConnection::TlsConnection(std::shared_ptr<const TlsServer> server, int64_t now_s) : parts_(std::make_unique<Parts>()) {
  parts_->server = std::move(server);
  parts_->chosen = parts_->server->state().fallback;
  parts_->now_s = now_s;
  tls_connection_parts::begin(*parts_, parts_->server->state().config);
}

TlsConnection::TlsConnection(std::shared_ptr<const TlsClient> client, std::string_view host, const TlsSession* session, int64_t now_s)
    : parts_(std::make_unique<Parts>()) {
  parts_->client = std::move(client);
  parts_->host = host;
  if (host.starts_with('[') && host.ends_with(']')) parts_->host = host.substr(1, host.size() - 2);
  parts_->is_address = parse_ip_address(parts_->host).has_value();
  parts_->now_s = now_s;
  tls_connection_parts::begin(*parts_, parts_->client->state().config);
  if (parts_->state == State::failed) return;
  int status = mbedtls_ssl_set_hostname(&parts_->ssl, parts_->is_address ? nullptr : parts_->host.c_str());
  if (status == 0 && session) status = mbedtls_ssl_set_session(&parts_->ssl, &session->state().session);
  if (status != 0) tls_connection_parts::fail(*parts_, status);
}

TlsConnection::~TlsConnection() = default;

TlsConnection::State TlsConnection::state() const { return parts_->state; }
void TlsConnection::feed(std::string_view bytes) { parts_->input = bytes; }

TlsConnection::State TlsConnection::handshake(std::string& out) {
  const tls_connection_parts::Work work(*parts_, out);
  while (parts_->state == State::handshake) {
    const int status = mbedtls_ssl_handshake(&parts_->ssl);
    if (status == 0) {
      parts_->state = State::open;
      tls_connection_parts::give_back_buffers(parts_->ssl);
      if (parts_->client && mbedtls_ssl_get_version_number(&parts_->ssl) == MBEDTLS_SSL_VERSION_TLS1_2)
        tls_connection_parts::keep_session(*parts_);
    } else if (status != MBEDTLS_ERR_SSL_WANT_READ) {
      tls_connection_parts::fail(*parts_, status);
    } else if (parts_->input.empty()) {
      break;
    }
  }
  return parts_->state;
}

std::string_view TlsConnection::read(std::span<char> buffer, std::string& out) {
  const tls_connection_parts::Work work(*parts_, out);
  while (parts_->state == State::open) {
    const int status = mbedtls_ssl_read(&parts_->ssl, reinterpret_cast<unsigned char*>(buffer.data()), buffer.size());
    if (status > 0) return {buffer.data(), static_cast<size_t>(status)};
    if (status == 0 || status == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
      parts_->state = State::ended;
    } else if (status == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
      tls_connection_parts::keep_session(*parts_);
    } else if (status != MBEDTLS_ERR_SSL_WANT_READ) {
      tls_connection_parts::fail(*parts_, status);
    } else if (!tls_connection_parts::has_more(*parts_)) {
      break;
    }
  }
  return {};
}

void TlsConnection::write(std::string_view plain, std::string& out) {
  const tls_connection_parts::Work work(*parts_, out);
  while (!plain.empty() && (parts_->state == State::open || parts_->state == State::ended)) {
    const int status = mbedtls_ssl_write(&parts_->ssl, bytes_of(plain), plain.size());
    if (status < 0) return tls_connection_parts::fail(*parts_, status);
    plain.remove_prefix(static_cast<size_t>(status));
  }
}

void TlsConnection::end(std::string& out) {
  const tls_connection_parts::Work work(*parts_, out);
  if (parts_->state != State::handshake && parts_->state != State::failed) mbedtls_ssl_close_notify(&parts_->ssl);
}

const std::string& TlsConnection::failure() const { return parts_->failure; }

std::string_view TlsConnection::version() const {
  return mbedtls_ssl_get_version_number(&parts_->ssl) == MBEDTLS_SSL_VERSION_TLS1_3 ? "1.3" : "1.2";
}

std::string TlsConnection::cipher_suite() const { return tls_suite_name(parts_->ssl); }

std::string_view TlsConnection::protocol() const {
  const char* name = mbedtls_ssl_get_alpn_protocol(&parts_->ssl);
  return name ? name : std::string_view();
}

const std::string& TlsConnection::host() const { return parts_->host; }
bool TlsConnection::may_serve(std::string_view host) const {
  const TlsServer& server = *parts_->server;
  return !server.state().do_demands_differ || server.host_for(host).asks_for_certificate == parts_->chosen->asks_for_certificate;
}

bool TlsConnection::was_resumed() const { return parts_->is_resumed; }

std::vector<Certificate> TlsConnection::peer_chain() const {
  std::vector<Certificate> chain;
  for (const mbedtls_x509_crt* each = mbedtls_ssl_get_peer_cert(&parts_->ssl); each; each = each->next)
    if (auto read = read_der(view_of(each->raw))) chain.emplace_back(*std::move(read));
  return chain;
}

bool TlsConnection::is_peer_trusted() const {
  return mbedtls_ssl_get_peer_cert(&parts_->ssl) != nullptr && mbedtls_ssl_get_verify_result(&parts_->ssl) == 0;
}

std::unique_ptr<TlsSession> TlsConnection::take_session() { return std::move(parts_->session); }

}  // namespace gatelet::crypto
