// The certificate of a gateway that was given none.
#include <mbedtls/ecp.h>
#include <mbedtls/oid.h>

#include <cstring>

#include "base/text.hpp"
#include "base/time.hpp"
#include "crypto/certificate_state.hpp"
#include "crypto/identity_state.hpp"
#include "crypto/mbedtls.hpp"

namespace gatelet::crypto {

namespace self_made_parts {

constexpr int64_t day_s = 86'400;
constexpr int64_t valid_days = 397;  // browsers accept no longer one

struct Writer {
  mbedtls_x509write_cert certificate;
  Writer() { mbedtls_x509write_crt_init(&certificate); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { mbedtls_x509write_crt_free(&certificate); }
};

// YYYYMMDDhhmmss
std::string time_digits(int64_t unix_s) {
  std::string digits;
  for (const char c : iso_timestamp(unix_s * 1000))
    if (is_digit(c) && digits.size() < 14) digits += c;
  return digits;
}

int make_key(PrivateKey& out, Random random) {
  int status = mbedtls_pk_setup(&out.context, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
  if (status == 0) status = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(out.context), Random::of_mbedtls, &random);
  return status;
}

// The DER form at the end of `buffer`; a negative size is a failure.
int write_certificate(const std::string& host, int64_t now_s, PrivateKey& key, Random random, std::span<unsigned char> buffer) {
  Writer writer;
  mbedtls_x509write_cert& out = writer.certificate;
  unsigned char serial[16];
  random.fill(random.state, serial, sizeof serial);
  serial[0] = (serial[0] & 0x7F) | 0x40;  // positive, and never shorter
  mbedtls_x509_san_list name{};
  name.node.type = MBEDTLS_X509_SAN_DNS_NAME;
  name.node.san.unstructured_name.tag = MBEDTLS_ASN1_IA5_STRING;
  name.node.san.unstructured_name.p = const_cast<unsigned char*>(bytes_of(host));
  name.node.san.unstructured_name.len = host.size();
  mbedtls_asn1_sequence purpose{};
  purpose.buf.tag = MBEDTLS_ASN1_OID;
  purpose.buf.p = const_cast<unsigned char*>(bytes_of(MBEDTLS_OID_SERVER_AUTH));
  purpose.buf.len = MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH);

  mbedtls_x509write_crt_set_version(&out, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(&out, MBEDTLS_MD_SHA256);
  mbedtls_x509write_crt_set_subject_key(&out, &key.context);
  mbedtls_x509write_crt_set_issuer_key(&out, &key.context);
  int status = mbedtls_x509write_crt_set_serial_raw(&out, serial, sizeof serial);
  for (auto* set : {mbedtls_x509write_crt_set_subject_name, mbedtls_x509write_crt_set_issuer_name})
    if (status == 0) status = set(&out, "O=Gatelet,CN=self-made certificate");
  if (status == 0)
    status = mbedtls_x509write_crt_set_validity(&out, time_digits(now_s - day_s).c_str(), time_digits(now_s + valid_days * day_s).c_str());
  if (status == 0) status = mbedtls_x509write_crt_set_subject_alternative_name(&out, &name);
  if (status == 0) status = mbedtls_x509write_crt_set_basic_constraints(&out, 0, -1);
  if (status == 0) status = mbedtls_x509write_crt_set_ext_key_usage(&out, &purpose);
  if (status != 0) return status;
  return mbedtls_x509write_crt_der(&out, buffer.data(), buffer.size(), Random::of_mbedtls, &random);
}

}  // namespace self_made_parts

Result<Identity> Identity::self_made(std::string_view host, int64_t now_s, Random random) {
  auto state = std::make_shared<State>();
  if (const int status = self_made_parts::make_key(state->key, random); status != 0) return library_error("no key could be made", status);
  unsigned char buffer[2048];
  const int size = self_made_parts::write_certificate(std::string(host), now_s, state->key, random, buffer);
  if (size < 0) return library_error("no certificate could be made", size);
  const std::string_view der(reinterpret_cast<const char*>(buffer) + sizeof buffer - size, static_cast<size_t>(size));
  GATELET_TRY(read, read_der(der));
  state->chain.emplace_back(std::move(read));
  if (const int status = mbedtls_x509_crt_parse_der(&state->list.first, bytes_of(der), der.size()); status != 0)
    return library_error("no certificate could be made", status);
  return Identity(std::move(state));
}

}  // namespace gatelet::crypto
