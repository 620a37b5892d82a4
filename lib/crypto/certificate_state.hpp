// The mbedTLS objects behind a Certificate.
#pragma once

#include <mbedtls/x509_crt.h>

#include <optional>

#include "crypto/certificate.hpp"

namespace gatelet::crypto {

inline std::string_view view_of(const mbedtls_asn1_buf& buffer) { return {reinterpret_cast<const char*>(buffer.p), buffer.len}; }

struct Certificate::State {
  State() { mbedtls_x509_crt_init(&parsed); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { mbedtls_x509_crt_free(&parsed); }

  mbedtls_x509_crt parsed;
  std::string subject;
  std::string issuer;
  std::optional<Key> public_key;
  std::optional<Key> private_key;
};

// One certificate in DER.
Result<std::shared_ptr<Certificate::State>> read_der(std::string_view der);
// What a PKCS#12 file holds.
struct Pkcs12 {
  std::vector<Certificate> certificates;  // at least one
  std::string key_der;                    // a PrivateKeyInfo; empty: none
};
Result<Pkcs12> read_pkcs12(std::string_view bytes, std::string_view password);

// The flags of a verification with what the given time says instead of the system's clock, which mbedTLS looked at.
uint32_t with_time(const mbedtls_x509_crt& certificate, uint32_t flags, int64_t now_s);

// .NET's text of a distinguished name, and the first value of one of its parts.
std::string name_text(const mbedtls_x509_name& name);
std::string name_part(const mbedtls_x509_name& name, NamePart part);
std::string dotted(const mbedtls_asn1_buf& oid);

}  // namespace gatelet::crypto
