#include "crypto/certificate.hpp"

#include <new>

#include "crypto/certificate_state.hpp"
#include "crypto/der.hpp"
#include "crypto/key_state.hpp"
#include "crypto/mbedtls.hpp"

namespace gatelet::crypto {

Result<std::shared_ptr<Certificate::State>> read_der(std::string_view der) {
  auto state = std::make_shared<Certificate::State>();
  if (const int status = mbedtls_x509_crt_parse_der(&state->parsed, bytes_of(der), der.size()); status != 0)
    return library_error("not a certificate", status);
  state->subject = name_text(state->parsed.subject);
  state->issuer = name_text(state->parsed.issuer);
  if (auto key = key_of(state->parsed.pk, false)) state->public_key = *std::move(key);
  return state;
}

static constexpr std::string_view pem_mark = "-----BEGIN ";

static Result<Certificate> read_pem(std::string_view bytes, std::string_view password, Random random) {
  const std::string text(bytes);
  GATELET_TRY(der, pem_block(text, "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"));
  GATELET_TRY(state, read_der(der));
  Certificate certificate(std::move(state));
  if (text.find("PRIVATE KEY-----") == text.npos) return certificate;
  GATELET_TRY(key, Key::parse(text, password, random));
  return certificate.with_key(std::move(key));
}

// The certificate that the key belongs to; the first one when there is no key.
static Result<Certificate> certificate_of_pkcs12(std::string_view bytes, std::string_view password, Random random) {
  GATELET_TRY(contents, read_pkcs12(bytes, password));
  if (contents.key_der.empty()) return contents.certificates.front();
  GATELET_TRY(key, Key::parse(contents.key_der, {}, random));
  for (const Certificate& certificate : contents.certificates)
    if (auto pair = certificate.with_key(key)) return pair;
  return contents.certificates.front();
}

// A PKCS#12 file begins with its version, a certificate with what is signed.
bool Certificate::is_pkcs12(std::string_view bytes) { return Der(bytes).enter(der_sequence).is_next(MBEDTLS_ASN1_INTEGER); }

Result<Certificate> Certificate::parse(std::string_view bytes, std::string_view password, Random random) {
  if (bytes.find(pem_mark) != bytes.npos) return read_pem(bytes, password, random);
  if (is_pkcs12(bytes)) return certificate_of_pkcs12(bytes, password, random);
  GATELET_TRY(state, read_der(bytes));
  return Certificate(std::move(state));
}

Result<Certificate> Certificate::with_key(Key key) const {
  if (!key.is_private() || !public_key() || !key.is_pair_of(*public_key()))
    return Error{Code::argument, "the private key does not belong to the certificate", {}, {}};
  GATELET_TRY(copy, read_der(der()));
  copy->private_key = std::move(key);
  return Certificate(std::move(copy));
}

std::string_view Certificate::der() const { return view_of(state_->parsed.raw); }
Digest Certificate::thumbprint() const { return digest_of(Hash::sha1, der()); }
const std::string& Certificate::subject() const { return state_->subject; }
const std::string& Certificate::issuer() const { return state_->issuer; }
std::string Certificate::subject_part(NamePart part) const { return name_part(state_->parsed.subject, part); }
std::string Certificate::issuer_part(NamePart part) const { return name_part(state_->parsed.issuer, part); }
std::string_view Certificate::serial() const { return view_of(state_->parsed.serial); }
int Certificate::version() const { return state_->parsed.version; }
std::string Certificate::signature_algorithm() const { return dotted(state_->parsed.sig_oid); }
const Key* Certificate::public_key() const { return state_->public_key ? &*state_->public_key : nullptr; }
const Key* Certificate::private_key() const { return state_->private_key ? &*state_->private_key : nullptr; }

// Days since 1970 of a date of the Gregorian calendar.
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
  if (month <= 2) --year;
  const int64_t era = year / 400, of_era = year - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

static int64_t seconds_of(const mbedtls_x509_time& time) {
  return days_of(time.year, time.mon, time.day) * 86'400 + time.hour * 3'600 + time.min * 60 + time.sec;
}

int64_t Certificate::not_before_s() const { return seconds_of(state_->parsed.valid_from); }
int64_t Certificate::not_after_s() const { return seconds_of(state_->parsed.valid_to); }

std::vector<std::string> Certificate::dns_names() const {
  std::vector<std::string> names;
  constexpr int dns_tag = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_X509_SAN_DNS_NAME;
  for (const mbedtls_x509_sequence* name = &state_->parsed.subject_alt_names; name && name->buf.p; name = name->next)
    if (name->buf.tag == dns_tag) names.emplace_back(view_of(name->buf));
  return names;
}

std::string_view Certificate::public_key_bytes() const {
  // SubjectPublicKeyInfo: the algorithm, then a bit string, whose first byte counts its unused bits.
  Der info = Der(view_of(state_->parsed.pk_raw)).enter(der_sequence);
  info.take(der_sequence);
  const std::string_view bits = info.take(MBEDTLS_ASN1_BIT_STRING);
  return bits.empty() ? bits : bits.substr(1);
}

// Trust

uint32_t with_time(const mbedtls_x509_crt& certificate, uint32_t flags, int64_t now_s) {
  flags &= ~static_cast<uint32_t>(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
  if (now_s > seconds_of(certificate.valid_to)) flags |= MBEDTLS_X509_BADCERT_EXPIRED;
  if (now_s < seconds_of(certificate.valid_from)) flags |= MBEDTLS_X509_BADCERT_FUTURE;
  return flags;
}

namespace {

struct Chain {
  mbedtls_x509_crt first;
  Chain() { mbedtls_x509_crt_init(&first); }
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
  ~Chain() { mbedtls_x509_crt_free(&first); }
  void add(const Certificate& certificate) {
    if (mbedtls_x509_crt_parse_der_nocopy(&first, bytes_of(certificate.der()), certificate.der().size()) != 0) throw std::bad_alloc();
  }
};

}  // namespace

static int check_time(void* now_s, mbedtls_x509_crt* certificate, int /*depth*/, uint32_t* flags) {
  *flags = with_time(*certificate, *flags, *static_cast<const int64_t*>(now_s));
  return 0;
}

bool is_trusted(const Certificate& certificate, std::span<const Certificate> intermediates, std::span<const Certificate> roots,
                int64_t now_s) {
  Chain presented, trusted;
  presented.add(certificate);
  for (const Certificate& intermediate : intermediates) presented.add(intermediate);
  for (const Certificate& root : roots) trusted.add(root);
  if (roots.empty()) return false;
  uint32_t flags = 0;
  return mbedtls_x509_crt_verify(&presented.first, &trusted.first, nullptr, nullptr, &flags, check_time, &now_s) == 0;
}

}  // namespace gatelet::crypto
