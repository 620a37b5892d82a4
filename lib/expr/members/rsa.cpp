// RSA, its paddings, and Oid. Keys come from certificates or are imported: making one takes longer than a request may.
#include "base/text.hpp"
#include "expr/base64.hpp"
#include "expr/context_model.hpp"
#include "expr/cryptography.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace rsa_rows {

static constinit const Type asymmetric_type{
    .name = "System.Security.Cryptography.AsymmetricAlgorithm", .bases = "IDisposable", .is_abstract = true};
static constinit const Type rsa_type{.name = "System.Security.Cryptography.RSA", .bases = "AsymmetricAlgorithm", .is_abstract = true};
// What policies written for Windows cast to; every RSA is one here.
static constinit const Type rsa_cng_type{.name = "System.Security.Cryptography.RSACng", .bases = "RSA"};
static constinit const Type signature_padding_type{.name = "System.Security.Cryptography.RSASignaturePadding",
                                                   .bases = "IEquatable<RSASignaturePadding>"};
static constinit const Type encryption_padding_type{.name = "System.Security.Cryptography.RSAEncryptionPadding",
                                                    .bases = "IEquatable<RSAEncryptionPadding>"};
static constinit const Type oid_type{.name = "System.Security.Cryptography.Oid"};

namespace {

// Null: no key was imported yet.
struct Rsa {
  const crypto::Key* key = nullptr;
};

struct SignaturePadding {
  crypto::SignatureScheme scheme;
  std::string_view name;
};

struct EncryptionPadding {
  crypto::EncryptionScheme scheme;
  crypto::Hash hash;
  std::string_view name;
};

struct OidNames {
  const String* value = nullptr;
  const String* friendly_name = nullptr;
};

}  // namespace

static constexpr SignaturePadding signature_paddings[] = {{crypto::SignatureScheme::pkcs1, "Pkcs1"}, {crypto::SignatureScheme::pss, "Pss"}};
static constexpr EncryptionPadding encryption_paddings[] = {
    {crypto::EncryptionScheme::pkcs1, crypto::Hash::sha1, "Pkcs1"},
    {crypto::EncryptionScheme::oaep, crypto::Hash::sha1, "OaepSHA1"},
    {crypto::EncryptionScheme::oaep, crypto::Hash::sha256, "OaepSHA256"},
    {crypto::EncryptionScheme::oaep, crypto::Hash::sha384, "OaepSHA384"},
    {crypto::EncryptionScheme::oaep, crypto::Hash::sha512, "OaepSHA512"},
};

static Rsa& self_rsa(const Call& call) { return *call.self.object<Rsa>(); }

static Value fail_library(Evaluation& run, const Error& error) { return run.fail(types::cryptographic_exception, error.message); }

// The key for an operation, its fuel charged; null: the evaluation has failed.
static const crypto::Key* usable_key(Call& call, bool needs_private) {
  const crypto::Key* key = self_rsa(call).key;
  if (!call.run.charge(needs_private ? private_key_steps : public_key_steps)) return nullptr;
  if (!key)
    return call.run.fail(types::cryptographic_exception, "The RSA object has no key; import one, new keys are not generated here."),
           nullptr;
  if (needs_private && !key->is_private()) return call.run.fail(types::cryptographic_exception, "The key has no private part."), nullptr;
  return key;
}

// Signatures

static Value sign(Call& call, const crypto::Digest& digest, crypto::Hash hash, size_t padding_argument) {
  const auto* padding = call.object<const SignaturePadding>(padding_argument);
  if (!padding) return call.run.fail_null("padding");
  const crypto::Key* key = usable_key(call, true);
  if (!key) return {};
  const auto signature = key->sign(padding->scheme, hash, digest, random_of(call.run));
  return signature ? bytes_value(call.run, *signature) : fail_library(call.run, signature.error());
}

static bool digest_argument(Call& call, size_t data_argument, size_t name_argument, crypto::Hash& hash, crypto::Digest& digest) {
  const auto* data = call.object<const Bytes>(data_argument);
  if (!data) return call.run.fail_null("data"), false;
  if (!hash_of_name(call.run, call.arguments[name_argument], hash) || !call.run.charge_text(data->length)) return false;
  digest = crypto::digest_of(hash, data->view());
  return true;
}

