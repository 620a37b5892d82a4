#include "policy/context.hpp"

#include <algorithm>
#include <cstring>

#include "expr/context_objects.hpp"
#include "policy/policy.hpp"

namespace gatelet {

static constexpr char guid_digits[] = "0123456789abcdef";
static constexpr size_t variables_first = 8;

std::string_view Context::request_id() {
  if (!request_id_.empty()) return request_id_;
  uint8_t bytes[16];
  for (size_t i = 0; i < 16; ++i) bytes[i] = static_cast<uint8_t>(random_[i / 8] >> (8 * (i % 8)));
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0F) | 0x40);  // RFC 9562 5.4: version 4, variant 10
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3F) | 0x80);
  char* text = static_cast<char*>(arena.allocate(36, 1));
  char* out = text;
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = guid_digits[bytes[i] >> 4];
    *out++ = guid_digits[bytes[i] & 15];
  }
  return request_id_ = {text, 36};
}

bool Context::find_cached(Cache& cache, std::string_view key) {
  cache_reply = {};
  if (cache.find(key, now.steady_ms(), cache_reply)) return true;
  look_up(key);
  return false;
}

Variable* Context::find_variable(std::string_view name) {
  for (size_t i = 0; i < variable_count_; ++i)
    if (variables_[i].name == name) return &variables_[i];
  return nullptr;
}

Variable& Context::make_variable(std::string_view name) {
  if (Variable* known = find_variable(name)) return *known;
  if (variable_count_ == variables_.size()) {
    const size_t wanted = std::max(variables_first, variables_.size() * 2);
    auto* grown = static_cast<Variable*>(arena.allocate(wanted * sizeof(Variable), alignof(Variable)));
    std::uninitialized_copy(variables_.begin(), variables_.end(), grown);
    std::uninitialized_value_construct(grown + variables_.size(), grown + wanted);
    variables_ = {grown, wanted};
  }
  Variable& made = variables_[variable_count_++];
  made.name = name;
  return made;
}

void Context::set_variable(std::string_view name, std::string_view text) {
  make_variable(name) = {.name = make_variable(name).name, .text = text};
}

void Context::set_variable(std::string_view name, Response* held) {
  make_variable(name) = {.name = make_variable(name).name, .response = held};
}

void Context::set_variable(std::string_view name, cs::Value value, std::string_view text) {
  Response* held = value.is(cs::response_type) ? value.object<Response>() : nullptr;
  make_variable(name) = {.name = make_variable(name).name, .text = text, .response = held, .value = value, .is_typed = true};
}

// A keyed hash of the request's own bits and a counter: the key is secret, so knowing the request id does not help to foretell the rest.
void Context::random_bytes(void* out, size_t size) {
  const SipKey key = services ? services->random_key : SipKey{};
  for (auto* bytes = static_cast<char*>(out); size > 0;) {
    const uint64_t block[] = {random_[0], random_[1], ++random_count_};
    const uint64_t bits = siphash(key, {reinterpret_cast<const char*>(block), sizeof block});
    const size_t part = std::min(size, sizeof bits);
    std::memcpy(bytes, &bits, part);
    bytes += part;
    size -= part;
  }
}

void Context::own(void* object, void (*destroy)(void*)) { owned_ = arena.make<Owned>(object, destroy, owned_); }

void Context::destroy_owned() {
  for (Owned* owned = std::exchange(owned_, nullptr); owned; owned = owned->next) owned->destroy(owned->object);
}

Response* Context::hold_response() { return held_responses_.emplace_back(std::make_unique<Response>(arena)).get(); }

Call& Context::hold_call() { return *held_calls_.emplace_back(std::make_unique<Call>(arena)); }

const Upstream* Context::hold_upstream(Upstream made) {
  return held_upstreams_.emplace_back(std::make_unique<const Upstream>(std::move(made))).get();
}

void Call::be(const OutboxItem& item) {
  upstream = item.upstream.get();
  method = item.name;
  path = item.path;
  query = item.query;
  has_query = item.has_query;
  host = item.host;
  for (const auto& [name, value] : item.fields) headers.append(name, value);
  if (!item.body.empty()) body = Body::from(item.body);
  timeout_ms = item.timeout_ms;
  if (item.kind != OutboxItem::Kind::fetch) return;
  hold_response = is_timeout_whole = true;
  hold_bytes_max = keys_bytes_max;
}

std::string_view Call::url_with(std::string_view its_query, bool has_mark, Arena& arena) const {
  const std::string_view mark = has_mark ? "?" : "";
  if (upstream->kind == Upstream::Kind::host) return arena.concat(path, mark, its_query);
  return arena.concat(upstream->url.scheme, "://", upstream->authority, path, mark, its_query);
}

std::string_view Call::shown_url(Arena& arena) const {
  const std::string_view shown = query.substr(0, query.size() - secret_query_bytes);
  return url_with(shown, has_query && (!shown.empty() || secret_query_bytes == 0), arena);
}

void Context::tell_data(std::string json) { trace->add(origin->element, origin, now, std::move(json)); }

Flow Context::fail(Failure failure) {
  if (origin) {
    if (failure.source.empty()) failure.source = origin->element;
    if (failure.scope.empty()) failure.scope = text_of(origin->scope);
    if (failure.section.empty()) failure.section = text_of(origin->section);
    if (failure.path.empty()) failure.path = origin->path;
    if (failure.policy_id.empty()) failure.policy_id = origin->policy_id;
  }
  failure_ = failure;
  return Flow::fail;
}

