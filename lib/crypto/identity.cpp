#include "crypto/identity.hpp"

#include <mbedtls/pem.h>

#include <algorithm>

#include "base/limits.hpp"
#include "crypto/certificate_state.hpp"
#include "crypto/identity_state.hpp"
#include "crypto/mbedtls.hpp"

namespace gatelet::crypto {

namespace identity_parts {

constexpr size_t chain_certificates_max = 20;  // of one file; a chain has three or four
constexpr std::string_view certificate_header = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view certificate_footer = "-----END CERTIFICATE-----";

uint32_t line_of(std::string_view text, size_t at) {
  return static_cast<uint32_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n')) + 1;
}

Result<std::vector<Certificate>> read_pem_chain(std::string_view text) {
  std::vector<Certificate> out;
  for (size_t at = text.find(certificate_header); at != text.npos; at = text.find(certificate_header, at + 1)) {
    const size_t end = text.find(certificate_footer, at);
    const std::string block(text.substr(at, end == text.npos ? end : end + certificate_footer.size() - at));
    const auto wrong = [&](std::string_view what) {
      return Error{Code::argument,
                   "certificate " + std::to_string(out.size() + 1) + " of the file, in line " + std::to_string(line_of(text, at)) + ", " +
                       std::string(what),
                   {line_of(text, at), 1},
                   {}};
    };
    if (out.size() == chain_certificates_max) return wrong("is one more than a chain may have");
    if (end == text.npos) return wrong("has no end; the file may be half-written");
    const auto der = pem_block(block, certificate_header.data(), certificate_footer.data());
    if (!der) return wrong("is damaged: " + der.error().message);
    const auto read = read_der(*der);
    if (!read) return wrong("is damaged: " + read.error().message);
    out.emplace_back(*read);
  }
  if (out.empty())
    return Error{
        Code::argument, "the file holds no certificate; it needs a block that begins with " + std::string(certificate_header), {}, {}};
  return out;
}

// The certificate at `first`, then its issuers as far as they are there. A root says nothing that a peer would believe, so it is left out.
std::vector<Certificate> chain_from(const std::vector<Certificate>& all, size_t first) {
  std::vector<Certificate> chain{all[first]};
  while (chain.size() < all.size() && chain.back().issuer() != chain.back().subject()) {
    const auto issuer =
        std::find_if(all.begin(), all.end(), [&](const Certificate& each) { return each.subject() == chain.back().issuer(); });
    if (issuer == all.end() || issuer->subject() == issuer->issuer()) break;
    chain.push_back(*issuer);
  }
  return chain;
}

bool is_pair(const Certificate& certificate, const PrivateKey& key, Random random) {
  CertificateList list;
  return mbedtls_x509_crt_parse_der(&list.first, bytes_of(certificate.der()), certificate.der().size()) == 0 &&
         mbedtls_pk_check_pair(&list.first.pk, &key.context, Random::of_mbedtls, &random) == 0;
}

Result<Identity> complete(const std::vector<Certificate>& all, std::shared_ptr<Identity::State> state, Random random) {
  const auto own = std::find_if(all.begin(), all.end(), [&](const Certificate& each) { return is_pair(each, state->key, random); });
  if (own == all.end())
    return Error{Code::argument,
                 "the private key belongs to none of the certificates (the first is for " + all.front().subject() +
                     "); give the key that the certificate was requested with",
                 {},
                 {}};
  state->chain = chain_from(all, static_cast<size_t>(own - all.begin()));
  for (const Certificate& certificate : state->chain)
    if (const int status = mbedtls_x509_crt_parse_der(&state->list.first, bytes_of(certificate.der()), certificate.der().size());
        status != 0)
      return library_error("not a certificate", status);
  return Identity(std::move(state));
}

}  // namespace identity_parts

const std::vector<Certificate>& Identity::chain() const { return state_->chain; }

Result<Identity> Identity::parse(std::string_view certificates, std::string_view key, std::string_view password, Random random) {
  std::vector<Certificate> all;
  std::string key_text(key);
  if (certificates.find("-----BEGIN ") != certificates.npos) {
    GATELET_TRY(read, identity_parts::read_pem_chain(certificates));
    all = std::move(read);
    if (key.empty() && certificates.find("PRIVATE KEY-----") != certificates.npos) key_text = certificates;
  } else if (Certificate::is_pkcs12(certificates)) {
    GATELET_TRY(contents, read_pkcs12(certificates, password));
    all = std::move(contents.certificates);
    if (key.empty()) key_text = std::move(contents.key_der);
  } else {
    GATELET_TRY(read, read_der(certificates));
    all.emplace_back(std::move(read));
  }
  if (key_text.empty()) return Error{Code::argument, "there is no private key; add it to the file, or name the file that has it", {}, {}};
  auto state = std::make_shared<State>();
  if (auto parsed = parse_private_key(key_text, password, random, state->key); !parsed) return std::move(parsed.error());
  return identity_parts::complete(all, std::move(state), random);
}

}  // namespace gatelet::crypto
