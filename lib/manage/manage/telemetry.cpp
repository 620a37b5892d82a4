#include "manage/manage/telemetry.hpp"

#include <array>
#include <cmath>

#include "base/text.hpp"
#include "base/time.hpp"
#include "config/json_members.hpp"
#include "http/gzip.hpp"

namespace gatelet::manage {

namespace telemetry_lines {

constexpr double count_max = 9e15;  // whole numbers that a double holds
constexpr size_t id_bytes_max = 256;

// Members of a line, in the order of ReportValues.
constexpr std::string_view count_names[report_counts] = {"callCountSuccess", "callCountBlocked", "callCountFailed", "callCountOther",
                                                         "bytesIn",          "bytesOut",         "cacheHitCount",   "cacheMissCount"};
constexpr std::string_view time_names[report_times][3] = {{"apiTimeMin", "apiTimeMax", "apiTimeSum"},
                                                          {"serviceTimeMin", "serviceTimeMax", "serviceTimeSum"}};

// A number from 0 on; an absent one is 0. False: it is something else.
bool read_number(const Json& value, double& out) {
  out = value.number();
  return value.is_null() || (value.is_number() && std::isfinite(out) && out >= 0 && out <= count_max);
}

bool read_key(const Json& line, ReportKey& key) {
  const auto minute = parse_iso_timestamp(line["minute"].string());
  if (!minute) return false;
  key.minute_ms = *minute - *minute % 60'000;
  for (const auto& [name, out] : {std::pair<std::string_view, std::string*>{"apiId", &key.api},
                                  {"operationId", &key.operation},
                                  {"productId", &key.product},
                                  {"subscriptionId", &key.subscription},
                                  {"userId", &key.user},
                                  {"region", &key.region}}) {
    if (line[name].string().size() > id_bytes_max || !(line[name].is_null() || line[name].is_string())) return false;
    *out = line[name].string();
  }
  return true;
}

bool read_values(const Json& line, ReportValues& values) {
  double number = 0;
  for (size_t i = 0; i < report_counts; ++i) {
    if (!read_number(line[count_names[i]], number)) return false;
    values.counts[i] = static_cast<uint64_t>(number);
  }
  for (size_t i = 0; i < report_times; ++i) {
    auto& time = values.times[i];
    if (!read_number(line[time_names[i][0]], time.min) || !read_number(line[time_names[i][1]], time.max) ||
        !read_number(line[time_names[i][2]], time.sum))
      return false;
  }
  const Json& buckets = line["apiTimeHistogram"];
  if (!buckets.is_null() && (!buckets.is_array() || buckets.size() > report_buckets)) return false;
  for (size_t i = 0; i < buckets.size(); ++i) {
    if (!read_number(buckets[i], number)) return false;
    values.buckets[i] = static_cast<uint64_t>(number);
  }
  return true;
}

struct Line {
  ReportKey key;
  ReportValues values;
  std::string batch;
};

// All lines, or the answer that refuses them.
std::optional<ManageAnswer> read_lines(std::string_view text, std::vector<Line>& out) {
  std::string batch;
  size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    line = trim(line);
    if (line.empty()) continue;
    if (number > telemetry_lines_max) return error_answer(413, "RequestEntityTooLarge", "Telemetry has at most 5,000 lines.");
    const auto refuse = [&](std::string_view why) { return validation_answer({{"line " + std::to_string(number), std::string(why)}}); };
    const auto json = Json::parse(line, telemetry_bytes_max);
    if (!json || !json->is_object()) return refuse("a line is a JSON object");
    const std::string_view id = (*json)["batch"].string();
    if (!id.empty() && (id.size() > id_bytes_max || !(*json)["seq"].is_number()))
      return refuse("a batch is {\"batch\": id, \"seq\": number}");
    if (!id.empty()) batch = std::string(id) + '\n' + (*json)["seq"].scalar_text();
    if (!json->has("minute")) continue;
    if (batch.empty()) return refuse("the first line is {\"batch\": id, \"seq\": number}");
    Line read{{}, {}, batch};
    if (!read_key(*json, read.key)) return refuse("'minute' is a time, and ids are texts of at most 256 bytes");
    if (!read_values(*json, read.values)) return refuse("counts, times and buckets are numbers from 0 on");
    out.push_back(std::move(read));
  }
  return std::nullopt;
}

}  // namespace telemetry_lines

using namespace telemetry_lines;

void TelemetryIntake::load(const std::vector<StoredTelemetryBatch>& stored) {
  for (const StoredTelemetryBatch& item : stored)
    if (known_.emplace(item.sender, item.batch).second) by_age_.emplace_back(item.at_ms, BatchId(item.sender, item.batch));
}

bool TelemetryIntake::is_too_often(const std::string& sender, int64_t now_ms) {
  if (minute_ != now_ms / 60'000) posts_.clear();
  minute_ = now_ms / 60'000;
  return ++posts_[sender] > telemetry_posts_per_minute_max;
}

ManageAnswer TelemetryIntake::take(const ManageRequest& request, const std::string& gateway, StoreBatch& out) {
  if (request.body.size() > telemetry_bytes_max) return error_answer(413, "RequestEntityTooLarge", "Telemetry has at most 1 MiB.");
  const std::string_view instance = request.header("Gsp-Instance");
  if (instance.empty() || instance.size() > id_bytes_max)
    return validation_answer({{"Gsp-Instance", "the header Gsp-Instance is required"}});
  const std::string sender = gateway + '\n' + std::string(instance);
  if (is_too_often(sender, request.now_ms)) {
    ManageAnswer refused = error_answer(429, "TooManyRequests", "This instance sends telemetry too often.");
    refused.add("Retry-After", std::to_string(60 - request.now_ms / 1000 % 60));
    return refused;
  }
  std::string unpacked;
  std::string_view text = request.body;
  const std::string coding = lower(trim(request.header("Content-Encoding")));
  if (coding == "gzip") {
    auto read = gunzip(request.body, telemetry_unpacked_bytes_max);
    if (!read && read.error().code == Code::limit)
      return error_answer(413, "RequestEntityTooLarge", "Telemetry has at most 16 MiB unpacked.");
    if (!read) return error_answer(400, "InvalidRequestContent", read.error().message);
    text = unpacked = *std::move(read);
  } else if (!coding.empty() && coding != "identity") {
    return error_answer(415, "UnsupportedMediaType", "Telemetry comes plain or as gzip.");
  }
  std::vector<Line> lines;
  if (auto refused = read_lines(text, lines)) return *refused;
  std::set<BatchId> fresh;
  double accepted = 0, duplicates = 0;
  for (Line& line : lines) {
    const BatchId id(sender, line.batch);
    if (known_.contains(id) && !fresh.contains(id)) {
      ++duplicates;
      continue;
    }
    ++accepted;
    if (fresh.insert(id).second) {
      known_.insert(id);
      by_age_.emplace_back(request.now_ms, id);
      unsettled_.push_back(id);
      out.telemetry_batches.push_back({sender, line.batch, request.now_ms});
    }
    out.reports[line.key].add(line.values);
  }
  while (!by_age_.empty() && by_age_.front().first + telemetry_batch_kept_ms < request.now_ms) {
    known_.erase(by_age_.front().second);
    by_age_.pop_front();
  }
  return json_answer(202, Json::object({{"accepted", Json::from(accepted), {}}, {"duplicates", Json::from(duplicates), {}}}));
}

void TelemetryIntake::settle(bool is_written) {
  if (!is_written)
    for (const BatchId& id : unsettled_) known_.erase(id);
  unsettled_.clear();
}

}  // namespace gatelet::manage
