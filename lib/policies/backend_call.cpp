#include "policies/backend_call.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace gatelet {

namespace {

constexpr std::string_view unavailable_text = "Service temporarily unavailable";

// The value of a cookie of the request; empty when there is none. Names compare with case (RFC 6265 5.4).
std::string_view cookie_value(const Headers& headers, std::string_view name) {
  std::string_view rest = headers.get(HeaderId::cookie);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && trim(pair.substr(0, equals)) == name) return trim(pair.substr(equals + 1));
  }
  return {};
}

// What the documents leave open: the reasons, the texts, and that a single backend says Retry-After as well (gateway.md 3.8).
void fail_unavailable(Context& context, const Upstream& upstream, uint32_t retry_after_s) {
  Failure failure;
  failure.source = source::request_forwarder;
  failure.public_message = unavailable_text;
  failure.retry_after_s = retry_after_s;
  if (upstream.pool) {
    failure.reason = reason::backend_pool_unavailable;
    failure.message =
        context.arena.concat("Backend pool '", upstream.backend_id, "' is temporarily unavailable: all its members are tripped.");
    failure.status = 503;
  } else {
    failure.reason = reason::circuit_breaker_open;
    failure.message = context.arena.concat("Backend '", upstream.backend_id, "' is temporarily unavailable: its circuit breaker is open.");
    failure.status = upstream.breaker->failure_status;
  }
  context.fail(failure);
}

const Upstream* choose_member(Context& context, const BackendPool& pool) {
  Call& call = context.forward;
  if (call.tried_pool != &pool) call.tried_pool = &pool, call.tried_members = 0;
  MemberWish wish;
  wish.tried = call.tried_members;
  if (!pool.session_cookie.empty()) wish.session_id = cookie_value(context.request.headers, pool.session_cookie);
  const BackendChoice choice = context.services->backends->choose(*context.upstream, wish, context.now.steady_ms());
  if (!choice.upstream) return fail_unavailable(context, *context.upstream, choice.retry_after_s), nullptr;
  call.tried_members |= 1u << choice.member;
  const PoolMember& member = pool.members[choice.member];
  if (!pool.session_cookie.empty() && wish.session_id != member.session_id) call.new_session = &member;
  return choice.upstream;
}

// Seconds, or a date (RFC 9110 10.2.3). 0: nothing usable.
uint64_t retry_after_ms(const Headers& headers, int64_t wall_ms) {
  const std::string_view text = headers.get(HeaderId::retry_after);
  uint64_t wait_ms = 0;
  if (const auto seconds = parse_unsigned(text)) {
    wait_ms = std::min(*seconds, breaker_duration_ms_max / 1000) * 1000;
  } else if (const auto date_ms = parse_http_date(text); date_ms && *date_ms > wall_ms) {
    wait_ms = static_cast<uint64_t>(*date_ms - wall_ms);
  }
  return std::min(wait_ms, breaker_duration_ms_max);
}

}  // namespace

const Upstream* choose_stateful_upstream(Context& context) {
  const Upstream& wanted = *context.upstream;
  if (wanted.pool) return choose_member(context, *wanted.pool);
  const BackendChoice choice = context.services->backends->choose(wanted, {}, context.now.steady_ms());
  if (!choice.upstream) fail_unavailable(context, wanted, choice.retry_after_s);
  return choice.upstream;
}

void add_credentials(Call& call, const BackendCredentials& credentials, Arena& arena) {
  for (const BackendCredentials::Header& header : credentials.headers) {
    call.headers.set(header.name, header.values.front());
    for (size_t i = 1; i < header.values.size(); ++i) call.headers.append_value(header.name.text, header.values[i]);
  }
  if (credentials.query.empty()) return;
  std::string_view unused;
  const auto is_given = [&](const std::string& name) { return find_query_value(call.query, name, unused); };
  if (std::ranges::any_of(credentials.query_names, is_given)) {
    Query query(call.query, arena);
    for (const std::string& name : credentials.query_names) query.remove(name);
    call.query = query.text();
  }
  const size_t shown = call.query.size();
  call.query = shown ? arena.concat(call.query, "&", credentials.query) : std::string_view(credentials.query);
  call.secret_query_bytes = call.query.size() - shown;
  call.has_query = true;
}

void remove_credentials(Call& call, const BackendCredentials& credentials) {
  for (const BackendCredentials::Header& header : credentials.headers) call.headers.remove(header.name);
}

void report_answer(Context& context, const Call& call) {
  BackendOutcome outcome;
  outcome.status = call.response.status;
  if (call.upstream->breaker->accept_retry_after) outcome.retry_after_ms = retry_after_ms(call.response.headers, context.now.wall_ms);
  context.services->backends->report(*call.upstream, outcome, context.now.steady_ms());
}

void report_fault(Context& context, const Call& call, std::string_view reason) {
  context.services->backends->report(*call.upstream, {.status = 500, .reason = reason}, context.now.steady_ms());
}

void add_session_cookie(Context& context, const PoolMember& member) {
  const std::string_view secure = context.original_scheme == "https" ? "; Secure" : "";
  const std::string& name = context.forward.tried_pool->session_cookie;
  context.response.headers.append("Set-Cookie", context.arena.concat(name, "=", member.session_id, "; Path=/; HttpOnly", secure));
}

}  // namespace gatelet
