// PKCS#12: a certificate and its private key in one file, opened with a password (RFC 7292).
#include <mbedtls/oid.h>
#include <mbedtls/pkcs12.h>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "crypto/certificate_state.hpp"
#include "crypto/der.hpp"
#include "crypto/mbedtls.hpp"
#include "crypto/password.hpp"

namespace gatelet::crypto {

static constexpr std::string_view data_oid = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01";
static constexpr std::string_view encrypted_data_oid = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x06";
static constexpr std::string_view key_bag_oid = "\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x0A\x01\x01";
static constexpr std::string_view shrouded_key_bag_oid = "\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x0A\x01\x02";
static constexpr std::string_view certificate_bag_oid = "\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x0A\x01\x03";
static constexpr size_t bags_max = 100;  // of one file

namespace {

struct Contents : Pkcs12 {
  size_t bag_count = 0;
};

}  // namespace

static Error malformed() { return {Code::argument, "not a PKCS#12 file", {}, {}}; }

// The password in UTF-16, big-endian, with a zero at its end, as the derivation wants it. Texts beyond ASCII are bytes.
static std::string wide(std::string_view password) {
  std::string out;
  for (const char c : password) out += std::string(1, '\0') + c;
  return out + std::string(2, '\0');
}

static bool is_mac_right(std::string_view content, std::string_view expected, std::string_view salt, int rounds, Hash hash,
                         std::string_view password) {
  Digest key;
  key.size = digest_bytes(hash);
  if (mbedtls_pkcs12_derivation(key.bytes.data(), key.size, password.empty() ? nullptr : bytes_of(password), password.size(),
                                bytes_of(salt), salt.size(), md_type(hash), MBEDTLS_PKCS12_DERIVE_MAC_KEY, rounds) != 0)
    return false;
  return equal_in_constant_time(hmac_of(hash, key.view(), content).view(), expected);
}

static bool hash_of_oid(std::string_view oid, Hash& out) {
  const mbedtls_asn1_buf name{MBEDTLS_ASN1_OID, oid.size(), const_cast<unsigned char*>(bytes_of(oid))};
  mbedtls_md_type_t type = MBEDTLS_MD_NONE;
  if (mbedtls_oid_get_md_alg(&name, &type) != 0) return false;
  for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512})
    if (md_type(hash) == type) return out = hash, true;
  return false;
}

// MacData tells whether the password is right. No password is not the same as an empty one; files have either.
static Result<> check_mac(std::string_view mac_data, std::string_view content, std::string_view password) {
  Der mac(mac_data);
  Der digest_info = mac.enter(der_sequence);
  Der algorithm = digest_info.enter(der_sequence);
  Hash hash = Hash::sha1;
  if (!hash_of_oid(algorithm.oid(), hash)) return Error{Code::unsupported, "the PKCS#12 file's integrity check is not known", {}, {}};
  const std::string_view expected = digest_info.octets();
  const std::string_view salt = mac.octets();
  const int rounds = mac.at_end() ? 1 : mac.number();
  if (mac.failed() || digest_info.failed() || rounds > password_rounds_max) return malformed();
  if (is_mac_right(content, expected, salt, rounds, hash, wide(password))) return Done{};
  if (password.empty() && is_mac_right(content, expected, salt, rounds, hash, {})) return Done{};
  return Error{Code::argument, "the password of the PKCS#12 file is not correct", {}, {}};
}

static Result<> read_bag(Der& bag, std::string_view password, Contents& out) {
  const std::string_view kind = bag.oid();
  Der value = bag.enter(der_explicit);
  if (bag.failed()) return malformed();
  if (kind == certificate_bag_oid) {
    Der certificate = value.enter(der_sequence);
    certificate.oid();
    Der wrapped = certificate.enter(der_explicit);
    GATELET_TRY(state, read_der(wrapped.octets()));
    out.certificates.emplace_back(std::move(state));
  } else if ((kind == shrouded_key_bag_oid || kind == key_bag_oid) && out.key_der.empty()) {
    out.key_der = value.rest();
    if (kind == shrouded_key_bag_oid) {
      GATELET_TRY(opened, decrypt_private_key(value.rest(), password));
      out.key_der = std::move(opened);
    }
  }
  return Done{};
}

static Result<> read_bags(std::string_view safe_contents, std::string_view password, Contents& out) {
  Der reader(safe_contents);
  for (Der bags = reader.enter(der_sequence); !bags.at_end();) {
    Der bag = bags.enter(der_sequence);
    if (++out.bag_count > bags_max) return malformed();
    if (auto read = read_bag(bag, password, out); !read) return read;
  }
  return reader.failed() ? Result<>(malformed()) : Done{};
}

static Result<> read_safe(Der& safe, std::string_view password, Contents& out) {
  const std::string_view kind = safe.oid();
  Der content = safe.enter(der_explicit);
  if (kind == data_oid) return read_bags(content.octets(), password, out);
  if (kind != encrypted_data_oid) return Error{Code::unsupported, "the PKCS#12 file is encrypted for a public key", {}, {}};
  Der encrypted = content.enter(der_sequence);
  encrypted.number();
  Der info = encrypted.enter(der_sequence);
  info.oid();
  const std::string_view algorithm = info.take(der_sequence);
  GATELET_TRY(plain, decrypt_with_password(algorithm, info.take(der_implicit), password));
  return read_bags(plain, password, out);
}

Result<Pkcs12> read_pkcs12(std::string_view bytes, std::string_view password) {
  Der file(bytes);
  Der outer = file.enter(der_sequence);
  outer.number();
  Der info = outer.enter(der_sequence);
  if (info.oid() != data_oid) return malformed();
  Der wrapped = info.enter(der_explicit);
  const std::string_view content = wrapped.octets();
  if (wrapped.failed()) return malformed();
  if (!outer.at_end())
    if (auto checked = check_mac(outer.take(der_sequence), content, password); !checked) return std::move(checked.error());
  Contents contents;
  Der reader(content);
  for (Der safes = reader.enter(der_sequence); !safes.at_end();) {
    Der safe = safes.enter(der_sequence);
    if (auto read = read_safe(safe, password, contents); !read) return std::move(read.error());
  }
  if (contents.certificates.empty()) return Error{Code::argument, "the PKCS#12 file holds no certificate", {}, {}};
  return Pkcs12(std::move(contents));
}

}  // namespace gatelet::crypto