// A digest that the caller made.
static bool given_digest(Call& call, size_t name_argument, crypto::Hash& hash, crypto::Digest& digest) {
  const auto* bytes = call.object<const Bytes>(0);
  if (!bytes) return call.run.fail_null("hash"), false;
  if (!hash_of_name(call.run, call.arguments[name_argument], hash)) return false;
  digest.size = crypto::digest_bytes(hash);
  if (bytes->length != digest.size)
    return call.run.fail(types::cryptographic_exception, "The hash has not the length of its algorithm."), false;
  std::memcpy(digest.bytes.data(), bytes->data, digest.size);
  return true;
}

static Value sign_data(Call& call) {
  crypto::Hash hash;
  crypto::Digest digest;
  return digest_argument(call, 0, 1, hash, digest) ? sign(call, digest, hash, 2) : Value{};
}

// Data, offset and count; the arguments behind them move up.
template <size_t count, Value (*use)(Call& call)>
static Value with_part(Call& call) {
  const auto* data = call.object<const Bytes>(0);
  const int64_t start = call.int32(1), size = call.int32(2);
  if (!data) return call.run.fail_null("data");
  if (start < 0 || start > data->length) return call.run.fail_range("Specified argument was out of the range of valid values.", "offset");
  if (size < 0 || start + size > data->length)
    return call.run.fail_range("Specified argument was out of the range of valid values.", "count");
  Value arguments[count];
  arguments[0] = bytes_value(call.run, data->view().substr(static_cast<size_t>(start), static_cast<size_t>(size)));
  if (call.run.failed()) return {};
  for (size_t i = 1; i < count; ++i) arguments[i] = call.arguments[i + 2];
  Call whole{call.run, call.site, call.self, arguments};
  return use(whole);
}

static Value sign_hash(Call& call) {
  crypto::Hash hash;
  crypto::Digest digest;
  return given_digest(call, 1, hash, digest) ? sign(call, digest, hash, 2) : Value{};
}

static Value verify(Call& call, const crypto::Digest& digest, crypto::Hash hash) {
  const auto* signature = call.object<const Bytes>(1);
  const auto* padding = call.object<const SignaturePadding>(3);
  if (!signature) return call.run.fail_null("signature");
  if (!padding) return call.run.fail_null("padding");
  const crypto::Key* key = usable_key(call, false);
  return key ? boolean(key->verify(padding->scheme, hash, digest, signature->view())) : Value{};
}

static Value verify_data(Call& call) {
  crypto::Hash hash;
  crypto::Digest digest;
  return digest_argument(call, 0, 2, hash, digest) ? verify(call, digest, hash) : Value{};
}

static Value verify_hash(Call& call) {
  crypto::Hash hash;
  crypto::Digest digest;
  return given_digest(call, 2, hash, digest) ? verify(call, digest, hash) : Value{};
}

// Encryption

template <bool encrypts>
static Value crypt(Call& call) {
  const auto* data = call.object<const Bytes>(0);
  const auto* padding = call.object<const EncryptionPadding>(1);
  if (!data) return call.run.fail_null("data");
  if (!padding) return call.run.fail_null("padding");
  const crypto::Key* key = usable_key(call, !encrypts);
  if (!key) return {};
  const crypto::Random random = random_of(call.run);
  const auto result = encrypts ? key->encrypt(padding->scheme, padding->hash, data->view(), random)
                               : key->decrypt(padding->scheme, padding->hash, data->view(), random);
  return result ? bytes_value(call.run, *result) : fail_library(call.run, result.error());
}

// Import and export

static Value import(Call& call, const Result<crypto::Key>& key) {
  if (!key) return fail_library(call.run, key.error());
  if (key->kind() != crypto::KeyKind::rsa) return call.run.fail(types::cryptographic_exception, "The key is no RSA key.");
  auto* kept = new crypto::Key(*key);
  call.run.own(kept, [](void* object) { delete static_cast<crypto::Key*>(object); });
  self_rsa(call).key = kept;
  return {};
}

static Value import_pem(Call& call) {
  if (!call.text(0)) return call.run.fail_null("input");
  if (!call.run.charge(private_key_steps)) return {};
  return import(call, crypto::Key::parse(utf8(*call.text(0)), {}, random_of(call.run)));
}

namespace {

struct XmlNumber {
  std::string_view tag;
  std::string crypto::RsaNumbers::*member;
};

}  // namespace

