#include "crypto/certificate_state.hpp"
#include "crypto/mbedtls.hpp"
#include "crypto/tls_state.hpp"

namespace gatelet::crypto {

namespace authority_parts {

struct Block {
  std::string_view kind;  // "CERTIFICATE", "X509 CRL"
  std::string_view text;
};

// The next block of PEM, which is taken off `text`.
bool next_block(std::string_view& text, Block& out) {
  constexpr std::string_view begin = "-----BEGIN ", end = "-----END ", dashes = "-----";
  const size_t from = text.find(begin);
  if (from == text.npos) return false;
  const size_t kind_end = text.find(dashes, from + begin.size());
  const size_t footer = text.find(end, from);
  const size_t to = footer == text.npos ? text.npos : text.find(dashes, footer + end.size());
  if (kind_end == text.npos || to == text.npos) return false;
  out.kind = text.substr(from + begin.size(), kind_end - from - begin.size());
  out.text = text.substr(from, to + dashes.size() - from);
  text.remove_prefix(to + dashes.size());
  return true;
}

void add_block(const Block& block, Authorities::State& out) {
  const std::string text(block.text);  // with the NUL at its end that mbedTLS wants
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.c_str());
  if (block.kind == "CERTIFICATE" || block.kind == "TRUSTED CERTIFICATE" || block.kind == "X509 CERTIFICATE") {
    const bool is_read = mbedtls_x509_crt_parse(&out.trusted.first, bytes, text.size() + 1) == 0;
    ++(is_read ? out.count : out.unreadable_count);
  } else if (block.kind == "X509 CRL") {
    const bool is_read = mbedtls_x509_crl_parse(&out.revoked, bytes, text.size() + 1) == 0;
    out.has_revocation_lists |= is_read;
    out.unreadable_count += is_read ? 0 : 1;
  }
}

}  // namespace authority_parts

Authorities::Authorities() : state_(std::make_shared<State>()) {}

Result<Authorities> Authorities::parse(std::string_view text, std::span<const Certificate> more) {
  Authorities out;
  State& state = *out.state_;
  for (const Certificate& certificate : more)
    if (mbedtls_x509_crt_parse_der(&state.trusted.first, bytes_of(certificate.der()), certificate.der().size()) == 0) ++state.count;
  if (!text.empty() && text.find("-----BEGIN ") == text.npos) {
    if (const int status = mbedtls_x509_crt_parse_der(&state.trusted.first, bytes_of(text), text.size()); status != 0)
      return library_error("not a certificate", status);
    ++state.count;
    return out;
  }
  for (authority_parts::Block block; authority_parts::next_block(text, block);) authority_parts::add_block(block, state);
  if (state.count == 0 && !state.has_revocation_lists)
    return Error{Code::argument, "the file holds neither a certificate nor a revocation list that can be read", {}, {}};
  return out;
}

size_t Authorities::count() const { return state_->count; }
size_t Authorities::unreadable_count() const { return state_->unreadable_count; }
bool Authorities::has_revocation_lists() const { return state_->has_revocation_lists; }

}  // namespace gatelet::crypto
