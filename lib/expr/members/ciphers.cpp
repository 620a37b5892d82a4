// SymmetricAlgorithm and the extension methods Encrypt and Decrypt of byte[] (expressions.md 2.4).
#include "base/text.hpp"
#include "crypto/cipher.hpp"
#include "expr/collections.hpp"
#include "expr/context_model.hpp"
#include "expr/cryptography.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace cipher_rows {

static constexpr EnumConstant modes[] = {{"CBC", 1}, {"ECB", 2}, {"OFB", 3}, {"CFB", 4}, {"CTS", 5}};
static constinit const Type mode_type{.name = "System.Security.Cryptography.CipherMode", .kind = TypeKind::enumeration, .constants = modes};
static constexpr EnumConstant paddings[] = {{"None", 1}, {"PKCS7", 2}, {"Zeros", 3}, {"ANSIX923", 4}, {"ISO10126", 5}};
static constinit const Type padding_type{
    .name = "System.Security.Cryptography.PaddingMode", .kind = TypeKind::enumeration, .constants = paddings};

static constinit const Type algorithm_type{
    .name = "System.Security.Cryptography.SymmetricAlgorithm", .bases = "IDisposable", .is_abstract = true};
static constinit const Type aes_type{.name = "System.Security.Cryptography.AesManaged", .bases = "SymmetricAlgorithm", .is_hidden = true};
static constinit const Type des_type{
    .name = "System.Security.Cryptography.DESCryptoServiceProvider", .bases = "SymmetricAlgorithm", .is_hidden = true};
static constinit const Type triple_des_type{
    .name = "System.Security.Cryptography.TripleDESCryptoServiceProvider", .bases = "SymmetricAlgorithm", .is_hidden = true};
static constinit const Type rc2_type{
    .name = "System.Security.Cryptography.RC2CryptoServiceProvider", .bases = "SymmetricAlgorithm", .is_hidden = true};
static constinit const Type transform_type{.name = "System.Security.Cryptography.ICryptoTransform", .bases = "IDisposable"};

namespace {

// Key and IV are made when they are first asked for, as in .NET.
struct Algorithm {
  crypto::CipherOptions options;
  uint32_t key_bytes = 32;
  Bytes key;
  Bytes iv;
};

struct Transform {
  Algorithm algorithm;
  bool encrypts = true;
};

}  // namespace

static constexpr std::string_view bad_key = "Specified key is not a valid size for this algorithm.";
static constexpr std::string_view bad_iv = "Specified initialization vector (IV) does not match the block size for this algorithm.";

static Value fail_cryptography(Evaluation& run, std::string_view message) { return run.fail(types::cryptographic_exception, message); }

static Value fail_cipher(Evaluation& run, crypto::CipherFault fault) {
  switch (fault) {
    case crypto::CipherFault::none: break;
    case crypto::CipherFault::key_size: return fail_cryptography(run, bad_key);
    case crypto::CipherFault::iv_size: return fail_cryptography(run, bad_iv);
    case crypto::CipherFault::incomplete_block: return fail_cryptography(run, "The input data is not a complete block.");
    case crypto::CipherFault::bad_padding: return fail_cryptography(run, "Padding is invalid and cannot be removed.");
  }
  return {};
}

static Value apply(Evaluation& run, const Algorithm& algorithm, std::string_view data, bool encrypts) {
  if (!run.charge_text(4 * data.size())) return {};
  std::string out;
  const crypto::CipherFault fault =
      encrypts ? crypto::encrypt(algorithm.options, algorithm.key.view(), algorithm.iv.view(), data, random_of(run), out)
               : crypto::decrypt(algorithm.options, algorithm.key.view(), algorithm.iv.view(), data, out);
  return fault == crypto::CipherFault::none ? bytes_value(run, out) : fail_cipher(run, fault);
}

// Making one

namespace {

struct NamedCipher {
  std::string_view name;
  const Type* type;
  crypto::Cipher cipher;
};

}  // namespace

static constexpr NamedCipher named_ciphers[] = {
    {"aes", &aes_type, crypto::Cipher::aes},
    {"aesmanaged", &aes_type, crypto::Cipher::aes},
    {"aescryptoserviceprovider", &aes_type, crypto::Cipher::aes},
    {"rijndael", &aes_type, crypto::Cipher::aes},
    {"rijndaelmanaged", &aes_type, crypto::Cipher::aes},
    {"des", &des_type, crypto::Cipher::des},
    {"tripledes", &triple_des_type, crypto::Cipher::triple_des},
    {"triple des", &triple_des_type, crypto::Cipher::triple_des},
    {"3des", &triple_des_type, crypto::Cipher::triple_des},
    {"rc2", &rc2_type, crypto::Cipher::rc2},
};