void Context::reset_context() {
  received = {};
  trace = nullptr;
  renew(request, arena);
  renew(response, arena);
  has_response = false;
  pending = Headers(arena);
  original_target = {};
  original_method = original_scheme = original_host = client_ip = {};
  client_certificate = nullptr;
  original_port = 0;
  deployment = nullptr;
  api = nullptr;
  operation = nullptr;
  product = nullptr;
  subscription = nullptr;
  user = nullptr;
  matched = {};
  upstream = nullptr;
  host_override = {};
  cache_lookup = nullptr;
  cache_reply = {};
  external_cache = nullptr;
  shared_limits = nullptr;
  response_filters.clear();
  can_filter = sends_fetches = computes_later = false;
  trace_records.clear();
  trace_record_bytes = 0;
  last_error = nullptr;
  origin = nullptr;
  renew(forward, arena);
  side_call = nullptr;
  step_state = nullptr;
  identity = nullptr;
  is_fork_any = is_forked_ = false;
  failure_ = {};
  random_[0] = random_[1] = 0;
  request_id_ = {};
  destroy_owned();
  random_count_ = 0;
  variables_ = {};
  variable_count_ = 0;
  held_responses_.clear();
  held_upstreams_.clear();
  held_calls_.clear();
  first_deferred_ = last_deferred_ = nullptr;
  retries_.clear();
  retry_count_ = 0;
}

// SplitMix64: neighbouring inputs give bits that have nothing to do with each other.
uint64_t Context::random_bits() {
  uint64_t bits = random_[0] + ++random_count_ * 0x9E3779B97F4A7C15;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  return bits ^ (bits >> 31);
}

void Context::enter_retry(uint32_t end) {
  Retrying retry;
  retry.end = end;
  retry.outer_error = last_error;
  retry.owed = owed_by_block.newest();
  retries_.push_back(retry);
}

std::optional<uint32_t> Context::take_failure() {
  if (retries_.empty()) return std::nullopt;
  Retrying& retry = retries_.back();
  retry.has_failed = true;
  retry.failure = failure_;
  last_error = &retry.failure;
  owed_by_block.settle({}, retry.owed);
  return retry.end;
}

// Values whose object may point anywhere into the arena.
static bool is_object(const Variable& variable) {
  if (!variable.is_typed || variable.value.is_null() || variable.value.is(cs::types::text)) return false;
  const cs::Type& type = *variable.value.type;
  const bool is_number = type.basic >= cs::Basic::boolean && type.basic <= cs::Basic::real;
  return !is_number && type.kind != cs::TypeKind::enumeration && &type != &cs::types::date_time && &type != &cs::types::time_span;
}

bool Context::holds_objects() const {
  const auto used = variables_.first(variable_count_);
  return owned_ || std::any_of(used.begin(), used.end(), is_object);
}

void Context::begin_retry() {
  Retrying& retry = retries_.back();
  last_error = retry.outer_error;
  retry.has_failed = false;
  ++retry_count_;
  if (is_forked_) return void(++retry.count);
  if (retry.count++ == 0) {
    retry.seal = arena.seal();
    return;
  }
  ArenaPast past(arena, retry.seal);
  // Obligations and objects of expressions stay where they are, and all beside them.
  if (past.holds(owed_at_end.newest()) || holds_objects()) return;
  keep(past);
  past.free();
}

Flow Context::end_retry(Flow flow) {
  const Retrying retry = retries_.back();
  retries_.pop_back();
  last_error = retry.outer_error;
  if (!retry.has_failed) return flow;
  failure_ = retry.failure;
  return Flow::fail;
}

// Everything of an exchange that may lie in its arena and outlives a run of a retry's children.
void Context::keep(ArenaPast& past) {
  request.keep(past);
  response.keep(past);
  pending.keep(past);
  forward.keep(past);
  for (const auto& held : held_responses_) held->keep(past);
  for (const auto& held : held_calls_) held->keep(past);
  past.keep(host_override);
  past.keep_array(cache_lookup, 1);
  if (cache_lookup) past.keep(cache_lookup->key);
  past.keep(request_id_);
  Variable* variables = variables_.data();
  past.keep_array(variables, variables_.size());
  variables_ = {variables, variables_.size()};
  for (Variable& variable : variables_.first(variable_count_)) {
    past.keep(variable.name);
    past.keep(variable.text);
    if (variable.value.is(cs::types::text)) variable.is_typed = false;  // becomes a string again when it is read
  }
  past.keep_array(first_deferred_, 1);
  for (AfterResponse* work = first_deferred_; work; work = work->next) {
    past.keep(work->key);
    past.keep_array(work->next, 1);
    last_deferred_ = work;
  }
}

void Call::keep(ArenaPast& past) {
  for (std::string_view* text : {&method, &path, &query, &host, &fault_text}) past.keep(*text);
  headers.keep(past);
  response.keep(past);
}

void Context::defer(const Policy& policy, std::string_view key, uint64_t number) {
  auto* work = arena.make<AfterResponse>(&policy, origin, key, number, nullptr);
  (last_deferred_ ? last_deferred_->next : first_deferred_) = work;
  last_deferred_ = work;
}

void Context::run_deferred() {
  const AfterResponse* work = std::exchange(first_deferred_, nullptr);
  last_deferred_ = nullptr;
  for (; work; work = work->next) {
    origin = work->origin;
    work->policy->after_response(*this, *work);
  }
}

}  // namespace gatelet
