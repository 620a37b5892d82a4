// The C interface of libgatelet-manage, and the thread of the plane: requests come from the loops of a server, those that only memory can
// answer are answered there, the others wait for the thread, which makes the changes of all of them durable in one commit.
#include "gatelet/manage.h"

#include <sys/random.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <new>
#include <thread>

#include "config/resource.hpp"
#include "manage/manage/gsp.hpp"
#include "manage/manage/plane.hpp"

using namespace gatelet;
using namespace gatelet::manage;

namespace {

constexpr size_t batch_max = 512;                                         // requests of one commit
constexpr size_t waiting_max = 20'000;                                    // polls that wait for news; more are answered at once
constexpr std::chrono::milliseconds idle_wait(1'000), waiting_wait(100);  // between two looks at what is due
constexpr std::chrono::milliseconds renewing_max(20);                     // before requests are looked at again

// The policy tells the handler how the client calls the plane, for the links in answers.
constexpr char plane_document[] =
    R"({"resources":[{"k":"apis/plane;rev=1","v":{"displayName":"plane","path":"","protocols":["http","https"],"subscriptionRequired":false,)"
    R"("isCurrent":true}},{"k":"apis/plane;rev=1/policies/policy","v":{"format":"rawxml","value":"<policies><inbound><base />)"
    R"(<set-header name=\"X-Forwarded-Host\" exists-action=\"override\"><value>)"
    R"(@(context.Request.OriginalUrl.Host + \":\" + context.Request.OriginalUrl.Port)</value></set-header>)"
    R"(<set-header name=\"X-Forwarded-Proto\" exists-action=\"override\"><value>@(context.Request.OriginalUrl.Scheme)</value></set-header>)"
    R"(</inbound></policies>"}})"
