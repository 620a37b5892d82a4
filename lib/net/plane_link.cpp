#include "net/plane_link.hpp"

#include <chrono>
#include <new>
#include <system_error>
#include <utility>

#include "base/ip_address.hpp"
#include "base/limits.hpp"
#include "net/clock.hpp"
#include "net/files.hpp"
#include "net/threads.hpp"

namespace gatelet {
namespace plane_links {

constexpr size_t gateway_token_bytes_max = 16 * 1024;
constexpr uint64_t goodbye_ms = 2'000;        // for the last heartbeat and what is being written
constexpr uint64_t out_of_memory_ms = 1'000;  // until it is tried again
constexpr int try_again_ms = 100;

bool is_loopback(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  const auto address = parse_ip_address(host);
  if (!address) return false;
  return address->is_v6 ? *address == *parse_ip_address("::1") : address->bytes[0] == 127;
}

// Slashes at its end are tolerated: targets begin with one.
Result<Upstream> read_endpoint(const PlaneLinkOptions& options) {
  std::string text = options.endpoint;
  while (text.ends_with('/')) text.pop_back();
  if (text.find("://") == text.npos) text = "https://" + text;
  auto url = parse_url(text);
  if (!url) return Error{Code::argument, "the endpoint of the management plane: " + url.error().message, {}, {}};
  if (url->scheme != "https" && url->scheme != "http")
    return Error{Code::argument, "the endpoint of the management plane is no https URL; write https://host", {}, {}};
  if (!url->query.empty()) return Error{Code::argument, "the endpoint of the management plane has a query; leave it out", {}, {}};
  if (url->scheme == "http" && !options.allows_insecure && !is_loopback(url->host))
    return Error{Code::argument,
                 "the endpoint of the management plane, " + text +
                     ", is plain http: anyone on the way could read keys and give a configuration; write https://, or allow it with "
                     "config.service.endpoint.allow-insecure",
                 {},
                 {}};
  Upstream out = upstream_from(*std::move(url));
  out.validates_chain = out.validates_name = options.validates_server;
  return out;
}

Error no_gateway() {
  return {Code::argument, "nothing says which gateway this is: set gateway.name, or give a token that begins with its id", {}, {}};
}

}  // namespace plane_links

using namespace plane_links;

Result<std::unique_ptr<PlaneLink>> PlaneLink::create(PlaneLinkOptions options, const Proxies& proxies, Publish publish, Load load) {
  GATELET_TRY(plane, read_endpoint(options));
  if (options.token.empty() && options.token_file.empty())
    return Error{Code::argument,
                 "no valid authentication was configured for the management plane: set config.service.auth or config.service.auth.key-file",
                 {},
                 {}};
  std::optional<GatewayToken> token;
  if (!options.token.empty()) {
    GATELET_TRY(given, read_gateway_token(options.token));
    token = std::move(given);
  } else if (const auto text = read_file(options.token_file, gateway_token_bytes_max)) {
    if (auto given = read_gateway_token(*text)) token = *std::move(given);
  }
  PlaneIdentity& identity = options.federation.identity;
  if (identity.gateway.empty() && token) identity.gateway = token->gateway;
  if (identity.gateway.empty()) return no_gateway();
  options.federation.build.gateway_name = identity.gateway;
  std::unique_ptr<BackupFolder> folder;
  if (!options.backup_folder.empty()) {
    folder = std::make_unique<BackupFolder>(options.backup_folder);
    identity.instance = folder->instance(identity.instance);
  }
  options.federation.has_backups = folder != nullptr;
  GATELET_TRY(tls, TlsKeeper::create(options.tls, options.federation.log));
  std::unique_ptr<PlaneLink> link(
      new PlaneLink(std::move(options), std::move(plane), std::move(tls), proxies, std::move(publish), std::move(load)));
  link->folder_ = std::move(folder);
  if (token) link->use_token(*std::move(token));
  return link;
}

PlaneLink::PlaneLink(PlaneLinkOptions options, Upstream plane, std::unique_ptr<TlsKeeper> tls, const Proxies& proxies, Publish publish,
                     Load load)
    : options_(std::move(options)),
      plane_(std::move(plane)),
      publish_(std::move(publish)),
      load_(std::move(load)),
      tls_(std::move(tls)),
      pools_(loop_, connect_timeout_ms_default, *tls_, proxies, all_allowed_),
      mailbox_(std::make_shared<Mailbox>()),
      timer_([](void* self) { static_cast<PlaneLink*>(self)->go_on(); }, this),
      goodbye_timer_([](void* self) { static_cast<PlaneLink*>(self)->finish(); }, this),
      federation_(options_.federation, read_clocks()),
      poll_(loop_, pools_, *this),
      heartbeat_(loop_, pools_, *this) {
  mailbox_->open(loop_.uv(), [](uint64_t, HostAnswer) {});
}

PlaneLink::~PlaneLink() {
  if (thread_.joinable()) {
    if (!is_asked_to_drain_) mailbox_->post([this] { finish(); });
    thread_.join();
    return;
  }
  mailbox_->set_thread();
  finish();
  uv_run(loop_.uv(), UV_RUN_DEFAULT);
}

void PlaneLink::start() {
  if (thread_.joinable()) return;
  tls_->start();
  thread_ = start_thread([this] { run(); });
}

void PlaneLink::run() {
  mailbox_->set_thread();
  loop_.read_clock();
  log(LogLevel::info, "ConfigInitialSyncStarted",
      plane_.url.text() + " for the gateway '" + options_.federation.identity.gateway + "', instance " +
          options_.federation.identity.instance);
  if (!folder_)
    log(LogLevel::warn, "LoadBackupLocationNotFound",
        "there is no folder for backups: after a restart without the management plane there would be nothing to serve; set "
        "config.backup.path");
  go_on();
  uv_run(loop_.uv(), UV_RUN_DEFAULT);
}

void PlaneLink::log(LogLevel level, std::string_view event, std::string_view message) const {
  if (options_.federation.log) options_.federation.log->log(level, event, message, nullptr, 0);
}

// Does whatever there is to do. What is said to it meanwhile is seen in the next round.
void PlaneLink::go_on() {
  if (is_over_ || std::exchange(is_going_on_, true)) return;
  try {
    const HeartbeatLoad load = load_(loop_.read_clock());
    for (;;) {
      FederationAction action;
      {
        std::lock_guard lock(mutex_);
        federation_.set_load(load);
        action = federation_.next(loop_.read_clock());
      }
      if (action.kind == FederationAction::Kind::none) {
        if (action.wake_us != UINT64_MAX) loop_.set_timer(timer_, (action.wake_us + 999) / 1000);
        break;
      }
      perform(std::move(action));
    }
  } catch (const std::bad_alloc&) {
    loop_.set_timer_after(timer_, out_of_memory_ms);
  }
  is_going_on_ = false;
  if (is_draining_ && heartbeat_.id == 0 && file_id_ == 0) finish();
}

template <class Reply>
void PlaneLink::reply(Reply reply) {
  if (is_over_) return;
  try {
    std::lock_guard lock(mutex_);
    reply(federation_, loop_.read_clock());
  } catch (const std::bad_alloc&) {
    loop_.set_timer_after(timer_, out_of_memory_ms);
    return;
  }
  go_on();
}

// What cannot even be begun has failed.
void PlaneLink::perform(FederationAction action) {
  const uint32_t id = action.id;
  const char* why = nullptr;
  try {
    switch (action.kind) {
      case FederationAction::Kind::call: return begin_call(id, std::move(action.call));
      case FederationAction::Kind::build: return begin_build(id, std::move(action.job));
      case FederationAction::Kind::file: return begin_file(id, action.file);
      case FederationAction::Kind::publish: return publish(action.config->config);
      case FederationAction::Kind::command:
        log(LogLevel::warn, "PlaneCommandIgnored",
            "the management plane wants '" + action.command.type + "', which this version cannot do");
        return reply([&](Federation& federation, Instant) { federation.command_done(id); });
      case FederationAction::Kind::none: return;
    }
  } catch (const std::bad_alloc&) {
    why = "out of memory";
  } catch (const std::system_error&) {
    why = "no thread could be started";
  }
  const auto kind = action.kind;
  reply([&](Federation& federation, Instant now) {
    if (kind == FederationAction::Kind::call) federation.failed(id, why, now);
    if (kind == FederationAction::Kind::file) federation.file_done(id, Error{Code::io, why, {}, {}}, now);
    Applied refused;
    refused.refusal = DeliveryRefusal::too_large;
    refused.message = why;
    if (kind == FederationAction::Kind::build) federation.built(id, refused, now);
  });
}

// The link counts on it being in force from now on.
void PlaneLink::publish(const std::shared_ptr<const Config>& config) const {
  for (;;) {
    try {
      return publish_(config);
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(try_again_ms));
    }
  }
}

