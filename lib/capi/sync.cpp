#include "gatelet/sync.h"

#include <map>
#include <mutex>

#include "base/time.hpp"
#include "capi/guard.hpp"
#include "capi/handles.hpp"
#include "capi/sync_options.hpp"

using namespace gatelet;

static_assert(static_cast<int>(SyncState::loading_backup) == GATELET_SYNC_STATE_LOADING_BACKUP &&
              static_cast<int>(SyncState::no_config) == GATELET_SYNC_STATE_NO_CONFIG &&
              static_cast<int>(SyncState::serving_fresh) == GATELET_SYNC_STATE_SERVING_FRESH &&
              static_cast<int>(SyncState::serving_stale) == GATELET_SYNC_STATE_SERVING_STALE &&
              static_cast<int>(SyncState::serving_backup) == GATELET_SYNC_STATE_SERVING_BACKUP &&
              static_cast<int>(SyncState::auth_rejected) == GATELET_SYNC_STATE_AUTH_REJECTED &&
              static_cast<int>(SyncState::draining) == GATELET_SYNC_STATE_DRAINING);
static_assert(GATELET_SYNC_WRITE - GATELET_SYNC_READ == static_cast<int>(FileAction::Kind::write) &&
              GATELET_SYNC_SYNC - GATELET_SYNC_READ == static_cast<int>(FileAction::Kind::sync) &&
              GATELET_SYNC_RENAME - GATELET_SYNC_READ == static_cast<int>(FileAction::Kind::rename) &&
              GATELET_SYNC_SYNC_FOLDER - GATELET_SYNC_READ == static_cast<int>(FileAction::Kind::sync_folder));

namespace sync_links {

constexpr const char* not_a_sync = "sync is NULL or no link that lives; pass what gatelet_sync_create() made";

// What was built for the job under way; another thread writes it.
struct Building {
  std::mutex mutex;
  uint32_t id = 0;
  std::shared_ptr<const ApplyJob> job;
  std::optional<Applied> applied;
};

// An action whose views the host may still look at.
struct OpenAction {
  FederationAction action;
  std::vector<gatelet_header> headers;
};

Instant instant_of(gatelet_time now) { return {now.steady_us, now.wall_ms}; }

}  // namespace sync_links

using namespace sync_links;

struct gatelet_sync {
  gatelet_sync(gatelet_gateway& of, FederationOptions options, Instant now) : gateway(of), federation(std::move(options), now) {}
  HandleMark<0x73796e31> mark;
  GatewayRef gateway;
  Federation federation;
  Building building;
  std::map<uint32_t, OpenAction> open;
  std::optional<FederationAction> unwritten;  // it comes again when memory was short
};

