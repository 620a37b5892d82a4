// The store in SQLite: a write-ahead log, every commit forced to the disk.
#include <sqlite3.h>

#include <array>

#include "manage/store/store.hpp"

namespace gatelet::manage {

namespace sqlite_store {

// The schema, one entry a version: a database is brought from its own version to the last one in order, in one transaction.
constexpr std::array<const char*, store_schema> migrations = {
    "CREATE TABLE fact(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE resource(path TEXT PRIMARY KEY, name TEXT NOT NULL, revision INTEGER NOT NULL, json TEXT NOT NULL, sealed BLOB) "
    "WITHOUT ROWID;"
    "CREATE TABLE change(revision INTEGER NOT NULL, path TEXT NOT NULL, op TEXT NOT NULL);"
    "CREATE INDEX change_by_revision ON change(revision);"
    "CREATE TABLE projection(gateway TEXT PRIMARY KEY, revision INTEGER NOT NULL, root TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE audit(at INTEGER NOT NULL, actor TEXT NOT NULL, verb TEXT NOT NULL, path TEXT NOT NULL, old_revision INTEGER, "
    "new_revision INTEGER);"
    "INSERT INTO fact VALUES('revision', '0');",
    "CREATE TABLE report_minute(minute INTEGER NOT NULL, api TEXT NOT NULL, operation TEXT NOT NULL, product TEXT NOT NULL, "
    "subscription TEXT NOT NULL, user TEXT NOT NULL, region TEXT NOT NULL, "
    "success INTEGER NOT NULL, blocked INTEGER NOT NULL, failed INTEGER NOT NULL, other INTEGER NOT NULL, bytes_in INTEGER NOT NULL, "
    "bytes_out INTEGER NOT NULL, cache_hits INTEGER NOT NULL, cache_misses INTEGER NOT NULL, "
    "api_min REAL NOT NULL, api_max REAL NOT NULL, api_sum REAL NOT NULL, service_min REAL NOT NULL, service_max REAL NOT NULL, "
    "service_sum REAL NOT NULL, b0 INTEGER, b1 INTEGER, b2 INTEGER, b3 INTEGER, b4 INTEGER, b5 INTEGER, b6 INTEGER, b7 INTEGER, "
    "b8 INTEGER, b9 INTEGER, b10 INTEGER, b11 INTEGER, "
    "PRIMARY KEY(minute, api, operation, product, subscription, user, region)) WITHOUT ROWID;"
    "CREATE TABLE telemetry_batch(sender TEXT NOT NULL, batch TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(sender, batch)) "
    "WITHOUT ROWID;"
    "CREATE TABLE quota_counter(key TEXT NOT NULL, period TEXT NOT NULL, calls INTEGER NOT NULL, kb INTEGER NOT NULL, "
    "period_end INTEGER NOT NULL, PRIMARY KEY(key, period)) WITHOUT ROWID;"
    "CREATE TABLE instance(gateway TEXT NOT NULL, instance TEXT NOT NULL, seen INTEGER NOT NULL, body TEXT NOT NULL, "
    "PRIMARY KEY(gateway, instance)) WITHOUT ROWID;",
};
constexpr const char* add_report =
    "INSERT INTO report_minute VALUES(?,?,?,?,?,?,?, ?,?,?,?,?,?,?,?, ?,?,?,?,?,?, ?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
    "success=success+excluded.success, blocked=blocked+excluded.blocked, failed=failed+excluded.failed, other=other+excluded.other, "
    "bytes_in=bytes_in+excluded.bytes_in, bytes_out=bytes_out+excluded.bytes_out, cache_hits=cache_hits+excluded.cache_hits, "
    "cache_misses=cache_misses+excluded.cache_misses, api_min=min(api_min, excluded.api_min), api_max=max(api_max, excluded.api_max), "
    "api_sum=api_sum+excluded.api_sum, service_min=min(service_min, excluded.service_min), "
    "service_max=max(service_max, excluded.service_max), service_sum=service_sum+excluded.service_sum, b0=b0+excluded.b0, "
    "b1=b1+excluded.b1, b2=b2+excluded.b2, b3=b3+excluded.b3, b4=b4+excluded.b4, b5=b5+excluded.b5, b6=b6+excluded.b6, "
    "b7=b7+excluded.b7, b8=b8+excluded.b8, b9=b9+excluded.b9, b10=b10+excluded.b10, b11=b11+excluded.b11";
constexpr int busy_ms = 5'000;                    // another process, such as an export, may be reading
constexpr uint64_t changes_kept = 100'000;        // rows of the change log: for whoever reads it, not for deltas
constexpr uint64_t revisions_per_trimming = 256;  // of the change log

class Statement {
 public:
  Statement(sqlite3* database, const char* sql) { is_ok_ = sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) == SQLITE_OK; }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  Statement& text(int at, const std::string& value) {
    is_ok_ = is_ok_ && sqlite3_bind_text64(statement_, at, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK;
    return *this;
  }
  Statement& blob(int at, const std::string& value) {
    is_ok_ = is_ok_ && sqlite3_bind_blob64(statement_, at, value.data(), value.size(), SQLITE_STATIC) == SQLITE_OK;
    return *this;
  }
  Statement& number(int at, uint64_t value) {
    is_ok_ = is_ok_ && sqlite3_bind_int64(statement_, at, static_cast<sqlite3_int64>(value)) == SQLITE_OK;
    return *this;
  }
  Statement& real(int at, double value) {
    is_ok_ = is_ok_ && sqlite3_bind_double(statement_, at, value) == SQLITE_OK;
    return *this;
  }
  // Runs to the end, and is ready to be bound again.
  bool run() {
    is_ok_ = is_ok_ && sqlite3_step(statement_) == SQLITE_DONE;
    if (statement_) sqlite3_reset(statement_);
    return is_ok_;
  }
  bool next() { return is_ok_ && sqlite3_step(statement_) == SQLITE_ROW; }
  bool ended_well() { return is_ok_ && sqlite3_reset(statement_) == SQLITE_OK; }
  std::string text_at(int column) {
    const void* bytes = sqlite3_column_blob(statement_, column);
    const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
    return bytes ? std::string(static_cast<const char*>(bytes), size) : std::string();
  }
  int64_t time_at(int column) { return sqlite3_column_int64(statement_, column); }
  uint64_t number_at(int column) { return static_cast<uint64_t>(sqlite3_column_int64(statement_, column)); }

 private:
  sqlite3_stmt* statement_ = nullptr;
  bool is_ok_ = false;
};

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(std::string path) : path_(std::move(path)) {}
  ~SqliteStore() override {
    statements_.reset();
    sqlite3_close(database_);
  }
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  Result<> connect(bool is_read_only);
  Result<StoreContent> read() override;
  Result<> write(const StoreBatch& batch) override;

