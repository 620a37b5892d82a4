// TlsSettings: what a host says about TLS, towards clients and towards backends. Files, so that they can be looked at again.
#pragma once

#include <cstdint>
#include <string>

namespace gatelet {

struct TlsSettings {
  // Towards clients
  std::string certificate_file;  // PEM with the chain, or PKCS#12; empty: a certificate made by ourselves
  std::string key_file;          // empty: the key is in the certificate's file
  std::string key_password;      // of the key or of PKCS#12
  std::string suites;            // IANA names; empty: the default
  bool asks_for_client_certificate = false;
  std::string client_authorities_file;  // roots and revocation lists that certificates of clients are looked at with; PEM
  // Towards backends
  std::string backend_suites;
  bool backend_tls12 = true;
  bool backend_tls13 = true;
  std::string backend_authorities_file;  // besides those of the system; revocation lists too
  bool checks_revocation = true;
  bool trusts_gateway_authorities = false;  // those of the configuration, towards both sides
  uint32_t period_ms = 0;                   // how often the files are looked at; 0: never
};

}  // namespace gatelet
