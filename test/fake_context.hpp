// For tests of policies in isolation: documents read in one call, a request without gateway or host, a compiler of expressions that are
// only strings.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "expr/context_model.hpp"
#include "gateway/concurrency_counters.hpp"
#include "gateway/memory_cache.hpp"
#include "gateway/quota_counters.hpp"
#include "policy/document.hpp"
#include "policy/shared_limits.hpp"

namespace gatelet::test {

// @("text") is that text, @(fail) fails when it runs, @(header X) is the request's header; anything else does not compile.
class FakeExpression final : public Expression {
 public:
  FakeExpression(std::string source, ExpressionType wanted) : source_(std::move(source)), wanted_(wanted) {}
  cs::Value run(cs::Evaluation& run) const override {
    if (source_ == "fail") return run.fail(cs::types::index_out_of_range_exception, "Index was out of range.");
    const std::string_view text = source_.starts_with("header ") ? run.context.request()->headers.get(source_.substr(7))
                                                                 : std::string_view(source_).substr(1, source_.size() - 2);
    const auto flag = parse_bool(trim(text));
    const auto number = parse_signed(trim(text));
    if (wanted_ == ExpressionType::boolean)
      return flag ? cs::boolean(*flag) : run.fail(cs::types::format_exception, "'" + std::string(text) + "' is neither true nor false.");
    if (wanted_ == ExpressionType::integer)
      return number ? cs::int64(*number) : run.fail(cs::types::format_exception, "'" + std::string(text) + "' is not an integer.");
    return cs::text(cs::view_of(run, text));
  }
  uint8_t needs() const override { return source_.find("body") != std::string::npos ? needs_request_body : needs_no_body; }

 private:
  std::string source_;
  ExpressionType wanted_;
};

class FakeCompiler final : public ExpressionCompiler {
 public:
  Result<std::unique_ptr<const Expression>> compile(std::string_view text, ExpressionType wanted, SourcePos at, SourceLimits,
                                                    std::string_view) const override {
    std::string source(text.substr(2, text.size() - 3));
    const bool is_string = source.size() > 1 && source.front() == '"' && source.find('"', 1) == source.size() - 1;
    if (!is_string && source != "fail" && !source.starts_with("header ")) return Error{Code::config, "'" + source + "' is not C#", at, {}};
    return std::unique_ptr<const Expression>(std::make_unique<FakeExpression>(std::move(source), wanted));
  }
};

// What a document may look up, filled by the test.
struct FakeEnvironment {
  std::map<std::string, std::string, std::less<>> named_values;
  std::map<std::string, ReadEnvironment::Fragment, std::less<>> fragments;
  std::map<std::string, std::string, std::less<>> backends;  // id, URL
  bool lenient = false;
  bool has_expressions = false;
  FakeCompiler compiler;
  std::shared_ptr<const PolicyTable> policies = builtin_policies();

  ReadEnvironment lookup() const {
    ReadEnvironment environment;
    environment.policies = policies.get();
    environment.expressions = has_expressions ? &compiler : nullptr;
    environment.lenient = lenient;
    environment.named_value = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = named_values.find(name);
      return found == named_values.end() ? std::nullopt : std::optional(found->second);
    };
    environment.fragment = [this](std::string_view id) {
      const auto found = fragments.find(id);
      return found == fragments.end() ? nullptr : &found->second;
    };
    environment.backend = [this](std::string_view id) -> std::shared_ptr<const Upstream> {
      const auto found = backends.find(id);
      if (found == backends.end()) return nullptr;
      return std::make_shared<const Upstream>(upstream_from(*parse_url(found->second), std::string(id)));
    };
    return environment;
  }
};

struct Reading {
  std::shared_ptr<const Document> document;
  Diagnostics diagnostics;
  // One line a problem, as `check` prints them.
  std::string problems() const {
    std::string text;
    for (const Diagnostic& item : diagnostics.items()) text += format(item) + "\n";
    return text;
  }
};

inline Reading read(std::string_view text, const FakeEnvironment& environment = {}, Scope scope = Scope::api, XmlForm form = XmlForm::any) {
  Reading reading;
  DocumentSource source{.text = text, .file = "policy.xml", .scope = scope, .scope_text = text_of(scope), .form = form};
  reading.document = read_document(source, environment.lookup(), reading.diagnostics);
  return reading;
}

// `text` as the content of one section.
inline Reading read_section(std::string_view section, std::string_view text, const FakeEnvironment& environment = {}) {
  const std::string name(section);
  return read("<policies><" + name + ">" + std::string(text) + "</" + name + "></policies>", environment);
}

inline std::shared_ptr<const Program> flatten_one(const std::shared_ptr<const Document>& document) {
  const std::shared_ptr<const Document> by_scope[4] = {nullptr, nullptr, document, nullptr};
  auto program = flatten(by_scope);
  return program ? *program : nullptr;
}

struct FakeArena {
  Arena memory{16 * 1024};
};

class FakeCounters final : public RateCounters {
 public:
  RateDecision hit_all(std::span<RateHit> hits, uint32_t count, uint64_t) override {
    RateDecision decision{true, 0, UINT32_MAX};
    for (const RateHit& hit : hits) {
      uint64_t& sum = sums[std::string(hit.key)];
      if (sum + (hit.must_fit ? std::max(count, 1u) : 1) > hit.calls) return {false, hit.period_s, 0};
      sum += count;
      decision.remaining = std::min(decision.remaining, sum >= hit.calls ? 0 : static_cast<uint32_t>(hit.calls - sum));
    }
    return decision;
  }
  std::map<std::string, uint64_t> sums;
};

