#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "manage/store/store.hpp"

using namespace gatelet;
using namespace gatelet::manage;

namespace {

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "gatelet-store-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file() const { return path + "/store.db"; }
  std::string path;
};

StoreBatch batch_of(uint64_t revision, const char* key, const char* json) {
  StoreBatch batch;
  batch.revision = revision;
  batch.rows[key] = StoredRow{key, revision, json, std::string("s\0ecret", 7)};
  return batch;
}

}  // namespace

TEST_CASE("store: what was written is there after it was opened again") {
  const Folder folder;
  {
    auto store = open_sqlite_store(folder.file(), false);
    REQUIRE(store);
    StoreBatch batch = batch_of(7, "apis/a;rev=1", R"({"path":"a"})");
    batch.facts["epoch"] = "42";
    batch.projections.push_back({"gw1", 7, "root"});
    batch.audit.push_back({1, "owner", "PUT", "apis/a;rev=1", 0, 7});
    REQUIRE((*store)->write(batch));
  }
  auto store = open_sqlite_store(folder.file(), true);
  REQUIRE(store);
  const auto content = (*store)->read();
  REQUIRE(content);
  CHECK(content->revision == 7);
  REQUIRE(content->rows.size() == 1);
  CHECK(content->rows[0].key == "apis/a;rev=1");
  CHECK(content->rows[0].json == R"({"path":"a"})");
  CHECK(content->rows[0].sealed == std::string("s\0ecret", 7));
  CHECK(content->facts.at("epoch") == "42");
  REQUIRE(content->projections.size() == 1);
  CHECK(content->projections[0].root == "root");
}

TEST_CASE("store: a deleted row is gone, another one stays") {
  const Folder folder;
  auto store = open_sqlite_store(folder.file(), false);
  REQUIRE(store);
  REQUIRE((*store)->write(batch_of(1, "apis/a;rev=1", "{}")));
  REQUIRE((*store)->write(batch_of(2, "apis/b;rev=1", "{}")));
  StoreBatch removal;
  removal.revision = 3;
  removal.rows["apis/a;rev=1"] = std::nullopt;
  REQUIRE((*store)->write(removal));
  const auto content = (*store)->read();
  REQUIRE(content);
  CHECK(content->revision == 3);
  REQUIRE(content->rows.size() == 1);
  CHECK(content->rows[0].key == "apis/b;rev=1");
}

TEST_CASE("store: a store that is not there is not made for a reader") {
  const Folder folder;
  const auto store = open_sqlite_store(folder.file(), true);
  REQUIRE_FALSE(store);
  CHECK(store.error().message.find("cannot be opened") != std::string::npos);
}

TEST_CASE("store: what is no database is refused, with its name") {
  const auto store = open_sqlite_store("/dev/null/x", false);
  REQUIRE_FALSE(store);
  CHECK(store.error().path == "/dev/null/x");
}