// Null: not known.
static const NamedCipher* named(const String& given) {
  constexpr std::string_view prefix = "system.security.cryptography.";
  std::string name = lower(utf8(given));
  if (name.starts_with(prefix)) name = name.substr(prefix.size());
  for (const NamedCipher& known : named_ciphers)
    if (known.name == name) return &known;
  return nullptr;
}

static Algorithm made(const NamedCipher& cipher) {
  Algorithm algorithm;
  algorithm.options.cipher = cipher.cipher;
  switch (cipher.cipher) {
    case crypto::Cipher::aes: algorithm.key_bytes = 32; break;
    case crypto::Cipher::des: algorithm.key_bytes = 8; break;
    case crypto::Cipher::triple_des: algorithm.key_bytes = 24; break;
    case crypto::Cipher::rc2: algorithm.key_bytes = 16; break;
  }
  return algorithm;
}

static Value create(Call& call) {
  if (!call.text(0)) return call.run.fail_null("algName");
  const NamedCipher* cipher = named(*call.text(0));
  return cipher ? value_of_object(*cipher->type, call.run.make<Algorithm>(made(*cipher))) : Value{};
}

// Its properties

static Algorithm& self_algorithm(const Call& call) { return *call.self.object<Algorithm>(); }

static bool copy_bytes(Evaluation& run, std::string_view from, Bytes& to) {
  Bytes* copy = make_bytes(run, from.size());
  if (!copy) return false;
  if (!from.empty()) std::memcpy(copy->data, from.data(), from.size());
  to = *copy;
  return true;
}

static bool fill_randomly(Evaluation& run, size_t size, Bytes& out) {
  Bytes* made_bytes = make_bytes(run, size);
  if (!made_bytes) return false;
  run.context.random_bytes(made_bytes->data, size);
  out = *made_bytes;
  return true;
}

static bool complete(Evaluation& run, Algorithm& algorithm) {
  if (!algorithm.key.data && !fill_randomly(run, algorithm.key_bytes, algorithm.key)) return false;
  return algorithm.iv.data || fill_randomly(run, crypto::cipher_block_bytes(algorithm.options.cipher), algorithm.iv);
}

template <Bytes Algorithm::*part>
static Value get_bytes(Call& call) {
  return complete(call.run, self_algorithm(call)) ? bytes_value(call.run, (self_algorithm(call).*part).view()) : Value{};
}

static Value set_key(Call& call) {
  const auto* key = call.object<const Bytes>(0);
  Algorithm& self = self_algorithm(call);
  if (!key) return call.run.fail_null("value");
  if (!crypto::is_key_size(self.options.cipher, key->length)) return fail_cryptography(call.run, bad_key);
  self.key_bytes = key->length;
  copy_bytes(call.run, key->view(), self.key);
  return {};
}

static Value set_iv(Call& call) {
  const auto* iv = call.object<const Bytes>(0);
  Algorithm& self = self_algorithm(call);
  if (!iv) return call.run.fail_null("value");
  if (iv->length != crypto::cipher_block_bytes(self.options.cipher)) return fail_cryptography(call.run, bad_iv);
  copy_bytes(call.run, iv->view(), self.iv);
  return {};
}

static Value set_key_size(Call& call) {
  Algorithm& self = self_algorithm(call);
  const int32_t bits = call.int32(0);
  if (bits <= 0 || bits % 8 != 0 || !crypto::is_key_size(self.options.cipher, static_cast<size_t>(bits / 8)))
    return fail_cryptography(call.run, bad_key);
  self.key_bytes = static_cast<uint32_t>(bits / 8);
  self.key = {};
  return {};
}

static Value block_size(Call& call) {
  return int32(static_cast<int32_t>(crypto::cipher_block_bytes(self_algorithm(call).options.cipher) * 8));
}

static Value set_block_size(Call& call) {
  if (call.int32(0) == block_size(call).int32()) return {};
  return fail_cryptography(call.run, "Specified block size is not valid for this algorithm.");
}

static constexpr int64_t mode_numbers[] = {1, 2, 4};  // of crypto::CipherMode

static Value set_mode(Call& call) {
  for (size_t i = 0; i < std::size(mode_numbers); ++i)
    if (mode_numbers[i] == call.int64(0)) return self_algorithm(call).options.mode = static_cast<crypto::CipherMode>(i), Value{};
  return fail_cryptography(call.run, "Specified cipher mode is not valid for this algorithm.");
}

static Value set_padding(Call& call) {
  if (call.int64(0) < 1 || call.int64(0) > 5) return fail_cryptography(call.run, "Specified padding mode is not valid for this algorithm.");
  self_algorithm(call).options.padding = static_cast<crypto::Padding>(call.int64(0) - 1);
  return {};
}