namespace sync_links {

void describe(OpenAction& open, gatelet_sync_action& out) {
  using Kind = FederationAction::Kind;
  const FederationAction& action = open.action;
  if (action.kind == Kind::call) {
    out.kind = GATELET_SYNC_CALL;
    out.method = borrow(action.call.method);
    out.target = borrow(action.call.target);
    for (size_t i = 0; i < open.headers.size(); ++i)
      open.headers[i] = {borrow(action.call.headers[i].first), borrow(action.call.headers[i].second)};
    out.headers = open.headers.data();
    out.header_count = open.headers.size();
    out.body = borrow(action.call.body);
    out.renew_token = action.call.renews_token ? 1 : 0;
    out.timeout_ms = action.call.timeout_ms;
    out.bytes_max = action.call.answer_bytes_max;
  } else if (action.kind == Kind::file) {
    out.kind = GATELET_SYNC_READ + static_cast<int32_t>(action.file.kind);
    out.name = borrow(action.file.name);
    out.target_name = borrow(action.file.target);
    if (action.file.bytes) out.bytes = borrow(*action.file.bytes);
    out.bytes_max = backup_bytes_max;
  } else if (action.kind == Kind::command) {
    out.kind = GATELET_SYNC_COMMAND;
    out.name = borrow(action.command.type);
    out.bytes = borrow(action.command.arguments);
  } else {
    out.kind = action.kind == Kind::build ? GATELET_SYNC_BUILD : GATELET_SYNC_NONE;
    out.wake_us = action.wake_us;
  }
}

// Keeps the action for its reply. A call that the machines have given up has a successor of its kind.
OpenAction& open_action(gatelet_sync& sync, FederationAction& action) {
  using Kind = FederationAction::Kind;
  std::vector<gatelet_header> headers(action.call.headers.size());
  std::erase_if(sync.open, [&](const auto& item) {
    const FederationAction& other = item.second.action;
    return action.kind == Kind::call && other.kind == Kind::call && other.call.method == action.call.method;
  });
  OpenAction& open = sync.open[action.id];
  if (action.kind == Kind::build) {
    std::lock_guard lock(sync.building.mutex);
    sync.building.id = action.id;
    sync.building.job = action.job;
    sync.building.applied.reset();
  }
  open.action = std::move(action);
  open.headers = std::move(headers);
  return open;
}

Error action_is_over() { return {Code::stale, "the action is over; forget it", {}, {}}; }

// The open action of the id, when it is of one of the kinds.
Result<FederationAction::Kind> kind_of(const gatelet_sync& sync, uint32_t id) {
  const auto found = sync.open.find(id);
  if (found == sync.open.end()) return action_is_over();
  return found->second.action.kind;
}

Result<> end(gatelet_sync& sync, uint32_t id, bool is_taken) {
  sync.open.erase(id);
  return is_taken ? Result<>(Done{}) : Result<>(action_is_over());
}

}  // namespace sync_links

extern "C" {

gatelet_status gatelet_sync_create(gatelet_gateway* gateway, const gatelet_sync_options* options, gatelet_sync** out,
                                   gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(gateway)) return bad_argument(not_a_gateway);
    if (!out) return bad_argument("out is NULL; pass the address of a gatelet_sync pointer");
    GATELET_TRY(given, options_from(options, "gatelet_sync_options"));
    if (given.gateway.size == 0) return bad_argument("gateway is empty; name the gateway resource of the management plane");
    GATELET_TRY(made, federation_options_from(given, gateway->log));
    *out = new gatelet_sync(*gateway, std::move(made), instant_of(given.now));
    return Done{};
  });
}

void gatelet_sync_destroy(gatelet_sync* sync) {
  if (is_live(sync)) delete sync;
}

gatelet_status gatelet_sync_next(gatelet_sync* sync, gatelet_time now, gatelet_sync_action* out, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(sync)) return bad_argument(not_a_sync);
    if (Result<> checked = check_struct(out, "out"); !checked) return checked;
    std::optional<FederationAction>& action = sync->unwritten;
    if (!action) action = sync->federation.next(instant_of(now));
    while (action->kind == FederationAction::Kind::publish) {
      sync->gateway->retirer.retire(sync->gateway->value.publish(action->config->config));
      action.reset();
      action = sync->federation.next(instant_of(now));
    }
    gatelet_sync_action value = GATELET_SYNC_ACTION_INIT;
    value.id = action->id;
    if (action->kind == FederationAction::Kind::none)
      value.wake_us = action->wake_us;
    else
      describe(open_action(*sync, *action), value);
    action.reset();
    return write_struct(value, out, "out");
  });
}