#define GATELET_MANAGE_OPERATION(name, method) \
  R"(,{"k":"apis/plane;rev=1/operations/)" name R"(","v":{"displayName":")" name R"(","method":")" method R"(","urlTemplate":"/*"}})"
    GATELET_MANAGE_OPERATION("get", "GET") GATELET_MANAGE_OPERATION("head", "HEAD") GATELET_MANAGE_OPERATION("put", "PUT")
        GATELET_MANAGE_OPERATION("patch", "PATCH") GATELET_MANAGE_OPERATION("post", "POST")
            GATELET_MANAGE_OPERATION("delete", "DELETE") "]}";
#undef GATELET_MANAGE_OPERATION

std::string_view view(gatelet_str text) { return text.data ? std::string_view(text.data, text.size) : std::string_view(); }
gatelet_str borrow(std::string_view text) { return {text.data(), text.size()}; }

gatelet_str copy_of(std::string_view text) {
  char* bytes = static_cast<char*>(::operator new(text.size() + 1));
  std::memcpy(bytes, text.data(), text.size());
  bytes[text.size()] = 0;
  return {bytes, text.size()};
}

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// getrandom gives at most 256 bytes at once without a signal in between.
void fill_random(void*, void* out, size_t size) {
  auto* bytes = static_cast<char*>(out);
  while (size > 0) {
    const ssize_t got = getrandom(bytes, std::min<size_t>(size, 256), 0);
    if (got <= 0) continue;
    bytes += got;
    size -= static_cast<size_t>(got);
  }
}

ManageRequest request_of(const gatelet_call* call) {
  ManageRequest out;
  out.method = view(gatelet_call_method(call));
  out.path = view(gatelet_call_path(call));
  out.query = view(gatelet_call_query(call));
  out.body = view(gatelet_call_body(call));
  for (size_t i = 0; i < gatelet_call_header_count(call); ++i) {
    const gatelet_header header = gatelet_call_header(call, i);
    out.headers.emplace_back(view(header.name), view(header.value));
  }
  out.client = view(gatelet_call_client_ip(call));
  out.now_ms = now_ms();
  return out;
}

void respond(gatelet_call* call, const ManageAnswer& answer) {
  std::vector<gatelet_header> headers;
  for (const auto& [name, value] : answer.headers) headers.push_back({borrow(name), borrow(value)});
  gatelet_response response = GATELET_RESPONSE_INIT;
  response.status = answer.status;
  response.headers = headers.data();
  response.header_count = headers.size();
  if (answer.body) {
    response.body_kind = GATELET_BODY_BYTES;
    auto* kept = new std::shared_ptr<const std::string>(answer.body);
    response.body = {(*kept)->data(), (*kept)->size(), [](void* user) { delete static_cast<std::shared_ptr<const std::string>*>(user); },
                     kept};
  }
  (void)gatelet_call_respond(call, &response, nullptr);
}

FolderOptions folder_options(const gatelet_config_options* options) {
  FolderOptions out;
  if (!options) return out;
  if (options->overrides.size != 0)
    out.overrides = ConfigFile{std::string(view(options->overrides_name)), std::string(view(options->overrides))};
  if (options->environment)
    out.environment = [fn = options->environment, user = options->environment_user](std::string_view name) -> std::optional<std::string> {
      gatelet_str value{nullptr, 0};
      return fn(user, borrow(name), &value) == 1 ? std::optional(std::string(view(value))) : std::nullopt;
    };
  return out;
}

gatelet_status failed(const Error& error, gatelet_str* problem) {
  if (problem) *problem = copy_of(error.message);
  return static_cast<gatelet_status>(error.code);
}

template <class Body>
gatelet_status guarded(gatelet_str* problem, Body&& body) noexcept {
  try {
    const Result<> result = body();
    return result ? GATELET_OK : failed(result.error(), problem);
  } catch (const std::bad_alloc&) {
    return GATELET_ERR_MEMORY;
  } catch (...) {
    return GATELET_ERR_INTERNAL;
  }
}

}  // namespace

struct gatelet_manage {
 public:
  gatelet_manage(std::unique_ptr<Plane> given, std::optional<SigningKey> signing, bool is_reader)
      : plane_(std::move(given)), gsp_(*plane_, std::move(signing)), is_reader_(is_reader), thread_([this] { run(); }) {}
  gatelet_manage(const gatelet_manage&) = delete;
  gatelet_manage& operator=(const gatelet_manage&) = delete;
  ~gatelet_manage() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    woken_.notify_all();
    thread_.join();
  }

  void handle(gatelet_call* call) {
    ManageRequest request = request_of(call);
    const bool is_sync = GspServer::is_path(request.path);
    int64_t wait_until_ms = 0;
    if (is_sync)
      if (const auto answer = gsp_.answer_at_once(request, wait_until_ms)) return respond(call, *answer);
    const std::lock_guard lock(mutex_);
    queue_.push_back({call, std::move(request), is_sync, wait_until_ms});
    woken_.notify_one();
  }

  // Runs a part of the interface on the plane, between two batches.
  template <class Body>
  Result<> with_plane(Body&& body) {
    const std::lock_guard lock(plane_mutex_);
    if (Result<> done = body(*plane_); !done) return done;
    Result<> committed = plane_->commit();
    gsp_.note_commit(static_cast<bool>(committed));
    return committed;
  }

 private:
  struct Job {
    gatelet_call* call = nullptr;
    ManageRequest request;
    bool is_sync = false;
    int64_t wait_until_ms = 0;
  };

  void run();
  std::vector<Job> take_jobs();
  void work(std::vector<Job>& jobs);
  void answer_all(std::vector<Job>& jobs, bool is_sync);
  ManageAnswer answer(const Job& job);
  void renew();
  void look_at_waiting(bool has_changed);

  std::unique_ptr<Plane> plane_;
  GspServer gsp_;
  const bool is_reader_;
  std::mutex plane_mutex_;
  std::mutex mutex_;  // of what follows
  std::condition_variable woken_;
  std::deque<Job> queue_;
  bool is_stopping_ = false;
  std::vector<Job> waiting_;  // of the thread, as what follows
  bool is_renewing_ = false;  // there may be more to look at
  uint64_t seen_revision_ = 0;
  std::thread thread_;
};

std::vector<gatelet_manage::Job> gatelet_manage::take_jobs() {
  std::unique_lock lock(mutex_);
  if (!std::exchange(is_renewing_, false))
    woken_.wait_for(lock, waiting_.empty() ? idle_wait : waiting_wait, [this] { return is_stopping_ || !queue_.empty(); });
  std::vector<Job> out;
  while (!queue_.empty() && out.size() < batch_max) {
    out.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return out;
}

void gatelet_manage::run() {
  for (;;) {
    std::vector<Job> jobs = take_jobs();
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_ && jobs.empty()) break;
    }
    const std::lock_guard lock(plane_mutex_);
    work(jobs);
    renew();
  }
  const std::lock_guard lock(plane_mutex_);
  if (!is_reader_) gsp_.add_to_batch(now_ms(), true);
  (void)plane_->commit();
  for (const Job& job : waiting_) (void)gatelet_call_fail(job.call, GATELET_STR("the management plane stops"), nullptr);
}

ManageAnswer gatelet_manage::answer(const Job& job) {
  try {
    return job.is_sync ? gsp_.answer(job.request) : plane_->handle(job.request);
  } catch (const std::bad_alloc&) {
    return error_answer(503, "ServiceUnavailable", "The management plane has no memory for this request.");
  }
}

// Those of one kind. What they changed is on the disk before one of them is answered.
void gatelet_manage::answer_all(std::vector<Job>& jobs, bool is_sync) {
  std::vector<std::pair<Job*, ManageAnswer>> answers;
  for (Job& job : jobs) {
    if (!job.call || job.is_sync != is_sync) continue;
    if (job.wait_until_ms != 0 && waiting_.size() < waiting_max && !gsp_.has_news(job.request)) {
      waiting_.push_back(std::exchange(job, {}));
    } else {
      answers.emplace_back(&job, answer(job));
    }
  }
  if (!is_reader_) gsp_.add_to_batch(now_ms(), false);
  const Result<> committed = plane_->commit();
  gsp_.note_commit(static_cast<bool>(committed));
  for (auto& [job, answer] : answers)
    respond(job->call, committed || job->request.method == "GET" || job->request.method == "HEAD"
                           ? answer
                           : error_answer(503, "ServiceUnavailable", "Nothing was written: " + committed.error().message));
}

void gatelet_manage::work(std::vector<Job>& jobs) {
  answer_all(jobs, false);
  answer_all(jobs, true);
  const bool has_changed = seen_revision_ != plane_->revision();
  seen_revision_ = plane_->revision();
  look_at_waiting(has_changed);
}

// What changes concern is looked at as soon as nobody waits for something else.
void gatelet_manage::renew() {
  const auto until = std::chrono::steady_clock::now() + renewing_max;
  while (std::chrono::steady_clock::now() < until) {
    {
      const std::lock_guard lock(mutex_);
      if (is_stopping_ || !queue_.empty()) return;
    }
    if (!gsp_.renew_next()) return;
  }
  is_renewing_ = true;
}

void gatelet_manage::look_at_waiting(bool has_changed) {
  const int64_t now = now_ms();
  std::erase_if(waiting_, [&](const Job& job) {
    if (now < job.wait_until_ms && !(has_changed && gsp_.has_news(job.request))) return false;
    respond(job.call, gsp_.answer(job.request));
    return true;
  });
}

extern "C" {

gatelet_status gatelet_manage_open(const gatelet_manage_options* options, gatelet_manage** out, gatelet_str* problem) {
  return guarded(problem, [&]() -> Result<> {
    if (!options || options->size < sizeof(gatelet_manage_options) || !out)
      return Error{Code::argument, "options or out is NULL, or options->size is not set; use GATELET_MANAGE_OPTIONS_INIT", {}, {}};
    GATELET_TRY(store, open_sqlite_store(std::string(view(options->store)), options->is_reader != 0));
    PlaneOptions given;
    given.master_key = view(options->master_key);
    if (options->service_name.size) given.service_name = view(options->service_name);
    given.random = {fill_random, nullptr};
    given.now_ms = now_ms();
    GATELET_TRY(plane, Plane::start(std::move(store), std::move(given)));
    std::optional<SigningKey> signing;
    if (options->signing_key.size != 0) {
      const std::string id(options->signing_key_id.size != 0 ? view(options->signing_key_id) : "k1");
      GATELET_TRY(key, read_signing_key(id, view(options->signing_key), {fill_random, nullptr}));
      signing = std::move(key);
    }
    *out = new gatelet_manage(std::move(plane), std::move(signing), options->is_reader != 0);
    return Done{};
  });
}

void gatelet_manage_destroy(gatelet_manage* manage) { delete manage; }
void gatelet_manage_text_destroy(gatelet_str text) { ::operator delete(const_cast<char*>(text.data)); }
gatelet_str gatelet_manage_document(void) { return borrow(plane_document); }

void gatelet_manage_handle(void* manage, gatelet_call* call) { static_cast<gatelet_manage*>(manage)->handle(call); }

gatelet_status gatelet_manage_owner_token(gatelet_manage* manage, gatelet_str* out, gatelet_str* problem) {
  return guarded(problem, [&] {
    return manage->with_plane([&](Plane& plane) -> Result<> {
      *out = copy_of(plane.make_owner_token());
      return Done{};
    });
  });
}

gatelet_status gatelet_manage_gateway_token(gatelet_manage* manage, gatelet_str gateway, int64_t expires_ms, gatelet_str* out,
                                            gatelet_str* problem) {
  return guarded(problem, [&] {
    return manage->with_plane([&](Plane& plane) -> Result<> {
      GATELET_TRY(token, plane.gateway_token(view(gateway), expires_ms));
      *out = copy_of(token);
      return Done{};
    });
  });
}

gatelet_status gatelet_manage_begin_epoch(gatelet_manage* manage, gatelet_str* problem) {
  return guarded(problem, [&] {
    return manage->with_plane([&](Plane& plane) -> Result<> {
      plane.begin_epoch();
      return Done{};
    });
  });
}

gatelet_status gatelet_manage_import(gatelet_manage* manage, const gatelet_file* files, size_t count, const gatelet_config_options* options,
                                     gatelet_str* problem) {
  return guarded(problem, [&] {
    std::vector<ConfigFile> copies;
    for (size_t i = 0; i < count; ++i) copies.push_back({std::string(view(files[i].path)), std::string(view(files[i].bytes))});
    Diagnostics problems;
    const ResourceSet set = resources_from_folder(copies, folder_options(options), problems);
    return manage->with_plane([&](Plane& plane) -> Result<> {
      const Diagnostics found = plane.import(set, std::move(problems), now_ms());
      if (!found.has_errors()) return Done{};
      std::string text;
      for (const Diagnostic& item : found.items())
        if (item.severity == Severity::error) text += format(item) + '\n';
      return Error{Code::config, std::move(text), {}, {}};
    });
  });
}

gatelet_status gatelet_manage_export(gatelet_manage* manage, gatelet_manage_file_fn write, void* user, gatelet_str* problem) {
  gatelet_status written = GATELET_OK;
  const gatelet_status status = guarded(problem, [&] {
    return manage->with_plane([&](Plane& plane) -> Result<> {
      for (const ConfigFile& file : plane.export_folder())
        if (written == GATELET_OK) written = write(user, borrow(file.path), borrow(file.bytes));
      return Done{};
    });
  });
  return status == GATELET_OK ? written : status;
}

}  // extern "C"