static Value wipe(Call& call) {
  volatile uint8_t* key = self_algorithm(call).key.data;  // what is not read again is still written
  for (uint32_t i = 0; key && i < self_algorithm(call).key.length; ++i) key[i] = 0;
  return {};
}

static Value valid_key_size(Call& call) {
  const int32_t bits = call.int32(0);
  return boolean(bits > 0 && bits % 8 == 0 && crypto::is_key_size(self_algorithm(call).options.cipher, static_cast<size_t>(bits / 8)));
}

// Transforms

template <bool encrypts>
static Value transform(Call& call) {
  if (!complete(call.run, self_algorithm(call))) return {};
  return value_of_object(transform_type, call.run.make<Transform>(self_algorithm(call), encrypts));
}

// Key and IV as arguments `first` and the next; false: the evaluation has failed.
static bool take_key(Call& call, size_t first, Algorithm& algorithm) {
  const auto *key = call.object<const Bytes>(first), *iv = call.object<const Bytes>(first + 1);
  if (!key) return call.run.fail_null("key"), false;
  algorithm.key = *key;
  algorithm.iv = iv ? *iv : Bytes{};
  return true;
}

template <bool encrypts>
static Value transform_with(Call& call) {
  Algorithm algorithm = self_algorithm(call);
  if (!take_key(call, 0, algorithm)) return {};
  if (!crypto::is_key_size(algorithm.options.cipher, algorithm.key.length)) return fail_cryptography(call.run, bad_key);
  return value_of_object(transform_type, call.run.make<Transform>(algorithm, encrypts));
}

static Value transform_final_block(Call& call) {
  const auto* data = call.object<const Bytes>(0);
  const int64_t offset = call.int32(1), count = call.int32(2);
  if (!data) return call.run.fail_null("inputBuffer");
  if (offset < 0) return call.run.fail_range("Non-negative number required.", "inputOffset");
  if (count < 0 || offset + count > data->length) return call.run.fail(types::argument_exception, "Value was invalid.");
  const auto& self = *call.self.object<const Transform>();
  return apply(call.run, self.algorithm, data->view().substr(static_cast<size_t>(offset), static_cast<size_t>(count)), self.encrypts);
}

static Value transform_block_bytes(Call& call) {
  return int32(static_cast<int32_t>(crypto::cipher_block_bytes(call.self.object<const Transform>()->algorithm.options.cipher)));
}

// Extension methods

template <bool encrypts>
static Value crypt_by_name(Call& call) {
  const auto* data = call.object<const Bytes>(0);
  if (!data) return call.run.fail_null("input");
  if (!call.text(1)) return call.run.fail_null("alg");
  const NamedCipher* cipher = named(*call.text(1));
  if (!cipher) return fail_cryptography(call.run, "'" + utf8(*call.text(1)) + "' is not a known symmetric algorithm.");
  Algorithm algorithm = made(*cipher);
  return take_key(call, 2, algorithm) ? apply(call.run, algorithm, data->view(), encrypts) : Value{};
}

template <bool encrypts, bool has_key>
static Value crypt_with(Call& call) {
  const auto* data = call.object<const Bytes>(0);
  auto* given = call.object<Algorithm>(1);
  if (!data) return call.run.fail_null("input");
  if (!given) return call.run.fail_null("alg");
  if (!complete(call.run, *given)) return {};
  Algorithm algorithm = *given;
  if (has_key && !take_key(call, 2, algorithm)) return {};
  return apply(call.run, algorithm, data->view(), encrypts);
}

static constexpr Member algorithm_members[] = {
    {"static SymmetricAlgorithm Create(string algName)", create},
    {"byte[] Key", get_bytes<&Algorithm::key>, set_key},
    {"byte[] IV", get_bytes<&Algorithm::iv>, set_iv},
    {"int KeySize", [](Call& call) { return int32(static_cast<int32_t>(self_algorithm(call).key_bytes * 8)); }, set_key_size},
    {"int BlockSize", block_size, set_block_size},
    {"int FeedbackSize", [](Call&) { return int32(8); }},
    {"CipherMode Mode",
     [](Call& call) { return value_of_bits(mode_type, mode_numbers[static_cast<size_t>(self_algorithm(call).options.mode)]); }, set_mode},
    {"PaddingMode Padding",
     [](Call& call) { return value_of_bits(padding_type, static_cast<int64_t>(self_algorithm(call).options.padding) + 1); }, set_padding},
    {"void GenerateKey()",
     [](Call& call) { return fill_randomly(call.run, self_algorithm(call).key_bytes, self_algorithm(call).key), Value{}; }},
    {"void GenerateIV()",
     [](Call& call) {
       return fill_randomly(call.run, crypto::cipher_block_bytes(self_algorithm(call).options.cipher), self_algorithm(call).iv), Value{};
     }},
    {"bool ValidKeySize(int bitLength)", valid_key_size},
    {"ICryptoTransform CreateEncryptor()", transform<true>},
    {"ICryptoTransform CreateEncryptor(byte[] rgbKey, byte[] rgbIV)", transform_with<true>},
    {"ICryptoTransform CreateDecryptor()", transform<false>},
    {"ICryptoTransform CreateDecryptor(byte[] rgbKey, byte[] rgbIV)", transform_with<false>},
    {"void Clear()", wipe},
    {"void Dispose()", wipe},
};