// Allows every call until it is told otherwise, and remembers what it was told.
class FakeBackends final : public BackendStates {
 public:
  BackendChoice choose(const Upstream& upstream, const MemberWish& wish, uint64_t) override {
    wished_tried = wish.tried;
    wished_session = wish.session_id;
    if (retry_after_s) return {nullptr, 0, retry_after_s};
    return {upstream.pool ? upstream.pool->members[member].upstream.get() : &upstream, member, 0};
  }
  void report(const Upstream& upstream, const BackendOutcome& outcome, uint64_t) override {
    reports += upstream.backend_id + " " + std::to_string(outcome.status) + (outcome.reason.empty() ? "" : " ") +
               std::string(outcome.reason) + " " + std::to_string(outcome.retry_after_ms) + "\n";
  }
  uint32_t retry_after_s = 0;  // not 0: nothing may be sent
  uint32_t member = 0;         // of a pool, whose turn it is
  uint32_t wished_tried = 0;
  std::string wished_session;
  std::string reports;
};

// A GET for /orders/42?page=2&size=10 at an operation /orders/{id}, bound for http://backend.test/base.
class FakeContext final : private FakeArena, public Context {
 public:
  FakeContext() : Context(memory), backend_(upstream_from(*parse_url("http://backend.test/base"))) {
    (void)canonicalize("/orders/42?page=2&size=10", arena, request.target);
    request.host = "gateway.test";
    request.headers.append("Host", "gateway.test");
    random_[0] = 0x0706050403020100;
    random_[1] = 0x0f0e0d0c0b0a0908;
    services_.rate_counters = &counters;
    services_.quota_counters = &quotas;
    services_.concurrency_counters = &places;
    services_.backends = &backends;
    services_.cache = &cache;
    services = &services_;
    upstream = &backend_;
    operation_.url_template = "/orders/{id}";
    operation = &operation_;
    parameters_ = {{"id", "42", false}};
    matched = parameters_;
  }

  void start(Call& call) override {
    call.state = Call::State::open;
    call.id = ++start_count;
  }
  void wait_until(uint64_t steady_us) override {
    waits_us.push_back(steady_us - now.steady_us);
    now.steady_us = steady_us;
  }
  void look_up(std::string_view key) override { looked_up = key; }
  void put_claim(LimitClaim& claim) override { claims.push_back(&claim); }
  void compute(Computation& work) override { computations.push_back(&work); }
  const Upstream* find_backend(std::string_view id) const override { return id == "known" ? &backend_ : nullptr; }

  // The engine in small: runs the section until it ends, stops, fails or waits.
  Flow run(const Program& program, Section section) {
    program_ = &program;
    at_ = program.sections[static_cast<size_t>(section)].first;
    end_ = program.sections[static_cast<size_t>(section)].last;
    return go_on(Flow::next, false);
  }
  // The same with the text of the section; what keeps it from being read is printed by doctest as the thrown text.
  Flow run(Section section, std::string_view text, const FakeEnvironment& environment = {}) {
    const Reading reading = read_section(text_of(section), text, environment);
    if (!reading.document) throw std::runtime_error(reading.problems());
    held_.push_back(flatten_one(reading.document));  // variables keep views into what set them
    return run(*held_.back(), section);
  }
  Flow resume() { return go_on(Flow::wait, true); }
  // The backend's answer to the call of forward-request.
  Flow answer(int status, std::initializer_list<std::pair<std::string_view, std::string_view>> lines = {}) {
    forward.state = Call::State::head;
    forward.response.status = status;
    for (const auto& [name, value] : lines) forward.response.headers.append(name, value);
    forward.response.body = {Body::Kind::stream, 5, {}};
    if (forward.body.kind == Body::Kind::stream) request.body = {};  // it went by
    return resume();
  }
  Flow fault(Call::Fault what, std::string_view text = {}) {
    forward.state = Call::State::failed;
    forward.fault = what;
    forward.fault_text = text;
    return resume();
  }

  void set_operation(std::string url_template, std::vector<MatchedParameter> parameters) {
    operation_.url_template = std::move(url_template);
    parameters_ = std::move(parameters);
    matched = parameters_;
  }
  const Failure& failure() const { return failure_; }
  std::string header(std::string_view name) const { return std::string(request.headers.get(name)); }
  std::string variable(std::string_view name) {
    const Variable* found = find_variable(name);
    return found ? std::string(found->text) : "(none)";
  }

  using Context::reset_context;
  uint32_t start_count = 0;
  std::string looked_up;
  std::vector<LimitClaim*> claims;
  std::vector<Computation*> computations;
  std::vector<uint64_t> waits_us;
  FakeCounters counters;
  StripedQuotaCounters quotas;
  StripedConcurrencyCounters places;
  FakeBackends backends;
  MemoryCache cache{{1, 2}, 1024 * 1024};

 private:
  Flow go_on(Flow flow, bool is_resumed) {
    while (at_ < end_) {
      const Instruction& instruction = program_->code[at_];
      origin = instruction.origin;
      flow = is_resumed ? instruction.policy->resume(*this) : instruction.policy->run(*this);
      is_resumed = false;
      if (flow == Flow::enter) {
        enter_retry(instruction.jump);
      } else if (flow == Flow::fail) {
        const auto retry_end = take_failure();
        if (!retry_end) return flow;
        at_ = *retry_end;
        continue;
      } else if (flow != Flow::next && flow != Flow::jump) {
        return flow;
      }
      at_ = flow == Flow::jump ? instruction.jump : at_ + 1;
    }
    return Flow::next;
  }

  Upstream backend_;
  Services services_;
  OperationFacts operation_;
  std::vector<MatchedParameter> parameters_;
  std::vector<std::shared_ptr<const Program>> held_;
  const Program* program_ = nullptr;
  uint32_t at_ = 0;
  uint32_t end_ = 0;
};

}  // namespace gatelet::test
