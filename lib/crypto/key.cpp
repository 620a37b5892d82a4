#include "crypto/key.hpp"

#include <mbedtls/ecdsa.h>

#include <algorithm>
#include <new>
#include <utility>

#include "crypto/der.hpp"
#include "crypto/key_state.hpp"
#include "crypto/mbedtls.hpp"
#include "crypto/password.hpp"

namespace gatelet::crypto {

Key::State::State() {
  mbedtls_rsa_init(&rsa);
  mbedtls_ecp_point_init(&point);
  mbedtls_mpi_init(&secret);
}

Key::State::~State() {
  mbedtls_rsa_free(&rsa);
  mbedtls_ecp_point_free(&point);
  mbedtls_mpi_free(&secret);
}

Result<Key> key_of(const mbedtls_pk_context& parsed, bool is_private) {
  auto state = std::make_shared<Key::State>();
  state->is_private = is_private;
  switch (mbedtls_pk_get_type(&parsed)) {
    case MBEDTLS_PK_RSA:
      if (const int status = mbedtls_rsa_copy(&state->rsa, mbedtls_pk_rsa(parsed)); status != 0) return library_error("RSA key", status);
      return Key(std::move(state));
    case MBEDTLS_PK_ECKEY: {
      const mbedtls_ecp_keypair* pair = mbedtls_pk_ec(parsed);
      state->kind = KeyKind::elliptic;
      state->curve = mbedtls_ecp_keypair_get_group_id(pair);
      if (const int status = mbedtls_ecp_export(pair, nullptr, is_private ? &state->secret : nullptr, &state->point); status != 0)
        return library_error("elliptic-curve key", status);
      return Key(std::move(state));
    }
    default: return Error{Code::unsupported, "only RSA and elliptic-curve keys are known", {}, {}};
  }
}

// The text without the encryption of PKCS#8.
static Result<std::string> unwrapped(std::string_view text, std::string_view password) {
  const std::string whole(text);
  constexpr const char* header = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
  if (whole.find(header) != whole.npos) {
    GATELET_TRY(block, pem_block(whole, header, "-----END ENCRYPTED PRIVATE KEY-----"));
    return decrypt_private_key(block, password);
  }
  // An algorithm, then octets: no other form of a key begins so.
  Der der = Der(text).enter(der_sequence);
  if (!der.is_next(der_sequence)) return whole;
  der.take(der_sequence);
  return der.is_next(MBEDTLS_ASN1_OCTET_STRING) ? decrypt_private_key(text, password) : whole;
}

static bool is_pem(std::string_view text) { return text.find("-----BEGIN ") != text.npos; }

// PEM must end with NUL, DER must not.
static size_t size_for_parser(const std::string& text) { return text.size() + (is_pem(text) ? 1 : 0); }

static int parse_private(const std::string& plain, std::string_view password, Random random, PrivateKey& out) {
  const bool may_be_encrypted = is_pem(plain) && !password.empty();
  return mbedtls_pk_parse_key(&out.context, bytes_of(plain), size_for_parser(plain), may_be_encrypted ? bytes_of(password) : nullptr,
                              may_be_encrypted ? password.size() : 0, Random::of_mbedtls, &random);
}

Result<> parse_private_key(std::string_view text, std::string_view password, Random random, PrivateKey& out) {
  GATELET_TRY(plain, unwrapped(text, password));
  if (const int status = parse_private(plain, password, random, out); status != 0) return library_error("not a private key", status);
  return Done{};
}

Result<Key> Key::parse(std::string_view text, std::string_view password, Random random) {
  GATELET_TRY(plain, unwrapped(text, password));
  PrivateKey parsed;
  const int status = parse_private(plain, password, random, parsed);
  if (status == 0) return key_of(parsed.context, true);
  PrivateKey shared;  // a public one
  if (mbedtls_pk_parse_public_key(&shared.context, bytes_of(plain), size_for_parser(plain)) == 0) return key_of(shared.context, false);
  return library_error("not a key", status);
}

Result<Key> Key::rsa(const RsaNumbers& numbers) {
  auto state = std::make_shared<State>();
  state->is_private = !numbers.d.empty();
  const auto data = [](const std::string& number) { return number.empty() ? nullptr : bytes_of(number); };
  int status =
      mbedtls_rsa_import_raw(&state->rsa, data(numbers.modulus), numbers.modulus.size(), data(numbers.p), numbers.p.size(), data(numbers.q),
                             numbers.q.size(), data(numbers.d), numbers.d.size(), data(numbers.exponent), numbers.exponent.size());
  if (status == 0) status = mbedtls_rsa_complete(&state->rsa);
  if (status == 0) status = state->is_private ? mbedtls_rsa_check_privkey(&state->rsa) : mbedtls_rsa_check_pubkey(&state->rsa);
  if (status != 0) return library_error("not an RSA key", status);
  return Key(std::move(state));
}

namespace {

struct CurveRow {
  Curve curve;
  mbedtls_ecp_group_id id;
  size_t bits;
  size_t bytes() const { return (bits + 7) / 8; }
};

struct Group {
  mbedtls_ecp_group group;
  explicit Group(mbedtls_ecp_group_id id) {
    mbedtls_ecp_group_init(&group);
    if (mbedtls_ecp_group_load(&group, id) != 0) throw std::bad_alloc();
  }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group() { mbedtls_ecp_group_free(&group); }
};

struct Integer {
  mbedtls_mpi value;
  Integer() { mbedtls_mpi_init(&value); }
  explicit Integer(std::string_view bytes) : Integer() {
    if (mbedtls_mpi_read_binary(&value, bytes_of(bytes), bytes.size()) != 0) throw std::bad_alloc();
  }
  Integer(const Integer&) = delete;
  Integer& operator=(const Integer&) = delete;
  ~Integer() { mbedtls_mpi_free(&value); }
};

}  // namespace

static constexpr CurveRow curves[] = {{Curve::p256, MBEDTLS_ECP_DP_SECP256R1, 256},
                                      {Curve::p384, MBEDTLS_ECP_DP_SECP384R1, 384},
                                      {Curve::p521, MBEDTLS_ECP_DP_SECP521R1, 521}};

static const CurveRow* row_of(mbedtls_ecp_group_id id) {
  for (const CurveRow& row : curves)
    if (row.id == id) return &row;
  return nullptr;
}

Result<Key> Key::elliptic(Curve curve, std::string_view x, std::string_view y) {
  auto state = std::make_shared<State>();
  const CurveRow& row = *std::find_if(std::begin(curves), std::end(curves), [curve](const CurveRow& r) { return r.curve == curve; });
  if (x.size() != row.bytes() || y.size() != row.bytes())
    return Error{Code::argument, "a coordinate of this curve has " + std::to_string(row.bytes()) + " bytes", {}, {}};
  state->kind = KeyKind::elliptic;
  state->curve = row.id;
  const std::string point = "\x04" + std::string(x) + std::string(y);
  const Group group(row.id);
  int status = mbedtls_ecp_point_read_binary(&group.group, &state->point, bytes_of(point), point.size());
  if (status == 0) status = mbedtls_ecp_check_pubkey(&group.group, &state->point);
  if (status != 0) return library_error("not a point of the curve", status);
  return Key(std::move(state));
}

KeyKind Key::kind() const { return state_->kind; }
bool Key::is_private() const { return state_->is_private; }

size_t Key::bits() const {
  if (state_->kind == KeyKind::rsa) return mbedtls_rsa_get_bitlen(&state_->rsa);
  const CurveRow* row = row_of(state_->curve);
  return row ? row->bits : mbedtls_ecp_curve_info_from_grp_id(state_->curve)->bit_size;
}

Curve Key::curve() const {
  const CurveRow* row = row_of(state_->curve);
  return row ? row->curve : Curve::other;
}

static std::string bytes_of_integer(const mbedtls_mpi& value, size_t size) {
  std::string bytes(size ? size : mbedtls_mpi_size(&value), '\0');
  mbedtls_mpi_write_binary(&value, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
  return bytes;
}

RsaNumbers Key::numbers(bool with_private) const {
  RsaNumbers out;
  Integer n, e, d, p, q, dp, dq, qi;
  if (mbedtls_rsa_export(&state_->rsa, &n.value, nullptr, nullptr, nullptr, &e.value) != 0) throw std::bad_alloc();
  const size_t size = mbedtls_rsa_get_len(&state_->rsa), half = (size + 1) / 2;
  out.modulus = bytes_of_integer(n.value, size);
  out.exponent = bytes_of_integer(e.value, 0);
  if (!with_private) return out;
  if (mbedtls_rsa_export(&state_->rsa, nullptr, &p.value, &q.value, &d.value, nullptr) != 0) throw std::bad_alloc();
  if (mbedtls_rsa_export_crt(&state_->rsa, &dp.value, &dq.value, &qi.value) != 0) throw std::bad_alloc();
  out.d = bytes_of_integer(d.value, size);
  for (const auto& [text, value] : {std::pair(&out.p, &p), {&out.q, &q}, {&out.dp, &dp}, {&out.dq, &dq}, {&out.inverse_q, &qi}})
    *text = bytes_of_integer(value->value, half);
  return out;
}

bool Key::is_weak_rsa() const {
  if (state_->kind != KeyKind::rsa) return false;
  // Its primes are k * M + (65537^a mod M), M a product of small primes: the modulus is a power of 65537 modulo each of them.
  static constexpr uint32_t primes[] = {11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157};
  Integer n;
  if (mbedtls_rsa_export(&state_->rsa, &n.value, nullptr, nullptr, nullptr, nullptr) != 0) throw std::bad_alloc();
  for (const uint32_t prime : primes) {
    mbedtls_mpi_uint rest = 0;
    mbedtls_mpi_mod_int(&rest, &n.value, static_cast<mbedtls_mpi_sint>(prime));
    uint32_t power = 1;
    bool is_power = false;
    for (uint32_t i = 0; i < prime && !is_power; ++i) {
      is_power = power == rest;
      power = power * (65537 % prime) % prime;
    }
    if (!is_power) return false;
  }
  return true;
}

bool Key::is_pair_of(const Key& other) const {
  if (kind() != other.kind()) return false;
  if (kind() == KeyKind::elliptic)
    return state_->curve == other.state_->curve && mbedtls_ecp_point_cmp(&state_->point, &other.state_->point) == 0;
  const RsaNumbers mine = numbers(false), theirs = other.numbers(false);
  return mine.modulus == theirs.modulus && mine.exponent == theirs.exponent;
}

// Signatures

static bool verify_elliptic(const Key::State& state, const Digest& digest, std::string_view signature) {
  const CurveRow* row = row_of(state.curve);
  if (!row || signature.size() != 2 * row->bytes()) return false;
  Group group(state.curve);
  const Integer r(signature.substr(0, row->bytes())), s(signature.substr(row->bytes()));
  return mbedtls_ecdsa_verify(&group.group, digest.bytes.data(), digest.size, &state.point, &r.value, &s.value) == 0;
}

bool Key::verify(SignatureScheme scheme, Hash hash, const Digest& digest, std::string_view signature) const {
  if ((scheme == SignatureScheme::ecdsa) != (kind() == KeyKind::elliptic)) return false;
  if (scheme == SignatureScheme::ecdsa) return verify_elliptic(*state_, digest, signature);
  mbedtls_rsa_context& rsa = state_->rsa;
  if (signature.size() != mbedtls_rsa_get_len(&rsa)) return false;
  const auto size = static_cast<unsigned>(digest.size);
  const mbedtls_md_type_t md = md_type(hash);
  if (scheme == SignatureScheme::pkcs1)
    return mbedtls_rsa_rsassa_pkcs1_v15_verify(&rsa, md, size, digest.bytes.data(), bytes_of(signature)) == 0;
  return mbedtls_rsa_rsassa_pss_verify_ext(&rsa, md, size, digest.bytes.data(), md, static_cast<int>(size), bytes_of(signature)) == 0;
}

namespace {

// A context of its own for what depends on the padding that is set in it: the key's own is shared by threads.
struct Prepared {
  mbedtls_rsa_context rsa;
  Prepared(const mbedtls_rsa_context& key, int padding, mbedtls_md_type_t md) {
    mbedtls_rsa_init(&rsa);
    if (mbedtls_rsa_copy(&rsa, &key) != 0) throw std::bad_alloc();
    mbedtls_rsa_set_padding(&rsa, padding, md);
  }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared() { mbedtls_rsa_free(&rsa); }
};

}  // namespace

static unsigned char* output(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

static Result<std::string> sign_elliptic(const Key::State& state, const Digest& digest, Random random) {
  const CurveRow* row = row_of(state.curve);
  if (!row || !state.is_private) return Error{Code::argument, "the key is not a private one on a known curve", {}, {}};
  Group group(state.curve);
  Integer r, s;
  const int status =
      mbedtls_ecdsa_sign(&group.group, &r.value, &s.value, &state.secret, digest.bytes.data(), digest.size, Random::of_mbedtls, &random);
  if (status != 0) return library_error("signing failed", status);
  return bytes_of_integer(r.value, row->bytes()) + bytes_of_integer(s.value, row->bytes());
}

Result<std::string> Key::sign(SignatureScheme scheme, Hash hash, const Digest& digest, Random random) const {
  if ((scheme == SignatureScheme::ecdsa) != (kind() == KeyKind::elliptic))
    return Error{Code::argument, "the scheme is not one for this kind of key", {}, {}};
  if (scheme == SignatureScheme::ecdsa) return sign_elliptic(*state_, digest, random);
  std::string signature(mbedtls_rsa_get_len(&state_->rsa), '\0');
  const auto size = static_cast<unsigned>(digest.size);
  int status = 0;
  if (scheme == SignatureScheme::pkcs1) {
    status = mbedtls_rsa_rsassa_pkcs1_v15_sign(&state_->rsa, Random::of_mbedtls, &random, md_type(hash), size, digest.bytes.data(),
                                               output(signature));
  } else {
    Prepared prepared(state_->rsa, MBEDTLS_RSA_PKCS_V21, md_type(hash));
    status = mbedtls_rsa_rsassa_pss_sign_ext(&prepared.rsa, Random::of_mbedtls, &random, md_type(hash), size, digest.bytes.data(),
                                             static_cast<int>(size), output(signature));
  }
  if (status != 0) return library_error("signing failed", status);
  return signature;
}

static int padding_of(EncryptionScheme scheme) { return scheme == EncryptionScheme::oaep ? MBEDTLS_RSA_PKCS_V21 : MBEDTLS_RSA_PKCS_V15; }

Result<std::string> Key::encrypt(EncryptionScheme scheme, Hash hash, std::string_view plain, Random random) const {
  Prepared prepared(state_->rsa, padding_of(scheme), scheme == EncryptionScheme::oaep ? md_type(hash) : MBEDTLS_MD_NONE);
  std::string encrypted(mbedtls_rsa_get_len(&prepared.rsa), '\0');
  const int status =
      mbedtls_rsa_pkcs1_encrypt(&prepared.rsa, Random::of_mbedtls, &random, plain.size(), bytes_of(plain), output(encrypted));
  if (status != 0) return library_error("encryption failed", status);
  return encrypted;
}

Result<std::string> Key::decrypt(EncryptionScheme scheme, Hash hash, std::string_view encrypted, Random random) const {
  Prepared prepared(state_->rsa, padding_of(scheme), scheme == EncryptionScheme::oaep ? md_type(hash) : MBEDTLS_MD_NONE);
  std::string plain(mbedtls_rsa_get_len(&prepared.rsa), '\0');
  if (encrypted.size() != plain.size()) return Error{Code::argument, "the length of the data is not the key's", {}, {}};
  size_t size = 0;
  const int status =
      mbedtls_rsa_pkcs1_decrypt(&prepared.rsa, Random::of_mbedtls, &random, &size, bytes_of(encrypted), output(plain), plain.size());
  if (status != 0) return library_error("decryption failed", status);
  plain.resize(size);
  return plain;
}

}  // namespace gatelet::crypto
