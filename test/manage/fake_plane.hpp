// A plane over a store in memory, and requests to it in one line.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <optional>

#include "manage/manage/plane.hpp"

namespace gatelet::test {

using namespace gatelet::manage;

class MemoryStore final : public Store {
 public:
  Result<StoreContent> read() override {
    StoreContent out;
    out.revision = revision;
    out.facts = facts;
    for (const auto& [key, row] : rows) out.rows.push_back(row);
    for (const auto& [gateway, item] : projections) out.projections.push_back(item);
    out.telemetry_batches = telemetry_batches;
    for (const auto& [id, item] : counters) out.counters.push_back(item);
    return out;
  }
  Result<> write(const StoreBatch& batch) override {
    if (is_full) return Error{Code::io, "the disk is full", {}, {}};
    for (const auto& [key, row] : batch.rows) {
      rows.erase(key);
      if (row) rows[key] = *row;
    }
    for (const auto& [name, value] : batch.facts) facts[name] = value;
    for (const StoredProjection& item : batch.projections) projections[item.gateway] = item;
    for (const auto& [key, values] : batch.reports) reports[key].add(values);
    for (const auto& [id, item] : batch.counters) counters[id] = item;
    for (const StoredTelemetryBatch& item : batch.telemetry_batches) telemetry_batches.push_back(item);
    revision = batch.revision;
    return Done{};
  }
  std::map<std::string, StoredRow> rows;
  std::map<std::string, std::string> facts;
  std::map<std::string, StoredProjection> projections;
  std::map<ReportKey, ReportValues> reports;
  std::map<std::pair<std::string, std::string>, StoredCounter> counters;
  std::vector<StoredTelemetryBatch> telemetry_batches;
  uint64_t revision = 0;
  bool is_full = false;
};

// Bytes that differ from call to call and are the same in every run.
inline void count_up(void* state, void* out, size_t size) {
  auto& next = *static_cast<unsigned*>(state);
  for (size_t i = 0; i < size; ++i)
    static_cast<unsigned char*>(out)[i] = static_cast<unsigned char>((next = next * 1103515245 + 12345) >> 16);
}

struct FakePlane {
  FakePlane() {
    start(std::make_unique<MemoryStore>());
    token = plane->make_owner_token();
    REQUIRE(plane->commit());
  }
  // With what was written.
  void restart() {
    auto again = std::make_unique<MemoryStore>(*store);
    plane.reset();
    start(std::move(again));
  }
  void start(std::unique_ptr<MemoryStore> made) {
    store = made.get();
    PlaneOptions options;
    options.master_key = std::string(32, 'k');
    options.random = {count_up, &state};
    options.now_ms = now_ms;
    auto opened = Plane::start(std::move(made), std::move(options));
    REQUIRE(opened);
    plane = *std::move(opened);
  }

  ManageAnswer ask(std::string method, std::string path, std::string body = {}, std::string if_match = {}) {
    ManageRequest request;
    request.method = std::move(method);
    const size_t question = path.find('?');
    request.query = question == path.npos ? "api-version=2024-05-01" : path.substr(question + 1) + "&api-version=2024-05-01";
    request.path = path.substr(0, question);
    request.body = std::move(body);
    request.now_ms = now_ms;
    request.headers = {{"Host", "plane.test"}, {"Authorization", "Bearer " + token}};
    if (!if_match.empty()) request.headers.emplace_back("If-Match", std::move(if_match));
    ManageAnswer out = plane->handle(request);
    if (const Result<> committed = plane->commit(); !committed) out = error_answer(503, "ServiceUnavailable", committed.error().message);
    return out;
  }
  int status(std::string method, std::string path, std::string body = {}, std::string if_match = {}) {
    const ManageAnswer out = ask(std::move(method), std::move(path), std::move(body), std::move(if_match));
    const std::string text = out.body ? *out.body : std::string();
    INFO(text);
    return out.status;
  }
  Json json(std::string path) {
    const ManageAnswer out = ask("GET", std::move(path));
    REQUIRE(out.body);
    return *Json::parse(*out.body);
  }

  int64_t now_ms = 1'767'225'600'000;
  unsigned state = 1;
  MemoryStore* store = nullptr;
  std::unique_ptr<Plane> plane;
  std::string token;
};

inline std::string header(const ManageAnswer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers)
    if (key == name) return value;
  return {};
}

inline const std::string echo_api =
    R"({"properties":{"displayName":"Echo","path":"echo","protocols":["http"],"serviceUrl":"http://backend.test"}})";

inline std::string policy(std::string_view inbound) {
  const std::string text = "<policies><inbound>" + std::string(inbound) + "<base/></inbound></policies>";
  return Json::object({{"properties", Json::object({{"format", Json::from("rawxml"), {}}, {"value", Json::from(text), {}}}), {}}}).text();
}

}  // namespace gatelet::test