static constexpr XmlNumber xml_numbers[] = {
    {"Modulus", &crypto::RsaNumbers::modulus},
    {"Exponent", &crypto::RsaNumbers::exponent},
    {"P", &crypto::RsaNumbers::p},
    {"Q", &crypto::RsaNumbers::q},
    {"DP", &crypto::RsaNumbers::dp},
    {"DQ", &crypto::RsaNumbers::dq},
    {"InverseQ", &crypto::RsaNumbers::inverse_q},
    {"D", &crypto::RsaNumbers::d},
};

static Value import_xml(Call& call) {
  if (!call.text(0)) return call.run.fail_null("xmlString");
  if (!call.run.charge(private_key_steps)) return {};
  const std::string xml = utf8(*call.text(0));
  crypto::RsaNumbers numbers;
  for (const XmlNumber& number : xml_numbers) {
    const std::string open = "<" + std::string(number.tag) + ">";
    const size_t from = xml.find(open), to = xml.find("</" + std::string(number.tag) + ">");
    if (from == xml.npos || to == xml.npos || to < from) continue;
    const String* encoded = copy_of(call.run, std::string_view(xml).substr(from + open.size(), to - from - open.size()));
    if (!parse_base64(*encoded, numbers.*number.member))
      return call.run.fail(types::format_exception, "The input is not a valid Base-64 string.");
  }
  return import(call, crypto::Key::rsa(numbers));
}

static Value export_xml(Call& call) {
  const crypto::Key* key = self_rsa(call).key;
  const bool with_private = call.boolean(0);
  if (!key || (with_private && !key->is_private())) return call.run.fail(types::cryptographic_exception, "The key has no private part.");
  const crypto::RsaNumbers numbers = key->numbers(with_private);
  std::string xml = "<RSAKeyValue>";
  for (const XmlNumber& number : xml_numbers) {
    if (!with_private && number.tag != "Modulus" && number.tag != "Exponent") continue;
    xml.append("<").append(number.tag).append(">").append(base64_text(numbers.*number.member)).append("</").append(number.tag).append(">");
  }
  return text(copy_of(call.run, xml + "</RSAKeyValue>"));
}

static Value key_size(Call& call) {
  const crypto::Key* key = self_rsa(call).key;
  return int32(key ? static_cast<int32_t>(key->bits()) : 2048);
}

static Value nothing(Call&) { return {}; }

static constexpr Member asymmetric_members[] = {
    {"int KeySize", key_size},
    {"string ToXmlString(bool includePrivateParameters)", export_xml},
    {"void FromXmlString(string xmlString)", import_xml},
    {"string SignatureAlgorithm", [](Call& call) { return text(view_of(call.run, "RSA")); }},
    {"string KeyExchangeAlgorithm", [](Call& call) { return text(view_of(call.run, "RSA")); }},
    {"void Clear()", nothing},
    {"void Dispose()", nothing},
};

static constexpr Member rsa_members[] = {
    {"static RSA Create()", [](Call& call) { return value_of_object(rsa_cng_type, call.run.make<Rsa>()); }},
    {"byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)", sign_data},
    {"byte[] SignData(byte[] data, int offset, int count, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)",
     with_part<3, sign_data>},
    {"bool VerifyData(byte[] data, int offset, int count, byte[] signature, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)",
     with_part<4, verify_data>},
    {"byte[] SignHash(byte[] hash, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)", sign_hash},
    {"bool VerifyData(byte[] data, byte[] signature, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)", verify_data},
    {"bool VerifyHash(byte[] hash, byte[] signature, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)", verify_hash},
    {"byte[] Encrypt(byte[] data, RSAEncryptionPadding padding)", crypt<true>},
    {"byte[] Decrypt(byte[] data, RSAEncryptionPadding padding)", crypt<false>},
    {"void ImportFromPem(string input)", import_pem},
};

// Paddings

template <size_t index>
static Value signature_padding(Call&) {
  return value_of_object(signature_padding_type, &signature_paddings[index]);
}

template <size_t index>
static Value encryption_padding(Call&) {
  return value_of_object(encryption_padding_type, &encryption_paddings[index]);
}

