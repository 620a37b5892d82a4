#include "config/sync/backup_file.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "config/sync/limits.hpp"
#include "crypto/hash.hpp"
#include "crypto/sealed.hpp"

namespace gatelet {

namespace backup_files {

// The head: magic; generation and its own checksum, because it is given last; format, flags, size of the body, nonce; SHA-256 of these and
// of the body. Numbers are little-endian. The body, or what is sealed in it: a line of JSON about the document, the document, what is held.
// The line says how long both are.
constexpr std::string_view magic = "GATELETB";
constexpr size_t generation_at = 8, generation_bytes = 8, generation_sum_bytes = 8;
constexpr size_t summed_at = generation_at + generation_bytes + generation_sum_bytes;
constexpr size_t summed_bytes = 4 + 4 + 8 + crypto::seal_nonce_bytes;
constexpr size_t hash_bytes = 32;
constexpr size_t head_bytes = summed_at + summed_bytes + hash_bytes;
constexpr uint32_t flag_sealed = 1;

void put(std::string& out, uint64_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i));
}

uint64_t number_at(std::string_view in, size_t at, size_t bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < bytes; ++i) number |= static_cast<uint64_t>(static_cast<unsigned char>(in[at + i])) << (8 * i);
  return number;
}

Error refused(std::string why, Code code = Code::io) { return {code, std::move(why), {}, {}}; }

std::string sum_of(std::string_view head, std::string_view body) {
  return std::string(crypto::digest_of(crypto::Hash::sha256, std::string(head) + std::string(body)).view());
}

std::string body_of(const BackupContent& content, int64_t created_ms) {
  std::string out = Json::object({{"gateway", Json::from(content.gateway), {}},
                                  {"service", Json::from(content.service_id), {}},
                                  {"epoch", Json::from(std::to_string(content.epoch)), {}},
                                  {"revision", Json::from(std::to_string(content.revision)), {}},
                                  {"etag", Json::from(content.etag), {}},
                                  {"signature", Json::from(content.signature), {}},
                                  {"created", Json::from(std::to_string(created_ms)), {}},
                                  {"document", Json::from(std::to_string(content.document.size())), {}},
                                  {"held", Json::from(std::to_string(content.held.size())), {}}})
                        .text();
  out.reserve(out.size() + 1 + content.document.size() + content.held.size());
  out += '\n';
  out += content.document;
  out += content.held;
  return out;
}

uint64_t number_of(const Json& json) { return parse_unsigned(json.string()).value_or(0); }

Result<BackupContent> content_of(std::string_view body, uint64_t format) {
  const size_t end = body.find('\n');
  if (end == body.npos) return refused("the backup says nothing about itself");
  GATELET_TRY(line, Json::parse(body.substr(0, end)));
  const std::string_view rest = body.substr(end + 1);
  BackupContent out;
  out.gateway = line["gateway"].string();
  out.service_id = line["service"].string();
  out.epoch = number_of(line["epoch"]);
  out.revision = number_of(line["revision"]);
  out.etag = line["etag"].string();
  out.signature = line["signature"].string();
  out.created_ms = static_cast<int64_t>(number_of(line["created"]));
  const uint64_t document = format == 1 ? rest.size() : number_of(line["document"]);
  const uint64_t held = format == 1 ? 0 : number_of(line["held"]);
  if (document > rest.size() || held != rest.size() - document) return refused("the parts of the backup do not have their lengths");
  out.document = rest.substr(0, document);
  out.held = rest.substr(document);
  return out;
}

}  // namespace backup_files

using namespace backup_files;

std::string write_backup(const BackupContent& content, const BackupStamp& stamp, std::string_view key) {
  const std::string plain = body_of(content, stamp.created_ms);
  const std::string nonce = key.empty() ? std::string(crypto::seal_nonce_bytes, '\0') : stamp.nonce;
  std::string summed;
  put(summed, backup_format, 4);
  put(summed, key.empty() ? 0 : flag_sealed, 4);
  put(summed, plain.size() + (key.empty() ? 0 : crypto::seal_tag_bytes), 8);
  summed += nonce;
  const std::string body = key.empty() ? plain : crypto::seal(key, nonce, summed, plain);
  std::string out(magic);
  out.append(generation_bytes + generation_sum_bytes, '\0');
  out += summed;
  out += sum_of(summed, body);
  out += body;
  return with_generation(std::move(out), 0);
}

std::string with_generation(std::string backup, uint64_t generation) {
  std::string bytes;
  put(bytes, generation, generation_bytes);
  put(bytes, siphash({}, bytes), generation_sum_bytes);
  return backup.replace(generation_at, bytes.size(), bytes);
}

static bool has_sound_generation(std::string_view bytes) {
  return bytes.size() >= head_bytes && bytes.starts_with(magic) &&
         siphash({}, bytes.substr(generation_at, generation_bytes)) ==
             number_at(bytes, generation_at + generation_bytes, generation_sum_bytes);
}

uint64_t backup_generation(std::string_view bytes) {
  return has_sound_generation(bytes) ? number_at(bytes, generation_at, generation_bytes) : 0;
}

Result<Backup> read_backup(std::string_view bytes, std::string_view key) {
  if (bytes.size() > backup_bytes_max) return refused("it is larger than a backup can be", Code::limit);
  if (!has_sound_generation(bytes)) return refused("this is no backup");
  const std::string_view summed = bytes.substr(summed_at, summed_bytes), sum = bytes.substr(summed_at + summed_bytes, hash_bytes);
  const std::string_view body = bytes.substr(head_bytes);
  const uint64_t format = number_at(summed, 0, 4), flags = number_at(summed, 4, 4);
  if (format == 0 || format > backup_format)
    return refused("its format " + std::to_string(format) + " is newer than this gateway", Code::unsupported);
  if (number_at(summed, 8, 8) != body.size() || sum_of(summed, body) != sum) return refused("its checksum does not fit");
  if ((flags & ~flag_sealed) != 0) return refused("it has flags that this gateway does not know", Code::unsupported);
  if (((flags & flag_sealed) != 0) == key.empty())
    return refused(key.empty() ? "it is sealed, and there is no key (config.backup.encryptionKeyFile)"
                               : "it is not sealed, although there is a key (config.backup.encryptionKeyFile)");
  std::string plain;
  if (!key.empty() && !crypto::open_sealed(key, summed.substr(summed_bytes - crypto::seal_nonce_bytes), summed, body, plain))
    return refused("it was sealed with another key");
  GATELET_TRY(content, content_of(key.empty() ? body : std::string_view(plain), format));
  return Backup{backup_generation(bytes), std::move(content)};
}

}  // namespace gatelet
