// Backups: bytes as they lie on a disk are never believed further than their checksums go, and what is behind right checksums is read or
// refused. The first byte of an input is also taken for a format, and the rest for a body.
#include "config/sync/backup_file.hpp"
#include "crypto/hash.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

void check(std::string_view bytes, std::string_view key) {
  const auto read = read_backup(bytes, key);
  if (!read) return require(!read.error().message.empty());
  require(read->generation == backup_generation(bytes));
  const BackupContent& content = read->content;
  require(content.document.size() + content.held.size() < bytes.size());
  const auto again = read_backup(with_generation(write_backup(content, {content.created_ms, std::string(12, 'n')}, key), 7), key);
  require(again && again->generation == 7 && again->content.document == content.document && again->content.held == content.held);
  require(again->content.etag == content.etag && again->content.revision == content.revision && again->content.gateway == content.gateway);
}

std::string with_sums(char format, std::string_view body) {
  std::string head = {format, '\0', '\0', '\0', '\0', '\0', '\0', '\0'};
  for (int i = 0; i < 8; ++i) head += static_cast<char>(body.size() >> (8 * i));
  head += std::string(12, '\0');
  const std::string sum(crypto::digest_of(crypto::Hash::sha256, head + std::string(body)).view());
  return with_generation("GATELETB" + std::string(16, '\0') + head + sum + std::string(body), 9);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(data, size);
  check(text, {});
  check(text, "key of the fuzz target, 32 bytes");
  if (!text.empty()) check(with_sums(text[0], text.substr(1)), {});
  return 0;
}