gatelet_status gatelet_sync_reply(gatelet_sync* sync, uint32_t id, const gatelet_response* response, gatelet_time now,
                                  gatelet_error** error) {
  const bool has_body = reaches(response, sizeof(gatelet_response)) && response->body_kind == GATELET_BODY_BYTES;
  const gatelet_status status = guarded(error, [&]() -> Result<> {
    if (!is_live(sync)) return bad_argument(not_a_sync);
    if (!response) return bad_argument("response is NULL; pass a gatelet_response that GATELET_RESPONSE_INIT made");
    GATELET_TRY(given, options_from(response, "gatelet_response"));
    if (given.body_kind == GATELET_BODY_STREAM) return bad_argument("body_kind is STREAM; give the body whole, as BYTES");
    if (given.body_kind == GATELET_BODY_BYTES && is_bad(given.body))
      return bad_argument("the body is NULL although its size is not 0; set both members");
    if (Result<> checked = check_headers(given.headers, given.header_count); !checked) return checked;
    GATELET_TRY(kind, kind_of(*sync, id));
    if (kind != FederationAction::Kind::call) return bad_argument("the action is no CALL; it has another reply");
    if (has_body && given.body.size > sync->open[id].action.call.answer_bytes_max)
      return end(*sync, id, sync->federation.failed(id, "the answer is larger than it may be", instant_of(now)));
    PlaneAnswer answer;
    answer.status = given.status;
    for (size_t i = 0; i < given.header_count; ++i) answer.add_header(view(given.headers[i].name), view(given.headers[i].value));
    if (has_body) answer.body.assign(given.body.data, given.body.size);
    return end(*sync, id, sync->federation.answered(id, std::move(answer), instant_of(now)));
  });
  if (has_body) give_back(response->body);
  return status;
}

gatelet_status gatelet_sync_reply_fault(gatelet_sync* sync, uint32_t id, gatelet_str text, gatelet_time now, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(sync)) return bad_argument(not_a_sync);
    if (is_bad(text)) return bad_argument("text is NULL although its size is not 0; set both members");
    GATELET_TRY(kind, kind_of(*sync, id));
    const std::string why(text.size ? view(text) : std::string_view("the host gives no reason"));
    if (kind == FederationAction::Kind::call) return end(*sync, id, sync->federation.failed(id, why, instant_of(now)));
    if (kind == FederationAction::Kind::file)
      return end(*sync, id, sync->federation.file_done(id, Error{Code::io, why, {}, {}}, instant_of(now)));
    return bad_argument("the action is about no call and no file; it cannot fail");
  });
}

gatelet_status gatelet_sync_reply_bytes(gatelet_sync* sync, uint32_t id, gatelet_str bytes, gatelet_time now, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(sync)) return bad_argument(not_a_sync);
    if (is_bad(bytes)) return bad_argument("bytes is NULL although its size is not 0; set both members");
    GATELET_TRY(kind, kind_of(*sync, id));
    if (kind != FederationAction::Kind::file || sync->open[id].action.file.kind != FileAction::Kind::read)
      return bad_argument("the action is no READ; it has another reply");
    return end(*sync, id, sync->federation.file_done(id, std::string(view(bytes)), instant_of(now)));
  });
}

gatelet_status gatelet_sync_build(gatelet_sync* sync, uint32_t id, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(sync)) return bad_argument(not_a_sync);
    std::shared_ptr<const ApplyJob> job;
    {
      std::lock_guard lock(sync->building.mutex);
      if (sync->building.id != id || id == 0) return action_is_over();
      job = sync->building.job;
    }
    Applied applied = apply(*job);
    std::lock_guard lock(sync->building.mutex);
    if (sync->building.id != id) return action_is_over();
    sync->building.applied = std::move(applied);
    return Done{};
  });
}

gatelet_status gatelet_sync_reply_done(gatelet_sync* sync, uint32_t id, gatelet_time now, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(sync)) return bad_argument(not_a_sync);
    GATELET_TRY(kind, kind_of(*sync, id));
    if (kind == FederationAction::Kind::command) return end(*sync, id, sync->federation.command_done(id));
    if (kind == FederationAction::Kind::file && sync->open[id].action.file.kind != FileAction::Kind::read)
      return end(*sync, id, sync->federation.file_done(id, std::string(), instant_of(now)));
    if (kind != FederationAction::Kind::build) return bad_argument("the action is a CALL or a READ; it has another reply");
    std::optional<Applied> applied;
    {
      std::lock_guard lock(sync->building.mutex);
      if (!sync->building.applied) return bad_argument("nothing was built; call gatelet_sync_build first");
      applied = std::exchange(sync->building.applied, std::nullopt);
      sync->building.id = 0;
      sync->building.job = nullptr;
    }
    return end(*sync, id, sync->federation.built(id, *applied, instant_of(now)));
  });
}

