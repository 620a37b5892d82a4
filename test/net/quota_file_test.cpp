#include "net/quota_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "net/files.hpp"
#include "temporary_folder.hpp"

using namespace gatelet;
namespace fs = std::filesystem;

namespace {

struct QuotaFolder : test::TemporaryFolder {
  std::string file() const { return (path / "quotas").string(); }
};

// Counts one call; false: the quota of two is used up.
bool take_call(StripedQuotaCounters& counters) {
  QuotaHit hit{"key", {}, 2};
  return counters.take({&hit, 1}, 1, 0).kind == QuotaDecision::Kind::allowed;
}

struct QuotaLogLines final : LogSink {
  std::string text;
  void log(LogLevel, std::string_view event, std::string_view, const LogField*, size_t) override { (text += event) += ' '; }
};

}  // namespace

TEST_CASE("quota file: what was counted is there for the next one, also when no thread ever ran") {
  const QuotaFolder folder;
  StripedQuotaCounters first({1, 2}), second({3, 4});
  {
    const auto kept = QuotaFile::create(folder.file(), first, nullptr);
    REQUIRE(kept);
    CHECK(take_call(first));
    CHECK(take_call(first));
  }
  const auto kept = QuotaFile::create(folder.file(), second, nullptr);
  REQUIRE(kept);
  CHECK_FALSE(take_call(second));
  struct stat facts;
  REQUIRE(stat(folder.file().c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("quota file: one that is damaged or much too large is put aside and not lost") {
  for (const std::string& damage : {std::string("hello"), std::string(quota_snapshot_bytes_max + 1, 'x')}) {
    const QuotaFolder folder;
    std::ofstream(folder.file(), std::ios::binary) << damage;
    StripedQuotaCounters counters;
    QuotaLogLines log;
    REQUIRE(QuotaFile::create(folder.file(), counters, &log));
    CHECK(log.text == "QuotaFileDamaged ");
    CHECK(fs::file_size(folder.file() + ".damaged") == damage.size());
    CHECK(take_call(counters));
  }
}

TEST_CASE("quota file: a path that cannot be used is an error that names it") {
  const QuotaFolder folder;
  StripedQuotaCounters counters;
  for (const std::string& path : {folder.path.string(), folder.file() + "/below"}) {
    const auto kept = QuotaFile::create(path, counters, nullptr);
    REQUIRE_FALSE(kept);
    CHECK(kept.error().message.find(folder.path.string()) != std::string::npos);
  }
}

TEST_CASE("quota file: a new file takes the place of the old one whole, and what a crash left beside it is overwritten") {
  const QuotaFolder folder;
  std::ofstream(folder.file() + ".new") << "half of something";
  REQUIRE(replace_file(folder.file(), "first"));
  REQUIRE(replace_file(folder.file(), "second"));
  CHECK(*read_file(folder.file(), 100) == "second");
  CHECK_FALSE(file_exists(folder.file() + ".new"));
  CHECK_FALSE(replace_file((folder.path / "absent" / "file").string(), "x"));
}
