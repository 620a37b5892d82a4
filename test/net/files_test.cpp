#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "net/files.hpp"
#include "temporary_folder.hpp"

using namespace gatelet;
namespace fs = std::filesystem;

namespace {

struct ConfigFolder : test::TemporaryFolder {
  std::string names() const {
    Diagnostics diagnostics;
    const auto files = read_folder(path.string(), diagnostics);
    std::string text;
    if (!files) return files.error().message;
    for (const ConfigFile& file : *files) text += file.path + "=" + file.bytes + " ";
    for (const Diagnostic& item : diagnostics.items()) text += "[" + std::string(text_of(item.code)) + "] ";
    return text;
  }
};

}  // namespace

TEST_CASE("files: a folder gives all its files, sorted, without hidden ones") {
  const ConfigFolder folder;
  folder.write("b.json", {"2"});
  folder.write("a/z.xml", {"1"});
  folder.write("a/b/c.txt", {""});
  folder.write(".git/config", {"x"});
  folder.write(".hidden", {"x"});
  CHECK(folder.names() == "a/b/c.txt= a/z.xml=1 b.json=2 ");
}

TEST_CASE("files: links are followed, also those of a mounted volume") {
  const ConfigFolder folder;
  folder.write("..data/policy.xml", {"p"});
  fs::create_symlink("..data/policy.xml", folder.path / "policy.xml");
  const ConfigFolder other;
  other.write("api.json", {"{}"});
  fs::create_directory_symlink(other.path, folder.path / "apis");
  CHECK(folder.names() == "apis/api.json={} policy.xml=p ");
}

TEST_CASE("files: what cannot be read is reported and the rest is there") {
  const ConfigFolder folder;
  folder.write("a/good.json", {"1"});
  fs::create_directory_symlink(folder.path, folder.path / "a" / "loop");
  fs::create_symlink("nowhere", folder.path / "broken");
  mkfifo((folder.path / "pipe").c_str(), 0600);
  CHECK(folder.names() == "a/good.json=1 [file-unreadable] [file-unreadable] [file-ignored] ");
}

TEST_CASE("files: one that is missing, a folder, a pipe or too large says so") {
  const ConfigFolder folder;
  folder.write("large", {"12345"});
  mkfifo((folder.path / "pipe").c_str(), 0600);
  const auto message = [&](const std::string& name) {
    const auto bytes = read_file((folder.path / name).string(), 4);
    return bytes ? *bytes : bytes.error().message.substr(folder.path.string().size());
  };
  CHECK(message("absent") == "/absent: No such file or directory");
  CHECK(message("") == "/: this is a folder, a file is wanted");
  CHECK(message("pipe") == "/pipe: this is no regular file");
  CHECK(message("large") == "/large: the file is larger than 4 bytes; split it");
  CHECK(*read_file((folder.path / "large").string(), 5) == "12345");
}

TEST_CASE("files: the fingerprint changes with every change below the path, and only then") {
  const ConfigFolder folder;
  folder.write("a/b.json", {"1"});
  const auto print = [&] { return fingerprint(folder.path.string()); };
  uint64_t before = print();
  CHECK(before != 0);
  CHECK(print() == before);
  const auto changes = [&](const char* rule) {
    CAPTURE(rule);
    const uint64_t after = print();
    CHECK(after != before);
    before = after;
  };
  folder.write("a/b.json", {"22"});
  changes("another size");
  folder.write("a/c.json", {"1"});
  changes("a new file");
  fs::rename(folder.path / "a/c.json", folder.path / "a/d.json");
  changes("another name");
  fs::last_write_time(folder.path / "a/d.json", fs::file_time_type::clock::now() + std::chrono::hours(1));
  changes("another time");
  fs::remove(folder.path / "a/d.json");
  changes("a file less");
  const uint64_t file = fingerprint((folder.path / "a/b.json").string());
  folder.write("a/b.json", {"333"});
  CHECK(fingerprint((folder.path / "a/b.json").string()) != file);
  CHECK(fingerprint((folder.path / "absent").string()) == 0);
}
