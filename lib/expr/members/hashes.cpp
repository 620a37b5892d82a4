// Hashes of System.Security.Cryptography: HashAlgorithm and what derives from it, HMAC, HashAlgorithmName.
#include "base/text.hpp"
#include "expr/context_model.hpp"
#include "expr/cryptography.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {

constinit const Type hash_algorithm_name_type{
    .name = "System.Security.Cryptography.HashAlgorithmName", .kind = TypeKind::structure, .bases = "IEquatable<HashAlgorithmName>"};

namespace hash_rows {

using crypto::Hash;

static constexpr std::pair<std::string_view, Hash> hash_names[] = {
    {"MD5", Hash::md5}, {"SHA1", Hash::sha1}, {"SHA256", Hash::sha256}, {"SHA384", Hash::sha384}, {"SHA512", Hash::sha512}};

namespace {

// HashAlgorithm: `key` is an HMAC's; `pending` is what TransformBlock was given, `last` the hash computed last.
struct Hasher {
  Hash hash = Hash::sha256;
  bool is_keyed = false;
  Bytes key;
  Bytes pending;
  Bytes last;
};

}  // namespace

static Hasher& self_hasher(const Call& call) { return *call.self.object<Hasher>(); }

static bool copy_key(Evaluation& run, std::string_view key, Bytes& out) {
  Bytes* copy = make_bytes(run, key.size());
  if (!copy) return false;
  if (!key.empty()) std::memcpy(copy->data, key.data(), key.size());
  out = *copy;
  return true;
}

static Value create(Evaluation& run, const Type& type, Hash hash) {
  auto* hasher = run.make<Hasher>();
  hasher->hash = hash;
  return value_of_object(type, hasher);
}

static Value create_keyed(Evaluation& run, const Type& type, Hash hash, std::string_view key) {
  const Value created = create(run, type, hash);
  created.object<Hasher>()->is_keyed = true;
  return copy_key(run, key, created.object<Hasher>()->key) ? created : Value{};
}

template <Hash hash>
static Value create_hmac(Call& call) {
  const auto* key = call.object<const Bytes>(0);
  return key ? create_keyed(call.run, *call.site.result, hash, key->view()) : call.run.fail_null("key");
}

static Value create_with_random_key(Evaluation& run, const Type& type, Hash hash) {
  char key[128];
  const size_t size = crypto::hash_block_bytes(hash);
  run.context.random_bytes(key, size);
  return create_keyed(run, type, hash, {key, size});
}

template <Hash hash>
static Value create_hmac_randomly(Call& call) {
  return create_with_random_key(call.run, *call.site.result, hash);
}

static Value hash_bytes(Call& call, std::string_view data) {
  Hasher& self = self_hasher(call);
  if (!call.run.charge_text(data.size())) return {};
  const crypto::Digest digest = self.is_keyed ? crypto::hmac_of(self.hash, self.key.view(), data) : crypto::digest_of(self.hash, data);
  const Value result = bytes_value(call.run, digest.view());
  if (!result.is_null()) self.last = *result.object<const Bytes>();
  return result;
}

static Value compute(Call& call) {
  const auto* data = call.object<const Bytes>(0);
  return data ? hash_bytes(call, data->view()) : call.run.fail_null("buffer");
}

// The part of a buffer that an offset and a count name; false: the evaluation has failed.
static bool part_of(Call& call, std::string_view& out) {
  const auto* data = call.object<const Bytes>(0);
  const int64_t offset = call.int32(1), count = call.int32(2);
  if (!data) return call.run.fail_null("buffer"), false;
  if (offset < 0) return call.run.fail_range("Non-negative number required.", "offset"), false;
  if (count < 0 || offset + count > data->length) return call.run.fail(types::argument_exception, "Value was invalid."), false;
  out = data->view().substr(static_cast<size_t>(offset), static_cast<size_t>(count));
  return true;
}

static Value compute_part(Call& call) {
  std::string_view part;
  return part_of(call, part) ? hash_bytes(call, part) : Value{};
}

static bool append_pending(Call& call, std::string_view part) {
  Hasher& self = self_hasher(call);
  const size_t before = self.pending.length;
  if (!call.run.charge_text(before + part.size())) return false;
  Bytes* grown = make_bytes(call.run, before + part.size());
  if (!grown) return false;
  if (before > 0) std::memcpy(grown->data, self.pending.data, before);
  if (!part.empty()) std::memcpy(grown->data + before, part.data(), part.size());
  self.pending = *grown;
  return true;
}

static Value transform_block(Call& call) {
  std::string_view part;
  if (!part_of(call, part) || !append_pending(call, part)) return {};
  auto* target = call.object<Bytes>(3);
  const int64_t offset = call.int32(4);
  if (target && (offset < 0 || offset + static_cast<int64_t>(part.size()) > target->length))
    return call.run.fail(types::argument_exception, "Value was invalid.");
  if (target && !part.empty()) std::memmove(target->data + offset, part.data(), part.size());
  return int32(static_cast<int32_t>(part.size()));
}

static Value transform_final_block(Call& call) {
  std::string_view part;
  if (!part_of(call, part) || !append_pending(call, part)) return {};
  Hasher& self = self_hasher(call);
  hash_bytes(call, self.pending.view());
  self.pending = {};
  return bytes_value(call.run, part);
}

static Value last_hash(Call& call) {
  const Hasher& self = self_hasher(call);
  if (!self.last.data) return call.run.fail(types::cryptographic_exception, "Hash must be finalized before the hash value is retrieved.");
  return bytes_value(call.run, self.last.view());
}

static Value initialize(Call& call) { return self_hasher(call).pending = {}, Value{}; }

static Value wipe(Call& call) {
  Hasher& self = self_hasher(call);
  // A plain memset at the end of an object's life is what compilers leave out.
  volatile uint8_t* key = self.key.data;
  for (uint32_t i = 0; i < self.key.length; ++i) key[i] = 0;
  return {};
}

static Value set_key(Call& call) {
  const auto* key = call.object<const Bytes>(0);
  if (!key) return call.run.fail_null("value");
  copy_key(call.run, key->view(), self_hasher(call).key);
  return {};
}

// The classes. Each base is abstract; what Create() gives is of the class that .NET Framework's users know.

static constinit const Type algorithm_type{
    .name = "System.Security.Cryptography.HashAlgorithm", .bases = "IDisposable", .is_abstract = true};
static constinit const Type keyed_type{
    .name = "System.Security.Cryptography.KeyedHashAlgorithm", .bases = "HashAlgorithm", .is_abstract = true};
static constinit const Type hmac_type{.name = "System.Security.Cryptography.HMAC", .bases = "KeyedHashAlgorithm", .is_abstract = true};
static constinit const Type md5_type{.name = "System.Security.Cryptography.MD5", .bases = "HashAlgorithm", .is_abstract = true};
static constinit const Type md5_provider_type{
    .name = "System.Security.Cryptography.MD5CryptoServiceProvider", .bases = "MD5", .is_hidden = true};

#define GATELET_HASH(id, text_name)                                                                                                        \
  static constinit const Type id##_type{.name = "System.Security.Cryptography." text_name, .bases = "HashAlgorithm", .is_abstract = true}; \
  static constinit const Type id##_managed_type{.name = "System.Security.Cryptography." text_name "Managed", .bases = text_name};          \
  static Value create_##id(Call& call) { return create(call.run, id##_managed_type, Hash::id); }                                           \
  static constexpr Member id##_members[] = {{"static " text_name " Create()", create_##id}};                                               \
  static constexpr Member id##_managed_members[] = {{"new()", create_##id}};
GATELET_HASH(sha1, "SHA1")
GATELET_HASH(sha256, "SHA256")
GATELET_HASH(sha384, "SHA384")
GATELET_HASH(sha512, "SHA512")
#undef GATELET_HASH

static Value create_md5(Call& call) { return create(call.run, md5_provider_type, Hash::md5); }
static constexpr Member md5_members[] = {{"static MD5 Create()", create_md5}};

#define GATELET_HMAC(id, text_name)                                                                                 \
  static constinit const Type hmac_##id##_type{.name = "System.Security.Cryptography." text_name, .bases = "HMAC"}; \
  static constexpr Member hmac_##id##_members[] = {{"new()", create_hmac_randomly<Hash::id>}, {"new(byte[] key)", create_hmac<Hash::id>}};
GATELET_HMAC(md5, "HMACMD5")
GATELET_HMAC(sha1, "HMACSHA1")
GATELET_HMAC(sha256, "HMACSHA256")
GATELET_HMAC(sha384, "HMACSHA384")
GATELET_HMAC(sha512, "HMACSHA512")
#undef GATELET_HMAC

// The factories by name: "SHA256", "HMACSHA256", with or without the namespace; null for a name that .NET does not know.

static constexpr const Type* plain_types[] = {&md5_provider_type, &sha1_managed_type, &sha256_managed_type, &sha384_managed_type,
                                              &sha512_managed_type};
static constexpr const Type* hmac_types[] = {&hmac_md5_type, &hmac_sha1_type, &hmac_sha256_type, &hmac_sha384_type, &hmac_sha512_type};

static std::string plain_name(const String& given) {
  std::string found;
  for (const char c : lower(utf8(given)))
    if (c != '-') found += c;
  constexpr std::string_view prefix = "system.security.cryptography.";
  return found.starts_with(prefix) ? found.substr(prefix.size()) : found;
}

static Value create_named(Call& call, bool takes_plain) {
  if (!call.text(0)) return call.run.fail_null("name");
  const std::string wanted = plain_name(*call.text(0));
  for (size_t i = 0; i < std::size(hash_names); ++i) {
    const auto& [known, hash] = hash_names[i];
    if (takes_plain && (wanted == lower(known) || wanted == lower(known) + "managed")) return create(call.run, *plain_types[i], hash);
    if (wanted == "hmac" + lower(known)) return create_with_random_key(call.run, *hmac_types[i], hash);
  }
  return {};
}

static Value create_any(Call& call) { return create_named(call, true); }
static Value create_any_keyed(Call& call) { return create_named(call, false); }

static constexpr Member algorithm_members[] = {
    {"byte[] ComputeHash(byte[] buffer)", compute},
    {"byte[] ComputeHash(byte[] buffer, int offset, int count)", compute_part},
    {"int TransformBlock(byte[] inputBuffer, int inputOffset, int inputCount, byte[] outputBuffer, int outputOffset)", transform_block},
    {"byte[] TransformFinalBlock(byte[] inputBuffer, int inputOffset, int inputCount)", transform_final_block},
    {"byte[] Hash", last_hash},
    {"int HashSize", [](Call& call) { return int32(static_cast<int32_t>(crypto::digest_bytes(self_hasher(call).hash) * 8)); }},
    {"int InputBlockSize", [](Call&) { return int32(1); }},
    {"int OutputBlockSize", [](Call&) { return int32(1); }},
    {"bool CanReuseTransform", [](Call&) { return boolean(true); }},
    {"bool CanTransformMultipleBlocks", [](Call&) { return boolean(true); }},
    {"void Initialize()", initialize},
    {"void Clear()", wipe},
    {"void Dispose()", wipe},
    {"static HashAlgorithm Create(string hashName)", create_any},
};

static constexpr Member keyed_members[] = {
    {"byte[] Key", [](Call& call) { return bytes_value(call.run, self_hasher(call).key.view()); }, set_key},
    {"static KeyedHashAlgorithm Create(string algName)", create_any_keyed},
};

static constexpr Member hmac_members[] = {
    {"string HashName", [](Call& call) { return text(view_of(call.run, hash_names[static_cast<size_t>(self_hasher(call).hash)].first)); }},
    {"static HMAC Create(string algorithmName)", create_any_keyed},
};

// HashAlgorithmName

template <size_t index>
static Value known_name(Call& call) {
  return value_of_object(hash_algorithm_name_type, view_of(call.run, hash_names[index].first));
}

static const String& name_of(Value value) {
  const String* name = value.object<const String>();
  return name ? *name : empty_string;
}

static constexpr TypeOps name_ops{
    .to_string = [](Evaluation&, Value self) { return &name_of(self); },
    .equals = [](Evaluation&, Value self, Value other) { return self.type == other.type && equal(name_of(self), name_of(other)); },
    .hash = [](Evaluation&, Value self) { return hash_of(name_of(self)); },
};

static constexpr Member name_members[] = {
    {"new(string name)", [](Call& call) { return value_of_object(hash_algorithm_name_type, call.text(0) ? call.text(0) : &empty_string); }},
    {"static HashAlgorithmName MD5", known_name<0>},
    {"static HashAlgorithmName SHA1", known_name<1>},
    {"static HashAlgorithmName SHA256", known_name<2>},
    {"static HashAlgorithmName SHA384", known_name<3>},
    {"static HashAlgorithmName SHA512", known_name<4>},
    {"string Name", [](Call& call) { return text(&name_of(call.self)); }},
    {"static bool operator ==(HashAlgorithmName left, HashAlgorithmName right)",
     [](Call& call) { return boolean(equal(name_of(call.arguments[0]), name_of(call.arguments[1]))); }},
    {"static bool operator !=(HashAlgorithmName left, HashAlgorithmName right)",
     [](Call& call) { return boolean(!equal(name_of(call.arguments[0]), name_of(call.arguments[1]))); }},
};

static const TypeRows hash_types[] = {
    {algorithm_type, algorithm_members},
    {keyed_type, keyed_members},
    {hmac_type, hmac_members},
    {md5_type, md5_members},
    {md5_provider_type},
    {sha1_type, sha1_members},
    {sha1_managed_type, sha1_managed_members},
    {sha256_type, sha256_members},
    {sha256_managed_type, sha256_managed_members},
    {sha384_type, sha384_members},
    {sha384_managed_type, sha384_managed_members},
    {sha512_type, sha512_members},
    {sha512_managed_type, sha512_managed_members},
    {hmac_md5_type, hmac_md5_members},
    {hmac_sha1_type, hmac_sha1_members},
    {hmac_sha256_type, hmac_sha256_members},
    {hmac_sha384_type, hmac_sha384_members},
    {hmac_sha512_type, hmac_sha512_members},
    {hash_algorithm_name_type, name_members, &name_ops},
};

}  // namespace hash_rows

bool hash_of_name(Evaluation& run, Value name, crypto::Hash& out) {
  const String* wanted = name.object<const String>();
  if (!wanted || wanted->empty())
    return run.fail_argument(types::argument_exception, "The hash algorithm name cannot be null or empty.", "hashAlgorithm"), false;
  for (const auto& [known, hash] : hash_rows::hash_names)
    if (equal(*wanted, known)) return out = hash, true;
  return run.fail(types::cryptographic_exception, "'" + utf8(*wanted) + "' is not a known hash algorithm."), false;
}

extern const Family hash_family;
const Family hash_family{hash_rows::hash_types};

}  // namespace gatelet::cs