 private:
  struct Statements {
    explicit Statements(sqlite3* db)
        : put(db, "INSERT OR REPLACE INTO resource VALUES(?, ?, ?, ?, ?)"),
          remove(db, "DELETE FROM resource WHERE path = ?"),
          change(db, "INSERT INTO change VALUES(?, ?, ?)"),
          fact(db, "INSERT OR REPLACE INTO fact VALUES(?, ?)"),
          projection(db, "INSERT OR REPLACE INTO projection VALUES(?, ?, ?)"),
          audit(db, "INSERT INTO audit VALUES(?, ?, ?, ?, ?, ?)"),
          trim(db, "DELETE FROM change WHERE revision < ?"),
          report(db, add_report),
          telemetry(db, "INSERT OR REPLACE INTO telemetry_batch VALUES(?, ?, ?)"),
          counter(db, "INSERT OR REPLACE INTO quota_counter VALUES(?, ?, ?, ?, ?)"),
          instance(db, "INSERT OR REPLACE INTO instance VALUES(?, ?, ?, ?)"),
          end_counters(db, "DELETE FROM quota_counter WHERE period_end < ?"),
          end_batches(db, "DELETE FROM telemetry_batch WHERE at < ?"),
          end_reports(db, "DELETE FROM report_minute WHERE minute < ?"),
          end_instances(db, "DELETE FROM instance WHERE seen < ?") {}
    Statement put, remove, change, fact, projection, audit, trim;
    Statement report, telemetry, counter, instance, end_counters, end_batches, end_reports, end_instances;
  };

  bool execute(const std::string& sql) { return sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK; }
  Error failure(std::string_view what) const {
    const char* why = database_ ? sqlite3_errmsg(database_) : "out of memory";
    return {Code::io, "the store '" + path_ + "' cannot be " + std::string(what) + ": " + why, {}, path_};
  }
  Result<> migrate(bool is_read_only);
  bool write_all(const StoreBatch& batch);
  bool write_rows(const StoreBatch& batch);
  bool write_told(const StoreBatch& batch);

