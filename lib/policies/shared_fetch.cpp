#include "policies/shared_fetch.hpp"

#include "base/limits.hpp"

namespace gatelet {

static void give_turn_back(Obligation& self, const ExchangeEnd&) {
  auto& turn = static_cast<FetchTurn&>(self);
  if (!std::exchange(turn.is_over, true)) turn.fetches->give_up(turn.name, false);
}

Flow look_for(Context& context, FetchRun& run, bool wants_newer, std::shared_ptr<const Fetched>& value) {
  FetchLook look = context.services->fetches->look(run.name, wants_newer, context.now.steady_ms());
  value = std::move(look.value);
  switch (look.turn) {
    case FetchLook::Turn::use: return Flow::next;
    case FetchLook::Turn::wait: context.wait_until(context.now.steady_us + fetch_look_ms * 1000ul); return Flow::wait;
    case FetchLook::Turn::fetch: break;
  }
  run.turn = context.arena.make<FetchTurn>();
  run.turn->settle = give_turn_back;
  run.turn->fetches = context.services->fetches;
  run.turn->name = run.name;
  context.owed_by_block.add(*run.turn);
  return Flow::enter;
}

void end_fetch(Context& context, FetchRun& run, std::shared_ptr<const Fetched> value, uint64_t fresh_ms, uint64_t usable_ms) {
  FetchTurn* turn = std::exchange(run.turn, nullptr);
  run.call = nullptr;
  if (!turn) return;
  turn->is_over = true;
  context.owed_by_block.settle({}, turn->older);
  if (value)
    context.services->fetches->give(run.name, std::move(value), fresh_ms, usable_ms, context.now.steady_ms());
  else
    context.services->fetches->give_up(run.name, true);
}

bool fill_get(Context& context, Call& call, std::string_view text, std::string& problem, bool is_guarded) {
  Result<Url> url = parse_url(escape_unsafe(text, context.arena));
  if (!url) return problem = url.error().message, false;
  if (url->scheme != "http" && url->scheme != "https") return problem = "its scheme is neither http nor https", false;
  call.method = "GET";
  call.path = context.arena.copy(url->path.empty() ? "/" : std::string_view(url->path));
  call.query = context.arena.copy(url->query);
  call.has_query = !call.query.empty();
  url->path.clear();
  url->query.clear();
  Upstream upstream = upstream_from(*std::move(url));
  upstream.is_guarded = is_guarded;
  call.upstream = context.hold_upstream(std::move(upstream));
  call.host = call.upstream->authority;
  call.hold_response = call.is_timeout_whole = true;
  call.timeout_ms = keys_timeout_ms;
  return true;
}

bool read_fetched(Context&, const Call& call, std::string_view& body, std::string& problem) {
  if (call.state == Call::State::failed) {
    problem = call.fault_text.empty() ? std::string("it did not answer") : std::string(call.fault_text);
    return false;
  }
  if (call.response.status != 200) return problem = "it answered with status " + std::to_string(call.response.status), false;
  body = call.response.body.bytes.view();
  if (body.size() > keys_bytes_max) return problem = "its answer is too large", false;
  return true;
}

}  // namespace gatelet
