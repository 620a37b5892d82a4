#include <doctest/doctest.h>
#include <sqlite3.h>

#include "manage/store/store.hpp"
#include "temporary_folder.hpp"

using namespace gatelet;
using namespace gatelet::manage;

namespace {

struct Folder : test::TemporaryFolder {
  std::string file() const { return (path / "store.db").string(); }
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

TEST_CASE("store: what gateways told is added up, and is there again; what is old goes") {
  const Folder folder;
  auto store = open_sqlite_store(folder.file(), false);
  REQUIRE(store);
  const int64_t now_ms = 1'767'225'600'000;
  StoreBatch batch;
  ReportValues values;
  values.counts[0] = 2;
  values.times[0] = {1.5, 3, 4.5};
  values.is_empty = false;
  batch.reports[{now_ms, "echo;rev=1", "get", "", "", "", ""}] = values;
  batch.telemetry_batches = {{"gw\ni", "b\n1", now_ms}, {"gw\ni", "b\n0", now_ms - telemetry_batch_kept_ms - 1}};
  batch.counters[{"k", "p"}] = {"k", "p", 3, 4, INT64_MAX};
  batch.counters[{"k", "ended"}] = {"k", "ended", 1, 1, 10};
  batch.instances = {{"gw", "i", now_ms, "{}"}};
  REQUIRE((*store)->write(batch));
  StoreBatch next;
  next.reports = batch.reports;
  next.told_before_ms = now_ms;
  next.counters_ended_before_ms = 11;
  REQUIRE((*store)->write(next));
  const auto content = (*store)->read();
  REQUIRE(content);
  REQUIRE(content->telemetry_batches.size() == 1);
  CHECK(content->telemetry_batches[0].batch == "b\n1");
  REQUIRE(content->counters.size() == 1);
  CHECK(content->counters[0].calls == 3);
  CHECK(content->counters[0].end_ms == INT64_MAX);
  REQUIRE(content->instances.size() == 1);
  CHECK(content->instances[0].instance == "i");
}

TEST_CASE("store: one of an older version is brought to the present one; a newer one is refused") {
  const Folder folder;
  {
    auto store = open_sqlite_store(folder.file(), false);
    REQUIRE(store);
    REQUIRE((*store)->write(batch_of(1, "apis/a;rev=1", "{}")));
  }
  const auto execute = [&](const char* sql) {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(folder.file().c_str(), &database) == SQLITE_OK);
    CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
  };
  execute("DROP TABLE report_minute; DROP TABLE telemetry_batch; DROP TABLE quota_counter; DROP TABLE instance; PRAGMA user_version=1");
  CHECK_FALSE(open_sqlite_store(folder.file(), true));
  {
    auto store = open_sqlite_store(folder.file(), false);
    REQUIRE(store);
    const auto content = (*store)->read();
    REQUIRE(content);
    CHECK(content->rows.size() == 1);
  }
  execute("PRAGMA user_version=99");
  const auto newer = open_sqlite_store(folder.file(), false);
  REQUIRE_FALSE(newer);
  CHECK(newer.error().code == Code::unsupported);
}
