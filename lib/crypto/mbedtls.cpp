#include "crypto/mbedtls.hpp"

#include <mbedtls/asn1.h>
#include <mbedtls/bignum.h>
#include <mbedtls/ecp.h>
#include <mbedtls/error.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509.h>

#include <new>

namespace gatelet::crypto {

mbedtls_md_type_t md_type(Hash hash) {
  switch (hash) {
    case Hash::md5: return MBEDTLS_MD_MD5;
    case Hash::sha1: return MBEDTLS_MD_SHA1;
    case Hash::sha256: return MBEDTLS_MD_SHA256;
    case Hash::sha384: return MBEDTLS_MD_SHA384;
    case Hash::sha512: break;
  }
  return MBEDTLS_MD_SHA512;
}

// A status is the sum of a module's own fault and that of the module below it.
static bool is_allocation_failure(int status) {
  const int low = -(-status & 0x7F), high = -(-status & 0xFF80);
  for (const int failure : {MBEDTLS_ERR_MPI_ALLOC_FAILED, MBEDTLS_ERR_ASN1_ALLOC_FAILED})
    if (low == failure) return true;
  for (const int failure : {MBEDTLS_ERR_MD_ALLOC_FAILED, MBEDTLS_ERR_ECP_ALLOC_FAILED, MBEDTLS_ERR_PEM_ALLOC_FAILED,
                            MBEDTLS_ERR_PK_ALLOC_FAILED, MBEDTLS_ERR_X509_ALLOC_FAILED, MBEDTLS_ERR_SSL_ALLOC_FAILED})
    if (high == failure) return true;
  return false;
}

Error library_error(std::string_view what, int status) {
  if (is_allocation_failure(status)) throw std::bad_alloc();
  char words[128];
  mbedtls_strerror(status, words, sizeof words);
  return {Code::argument, std::string(what) + ": " + words, {}, {}};
}

Result<std::string> pem_block(const std::string& text, const char* header, const char* footer) {
  mbedtls_pem_context pem;
  mbedtls_pem_init(&pem);
  size_t used = 0, size = 0;
  const int status = mbedtls_pem_read_buffer(&pem, header, footer, reinterpret_cast<const unsigned char*>(text.c_str()), nullptr, 0, &used);
  std::string der;
  if (status == 0) {
    const unsigned char* bytes = mbedtls_pem_get_buffer(&pem, &size);
    der.assign(reinterpret_cast<const char*>(bytes), size);
  }
  mbedtls_pem_free(&pem);
  if (status != 0) return library_error("not PEM", status);
  return der;
}

}  // namespace gatelet::crypto