  std::string path_;
  sqlite3* database_ = nullptr;
  std::unique_ptr<Statements> statements_;  // prepared once: they cost more than what they do
};

Result<> SqliteStore::connect(bool is_read_only) {
  const int flags = (is_read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) | SQLITE_OPEN_FULLMUTEX;
  if (sqlite3_open_v2(path_.c_str(), &database_, flags, nullptr) != SQLITE_OK) return failure("opened");
  sqlite3_busy_timeout(database_, busy_ms);
  if (!is_read_only && !execute("PRAGMA journal_mode=WAL")) return failure("opened");
  if (!execute("PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF")) return failure("opened");
  if (Result<> migrated = migrate(is_read_only); !migrated) return migrated;
  if (!is_read_only) statements_ = std::make_unique<Statements>(database_);
  return Done{};
}

Result<> SqliteStore::migrate(bool is_read_only) {
  uint64_t version = 0;
  {
    Statement ask(database_, "PRAGMA user_version");
    if (!ask.next()) return failure("read");
    version = ask.number_at(0);
  }
  if (version == store_schema) return Done{};
  if (version > store_schema)
    return Error{Code::unsupported,
                 "the store '" + path_ + "' has schema " + std::to_string(version) + ", and this version knows " +
                     std::to_string(store_schema) + "; use the version that wrote it, or a newer one",
                 {},
                 path_};
  if (is_read_only)
    return Error{
        Code::config, "the store '" + path_ + "' is not made yet, or of an older version; start the management plane once", {}, path_};
  if (!execute("BEGIN IMMEDIATE")) return failure("written");
  for (uint64_t step = version; step < store_schema; ++step)
    if (!execute(migrations[step])) {
      Error error = failure("brought to its present schema");
      (void)execute("ROLLBACK");
      return error;
    }
  if (!execute("PRAGMA user_version = " + std::to_string(store_schema)) || !execute("COMMIT")) return failure("written");
  return Done{};
}

Result<StoreContent> SqliteStore::read() {
  StoreContent out;
  if (!execute("BEGIN")) return failure("read");
  Statement rows(database_, "SELECT name, revision, json, sealed FROM resource");
  while (rows.next()) out.rows.push_back({rows.text_at(0), rows.number_at(1), rows.text_at(2), rows.text_at(3)});
  Statement facts(database_, "SELECT name, value FROM fact");
  while (facts.next()) out.facts[facts.text_at(0)] = facts.text_at(1);
  Statement projections(database_, "SELECT gateway, revision, root FROM projection");
  while (projections.next()) out.projections.push_back({projections.text_at(0), projections.number_at(1), projections.text_at(2)});
  Statement batches(database_, "SELECT sender, batch, at FROM telemetry_batch ORDER BY at");
  while (batches.next()) out.telemetry_batches.push_back({batches.text_at(0), batches.text_at(1), batches.time_at(2)});
  Statement counters(database_, "SELECT key, period, calls, kb, period_end FROM quota_counter");
  while (counters.next())
    out.counters.push_back({counters.text_at(0), counters.text_at(1), counters.number_at(2), counters.number_at(3), counters.time_at(4)});
  Statement instances(database_, "SELECT gateway, instance, seen, body FROM instance");
  while (instances.next())
    out.instances.push_back({instances.text_at(0), instances.text_at(1), instances.time_at(2), instances.text_at(3)});
  const bool is_whole = rows.ended_well() && facts.ended_well() && projections.ended_well() && batches.ended_well() &&
                        counters.ended_well() && instances.ended_well();
  (void)execute("COMMIT");
  if (!is_whole) return failure("read");
  out.revision = std::strtoull(out.facts["revision"].c_str(), nullptr, 10);
  return out;
}

Result<> SqliteStore::write(const StoreBatch& batch) {
  if (!statements_) return Error{Code::argument, "the store '" + path_ + "' was opened for reading", {}, path_};
  if (!execute("BEGIN IMMEDIATE")) return failure("written");
  if (write_all(batch) && execute("COMMIT")) return Done{};
  Error error = failure("written");
  (void)execute("ROLLBACK");
  statements_ = std::make_unique<Statements>(database_);
  return error;
}

bool SqliteStore::write_rows(const StoreBatch& batch) {
  for (const auto& [key, row] : batch.rows) {
    Statements& use = *statements_;
    const std::string op = row ? "put" : "delete";
    if (row && !use.put.text(1, key).text(2, row->key).number(3, row->revision).text(4, row->json).blob(5, row->sealed).run()) return false;
    if (!row && !use.remove.text(1, key).run()) return false;
    if (!use.change.number(1, batch.revision).text(2, key).text(3, op).run()) return false;
  }
  return true;
}

// What gateways told.
bool SqliteStore::write_told(const StoreBatch& batch) {
  Statements& use = *statements_;
  const auto time = [](int64_t ms) { return static_cast<uint64_t>(ms); };
  for (const auto& [key, values] : batch.reports) {
    int at = 1;
    use.report.number(at, time(key.minute_ms));
    for (const std::string* id : {&key.api, &key.operation, &key.product, &key.subscription, &key.user, &key.region})
      use.report.text(++at, *id);
    for (const uint64_t count : values.counts) use.report.number(++at, count);
    for (const ReportValues::Times& times : values.times)
      for (const double number : {times.min, times.max, times.sum}) use.report.real(++at, number);
    for (const uint64_t count : values.buckets) use.report.number(++at, count);
    if (!use.report.run()) return false;
  }
  for (const StoredTelemetryBatch& item : batch.telemetry_batches)
    if (!use.telemetry.text(1, item.sender).text(2, item.batch).number(3, time(item.at_ms)).run()) return false;
  for (const auto& [id, item] : batch.counters)
    if (!use.counter.text(1, item.key).text(2, item.period).number(3, item.calls).number(4, item.kb).number(5, time(item.end_ms)).run())
      return false;
  for (const StoredInstance& item : batch.instances)
    if (!use.instance.text(1, item.gateway).text(2, item.instance).number(3, time(item.seen_ms)).text(4, item.body).run()) return false;
  if (batch.counters_ended_before_ms != 0 && !use.end_counters.number(1, time(batch.counters_ended_before_ms)).run()) return false;
  if (batch.told_before_ms == 0) return true;
  return use.end_batches.number(1, time(batch.told_before_ms - telemetry_batch_kept_ms)).run() &&
         use.end_instances.number(1, time(batch.told_before_ms - telemetry_batch_kept_ms)).run() &&
         use.end_reports.number(1, time(batch.told_before_ms - reports_kept_ms)).run();
}

bool SqliteStore::write_all(const StoreBatch& batch) {
  Statements& use = *statements_;
  if (!write_rows(batch)) return false;
  for (const auto& [name, value] : batch.facts)
    if (!use.fact.text(1, name).blob(2, value).run()) return false;
  for (const StoredProjection& item : batch.projections)
    if (!use.projection.text(1, item.gateway).number(2, item.revision).text(3, item.root).run()) return false;
  for (const StoredAudit& item : batch.audit) {
    use.audit.number(1, static_cast<uint64_t>(item.at_ms)).text(2, item.actor).text(3, item.verb).text(4, item.key);
    if (!use.audit.number(5, item.old_revision).number(6, item.new_revision).run()) return false;
  }
  if (!write_told(batch)) return false;
  if (batch.rows.empty()) return true;
  const std::string revision_name = "revision", revision = std::to_string(batch.revision);
  if (!use.fact.text(1, revision_name).blob(2, revision).run()) return false;
  if (batch.revision % revisions_per_trimming != 0 || batch.revision < changes_kept) return true;
  return use.trim.number(1, batch.revision - changes_kept).run();
}

}  // namespace sqlite_store

void ReportValues::add(const ReportValues& other) {
  for (size_t i = 0; i < report_counts; ++i) counts[i] += other.counts[i];
  for (size_t i = 0; i < report_buckets; ++i) buckets[i] += other.buckets[i];
  for (size_t i = 0; i < report_times; ++i) {
    times[i].min = is_empty ? other.times[i].min : std::min(times[i].min, other.times[i].min);
    times[i].max = std::max(times[i].max, other.times[i].max);
    times[i].sum += other.times[i].sum;
  }
  is_empty = false;
}

Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path, bool is_read_only) {
  auto store = std::make_unique<sqlite_store::SqliteStore>(path);
  if (Result<> opened = store->connect(is_read_only); !opened) return std::move(opened.error());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace gatelet::manage