gatelet_status gatelet_sync_drain(gatelet_sync* sync, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(sync)) return bad_argument(not_a_sync);
    sync->federation.drain();
    return Done{};
  });
}

gatelet_status gatelet_sync_set_load(gatelet_sync* sync, const gatelet_sync_load* load, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(sync)) return bad_argument(not_a_sync);
    if (!load) return bad_argument("load is NULL; pass a gatelet_sync_load that GATELET_SYNC_LOAD_INIT made");
    GATELET_TRY(given, options_from(load, "gatelet_sync_load"));
    if (!(given.requests_per_s >= 0 && given.requests_per_s < 1e15) || !(given.cpu_percent >= 0 && given.cpu_percent < 1e15))
      return bad_argument("requests_per_s or cpu_percent is no number of that kind; leave it 0");
    sync->federation.set_load({given.requests_per_s, given.in_flight, given.cpu_percent, given.memory_bytes, given.connections,
                               given.telemetry_queued, given.telemetry_dropped});
    return Done{};
  });
}

gatelet_status gatelet_sync_status_get(const gatelet_sync* sync, gatelet_sync_status* out, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(sync)) return bad_argument(not_a_sync);
    const SyncMachine& machine = sync->federation.sync();
    gatelet_sync_status value = GATELET_SYNC_STATUS_INIT;
    value.state = static_cast<int32_t>(sync->federation.state());
    value.state_text = borrow(text_of(sync->federation.state()));
    value.applying = machine.is_applying() ? 1 : 0;
    value.last_status = machine.last().status;
    value.last_error = borrow(machine.last().error);
    value.last_good_us = machine.last_good_us();
    if (const auto& config = machine.in_force()) {
      value.from_backup = machine.is_from_backup() ? 1 : 0;
      value.epoch = config->delivered->epoch;
      value.revision = config->delivered->revision;
      value.root = borrow(config->delivered->root);
      value.etag = borrow(config->etag);
      value.loaded_us = machine.loaded_at().steady_us;
      value.problem_count = config->problems.size();
    }
    value.token_expires_ms = sync->federation.token_expires_ms().value_or(0);
    const SyncCounters& counters = machine.counters();
    value.polls = counters.polls;
    value.polls_failed = counters.polls_failed;
    value.refused = counters.refused;
    value.delta_mismatch = counters.delta_mismatch;
    value.rollbacks = counters.rollbacks;
    if (const BackupMachine* backup = sync->federation.backup()) {
      value.backups_written = backup->written();
      value.backups_failed = backup->failures();
    }
    return write_struct(value, out, "out");
  });
}

gatelet_status gatelet_sync_problem_get(const gatelet_sync* sync, size_t index, gatelet_sync_problem* out, gatelet_error** error) {
  return guarded(error, [&]() -> Result<> {
    if (!is_live(sync)) return bad_argument(not_a_sync);
    const auto& config = sync->federation.sync().in_force();
    if (!config || index >= config->problems.size()) return bad_argument("index is out of range; gatelet_sync_status has the count");
    const SyncProblem& problem = config->problems[index];
    gatelet_sync_problem value = GATELET_SYNC_PROBLEM_INIT;
    value.key = borrow(problem.key);
    value.code = borrow(problem.code);
    value.message = borrow(problem.message);
    return write_struct(value, out, "out");
  });
}

}  // extern "C"
