#include "policies/shared_fetch.hpp"

#include "base/limits.hpp"

namespace gatelet {

namespace shared_fetch_rows {

static void give_turn_back(Obligation& self, const ExchangeEnd&) {
  auto& turn = static_cast<FetchTurn&>(self);
  if (!std::exchange(turn.is_over, true)) turn.fetches->abandon(turn.ticket);
}

static void send_itself(Context& context, FetchRun& run, OutboxItem request) {
  auto* const held = new OutboxItem(std::move(request));
  context.own(held, [](void* item) { delete static_cast<OutboxItem*>(item); });
  run.call = &context.hold_call();
  run.call->be(*held);
  context.start(*run.call);
}

static FetchReply reply_of(const Call& call) {
  if (call.state == Call::State::failed) return {.fault = call.fault_text};
  const Response& response = call.response;
  return {.status = response.status, .location = response.headers.get(HeaderId::location), .body = response.body.bytes.view()};
}

}  // namespace shared_fetch_rows

using namespace shared_fetch_rows;

Flow look_for(Context& context, FetchRun& run, const FetchWish& wish, FetchLook& look) {
  look = context.services->fetches->look(wish, context.now.steady_ms());
  if (look.turn == FetchLook::Turn::use) return Flow::next;
  if (look.turn == FetchLook::Turn::wait) {
    context.wait_until(context.now.steady_us + look.wait_ms * 1000ul);
    return Flow::wait;
  }
  run.turn = context.arena.make<FetchTurn>();
  run.turn->settle = give_turn_back;
  run.turn->fetches = context.services->fetches;
  run.turn->ticket = look.request->ticket;
  context.owed_by_block.add(*run.turn);
  send_itself(context, run, *std::move(look.request));
  return Flow::wait;
}

Flow resume_fetch(Context& context, FetchRun& run) {
  if (!run.call) return Flow::next;
  const Call& call = *std::exchange(run.call, nullptr);
  if (auto next = run.turn->fetches->answer(run.turn->ticket, reply_of(call), context.now)) {
    send_itself(context, run, *std::move(next));
    return Flow::wait;
  }
  run.turn->is_over = true;
  context.owed_by_block.settle({}, run.turn->older);
  return Flow::next;
}

bool fill_request(OutboxItem& request, std::string_view method, std::string_view text, std::string& problem, bool is_guarded) {
  Arena arena;
  Result<Url> url = parse_url(escape_unsafe(text, arena));
  if (!url) return problem = url.error().message, false;
  if (url->scheme != "http" && url->scheme != "https") return problem = "its scheme is neither http nor https", false;
  request.kind = OutboxItem::Kind::fetch;
  request.name = method;
  request.path = url->path.empty() ? "/" : std::exchange(url->path, {});
  request.query = std::exchange(url->query, {});
  request.has_query = !request.query.empty();
  Upstream upstream = upstream_from(*std::move(url));
  upstream.is_guarded = is_guarded;
  request.host = upstream.authority;
  request.upstream = std::make_shared<const Upstream>(std::move(upstream));
  request.timeout_ms = keys_timeout_ms;
  return true;
}

}  // namespace gatelet
