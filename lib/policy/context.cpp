#include "policy/context.hpp"

#include <algorithm>

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
  Variable& variable = make_variable(name);
  variable.text = text;
  variable.response = nullptr;
}

void Context::set_variable(std::string_view name, Response* held) {
  Variable& variable = make_variable(name);
  variable.text = {};
  variable.response = held;
}

Response* Context::hold_response() { return held_responses_.emplace_back(std::make_unique<Response>(arena)).get(); }

const Upstream* Context::hold_upstream(Upstream made) {
  return held_upstreams_.emplace_back(std::make_unique<const Upstream>(std::move(made))).get();
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
  trace = nullptr;
  request = Request(arena);
  response = Response(arena);
  has_response = false;
  pending = Headers(arena);
  original_target = {};
  original_scheme = original_host = client_ip = {};
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
  last_error = nullptr;
  origin = nullptr;
  forward = Call(arena);
  failure_ = {};
  random_[0] = random_[1] = 0;
  request_id_ = {};
  variables_ = {};
  variable_count_ = 0;
  held_responses_.clear();
  held_upstreams_.clear();
  first_deferred_ = last_deferred_ = nullptr;
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
