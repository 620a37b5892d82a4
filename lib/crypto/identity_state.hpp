// The mbedTLS objects behind an Identity.
#pragma once

#include <mbedtls/x509_crt.h>

#include "crypto/identity.hpp"
#include "crypto/key_state.hpp"

namespace gatelet::crypto {

// A list of certificates as mbedTLS has it.
struct CertificateList {
  mbedtls_x509_crt first;
  CertificateList() { mbedtls_x509_crt_init(&first); }
  CertificateList(const CertificateList&) = delete;
  CertificateList& operator=(const CertificateList&) = delete;
  ~CertificateList() { mbedtls_x509_crt_free(&first); }
};

struct Identity::State {
  std::vector<Certificate> chain;
  CertificateList list;
  PrivateKey key;
};

}  // namespace gatelet::crypto
