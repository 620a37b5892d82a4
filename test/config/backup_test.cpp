// Backups: the bytes of one, and the machine that keeps two generations of it.
#include <doctest/doctest.h>

#include <map>

#include "config/sync/backup_machine.hpp"
#include "crypto/hash.hpp"

using namespace gatelet;

namespace {

const std::string sealing_key(32, 'k'), nonce(12, 'n');

BackupContent content() { return {"gw1", "4b1c", 3, 4711, "3.4711.abc", "keyid=\"k1\"", 0, "{\"document\":\"\n\"}", "{\"resources\":[]}"}; }

std::string backup_of(uint64_t generation, std::string_view with_key = {}) {
  return with_generation(write_backup(content(), {1767225600000, nonce}, with_key), generation);
}

std::string refusal_of(std::string_view bytes, std::string_view with_key = {}) {
  const auto read = read_backup(bytes, with_key);
  return read ? std::string() : read.error().message;
}

Instant at(uint64_t seconds) { return {seconds * 1'000'000, static_cast<int64_t>(seconds) * 1000}; }

// Does what the machine asks, in a folder that is a map; the n-th action fails where it is told to.
struct Disk {
  std::map<std::string, std::string, std::less<>> files;
  std::string actions;
  int fails_at = -1;

  void run(BackupMachine& machine, Instant now) {
    while (auto action = machine.next(now)) {
      if (fails_at-- == 0) {
        machine.done(Error{Code::io, "no space", {}, {}}, now);
        continue;
      }
      std::string bytes;
      const std::string name(action->name);
      switch (action->kind) {
        case FileAction::Kind::read: bytes = files.contains(name) ? files[name] : ""; break;
        case FileAction::Kind::write: files[name] = *action->bytes; break;
        case FileAction::Kind::rename:
          files[std::string(action->target)] = files[name];
          files.erase(name);
          break;
        case FileAction::Kind::sync:
        case FileAction::Kind::sync_folder: break;
      }
      static constexpr const char* names[] = {"read", "write", "sync", "rename", "sync_folder"};
      actions += std::string(names[static_cast<int>(action->kind)]) + " " + name +
                 (action->target.empty() ? "" : " " + std::string(action->target)) + "\n";
      machine.done(std::move(bytes), now);
    }
  }
  uint64_t generation(size_t slot) { return backup_generation(files[std::string(BackupMachine::slots[slot])]); }
};

std::shared_ptr<const std::string> shared(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

}  // namespace

TEST_CASE("what is backed up is read again, sealed or not") {
  for (const std::string& with : {std::string(), sealing_key}) {
    const std::string bytes = backup_of(7, with);
    const auto read = read_backup(bytes, with);
    REQUIRE_MESSAGE(read, refusal_of(bytes, with));
    CHECK(read->generation == 7);
    CHECK(backup_generation(bytes) == 7);
    CHECK(read->content.gateway == "gw1");
    CHECK(read->content.service_id == "4b1c");
    CHECK(read->content.epoch == 3);
    CHECK(read->content.revision == 4711);
    CHECK(read->content.etag == "3.4711.abc");
    CHECK(read->content.signature == "keyid=\"k1\"");
    CHECK(read->content.created_ms == 1767225600000);
    CHECK(read->content.document == content().document);
    CHECK(read->content.held == content().held);
    CHECK((bytes.find("document\":\"") == bytes.npos) == !with.empty());
  }
}

TEST_CASE("a backup that is cut or changed anywhere, of another key or kind is refused with the reason") {
  for (const std::string& with : {std::string(), sealing_key}) {
    const std::string bytes = backup_of(7, with);
    for (size_t i = 0; i < bytes.size(); ++i) {
      CHECK_FALSE(refusal_of(bytes.substr(0, i), with).empty());
      for (int bit = 0; bit < 8; ++bit) {
        std::string changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
        CHECK_FALSE(refusal_of(changed, with).empty());
      }
    }
    CHECK_FALSE(refusal_of(bytes + "x", with).empty());
  }
  CHECK(refusal_of(backup_of(7, sealing_key)) == "it is sealed, and there is no key (config.backup.encryptionKeyFile)");
  CHECK(refusal_of(backup_of(7), sealing_key) == "it is not sealed, although there is a key (config.backup.encryptionKeyFile)");
  CHECK(refusal_of(backup_of(7, sealing_key), std::string(32, 'x')) == "it was sealed with another key");
}

TEST_CASE("a backup of format 1, which had nothing held, is read; one of a format to come is refused") {
  // Written by hand as format 1 was: the head, a line of JSON, the document.
  const std::string body = R"({"gateway":"gw1","service":"4b1c","epoch":"3","revision":"4711","etag":"e","signature":"","created":"5"})"
                           "\n{\"old\":1}";
  const auto file = [&](char format) {
    std::string head;
    for (const char byte : {format, '\0', '\0', '\0', '\0', '\0', '\0', '\0'}) head += byte;
    for (int i = 0; i < 8; ++i) head += static_cast<char>(body.size() >> (8 * i));
    head += std::string(12, '\0');
    const std::string sum(crypto::digest_of(crypto::Hash::sha256, head + body).view());
    return with_generation("GATELETB" + std::string(16, '\0') + head + sum + body, 9);
  };
  const auto old = read_backup(file(1), "");
  REQUIRE_MESSAGE(old, old.error().message);
  CHECK(old->generation == 9);
  CHECK(old->content.document == "{\"old\":1}");
  CHECK(old->content.held.empty());
  CHECK(old->content.revision == 4711);
  CHECK(refusal_of(file(3)) == "its format 3 is newer than this gateway");
  CHECK_FALSE(refusal_of(file(0)).empty());
}

TEST_CASE("a generation is written beside the older one, forced to the disk, renamed over it, and the folder forced too") {
  BackupMachine machine("gw1", "", nullptr);
  Disk disk;
  disk.run(machine, at(0));
  CHECK(disk.actions == "read config-a.backup\nread config-b.backup\n");
  CHECK_FALSE(machine.is_loading());
  CHECK_FALSE(machine.take_loaded());
  disk.actions.clear();
  machine.save(shared(backup_of(0)), at(1));
  disk.run(machine, at(1));
  CHECK(disk.actions == "write config.backup.new\nsync config.backup.new\nrename config.backup.new config-a.backup\nsync_folder \n");
  machine.save(shared(backup_of(0)), at(2));
  disk.run(machine, at(2));
  CHECK(disk.generation(0) == 1);
  CHECK(disk.generation(1) == 2);
  machine.save(shared(backup_of(0)), at(3));
  disk.run(machine, at(3));
  CHECK(disk.generation(0) == 3);
  CHECK(disk.generation(1) == 2);
  // Nothing changes for an hour: the newest is written again where it is.
  disk.files.erase("config-a.backup");
  disk.run(machine, at(3 + 3599));
  CHECK(disk.generation(0) == 0);
  disk.run(machine, at(3 + 3600));
  CHECK(disk.generation(0) == 3);
  CHECK(disk.generation(1) == 2);
  CHECK(machine.written() == 4);
}

TEST_CASE("the newest whole generation is loaded, then the one before; new ones count on from there") {
  Disk disk;
  disk.files["config-a.backup"] = backup_of(8);
  disk.files["config-b.backup"] = backup_of(7);
  {
    BackupMachine machine("GW1", "", nullptr);
    disk.run(machine, at(0));
    CHECK(machine.take_loaded()->generation == 8);
    CHECK(machine.take_loaded()->generation == 7);
    CHECK_FALSE(machine.take_loaded());
    machine.save(shared(backup_of(0)), at(1));
    disk.run(machine, at(1));
    CHECK(disk.generation(0) == 8);
    CHECK(disk.generation(1) == 9);
  }
  disk.files["config-b.backup"].pop_back();
  BackupMachine machine("gw1", "", nullptr);
  disk.run(machine, at(0));
  CHECK(machine.take_loaded()->generation == 8);
  CHECK_FALSE(machine.take_loaded());
  // What could not be read is what gives way.
  machine.save(shared(backup_of(0)), at(1));
  disk.run(machine, at(1));
  CHECK(disk.generation(0) == 8);
  CHECK(disk.generation(1) == 9);
  BackupMachine other("gw2", "", nullptr);
  disk.run(other, at(0));
  CHECK_FALSE(other.take_loaded());
}

TEST_CASE("a write that fails anywhere leaves the newest generation, and is tried again later with what is newest then") {
  for (int fails_at = 0; fails_at < 4; ++fails_at) {
    CAPTURE(fails_at);
    Disk disk;
    disk.files["config-a.backup"] = backup_of(8);
    disk.files["config-b.backup"] = backup_of(7);
    BackupMachine machine("gw1", "", nullptr);
    disk.run(machine, at(0));
    disk.fails_at = fails_at;
    machine.save(shared(backup_of(0)), at(1));
    disk.run(machine, at(1));
    CHECK(machine.failures() == 1);
    CHECK(disk.generation(0) == 8);
    machine.save(shared(backup_of(0)), at(2));
    disk.run(machine, at(10));
    CHECK(machine.written() == 0);
    disk.run(machine, at(11));
    CHECK(disk.generation(0) == 8);
    CHECK(disk.generation(1) == 9);
    CHECK(machine.written() == 1);
    CHECK(machine.failures() == 1);
  }
}

TEST_CASE("a disk that stays full is tried after 10 s, 1, 5 and 10 minutes") {
  BackupMachine machine("gw1", "", nullptr);
  Disk disk;
  disk.run(machine, at(0));
  machine.save(shared(backup_of(0)), at(0));
  std::string times;
  for (uint64_t second = 0; second < 3000; ++second) {
    const uint64_t failures = machine.failures();
    disk.fails_at = 0;
    disk.run(machine, at(second));
    if (machine.failures() != failures) times += std::to_string(second) + " ";
  }
  CHECK(times == "0 10 70 370 970 1570 2170 2770 ");
}

TEST_CASE("a file that could not be read is looked at again before anything takes its place, and may still be loaded") {
  Disk disk;
  disk.files["config-a.backup"] = backup_of(7);
  disk.files["config-b.backup"] = backup_of(8);
  BackupMachine machine("gw1", "", nullptr);
  disk.fails_at = 1;
  disk.run(machine, at(0));
  CHECK_FALSE(machine.is_loading());
  CHECK(machine.take_loaded()->generation == 7);
  machine.save(shared(backup_of(0)), at(1));
  disk.fails_at = 0;
  disk.run(machine, at(10));
  CHECK(machine.failures() == 2);
  disk.run(machine, at(70));
  CHECK(machine.take_loaded()->generation == 8);
  CHECK(disk.generation(0) == 9);
  CHECK(disk.generation(1) == 8);
}