// Calls

void PlaneLink::begin_call(uint32_t id, PlaneCall call) {
  Slot& slot = call.method == "POST" ? heartbeat_ : poll_;
  slot.request.cancel();
  slot.id = id;
  if (options_.token_file.empty()) return slot.request.start(plane_, std::move(call), token_->authorization);
  auto text = std::make_shared<Result<std::string>>(std::string());
  auto kept = std::make_shared<PlaneCall>(std::move(call));
  do_elsewhere(
      token_reader_, [this, text] { *text = read_file(options_.token_file, gateway_token_bytes_max); },
      [this, id, text, kept] { take_token(id, std::move(*kept), *text); });
}

// A file that cannot be read for a moment, because it is being replaced, leaves the token that was there.
void PlaneLink::take_token(uint32_t id, PlaneCall call, const Result<std::string>& text) {
  Slot* const slot = poll_.id == id ? &poll_ : heartbeat_.id == id ? &heartbeat_ : nullptr;
  if (!slot || is_over_) return;
  auto token = text ? read_gateway_token(*text) : Result<GatewayToken>(text.error());
  loop_.read_clock();
  if (token) {
    if (!token_ || token_->authorization != token->authorization) use_token(*std::move(token));
    is_token_missed_ = false;
  } else if (!std::exchange(is_token_missed_, true)) {
    log(LogLevel::error, "GatewayTokenUnreadable", options_.token_file + ": " + token.error().message);
  }
  if (token_) return slot->request.start(plane_, std::move(call), token_->authorization);
  plane_failed(slot->request, "there is no token");
}

