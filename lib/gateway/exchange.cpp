#include "gateway/exchange.hpp"

#include <algorithm>
#include <new>

#include "base/text.hpp"
#include "gateway/built_in_failures.hpp"
#include "gateway/error_response.hpp"
#include "policy/value.hpp"

namespace gatelet {

void Exchange::begin(ExchangeStart start) {
  now = received = start_ = start.now;
  random_[0] = start.random[0];
  random_[1] = start.random[1];
  client_ip = start.client_ip;
  client_certificate = std::move(start.client_certificate);
  client_tls_version_ = start.is_tls ? start.client_tls_version : std::string_view{};
  services = &gateway_.services();
  external_cache = start.external_cache;
  shared_limits = start.shared_limits;
  can_filter = start.can_filter;
  sends_fetches = start.sends_fetches;
  computes_later = start.computes_later;
  config_ = std::move(start.config);
  if (start.is_traced) own_trace_ = std::make_unique<RequestTrace>(now), trace = own_trace_.get();
  state_ = State::begun;
}

Action Exchange::next() {
  if (state_ == State::begun || state_ == State::running || state_ == State::failing) advance();
  if (handed_out_count_ < calls_.size()) {
    Call* call = calls_[handed_out_count_++];
    return {.kind = Action::Kind::send, .id = call->id, .call = call};
  }
  if (asked_look_ups_ < look_ups_.size()) {
    const LookUp& look = look_ups_[asked_look_ups_++];
    return {.kind = look.kind(), .id = look.id, .key = look.key, .claim = look.claim};
  }
  if (state_ == State::reading_body && !is_body_asked_) {
    is_body_asked_ = true;
    return {.kind = Action::Kind::read_body, .id = body_id_, .bytes_max = gateway_.options().body_bytes_max};
  }
  if (wait_id_ != 0 && !is_wait_asked_) {
    is_wait_asked_ = true;
    return {.kind = Action::Kind::wait, .id = wait_id_, .due_us = wait_due_us_};
  }
  if (state_ != State::ready) return {};
  state_ = State::over;
  forget_calls();
  const bool is_stream = response.body.kind == Body::Kind::stream;
  if (is_stream) let_config_go();
  return {.kind = Action::Kind::respond, .id = ++last_id_, .call = is_stream ? &forward : nullptr};
}

// Memory may run out anywhere below; the request then ends with an answer that needs none, and the process lives on.
void Exchange::advance() {
  try {
    if (state_ == State::begun) decide();
    if (state_ == State::failing) give_up(failure_);
    if (state_ == State::running) run();
  } catch (...) {
    answer_without_memory();
  }
}

void Exchange::run() {
  while (state_ == State::running) {
    if (!lanes_.empty()) {
      run_lanes();
    } else if (instruction_ == section_end_) {
      leave_section();
    } else {
      run_instruction(program_->code[instruction_]);
    }
  }
}

void Exchange::run_instruction(const Instruction& instruction) {
  origin = instruction.origin;
  if ((instruction.needs & needs_request_body) && request.body.kind == Body::Kind::stream) return ask_for_body();
  const size_t told = trace ? trace->entries().size() : 0;
  const Flow flow = std::exchange(is_resuming_, false) ? instruction.policy->resume(*this) : instruction.policy->run(*this);
  if (trace) trace_step(flow, told);
  if (flow == Flow::next)
    ++instruction_;
  else
    follow(flow, instruction);
}

// A policy that has told nothing has an entry, too.
void Exchange::trace_step(Flow flow, size_t told) {
  const bool is_step = flow == Flow::next || flow == Flow::stop || flow == Flow::wait;
  if (is_step && trace->entries().size() == told) tell_data("null");
}

void Exchange::follow(Flow flow, const Instruction& instruction) {
  switch (flow) {
    case Flow::next: return;
    case Flow::jump: instruction_ = instruction.jump; return;
    case Flow::fail: return raise(failure_);
    case Flow::stop: is_stopped_ = true; return complete();
    case Flow::enter: ++instruction_; return enter_retry(instruction.jump);
    case Flow::answer: return take_cached_answer();
    case Flow::fork: return fork(instruction);
    case Flow::wait:
      if (is_client_gone_) return complete();
      if (waits_for_nothing()) return fail(failure::waits_for_nothing), raise(failure_);
      if (lane_)
        lane_->state = Lane::State::waiting;
      else
        state_ = State::waiting;
  }
}

bool Exchange::waits_for_nothing() const {
  if (!lane_) return calls_.empty() && wait_id_ == 0 && look_ups_.empty();
  const Lane& lane = *lane_;
  return !lane.call && lane.due_us == 0 && lane.look_up_id == 0;
}

// Each block lies behind a marker whose jump target is the end of the block.
void Exchange::fork(const Instruction& instruction) {
  for (uint32_t at = instruction_ + 1; at < instruction.jump; ++at)
    if ((program_->code[at].needs & needs_request_body) && request.body.kind == Body::Kind::stream) return ask_for_body();
  const uint32_t end = instruction.jump;
  if (instruction_ + 1 == end) return void(instruction_ = end);
  (lane_ ? lane_->fork : fork_) = {end, is_fork_any};
  for (uint32_t at = instruction_ + 1; at < end; at = program_->code[at].jump) {
    Lane& lane = lanes_.emplace_back();
    lane.parent = lane_;
    lane.instruction = at + 1;
    lane.end = program_->code[at].jump;
  }
  if (lane_) lane_->state = Lane::State::forked;
  is_forked_ = true;
}

void Exchange::run_lanes() {
  for (auto lane = lanes_.begin(); lane != lanes_.end();) {
    if (lane->state != Lane::State::ready) {
      ++lane;
      continue;
    }
    run_lane(*lane);
    if (state_ != State::running || lanes_.empty()) return;  // the whole request was answered or has failed
    if (!lane->is_over() || !join(lane->parent)) {
      ++lane;
      continue;
    }
    if (state_ != State::running || lanes_.empty()) return;
    lane = lanes_.begin();  // it is gone, and the block around it goes on
  }
  arm_lane_timer();
  state_ = State::waiting;
}

void Exchange::run_lane(Lane& lane) {
  swap_lane(lane);
  lane_ = &lane;
  is_resuming_ = std::exchange(lane.is_resuming, false);
  if (std::exchange(lane.is_failing, false)) raise(Failure(lane.failure));
  while (state_ == State::running && lane_ && lane_->state == Lane::State::ready) {
    if (instruction_ == lane_->end)
      lane_->state = Lane::State::done;
    else
      run_instruction(program_->code[instruction_]);
  }
  if (!lane_) return;
  swap_lane(*lane_);
  lane_ = nullptr;
}

void Exchange::swap_lane(Lane& lane) {
  std::swap(instruction_, lane.instruction);
  std::swap(side_call, lane.side_call);
  std::swap(step_state, lane.step_state);
  std::swap(cache_reply, lane.cache_reply);
  std::swap(retries_, lane.retries);
  std::swap(owed_by_block, lane.owed);
}

// Whether the policies around these blocks go on. The first block's failure counts, in the order of the document; of `any`, that of the
// block that ended them.
bool Exchange::join(Lane* parent) {
  const Fork fork = parent ? parent->fork : fork_;
  const auto is_open = [parent](const Lane& lane) { return lane.parent == parent && !lane.is_over(); };
  if (!fork.is_any && std::any_of(lanes_.begin(), lanes_.end(), is_open)) return false;
  const auto failed = std::find_if(lanes_.begin(), lanes_.end(),
                                   [parent](const Lane& lane) { return lane.parent == parent && lane.state == Lane::State::failed; });
  const bool has_failed = failed != lanes_.end();
  const Failure failure = has_failed ? failed->failure : Failure();
  drop_lanes(parent);
  (parent ? parent->instruction : instruction_) = fork.end;
  if (parent) {
    parent->state = Lane::State::ready;
    parent->is_failing = has_failed;
    parent->failure = failure;
  } else if (has_failed) {
    failure_ = failure;
    raise(failure_);
  }
  return true;
}

// Those of `parent` and theirs. What they still wait for is no longer wanted.
void Exchange::drop_lanes_of(const Lane* parent) {
  if (lane_) swap_lane(*lane_);
  lane_ = nullptr;
  const auto is_within = [parent](const Lane& lane) {
    const Lane* around = lane.parent;
    while (around && around != parent) around = around->parent;
    return around == parent;
  };
  for (auto lane = lanes_.end(); lane != lanes_.begin();) {
    if (!is_within(*--lane)) continue;
    lane->owed.settle();
    if (lane->call) abandon_call(*lane->call);
    if (lane->look_up_id != 0) forget_look_up(lane->look_up_id);
    lane = lanes_.erase(lane);
  }
  if (!lanes_.empty()) return;
  wait_id_ = 0;
  is_forked_ = false;
}

void Exchange::arm_lane_timer() {
  uint64_t due_us = 0;
  for (const Lane& lane : lanes_)
    if (lane.state == Lane::State::waiting && lane.due_us != 0 && (due_us == 0 || lane.due_us < due_us)) due_us = lane.due_us;
  if (due_us == 0) return void(wait_id_ = 0);
  if (wait_id_ != 0 && wait_due_us_ == due_us) return;
  wait_id_ = ++last_id_;
  wait_due_us_ = due_us;
  is_wait_asked_ = false;
}

void Exchange::ask_for_body() {
  if (is_client_gone_) return complete();
  state_ = State::reading_body;
  body_id_ = ++last_id_;
  is_body_asked_ = false;
}

void Exchange::enter(Section section) {
  const Program::Range& range = program_->sections[static_cast<size_t>(section)];
  section_ = section;
  instruction_ = range.first;
  section_end_ = range.last;
}

void Exchange::leave_section() {
  switch (section_) {
    case Section::inbound:
      // Forwarding a body that streams consumes it: whoever needs it later needs it now.
      if ((program_->needs & needs_request_body) && request.body.kind == Body::Kind::stream) return origin = nullptr, ask_for_body();
      return enter(Section::backend);
    case Section::backend:
      has_response = true;  // the empty 200 if nothing was forwarded
      return enter(Section::outbound);
    case Section::outbound:
    case Section::on_error: return complete();
  }
}

// What lies between the cache-lookup and the cache-store that would have kept the response is left out (policies-a.md 2.6, 8.2).
void Exchange::take_cached_answer() {
  drop_lanes();
  owed_by_block.settle();
  retries_.clear();
  has_response = is_cached_ = true;
  enter(Section::outbound);
  instruction_ = program_->behind_cache_store;
}

void Exchange::note_failure(const Failure& failure) {
  error_ = failure;
  error_us_ = now.steady_us - start_.steady_us;
  last_error = &error_;
}

// A retry around the instruction that failed decides first.
void Exchange::raise(const Failure& failure) {
  const auto retry_end = take_failure();
  if (!retry_end && !lane_) return give_up(failure);
  if (trace) trace->add(failure.source, origin, now, trace_failure(failure));
  stop_waiting();
  is_resuming_ = false;
  if (retry_end) return void(instruction_ = *retry_end);
  lane_->failure = failure;
  lane_->state = Lane::State::failed;
  owed_by_block.settle();
}

// What the policies that run now have asked for is no longer wanted.
void Exchange::stop_waiting() {
  if (!lane_) return forget_calls();
  Lane& lane = *lane_;
  if (lane.call) abandon_call(*lane.call);
  if (lane.look_up_id != 0) forget_look_up(lane.look_up_id);
  lane.call = nullptr;
  lane.due_us = 0;
  lane.look_up_id = 0;
}

// Policies run on-error next, with a response that has the status of the failure; a failure in on-error ends everything.
void Exchange::give_up(const Failure& failure) {
  const bool is_second = section_ == Section::on_error;
  drop_lanes();
  note_failure(failure);
  if (trace) trace->add(failure.source, origin, now, trace_failure(failure));
  owed_by_block.settle();
  retries_.clear();
  forget_calls();
  is_resuming_ = false;
  has_response = true;
  if (!failure.keeps_response) {
    renew(response, arena);
    response.status = failure.status;
    if (!failure.status_reason.empty()) response.reason = failure.status_reason;
    if (failure.retry_after_s) response.headers.append("Retry-After", decimal(arena, failure.retry_after_s));
  }
  if (is_second || !program_) return complete();
  state_ = State::running;
  enter(Section::on_error);
}

void Exchange::complete() {
  drop_lanes();
  origin = nullptr;
  owed_by_block.settle();
  const bool is_unset = last_error && !is_stopped_ && !error_.keeps_response && response.body.kind == Body::Kind::none;
  if (is_unset && !is_client_gone_) {
    response.body = Body::from(built_in_body(error_, response.status, request_id(), arena));
    if (!response.headers.contains(HeaderId::content_type))
      response.headers.add_received({"Content-Type", "application/json", HeaderId::content_type});
  }
  run_deferred();
  merge_pending();
  if (is_client_gone_) forget_calls();
  state_ = is_client_gone_ ? State::over : State::ready;
}

// What was demanded early replaces what came from the backend; cookies and Vary are sets, they grow.
void Exchange::merge_pending() {
  for (const HeaderField& field : pending.fields()) {
    if (field.id == HeaderId::set_cookie || field.id == HeaderId::vary) {
      response.headers.append_value(field.name, field.value);
    } else if (response.headers.contains(field.name)) {
      response.headers.set(field.name, field.value);
    } else {
      response.headers.add_received(field);
    }
  }
  pending.clear();
}

void Exchange::answer_without_memory() {
  drop_lanes();
  note_failure(failure::out_of_memory);
  owed_by_block.settle();
  forget_calls();
  pending.clear();
  has_response = true;
  response.status = error_.status;
  response.reason.reset();
  response.body = Body::from(gateway_.out_of_memory_body());
  lines_without_memory_[0] = {"Content-Type", "application/json", HeaderId::content_type};
  lines_without_memory_[1] = {"Retry-After", "1", HeaderId::retry_after};
  response.headers.borrow(lines_without_memory_);
  state_ = is_client_gone_ ? State::over : State::ready;
}

void Exchange::start(Call& call) {
  forget_call(call);
  call.id = ++last_id_;
  call.state = Call::State::open;
  call.fault = Call::Fault::none;
  call.fault_text = {};
  call.is_body_held_back = false;
  renew(call.response, arena);
  call.started_us = now.steady_us;
  call.head_us = 0;
  if (&call == &forward) {
    const uint8_t holding = can_filter ? needs_response_body : needs_response_body | filters_response_body;
    if (program_->needs & holding) call.hold_response = true;
    if (program_->needs & decodes_response_body) call.holds_coded = true;
    response_filters.clear();
  }
  calls_.push_back(&call);
  if (lane_) lane_->call = &call;
}

void Exchange::wait_until(uint64_t steady_us) {
  if (lane_) return void(lane_->due_us = std::max<uint64_t>(steady_us, 1));
  wait_id_ = ++last_id_;
  wait_due_us_ = steady_us;
  is_wait_asked_ = false;
}

void Exchange::look_up(std::string_view key) { ask({.id = ++last_id_, .key = key}); }

void Exchange::put_claim(LimitClaim& claim) { ask({.id = ++last_id_, .claim = &claim}); }

void Exchange::compute(Computation& work) { ask({.id = ++last_id_, .work = &work}); }

void Exchange::ask(const LookUp& look) {
  look_ups_.push_back(look);
  if (lane_) lane_->look_up_id = look.id;
}

const Upstream* Exchange::find_backend(std::string_view id) const {
  const auto found = config_->backends.find(lower(id));
  return found == config_->backends.end() ? nullptr : found->second.get();
}

void Exchange::forget_calls() {
  calls_.clear();
  look_ups_.clear();
  handed_out_count_ = asked_look_ups_ = 0;
  wait_id_ = 0;
}

void Exchange::forget_call(const Call& call) {
  for (size_t i = 0; i < calls_.size(); ++i) {
    if (calls_[i] != &call) continue;
    calls_.erase(calls_.begin() + static_cast<ptrdiff_t>(i));
    if (i < handed_out_count_) --handed_out_count_;
    return;
  }
}

// Null: stale.
Exchange::LookUp* Exchange::asked_look_up(uint32_t id, Action::Kind kind) {
  for (size_t i = 0; i < asked_look_ups_; ++i)
    if (look_ups_[i].id == id) return look_ups_[i].kind() == kind ? &look_ups_[i] : nullptr;
  return nullptr;
}

// The host may end it: nobody waits for its answer any more.
void Exchange::abandon_call(Call& call) {
  forget_call(call);
  call.state = Call::State::failed;
  call.fault = Call::Fault::cancelled;
}

void Exchange::forget_look_up(uint32_t id) {
  for (size_t i = 0; i < look_ups_.size(); ++i) {
    if (look_ups_[i].id != id) continue;
    look_ups_.erase(look_ups_.begin() + static_cast<ptrdiff_t>(i));
    if (i < asked_look_ups_) --asked_look_ups_;
    return;
  }
}

// The call that waits for this reply; null: stale.
Call* Exchange::take_call(uint32_t id) {
  for (size_t i = 0; i < handed_out_count_; ++i) {
    if (calls_[i]->id != id) continue;
    Call* call = calls_[i];
    forget_call(*call);
    return call;
  }
  return nullptr;
}

// Of blocks that run side by side those go on that wait for the reply, or whose time has come.
void Exchange::resume(Instant reply_now, const Call* replied, uint32_t look_up_id) {
  now = reply_now;
  if (state_ != State::waiting) return;
  state_ = State::running;
  if (lanes_.empty()) return void(is_resuming_ = true);
  for (Lane& lane : lanes_) {
    const bool is_due = replied           ? lane.call == replied
                        : look_up_id != 0 ? lane.look_up_id == look_up_id
                                          : lane.due_us != 0 && lane.due_us <= now.steady_us;
    if (lane.state != Lane::State::waiting || !is_due) continue;
    lane.call = nullptr;
    lane.due_us = 0;
    lane.look_up_id = 0;
    lane.is_resuming = true;
    lane.state = Lane::State::ready;
  }
}

// The client's body went by. Where nothing of it was read the call gives it back, and it can still go to another backend.
void Exchange::settle_body(Call& call, bool is_unread) {
  if (call.body.kind == Body::Kind::stream) (is_unread ? call.body : request.body) = {};
}

bool Exchange::give_head(uint32_t call_id, Instant reply_now) {
  Call* call = take_call(call_id);
  if (!call) return false;
  call->state = call->response.body.kind == Body::Kind::stream ? Call::State::head : Call::State::finished;
  call->head_us = reply_now.steady_us;
  settle_body(*call, call->is_body_held_back);
  resume(reply_now, call);
  return true;
}

bool Exchange::give_call_failed(uint32_t call_id, Call::Fault fault, std::string_view text, Instant reply_now) {
  Call* call = take_call(call_id);
  if (!call) return false;
  call->state = Call::State::failed;
  call->fault = fault;
  call->fault_text = text;
  call->head_us = reply_now.steady_us;
  settle_body(*call, fault == Call::Fault::connect || call->is_body_held_back);
  resume(reply_now, call);
  return true;
}

bool Exchange::give_time(uint32_t id, Instant reply_now) {
  if (!is_waiting_for(id) || reply_now.steady_us < wait_due_us_) return false;
  wait_id_ = 0;
  resume(reply_now);
  return true;
}

bool Exchange::give_cached(uint32_t id, CacheReply reply, Instant reply_now) {
  if (!asked_look_up(id, Action::Kind::look_up)) return false;
  forget_look_up(id);
  const auto lane = std::find_if(lanes_.begin(), lanes_.end(), [id](const Lane& one) { return one.look_up_id == id; });
  (lane == lanes_.end() ? cache_reply : lane->cache_reply) = std::move(reply);
  resume(reply_now, nullptr, id);
  return true;
}

bool Exchange::give_limits(uint32_t id, const LimitReply& reply, Instant reply_now) {
  const LookUp* look = asked_look_up(id, Action::Kind::claim);
  if (!look) return false;
  look->claim->reply = reply;
  forget_look_up(id);
  resume(reply_now, nullptr, id);
  return true;
}

bool Exchange::run_computation(uint32_t id) {
  LookUp* look = asked_look_up(id, Action::Kind::compute);
  if (!look || std::exchange(look->is_computed, true)) return false;
  try {
    look->work->run();
  } catch (const std::bad_alloc&) {
    answer_without_memory();
  }
  return true;
}

bool Exchange::give_computed(uint32_t id, Instant reply_now) {
  const LookUp* look = asked_look_up(id, Action::Kind::compute);
  if (!look || !look->is_computed) return false;
  forget_look_up(id);
  resume(reply_now, nullptr, id);
  return true;
}

bool Exchange::give_body(uint32_t id, Buffer body, Instant reply_now) {
  if (state_ != State::reading_body || !is_body_asked_ || id != body_id_) return false;
  request.body = Body::from(std::move(body));
  now = reply_now;
  state_ = State::running;
  return true;
}

bool Exchange::give_body_failed(uint32_t id, BodyFault fault, Instant reply_now) {
  if (state_ != State::reading_body || !is_body_asked_ || id != body_id_) return false;
  if (fault == BodyFault::client_gone) return client_gone(reply_now), true;
  now = reply_now;
  Failure failed = fault == BodyFault::too_large   ? failure::body_too_large
                   : fault == BodyFault::no_memory ? failure::out_of_memory
                                                   : failure::body_timeout;
  failed.section = text_of(section_);
  fail(failed);
  state_ = State::failing;
  return true;
}

void Exchange::client_gone(Instant gone_now) {
  if (state_ == State::idle || is_client_gone_) return;
  is_client_gone_ = true;
  now = gone_now;
  const bool is_waiting = state_ == State::waiting;
  Failure failed = failure::client_gone;
  if (is_waiting) failed.source = origin->element == "forward-request" ? source::request_forwarder : std::string_view(origin->element);
  if (is_waiting || state_ == State::reading_body) failed.section = text_of(section_);
  fail(failed);
  if (state_ == State::ready || state_ == State::over) {
    note_failure(failure_);
    state_ = State::over;
    return;
  }
  state_ = State::failing;
  advance();
}

void Exchange::reuse() {
  drop_lanes();
  settle_all({});
  reset_context();
  own_trace_.reset();
  drop_config();
  forget_calls();
  state_ = State::idle;
  section_ = Section::inbound;
  is_resuming_ = is_stopped_ = is_probe_ = is_cached_ = is_client_gone_ = is_body_asked_ = asks_for_route_ = false;
  error_ = {};
  error_us_ = 0;
  client_tls_version_ = route_miss_ = {};
  record_ = nullptr;
  arena.clear();
}

}  // namespace gatelet
