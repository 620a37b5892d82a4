#include "net/backup_folder.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temporary_folder.hpp"

using namespace gatelet;

namespace {

struct Place : test::TemporaryFolder {
  const std::string root = path.string();
  std::string file(const std::string& name) const { return root + "/" + name; }
  void write(const std::string& name, const std::string& bytes, mode_t mode = 0600) const {
    chmod(TemporaryFolder::write(name, {bytes}).c_str(), mode);
  }
};

Result<std::string> perform(BackupFolder& folder, FileAction::Kind kind, std::string_view name, std::string_view target = {}) {
  const auto bytes = kind == FileAction::Kind::write ? std::make_shared<const std::string>("kept") : nullptr;
  return folder.perform({kind, name, target, bytes});
}

bool save(BackupFolder& folder, std::string_view slot) {
  using Kind = FileAction::Kind;
  return perform(folder, Kind::write, "new") && perform(folder, Kind::sync, "new") && perform(folder, Kind::rename, "new", slot) &&
         perform(folder, Kind::sync_folder, {});
}

}  // namespace

TEST_CASE("what was written, forced to the disk and renamed is read again, and is for its owner alone") {
  const Place place;
  BackupFolder folder(place.root + "/made");
  CHECK(perform(folder, FileAction::Kind::read, "config-a.backup")->empty());
  REQUIRE(save(folder, "config-a.backup"));
  CHECK(*perform(folder, FileAction::Kind::read, "config-a.backup") == "kept");
  struct stat facts;
  REQUIRE(stat((place.root + "/made/config-a.backup").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  CHECK_FALSE(std::filesystem::exists(place.root + "/made/new"));
}

TEST_CASE("nothing but a file of one's own is read, and nothing is written through a link") {
  const Place place;
  place.write("secret", "secret");
  const char* slot = "config-a.backup";
  const struct {
    const char* what;
    void (*make)(const Place&, const std::string& path);
  } rows[] = {
      {"a link", [](const Place& at, const std::string& path) { REQUIRE(symlink(at.file("secret").c_str(), path.c_str()) == 0); }},
      {"a second name", [](const Place& at, const std::string& path) { REQUIRE(link(at.file("secret").c_str(), path.c_str()) == 0); }},
      {"a pipe", [](const Place&, const std::string& path) { REQUIRE(mkfifo(path.c_str(), 0600) == 0); }},
      {"a folder", [](const Place&, const std::string& path) { REQUIRE(mkdir(path.c_str(), 0700) == 0); }},
      {"readable by others", [](const Place& at, const std::string&) { at.write("config-a.backup", "x", 0604); }},
      {"writable by others", [](const Place& at, const std::string&) { at.write("config-a.backup", "x", 0602); }},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    BackupFolder folder(place.root);
    row.make(place, place.file(slot));
    CHECK_FALSE(perform(folder, FileAction::Kind::read, slot));
    std::filesystem::remove(place.file(slot));
  }
  REQUIRE(symlink(place.file("secret").c_str(), place.file("new").c_str()) == 0);
  BackupFolder folder(place.root);
  REQUIRE(save(folder, slot));
  std::ifstream secret(place.file("secret"));
  CHECK(std::string(std::istreambuf_iterator<char>(secret), {}) == "secret");
}

TEST_CASE("each gateway of a folder has a place of its own; who comes later takes the newest that is free") {
  const Place place;
  std::string second;
  {
    BackupFolder one(place.root);
    REQUIRE(save(one, "config-a.backup"));
    BackupFolder other(place.root);
    REQUIRE(other.open());
    second = other.path();
    CHECK(second == place.root + "/gateway-2");
    REQUIRE(save(other, "config-a.backup"));
  }
  const timespec old[] = {{1, 0}, {1, 0}};
  REQUIRE(utimensat(AT_FDCWD, place.file("config-a.backup").c_str(), old, 0) == 0);
  BackupFolder next(place.root);
  REQUIRE(next.open());
  CHECK(next.path() == second);
  BackupFolder last(place.root);
  REQUIRE(last.open());
  CHECK(last.path() == place.root);
}

TEST_CASE("a folder keeps the name that its gateway goes by") {
  const Place place;
  const std::string one = "0b36a61c-93a2-4d5c-8d3b-6d7fbb1f2a01", other = "0b36a61c-93a2-4d5c-8d3b-6d7fbb1f2a02";
  {
    BackupFolder folder(place.root);
    CHECK(folder.instance(one) == one);
  }
  BackupFolder folder(place.root);
  CHECK(folder.instance(other) == one);
}

TEST_CASE("a folder that is not there, or that others may write into, is an error and may be put right later") {
  const Place place;
  BackupFolder folder(place.root + "/a/b");
  CHECK_FALSE(perform(folder, FileAction::Kind::read, "config-a.backup"));
  REQUIRE(std::filesystem::create_directory(place.root + "/a"));
  CHECK(perform(folder, FileAction::Kind::read, "config-a.backup"));
  chmod(place.root.c_str(), 0777);
  BackupFolder open(place.root);
  CHECK_FALSE(open.open());
  chmod(place.root.c_str(), 0700);
  CHECK(open.open());
}