void PlaneLink::use_token(GatewayToken token) {
  token_ = std::move(token);
  if (!token_->expires_ms) return;
  std::lock_guard lock(mutex_);
  federation_.take_token(*token_->expires_ms, loop_.now());
}

PlaneLink::Slot* PlaneLink::slot_of(const PlaneRequest& request) { return &request == &poll_.request ? &poll_ : &heartbeat_; }

void PlaneLink::plane_answered(PlaneRequest& request, PlaneAnswer answer) {
  const uint32_t id = std::exchange(slot_of(request)->id, 0);
  reply([&](Federation& federation, Instant now) { federation.answered(id, std::move(answer), now); });
}

void PlaneLink::plane_failed(PlaneRequest& request, std::string_view why) {
  const uint32_t id = std::exchange(slot_of(request)->id, 0);
  reply([&](Federation& federation, Instant now) { federation.failed(id, why, now); });
}

// Builds and files

void PlaneLink::begin_build(uint32_t id, std::shared_ptr<const ApplyJob> job) {
  auto applied = std::make_shared<Applied>();
  do_elsewhere(
      builder_,
      [job = std::move(job), applied] {
        try {
          *applied = apply(*job);
        } catch (const std::bad_alloc&) {
          *applied = {};
          applied->refusal = DeliveryRefusal::too_large;
          applied->message = "out of memory";
        }
      },
      [this, id, applied] { reply([&](Federation& federation, Instant now) { federation.built(id, *applied, now); }); });
}

void PlaneLink::begin_file(uint32_t id, const FileAction& action) {
  auto result = std::make_shared<Result<std::string>>(Error{Code::memory, "out of memory", {}, {}});
  do_elsewhere(
      disk_,
      [this, action, result] {
        try {
          *result = folder_->perform(action);
        } catch (const std::bad_alloc&) {}
      },
      [this, id, result] {
        file_id_ = 0;
        reply([&](Federation& federation, Instant now) { federation.file_done(id, std::move(*result), now); });
      });
  file_id_ = id;
}

// An answer that got lost would leave what waits for it waiting for ever.
void PlaneLink::do_elsewhere(WorkThread& thread, std::function<void()> work, std::function<void()> then) {
  thread.add([mailbox = mailbox_, work = std::move(work), then = std::move(then)] {
    work();
    for (;;) {
      try {
        return mailbox->post(then);
      } catch (const std::bad_alloc&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(try_again_ms));
      }
    }
  });
}

// The end

void PlaneLink::drain() {
  if (is_asked_to_drain_.exchange(true)) return;
  mailbox_->post([this] { begin_to_drain(); });
}

void PlaneLink::begin_to_drain() {
  if (is_over_) return;
  is_draining_ = true;
  loop_.read_clock();
  loop_.set_timer_after(goodbye_timer_, goodbye_ms);
  poll_.request.cancel();
  poll_.id = 0;
  {
    std::lock_guard lock(mutex_);
    federation_.drain();
  }
  go_on();
}

void PlaneLink::finish() {
  if (std::exchange(is_over_, true)) return;
  timer_.clear();
  goodbye_timer_.clear();
  poll_.request.cancel();
  heartbeat_.request.cancel();
  pools_.close();
  mailbox_->close();
}

std::string PlaneLink::describe(const std::vector<ServedCertificate>& certificates) {
  std::lock_guard lock(mutex_);
  return federation_.describe(read_clocks(), certificates);
}

}  // namespace gatelet