static constexpr Member transform_members[] = {
    {"byte[] TransformFinalBlock(byte[] inputBuffer, int inputOffset, int inputCount)", transform_final_block},
    {"int InputBlockSize", transform_block_bytes},
    {"int OutputBlockSize", transform_block_bytes},
    {"bool CanReuseTransform", [](Call&) { return boolean(true); }},
    {"bool CanTransformMultipleBlocks", [](Call&) { return boolean(true); }},
    {"int TransformBlock(byte[] inputBuffer, int inputOffset, int inputCount, byte[] outputBuffer, int outputOffset)", nullptr, nullptr,
     nullptr, "give all data to TransformFinalBlock"},
    {"void Dispose()", [](Call&) { return Value{}; }},
};

static constinit const Type extensions_type{.name = "CipherExtensions", .is_hidden = true, .is_static = true};
static constexpr Member extensions[] = {
    {"static byte[] Encrypt(this byte[] input, string alg, byte[] key, byte[] iv)", crypt_by_name<true>},
    {"static byte[] Decrypt(this byte[] input, string alg, byte[] key, byte[] iv)", crypt_by_name<false>},
    {"static byte[] Encrypt(this byte[] input, SymmetricAlgorithm alg)", crypt_with<true, false>},
    {"static byte[] Decrypt(this byte[] input, SymmetricAlgorithm alg)", crypt_with<false, false>},
    {"static byte[] Encrypt(this byte[] input, SymmetricAlgorithm alg, byte[] key, byte[] iv)", crypt_with<true, true>},
    {"static byte[] Decrypt(this byte[] input, SymmetricAlgorithm alg, byte[] key, byte[] iv)", crypt_with<false, true>},
};

// RNGCryptoServiceProvider

static constinit const Type random_type{.name = "System.Security.Cryptography.RNGCryptoServiceProvider", .bases = "IDisposable"};

static Value random_bytes(Call& call) {
  auto* bytes = call.object<Bytes>(0);
  if (!bytes) return call.run.fail_null("data");
  if (call.run.charge_text(bytes->length)) call.run.context.random_bytes(bytes->data, bytes->length);
  return {};
}

static Value random_part(Call& call) {
  auto* bytes = call.object<Bytes>(0);
  const int64_t start = call.int32(1), count = call.int32(2);
  if (!bytes) return call.run.fail_null("data");
  if (!is_part(call.run, start, count, bytes->length, "offset")) return {};
  if (call.run.charge_text(static_cast<size_t>(count))) call.run.context.random_bytes(bytes->data + start, static_cast<size_t>(count));
  return {};
}

static Value random_non_zero_bytes(Call& call) {
  random_bytes(call);
  auto* bytes = call.object<Bytes>(0);
  if (call.run.failed()) return {};
  for (uint32_t i = 0; i < bytes->length; ++i)
    while (bytes->data[i] == 0 && call.run.charge(1)) call.run.context.random_bytes(&bytes->data[i], 1);
  return {};
}

static constexpr Member random_members[] = {
    {"new()", [](Call& call) { return value_of_object(random_type, call.run.allocate(1)); }},
    {"void GetBytes(byte[] data)", random_bytes},
    {"void GetBytes(byte[] data, int offset, int count)", random_part},
    {"void GetNonZeroBytes(byte[] data)", random_non_zero_bytes},
    {"void Dispose()", [](Call&) { return Value{}; }},
};

static const TypeRows cipher_types[] = {
    {mode_type},
    {padding_type},
    {algorithm_type, algorithm_members},
    {aes_type},
    {des_type},
    {triple_des_type},
    {rc2_type},
    {transform_type, transform_members},
    {extensions_type, extensions},
    {random_type, random_members},
};

}  // namespace cipher_rows

extern const Family cipher_family;
const Family cipher_family{cipher_rows::cipher_types};

}  // namespace gatelet::cs