static Value create_oaep(Call& call) {
  crypto::Hash hash;
  if (!hash_of_name(call.run, call.arguments[0], hash)) return {};
  for (const EncryptionPadding& padding : encryption_paddings)
    if (padding.scheme == crypto::EncryptionScheme::oaep && padding.hash == hash) return value_of_object(encryption_padding_type, &padding);
  return call.run.fail(types::cryptographic_exception, "OAEP is not available with this hash algorithm.");
}

template <class Padding>
static const String* padding_text(Evaluation& run, Value self) {
  return view_of(run, self.object<const Padding>()->name);
}

static constexpr TypeOps signature_padding_ops{.to_string = padding_text<SignaturePadding>};
static constexpr TypeOps encryption_padding_ops{.to_string = padding_text<EncryptionPadding>};

static constexpr Member signature_padding_members[] = {
    {"static RSASignaturePadding Pkcs1", signature_padding<0>},
    {"static RSASignaturePadding Pss", signature_padding<1>},
};
static constexpr Member encryption_padding_members[] = {
    {"static RSAEncryptionPadding Pkcs1", encryption_padding<0>},
    {"static RSAEncryptionPadding OaepSHA1", encryption_padding<1>},
    {"static RSAEncryptionPadding OaepSHA256", encryption_padding<2>},
    {"static RSAEncryptionPadding OaepSHA384", encryption_padding<3>},
    {"static RSAEncryptionPadding OaepSHA512", encryption_padding<4>},
    {"static RSAEncryptionPadding CreateOaep(HashAlgorithmName hashAlgorithm)", create_oaep},
};

// Oid

static constexpr std::pair<std::string_view, std::string_view> friendly_names[] = {
    {"1.2.840.113549.1.1.1", "RSA"},         {"1.2.840.10045.2.1", "ECC"},           {"1.2.840.113549.1.1.5", "sha1RSA"},
    {"1.2.840.113549.1.1.10", "RSASSA-PSS"}, {"1.2.840.113549.1.1.11", "sha256RSA"}, {"1.2.840.113549.1.1.12", "sha384RSA"},
    {"1.2.840.113549.1.1.13", "sha512RSA"},  {"1.2.840.10045.4.3.2", "sha256ECDSA"}, {"1.2.840.10045.4.3.3", "sha384ECDSA"},
    {"1.2.840.10045.4.3.4", "sha512ECDSA"},  {"1.2.840.113549.2.5", "md5"},          {"1.3.14.3.2.26", "sha1"},
    {"2.16.840.1.101.3.4.2.1", "sha256"},    {"2.16.840.1.101.3.4.2.2", "sha384"},   {"2.16.840.1.101.3.4.2.3", "sha512"},
};

static Value make(Evaluation& run, const String* value, const String* friendly_name) {
  return value_of_object(oid_type, run.make<OidNames>(value, friendly_name));
}

// The number, or one of the names above.
static Value make_of_text(Evaluation& run, const String* given) {
  if (!given) return make(run, nullptr, nullptr);
  for (const auto& [number, name] : friendly_names)
    if (equal(*given, number) || gatelet::equal_ignoring_case(utf8(*given), name))
      return make(run, view_of(run, number), view_of(run, name));
  return make(run, given, nullptr);
}

static constexpr Member oid_members[] = {
    {"new(string oid)", [](Call& call) { return make_of_text(call.run, call.text(0)); }},
    {"new(string value, string friendlyName)", [](Call& call) { return make(call.run, call.text(0), call.text(1)); }},
    {"string Value", [](Call& call) { return text(call.self.object<const OidNames>()->value); }},
    {"string FriendlyName", [](Call& call) { return text(call.self.object<const OidNames>()->friendly_name); }},
};

static const TypeRows rsa_types[] = {
    {asymmetric_type, asymmetric_members},
    {rsa_type, rsa_members},
    {rsa_cng_type},
    {signature_padding_type, signature_padding_members, &signature_padding_ops},
    {encryption_padding_type, encryption_padding_members, &encryption_padding_ops},
    {oid_type, oid_members},
};

}  // namespace rsa_rows

Value rsa_value(Evaluation& run, const crypto::Key& key) { return value_of_object(rsa_rows::rsa_cng_type, run.make<rsa_rows::Rsa>(&key)); }

Value oid_value(Evaluation& run, std::string_view number) { return rsa_rows::make_of_text(run, copy_of(run, number)); }

extern const Family rsa_family;
const Family rsa_family{rsa_rows::rsa_types};

}  // namespace gatelet::cs
