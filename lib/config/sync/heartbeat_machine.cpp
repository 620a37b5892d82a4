#include "config/sync/heartbeat_machine.hpp"

#include <algorithm>

namespace gatelet {

namespace heartbeats {

constexpr size_t problem_text_bytes_max = 300;
constexpr size_t commands_seen_max = 4 * heartbeat_commands_max;

// Written by hand: a heartbeat of every gateway every minute is worth no tree.
class Writer {
 public:
  Writer& text(std::string_view name, std::string_view value) { return name_of(name).append_text(value); }
  Writer& number(std::string_view name, uint64_t value) { return name_of(name).append(std::to_string(value)); }
  Writer& real(std::string_view name, double value) { return name_of(name).append(Json::from(value).text()); }
  Writer& raw(std::string_view name, std::string_view json) { return name_of(name).append(json); }
  Writer& open(std::string_view name, char bracket) {
    name_of(name).out += bracket;
    return *this;
  }
  Writer& open_item(char bracket) {
    comma();
    out += bracket;
    return *this;
  }
  Writer& item(std::string_view value) {
    comma();
    return append_text(value);
  }
  Writer& close(char bracket) {
    out += bracket;
    return *this;
  }
  std::string out = "{";

 private:
  void comma() {
    if (out.back() != '{' && out.back() != '[') out += ',';
  }
  Writer& name_of(std::string_view name) {
    comma();
    append_text(name);
    out += ':';
    return *this;
  }
  Writer& append(std::string_view text) {
    out += text;
    return *this;
  }
  Writer& append_text(std::string_view value) {
    out += '"';
    out += json_escape(value);
    out += '"';
    return *this;
  }
};

// Not in the middle of a character.
std::string_view shortened(std::string_view text) {
  size_t end = std::min(text.size(), problem_text_bytes_max);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace heartbeats

using namespace heartbeats;

HeartbeatMachine::HeartbeatMachine(PlaneIdentity identity, HeartbeatFacts facts, uint64_t seed, Instant started, LogSink* log)
    : identity_(std::move(identity)),
      facts_(std::move(facts)),
      jitter_(seed),
      started_(started),
      log_(log),
      due_us_(started.steady_us + first_heartbeat_ms * 1000ull) {}

std::optional<PlaneCall> HeartbeatMachine::beat(Instant now, SyncState state, const SyncMachine& sync) {
  if (is_over_) return std::nullopt;
  if (is_calling_ && now.steady_us >= deadline_us_) failed();
  if (is_calling_ || now.steady_us < due_us_) return std::nullopt;
  return call(text_of(state), now, sync);
}

PlaneCall HeartbeatMachine::last_beat(Instant now, const SyncMachine& sync) {
  PlaneCall last = call("stopping", now, sync);
  is_over_ = true;
  return last;
}

PlaneCall HeartbeatMachine::call(std::string_view state, Instant now, const SyncMachine& sync) {
  PlaneCall out;
  out.method = "POST";
  out.target = identity_.target("/heartbeat");
  identity_.add_headers(out);
  out.headers.emplace_back("Content-Type", "application/json");
  out.body = body(state, now, sync);
  out.timeout_ms = heartbeat_timeout_ms;
  out.answer_bytes_max = heartbeat_answer_bytes_max;
  out.renews_token = sync.state() == SyncState::auth_rejected;
  is_calling_ = true;
  acknowledging_ = acknowledged_.size();
  deadline_us_ = now.steady_us + (uint64_t{heartbeat_timeout_ms} + call_slack_ms) * 1000;
  due_us_ = now.steady_us + jitter_.around_us(period_ms_);
  return out;
}

std::string HeartbeatMachine::body(std::string_view state, Instant now, const SyncMachine& sync) const {
  Writer writer;
  const auto seconds_since = [&](const Instant& then) { return (now.steady_us - then.steady_us) / 1'000'000; };
  writer.text("instance", identity_.instance).text("gatewayVersion", facts_.gateway_version).text("gspVersion", gsp_version);
  writer.text("hostName", facts_.host_name).text("os", facts_.os).text("arch", facts_.arch);
  writer.text("startedAt", iso_timestamp(started_.wall_ms)).number("uptimeS", seconds_since(started_)).text("state", state);
  if (const auto& config = sync.in_force()) {
    writer.open("config", '{').number("revision", config->delivered->revision).text("root", config->delivered->root);
    writer.text("etag", config->etag).text("loadedFrom", sync.is_from_backup() ? "backup" : "server");
    writer.text("loadedAt", iso_timestamp(sync.loaded_at().wall_ms)).number("ageS", seconds_since(sync.loaded_at())).close('}');
  }
  writer.open("lastSync", '{').raw("ok", sync.last().is_ok ? "true" : "false").text("at", iso_timestamp(sync.last().wall_ms));
  writer.number("status", static_cast<uint64_t>(sync.last().status)).text("error", shortened(sync.last().error)).close('}');
  writer.open("load", '{').real("rps1m", load_.requests_per_s).number("inflight", load_.in_flight).real("cpuPct", load_.cpu_percent);
  writer.number("rssBytes", load_.memory_bytes).number("openConns", load_.connections).close('}');
  writer.open("telemetry", '{').number("queued", load_.telemetry_queued).number("dropped", load_.telemetry_dropped).close('}');
  writer.open("listeners", '[');
  for (const std::string& listener : facts_.listeners)
    writer.open_item('{').text("addr", listener).raw("tls", listener.starts_with("https:") ? "true" : "false").close('}');
  writer.close(']').open("features", '[');
  for (const std::string& feature : facts_.features) writer.item(feature);
  writer.close(']').open("acknowledged", '[');
  for (const std::string& id : acknowledged_) writer.item(id);
  writer.close(']').open("errors", '[');
  // As many as there is room for.
  const size_t problems = sync.in_force() ? sync.in_force()->problems.size() : 0;
  for (size_t i = 0; i < problems; ++i) {
    const SyncProblem& problem = sync.in_force()->problems[i];
    const size_t before = writer.out.size();
    writer.open_item('{')
        .text("k", shortened(problem.key))
        .text("code", problem.code)
        .text("message", shortened(problem.message))
        .close('}');
    if (writer.out.size() <= heartbeat_bytes_max - 2) continue;
    writer.out.resize(before);
    break;
  }
  return writer.close(']').close('}').out;
}

std::string HeartbeatMachine::describe(Instant now, SyncState state, const SyncMachine& sync,
                                       const std::vector<ServedCertificate>& certificates) const {
  Writer writer;
  writer.out = body(text_of(state), now, sync);
  writer.out.pop_back();
  if (sync.last_good_us()) writer.number("lastGoodSyncAgeS", (now.steady_us - sync.last_good_us()) / 1'000'000);
  if (token_expires_ms_) writer.text("tokenExpiresAt", iso_timestamp(*token_expires_ms_));
  writer.open("certificates", '[');
  for (const ServedCertificate& certificate : certificates)
    writer.open_item('{').text("host", certificate.host).text("expiresAt", iso_timestamp(certificate.expires_ms)).close('}');
  return writer.close(']').close('}').out;
}

void HeartbeatMachine::answered(const PlaneAnswer& answer, Instant now) {
  if (!std::exchange(is_calling_, false) || answer.status != 200) return;
  acknowledged_.erase(acknowledged_.begin(), acknowledged_.begin() + static_cast<std::ptrdiff_t>(acknowledging_));
  acknowledging_ = 0;
  const auto json = Json::parse(answer.body, heartbeat_answer_bytes_max);
  if (!json) return;
  if (const double seconds = (*json)["heartbeatSeconds"].number(); seconds > 0)
    period_ms_ = static_cast<uint32_t>(std::clamp<double>(seconds, heartbeat_s_min, heartbeat_s_max) * 1000);
  if (const double seconds = (*json)["pollSeconds"].number(); seconds > 0)
    poll_seconds_ = static_cast<uint64_t>(std::clamp<double>(seconds, poll_s_min, poll_s_max));
  if (const auto expires_ms = parse_iso_timestamp((*json)["tokenExpiresAt"].string())) watch_token(*expires_ms, now);
  read_commands((*json)["commands"]);
}

void HeartbeatMachine::read_commands(const Json& commands) {
  for (const Json& item : commands.items()) {
    const std::string id(item["id"].string());
    if (id.empty() || id.size() > problem_text_bytes_max || std::ranges::find(seen_, id) != seen_.end()) continue;
    if (commands_.size() == heartbeat_commands_max) return;  // the plane asks again
    if (seen_.size() == commands_seen_max) seen_.erase(seen_.begin());
    seen_.push_back(id);
    commands_.push_back({id, std::string(item["type"].string()), item["args"].text()});
  }
}

void HeartbeatMachine::done(std::string id) {
  if (acknowledged_.size() < heartbeat_commands_max) acknowledged_.push_back(std::move(id));
}

void HeartbeatMachine::watch_token(int64_t expires_ms, Instant now) {
  token_expires_ms_ = expires_ms;
  const int64_t left_ms = expires_ms - now.wall_ms;
  const LogLevel level = left_ms < token_error_ms ? LogLevel::error : left_ms < token_warning_ms ? LogLevel::warn : LogLevel::info;
  if (level == std::exchange(token_level_, level) || level == LogLevel::info || !log_) return;
  log_->log(level, "GatewayTokenNearExpiry",
            std::string("the gateway's token ") + (left_ms < 0 ? "expired" : "expires") + " at " + iso_timestamp(expires_ms) +
                "; give it a new one",
            nullptr, 0);
}

}  // namespace gatelet
