#include "crypto/password.hpp"

#include <mbedtls/oid.h>
#include <mbedtls/pkcs12.h>
#include <mbedtls/pkcs5.h>

#include "base/limits.hpp"
#include "crypto/der.hpp"
#include "crypto/mbedtls.hpp"

namespace gatelet::crypto {

static constexpr std::string_view pbes2_oid = "\x2A\x86\x48\x86\xF7\x0D\x01\x05\x0D";

static mbedtls_asn1_buf buffer_of(std::string_view content, int tag) {
  return {tag, content.size(), const_cast<unsigned char*>(bytes_of(content))};
}

// The parameters of both schemes lead to a salt and the number of rounds; those of PBES2 over the key derivation.
static int rounds_of(std::string_view parameters, bool is_pbes2) {
  Der reader(parameters);
  if (is_pbes2) {
    Der derivation = reader.enter(der_sequence);
    derivation.oid();
    reader = derivation.enter(der_sequence);
  }
  reader.octets();
  return reader.number();
}

Result<std::string> decrypt_with_password(std::string_view algorithm, std::string_view encrypted, std::string_view password) {
  Der reader(algorithm);
  const std::string_view oid = reader.oid();
  const std::string_view parameters = reader.take(der_sequence);
  const bool is_pbes2 = oid == pbes2_oid;
  if (reader.failed() || rounds_of(parameters, is_pbes2) > password_rounds_max)
    return Error{Code::argument, "the encryption of the key is malformed", {}, {}};
  std::string plain(encrypted.size(), '\0');
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  mbedtls_asn1_buf how = buffer_of(parameters, der_sequence);
  size_t size = 0;
  int status = 0;
  if (is_pbes2) {
    status = mbedtls_pkcs5_pbes2_ext(&how, MBEDTLS_PKCS5_DECRYPT, bytes_of(password), password.size(), bytes_of(encrypted),
                                     encrypted.size(), out, plain.size(), &size);
  } else {
    const mbedtls_asn1_buf name = buffer_of(oid, MBEDTLS_ASN1_OID);
    mbedtls_md_type_t md = MBEDTLS_MD_NONE;
    mbedtls_cipher_type_t cipher = MBEDTLS_CIPHER_NONE;
    if (mbedtls_oid_get_pkcs12_pbe_alg(&name, &md, &cipher) != 0)
      return Error{Code::unsupported, "the key is encrypted in a way that is not known; export it with AES-256", {}, {}};
    status = mbedtls_pkcs12_pbe_ext(&how, MBEDTLS_PKCS12_PBE_DECRYPT, cipher, md, bytes_of(password), password.size(), bytes_of(encrypted),
                                    encrypted.size(), out, plain.size(), &size);
  }
  if (status != 0) return library_error("the password does not open the key", status);
  plain.resize(size);
  return plain;
}

Result<std::string> decrypt_private_key(std::string_view der, std::string_view password) {
  Der reader(der);
  Der outer = reader.enter(der_sequence);
  const std::string_view algorithm = outer.take(der_sequence);
  const std::string_view encrypted = outer.octets();
  if (outer.failed()) return Error{Code::argument, "not an encrypted private key", {}, {}};
  return decrypt_with_password(algorithm, encrypted, password);
}

}  // namespace gatelet::crypto
