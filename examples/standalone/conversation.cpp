// The conversation of a behaviour file, run over one exchange after another.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>

#include "behaviour.hpp"
#include "scene.hpp"
#include "support.hpp"

namespace host {

namespace {

constexpr int answers_max = 100;  // by default, to one request

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
         });
}

// `<guid>` stands for 36 characters of a GUID.
bool matches(std::string_view expected, std::string_view actual) {
  constexpr std::string_view guid = "<guid>";
  const size_t at = expected.find(guid);
  if (at == std::string_view::npos) return expected == actual;
  if (actual.size() < at + 36 || actual.substr(0, at) != expected.substr(0, at)) return false;
  for (size_t i = 0; i < 36; ++i) {
    const char c = actual[at + i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !std::isxdigit(static_cast<unsigned char>(c))) return false;
  }
  return matches(expected.substr(at + guid.size()), actual.substr(at + 36));
}

// Of the message as it would be on the wire.
uint64_t bytes_of_answer(const gatelet_action& answer) {
  uint64_t bytes = sizeof("HTTP/1.1 200 \r\n\r\n") - 1 + answer.reason.size + answer.body.size;
  for (size_t i = 0; i < answer.header_count; ++i) bytes += answer.headers[i].name.size + answer.headers[i].value.size + 4;
  return bytes;
}

// "5s" in microseconds.
std::optional<uint64_t> read_time(const std::string& text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  size_t used = 0;
  const uint64_t amount = std::stoull(text, &used);
  const std::string unit = text.substr(used);
  const uint64_t unit_us = unit == "ms" ? 1000 : unit == "s" ? 1'000'000 : unit == "m" ? 60'000'000 : unit == "h" ? 3'600'000'000 : 0;
  if (unit_us == 0) return std::nullopt;
  return amount * unit_us;
}

// A request under way, kept beyond the next call on the exchange.
struct Sent {
  explicit Sent(const gatelet_action& given)
      : action(given), method(view(given.method)), url(view(given.url)), host(view(given.host)), body(view(given.body)) {
    for (size_t i = 0; i < given.header_count; ++i) texts.emplace_back(view(given.headers[i].name), view(given.headers[i].value));
    for (const auto& [name, value] : texts) headers.push_back({str(name), str(value)});
    action.method = str(method);
    action.url = str(url);
    action.host = str(host);
    action.body = str(body);
    action.headers = headers.data();
  }
  Sent(const Sent&) = delete;
  gatelet_action action;
  std::string method, url, host, body;
  NamedTexts texts;
  std::vector<gatelet_header> headers;
};

class Conversation {
 public:
  Conversation(gatelet_gateway* gateway, bool is_traced, std::vector<std::string>& failures)
      : gateway_(gateway), failures_(failures), is_traced_(is_traced) {
    gatelet_exchange* exchange = nullptr;
    if (gatelet_exchange_create(gateway, &exchange, error_.out()) != GATELET_OK) fail(0, error_.text());
    exchange_.reset(exchange);
  }

  // False: nothing further can be compared.
  bool play(const BehaviourSection& section);
  void end(size_t line);

 private:
  bool fail(size_t line, const std::string& text) {
    failures_.push_back(std::to_string(line) + ": " + text);
    return false;
  }
  bool check(gatelet_status status, size_t line) { return status == GATELET_OK || fail(line, error_.text()); }

  void pass(uint64_t us);
  bool advance(const BehaviourSection& section);
  bool expect_wait(const BehaviourSection& section);
  bool end_wait(size_t line);
  bool end_waits(size_t line);
  bool send(const BehaviourSection& section);
  bool next(size_t line);
  void look_at(const BehaviourSection& section);
  static std::vector<gatelet_header> fields_of(const gatelet_outgoing& outgoing, std::string& value);
  bool expect_outgoing(const BehaviourSection& section);
  bool answer_fetch(const BehaviourSection& section);
  bool answer(const BehaviourSection& section, bool by_default);
  bool expect_sent(const BehaviourSection& section);
  bool expect_response(const BehaviourSection& section);
  bool expect_error(const BehaviourSection& section);
  bool take_variables(const BehaviourSection& section);
  bool give_variables(size_t line);
  void expect_trace(const BehaviourSection& section);
  void compare_headers(const BehaviourSection& section, const BehaviourMessage& expected);
  void compare_body(const BehaviourSection& section, const BehaviourMessage& expected, gatelet_str body);

  gatelet_gateway* gateway_;
  std::vector<std::string>& failures_;
  Error error_;
  Exchange exchange_;
  gatelet_action action_ = GATELET_ACTION_INIT;  // what the file speaks of: the response, else one of those below
  std::vector<std::unique_ptr<Sent>> sends_;     // not answered yet
  gatelet_action wait_ = GATELET_ACTION_INIT;
  gatelet_outgoing fetch_ = GATELET_OUTGOING_INIT;      // not answered yet
  gatelet_time now_{1'000'000'000, 1'767'225'600'000};  // 2026-01-01
  std::string client_body_, answer_body_;
  uint64_t request_bytes_ = 0;
  bool under_way_ = false, responded_ = false;
  NamedTexts given_variables_;
  bool is_traced_;
  std::vector<const BehaviourSection*> expected_traces_;  // of the request under way; compared when it is over
  bool is_time_told_ = false;                             // since the gateway waits
};

void Conversation::pass(uint64_t us) {
  const uint64_t before_us = now_.steady_us;
  now_.steady_us += us;
  now_.wall_ms += static_cast<int64_t>(now_.steady_us / 1000 - before_us / 1000);
}

bool Conversation::advance(const BehaviourSection& section) {
  const auto us = section.argument.substr(0, 1) == "+" ? read_time(section.argument.substr(1)) : std::nullopt;
  if (!us) return fail(section.line, "expected [clock] +5s; the unit is ms, s, m or h");
  const uint64_t end_us = now_.steady_us + *us;
  // What the gateway waits for happens at its own time, and further waits begin there.
  while (under_way_ && action_.kind == GATELET_ACTION_WAIT && action_.wait_until_us <= end_us)
    if (!end_wait(section.line)) return false;
  pass(end_us - now_.steady_us);
  is_time_told_ = true;
  return true;
}

// Lets the time pass that the gateway waits for.
bool Conversation::end_wait(size_t line) {
  is_time_told_ = false;
  if (action_.wait_until_us > now_.steady_us) pass(action_.wait_until_us - now_.steady_us);
  wait_.kind = GATELET_ACTION_NONE;
  const gatelet_status status = gatelet_exchange_reply_time(exchange_.get(), action_.id, now_, error_.out());
  return (status == GATELET_ERR_STALE || check(status, line)) && next(line);
}

// Who does not care about time writes nothing; who tells the time tells all of it.
bool Conversation::end_waits(size_t line) {
  while (under_way_ && action_.kind == GATELET_ACTION_WAIT) {
    if (is_time_told_)
      return fail(line, "the gateway still waits for " + std::to_string((action_.wait_until_us - now_.steady_us) / 1000) + " ms");
    if (!end_wait(line)) return false;
  }
  return true;
}

bool Conversation::expect_wait(const BehaviourSection& section) {
  const size_t to = section.argument.find(" to ");
  const auto least = read_time(section.argument.substr(0, to));
  const auto most = to == std::string::npos ? least : read_time(section.argument.substr(to + 4));
  if (!least || !most) return fail(section.line, "expected [gateway waits] 5s or 8s to 12s; the unit is ms, s, m or h");
  if (action_.kind != GATELET_ACTION_WAIT) return fail(section.line, "the gateway does not wait here");
  const uint64_t us = action_.wait_until_us - now_.steady_us;
  if (us < *least || us > *most)
    return fail(section.line, "the wait should be " + section.argument + ", it is " + std::to_string(us / 1000) + "ms");
  return end_wait(section.line);
}

void Conversation::end(size_t line) {
  gatelet_outgoing_done(gateway_, &fetch_, 0);
  if (!under_way_) return;
  // What the file does not look at is still played to its end: a default answer for the backend, and no comparison.
  if (!responded_) {
    const BehaviourSection nothing{"backend answers", "", false, line, ""};
    for (int i = 0; i < answers_max && (action_.kind == GATELET_ACTION_SEND || action_.kind == GATELET_ACTION_WAIT); ++i)
      if (!(action_.kind == GATELET_ACTION_WAIT ? end_wait(line) : answer(nothing, true))) break;
  }
  gatelet_exchange_end finish = GATELET_EXCHANGE_END_INIT;
  finish.now = now_;
  finish.request_bytes = request_bytes_;
  finish.response_bytes = bytes_of_answer(action_);
  (void)check(gatelet_exchange_finish(exchange_.get(), &finish, error_.out()), line);
  under_way_ = false;
  for (const BehaviourSection* expected : expected_traces_) expect_trace(*expected);
  expected_traces_.clear();
}

bool Conversation::send(const BehaviourSection& section) {
  end(section.line);
  const BehaviourMessage message = read_message(section.text);
  const size_t first = message.start.find(' '), last = message.start.rfind(' ');
  if (first == std::string::npos || first == last) return fail(section.line + 1, "expected a request line such as GET /orders HTTP/1.1");
  const std::string method = message.start.substr(0, first), target = message.start.substr(first + 1, last - first - 1);
  std::vector<gatelet_header> headers;
  std::string host = "gateway.test";
  for (const auto& [name, value] : message.headers) {
    if (same_name(name, "Host")) host = value;
    headers.push_back({str(name), str(value)});
  }
  if (host == "gateway.test") headers.push_back({str("Host"), str(host)});
  client_body_ = message.body;
  request_bytes_ = section.text.size();
  gatelet_request request = GATELET_REQUEST_INIT;
  request.now = now_;
  request.method = str(method);
  request.target = str(target);
  request.scheme = str("http");
  request.host = str(host);
  request.client_ip = section.argument.empty() ? str("192.0.2.1") : str(section.argument);
  request.headers = headers.data();
  request.header_count = headers.size();
  if (message.has_body) {
    request.body_kind = GATELET_BODY_BYTES;
    request.body = str(client_body_);
  }
  request.random[0] = 1;
  request.traced = is_traced_ ? 1 : 0;
  sends_.clear();
  wait_.kind = GATELET_ACTION_NONE;
  if (!check(gatelet_exchange_begin(exchange_.get(), &request, error_.out()), section.line)) return false;
  under_way_ = true;
  responded_ = is_time_told_ = false;
  return give_variables(section.line) && next(section.line);
}

// Takes all that the exchange wants now. Of several requests under way the first is what the file speaks of, until it names another one.
bool Conversation::next(size_t line) {
  for (;;) {
    action_ = GATELET_ACTION_INIT;
    if (!check(gatelet_exchange_next(exchange_.get(), &action_, error_.out()), line)) return false;
    responded_ = action_.kind == GATELET_ACTION_RESPOND;
    if (responded_) return sends_.clear(), true;
    if (action_.kind == GATELET_ACTION_SEND) {
      sends_.push_back(std::make_unique<Sent>(action_));
    } else if (action_.kind == GATELET_ACTION_WAIT) {
      wait_ = action_;
    } else if (action_.kind == GATELET_ACTION_READ_BODY) {
      const gatelet_buf body{client_body_.data(), client_body_.size(), nullptr, nullptr};
      if (!check(gatelet_exchange_reply_body(exchange_.get(), action_.id, body, now_, error_.out()), line)) return false;
    } else {
      if (wait_.kind == GATELET_ACTION_WAIT) action_ = wait_;
      if (!sends_.empty()) action_ = sends_.front()->action;
      return true;
    }
  }
}

// The request to that URL; without one, the newest: those before it may be of policies that no longer wait.
void Conversation::look_at(const BehaviourSection& section) {
  if (sends_.empty()) return;
  for (const auto& sent : sends_)
    if (sent->url == section.argument) return void(action_ = sent->action);
  action_ = section.argument.empty() ? sends_.back()->action : sends_.front()->action;
}

bool Conversation::answer(const BehaviourSection& section, bool by_default) {
  if (action_.kind != GATELET_ACTION_SEND) return fail(section.line, "the gateway does not wait for an answer of a backend here");
  const uint32_t id = action_.id;
  sends_.erase(std::remove_if(sends_.begin(), sends_.end(), [id](const auto& sent) { return sent->action.id == id; }), sends_.end());
  const auto took = [&](gatelet_status status) {
    // A policy that no longer waits for it may have sent it (wait any).
    return (status == GATELET_ERR_STALE || check(status, section.line)) && next(section.line);
  };
  if (section.text.compare(0, 6, "fault ") == 0) {
    const std::string name = section.text.substr(6, section.text.find('\n') - 6);
    const int32_t fault = name == "connect"   ? GATELET_FAULT_CONNECT
                          : name == "broken"  ? GATELET_FAULT_BROKEN
                          : name == "timeout" ? GATELET_FAULT_TIMEOUT
                                              : 0;
    if (!fault) return fail(section.line + 1, "a fault is connect, broken or timeout");
    return took(gatelet_exchange_reply_fault(exchange_.get(), id, fault, str("the backend of the test failed"), now_, error_.out()));
  }
  const BehaviourMessage message = read_message(by_default ? "HTTP/1.1 200 OK" : section.text);
  if (message.start.compare(0, 7, "HTTP/1.") != 0 || message.start.size() < 12)
    return fail(section.line + 1, "expected a status line such as HTTP/1.1 200 OK");
  const auto status = static_cast<int32_t>(std::strtol(message.start.c_str() + 9, nullptr, 10));
  const std::string reason = message.start.size() > 13 ? message.start.substr(13) : "";
  std::vector<gatelet_header> headers;
  for (const auto& [name, value] : message.headers) headers.push_back({str(name), str(value)});
  answer_body_ = message.body;
  gatelet_response response = GATELET_RESPONSE_INIT;
  response.status = status;
  response.reason = str(reason);
  response.headers = headers.data();
  response.header_count = headers.size();
  if (message.has_body) {
    response.body_kind = GATELET_BODY_BYTES;
    response.body = {answer_body_.data(), answer_body_.size(), nullptr, nullptr};
  }
  return took(gatelet_exchange_reply(exchange_.get(), id, &response, now_, error_.out()));
}

void Conversation::compare_headers(const BehaviourSection& section, const BehaviourMessage& expected) {
  std::vector<bool> used(action_.header_count);
  for (const auto& [name, value] : expected.headers) {
    std::string seen;
    bool found = false;
    for (size_t i = 0; i < action_.header_count && !found; ++i) {
      if (!same_name(view(action_.headers[i].name), name)) continue;
      if (!used[i] && matches(value, view(action_.headers[i].value))) used[i] = found = true;
      seen += (seen.empty() ? "" : " | ") + std::string(view(action_.headers[i].value));
    }
    if (value == "<absent>") {
      if (!seen.empty()) fail(section.line, "header " + name + " should be absent, it is: " + seen);
    } else if (same_name(name, "Host") && action_.kind == GATELET_ACTION_SEND) {
      if (!matches(value, view(action_.host))) fail(section.line, "Host should be " + value + ", it is " + std::string(view(action_.host)));
    } else if (same_name(name, "Content-Length") && !found) {
      if (value != std::to_string(action_.body.size))
        fail(section.line, "Content-Length should be " + value + ", the body has " + std::to_string(action_.body.size));
    } else if (!found) {
      fail(section.line, "header " + name + " should be '" + value + "', it is " + (seen.empty() ? "absent" : "'" + seen + "'"));
    }
  }
  if (section.partly) return;
  for (size_t i = 0; i < action_.header_count; ++i) {
    const std::string_view name = view(action_.headers[i].name);
    if (used[i] || same_name(name, "Date") || same_name(name, "Host") || same_name(name, "Content-Length")) continue;
    fail(section.line, "unexpected header " + std::string(name) + ": " + std::string(view(action_.headers[i].value)));
  }
}

void Conversation::compare_body(const BehaviourSection& section, const BehaviourMessage& expected, gatelet_str body) {
  if (section.partly && !expected.has_body) return;
  if (!matches(expected.body, view(body)))
    fail(section.line, "the body should be '" + expected.body + "', it is '" + std::string(view(body)) + "'");
}

// What is said of an item beside its name: dimensions or metadata, and what it has besides.
std::vector<gatelet_header> Conversation::fields_of(const gatelet_outgoing& outgoing, std::string& value) {
  std::vector<gatelet_header> fields(outgoing.fields, outgoing.fields + outgoing.field_count);
  if (outgoing.kind == GATELET_OUTGOING_METRIC) {
    value = std::to_string(outgoing.value);
    value.erase(value.find_last_not_of('0') + 1);
    if (value.back() == '.') value.pop_back();
    fields.push_back({str("namespace"), outgoing.name_space});
    fields.push_back({str("value"), str(value)});
  } else if (outgoing.kind == GATELET_OUTGOING_TRACE) {
    value = std::array{"verbose", "information", "error"}[static_cast<size_t>(outgoing.severity)];
    fields.push_back({str("severity"), str(value)});
    fields.push_back({str("message"), outgoing.body});
  }
  return fields;
}

// [side call receives URL] of send-one-way-request or of a fetch, [metric NAME], [event LOGGER], [message SOURCE]: what leaves the gateway
// apart from its requests, in order.
bool Conversation::expect_outgoing(const BehaviourSection& section) {
  gatelet_outgoing outgoing = GATELET_OUTGOING_INIT;
  if (!check(gatelet_gateway_take_outgoing(gateway_, &outgoing, error_.out()), section.line)) return false;
  const bool is_fetch = outgoing.kind == GATELET_OUTGOING_FETCH;
  const int32_t kind = section.name == "metric"    ? GATELET_OUTGOING_METRIC
                       : section.name == "event"   ? GATELET_OUTGOING_EVENT
                       : section.name == "message" ? GATELET_OUTGOING_TRACE
                       : is_fetch                  ? GATELET_OUTGOING_FETCH
                                                   : GATELET_OUTGOING_CALL;
  const bool is_request = kind == GATELET_OUTGOING_CALL || is_fetch;
  const BehaviourMessage expected = read_message(is_request ? section.text : "-\n" + section.text);
  const std::string_view name = is_request ? view(outgoing.url) : view(outgoing.name);
  if (outgoing.kind != kind || name != section.argument) {
    fail(section.line, outgoing.kind == 0 ? "nothing was sent" : "what is sent is '" + std::string(name) + "'");
  } else if (kind == GATELET_OUTGOING_EVENT) {
    if (view(outgoing.body) != section.text)
      fail(section.line, "the event should be '" + section.text + "', it is '" + std::string(view(outgoing.body)) + "'");
  } else {
    const gatelet_action before = action_;
    action_ = GATELET_ACTION_INIT;
    action_.kind = GATELET_ACTION_SEND;
    action_.host = outgoing.host;
    action_.headers = outgoing.fields;
    action_.header_count = outgoing.field_count;
    action_.body = outgoing.body;
    std::string value;
    const std::vector<gatelet_header> fields = fields_of(outgoing, value);
    action_.headers = fields.data();
    action_.header_count = fields.size();
    const std::string method = expected.start.substr(0, expected.start.find(' '));
    if (is_request && !method.empty() && method != view(outgoing.name))
      fail(section.line + 1, "the method should be " + method + ", it is " + std::string(view(outgoing.name)));
    compare_headers(section, expected);
    if (is_request) compare_body(section, expected, action_.body);
    action_ = before;
  }
  if (is_fetch)
    fetch_ = outgoing;
  else
    gatelet_outgoing_done(gateway_, &outgoing, 1);
  return true;
}

bool Conversation::answer_fetch(const BehaviourSection& section) {
  if (section.text.compare(0, 6, "fault ") == 0) return gatelet_outgoing_done(gateway_, &fetch_, 0), true;
  const BehaviourMessage message = read_message(section.text);
  if (message.start.compare(0, 7, "HTTP/1.") != 0) return fail(section.line + 1, "expected a status line such as HTTP/1.1 200 OK");
  const auto status = static_cast<int32_t>(std::strtol(message.start.c_str() + std::min<size_t>(message.start.size(), 9), nullptr, 10));
  gatelet_str location{nullptr, 0};
  for (const auto& [name, value] : message.headers)
    if (same_name(name, "Location")) location = str(value);
  return check(gatelet_outgoing_reply(gateway_, &fetch_, status, location, str(message.body), now_, error_.out()), section.line);
}

bool Conversation::expect_sent(const BehaviourSection& section) {
  const auto is_it = [&](const auto& sent) { return sent->url == section.argument; };
  if (!section.argument.empty() && std::none_of(sends_.begin(), sends_.end(), is_it) && (responded_ || sends_.empty()))
    return expect_outgoing(section);
  look_at(section);
  if (action_.kind != GATELET_ACTION_SEND)
    return fail(section.line, responded_
                                  ? "the gateway answered with status " + std::to_string(action_.status) + " without calling the backend"
                                  : "nothing was sent");
  const BehaviourMessage expected = read_message(section.text);
  std::string url(view(action_.url));
  if (!section.argument.empty() && section.argument != url)
    fail(section.line, "the side call should go to " + section.argument + ", it goes to " + url);
  const size_t first = expected.start.find(' ');
  if (first != std::string::npos && expected.start.compare(first + 1, 4, "http") != 0)
    if (const size_t host = url.find("://"); host != std::string::npos) url = url.substr(std::min(url.find('/', host + 3), url.size()));
  const std::string line = std::string(view(action_.method)) + " " + (url.empty() ? "/" : url) + " HTTP/1.1";
  if (!expected.start.empty() && expected.start != line) fail(section.line + 1, "should be '" + expected.start + "', it is '" + line + "'");
  compare_headers(section, expected);
  compare_body(section, expected, action_.body);
  return true;
}

bool Conversation::expect_response(const BehaviourSection& section) {
  const BehaviourSection nothing{"backend answers", "", false, section.line, ""};
  for (int i = 0; i < answers_max && action_.kind == GATELET_ACTION_SEND; ++i)
    if (!answer(nothing, true) || !end_waits(section.line)) return false;
  if (!responded_) return fail(section.line, "the gateway gave no answer");
  const BehaviourMessage expected = read_message(section.text);
  const std::string line = "HTTP/1.1 " + std::to_string(action_.status) + " " + std::string(view(action_.reason));
  const std::string bare = line.substr(0, 12);
  if (expected.start != line && expected.start != bare) fail(section.line + 1, "should be '" + expected.start + "', it is '" + line + "'");
  compare_headers(section, expected);
  compare_body(section, expected, action_.body);
  return true;
}

bool Conversation::expect_error(const BehaviourSection& section) {
  gatelet_last_error error = GATELET_LAST_ERROR_INIT;
  if (!check(gatelet_exchange_last_error(exchange_.get(), &error, error_.out()), section.line)) return false;
  if (section.text == "none")
    return error.source.size == 0 || fail(section.line, "there should be no error; it is " + std::string(view(error.reason)) + ": " +
                                                            std::string(view(error.message)));
  const std::pair<std::string_view, gatelet_str> members[] = {
      {"source", error.source},   {"reason", error.reason}, {"message", error.message},   {"scope", error.scope},
      {"section", error.section}, {"path", error.path},     {"policyId", error.policy_id}};
  // The lines of the section have the form of headers without a start line.
  for (const auto& line : read_message("-\n" + section.text).headers) {
    const auto* found =
        std::find_if(std::begin(members), std::end(members), [&](const auto& member) { return member.first == line.first; });
    if (found == std::end(members)) {
      fail(section.line, "[error] knows source, reason, message, scope, section, path and policyId, not '" + line.first + "'");
    } else if (!matches(line.second, view(found->second))) {
      fail(section.line, line.first + " should be '" + line.second + "', it is '" + std::string(view(found->second)) + "'");
    }
  }
  return true;
}

// Before the first request: what every request begins with; later: what the request has now.
bool Conversation::take_variables(const BehaviourSection& section) {
  NamedTexts pairs;
  std::string problem;
  if (!read_pairs(section, pairs, problem)) {
    failures_.push_back(problem);
    return false;
  }
  if (!under_way_) {
    given_variables_.insert(given_variables_.end(), pairs.begin(), pairs.end());
    return true;
  }
  for (const auto& [name, expected] : pairs) {
    gatelet_str text{nullptr, 0};
    const bool is_there = gatelet_exchange_variable(exchange_.get(), str(name), &text) == 1;
    const std::string actual = is_there ? "'" + std::string(view(text)) + "'" : "not there";
    if (expected == "<absent>" ? is_there : !is_there || !matches(expected, view(text)))
      fail(section.line,
           "variable " + name + " should be " + (expected == "<absent>" ? "absent" : "'" + expected + "'") + ", it is " + actual);
  }
  return true;
}

bool Conversation::give_variables(size_t line) {
  for (const auto& [name, text] : given_variables_)
    if (!check(gatelet_exchange_set_variable(exchange_.get(), str(name), str(text), error_.out()), line)) return false;
  return true;
}

// Every line of the section stands in an entry behind the one in which the line before was found, or in the same.
void Conversation::expect_trace(const BehaviourSection& section) {
  std::vector<std::string> steps;
  for (size_t i = 0; i < gatelet_exchange_trace_count(exchange_.get()); ++i) {
    gatelet_trace_entry entry = GATELET_TRACE_ENTRY_INIT;
    if (gatelet_exchange_trace_get(exchange_.get(), i, &entry) != GATELET_OK) continue;
    std::string step;
    for (const gatelet_str part : {entry.section, entry.scope, entry.source})
      if (part.size) (step += view(part)) += ' ';
    steps.push_back(step += view(entry.data));
  }
  size_t step = 0, line = section.line;
  for (size_t at = 0; at < section.text.size(); ++line) {
    const size_t end = std::min(section.text.find('\n', at), section.text.size());
    const std::string expected = section.text.substr(at, end - at);
    at = end + 1;
    if (expected.empty()) continue;
    const size_t from = step;
    while (step < steps.size() && steps[step].find(expected) == std::string::npos) ++step;
    if (step < steps.size()) continue;
    std::string all;
    for (size_t i = from; i < steps.size(); ++i) all += "\n    " + steps[i];
    fail(line + 1, "the trace should hold '" + expected + "', " + (all.empty() ? "it ends before" : "here it holds:" + all));
    return;
  }
}

bool Conversation::play(const BehaviourSection& section) {
  if (section.name == "clock") return advance(section);
  if (section.name == "client sends") return send(section);
  if (section.name == "variables") return take_variables(section);
  const bool is_comparison = section.name == "backend receives" || section.name == "side call receives" ||
                             section.name == "backend answers" || section.name == "side call answers" ||
                             section.name == "client receives" || section.name == "gateway waits" || section.name == "error" ||
                             section.name == "trace contains" || section.name == "metric" || section.name == "event" ||
                             section.name == "message";
  if (!is_comparison) return true;  // the scene
  if (!under_way_) return fail(section.line, "[" + section.name + "] before any [client sends]");
  if (section.name == "gateway waits") return expect_wait(section);
  if (section.name == "side call answers" && fetch_.held) return answer_fetch(section);
  if (!end_waits(section.line)) return false;
  if (section.name == "backend receives" || section.name == "side call receives") return expect_sent(section);
  if (section.name == "client receives") return expect_response(section);
  if (section.name == "error") return expect_error(section);
  if (section.name == "metric" || section.name == "event" || section.name == "message") return expect_outgoing(section);
  if (section.name == "trace contains") return expected_traces_.push_back(&section), true;
  return answer(section, false);
}

// "error: LINE:COLUMN: MESSAGE", as they were found.
std::vector<std::string> problems_of(const gatelet_report* report) {
  std::vector<std::string> lines;
  for (size_t i = 0; i < gatelet_report_count(report); ++i) {
    gatelet_diagnostic item = GATELET_DIAGNOSTIC_INIT;
    if (gatelet_report_get(report, i, &item) != GATELET_OK) continue;
    lines.push_back((item.severity == GATELET_SEVERITY_ERROR ? "error: " : "warning: ") + std::string(view(item.scope)) + ":" +
                    std::to_string(item.line) + ":" + std::to_string(item.column) + ": " + std::string(view(item.message)));
  }
  return lines;
}

// Every problem has its line in [problems], in order: the kind, and a part of the rest.
void expect_problems(const BehaviourSection& section, const std::vector<std::string>& problems, std::vector<std::string>& failures) {
  NamedTexts expected;
  std::string failure;
  if (!read_pairs(section, expected, failure)) return failures.push_back(failure);
  for (size_t i = 0; i < std::max(expected.size(), problems.size()); ++i) {
    const std::string actual = i < problems.size() ? "'" + problems[i] + "'" : "none";
    const auto holds = [&](const auto& line) {
      return actual.compare(1, line.first.size() + 2, line.first + ": ") == 0 && actual.find(line.second) != std::string::npos;
    };
    if (i >= expected.size())
      failures.push_back(std::to_string(section.line) + ": there is a further problem: " + actual);
    else if (!holds(expected[i]))
      failures.push_back(std::to_string(section.line) + ": the problem should hold '" + expected[i].first + ": " + expected[i].second +
                         "', it is " + actual);
  }
}

// False: there is no configuration to run; `failures` says what the file does not know of it.
bool compare_problems(const Behaviour& behaviour, const gatelet_report* report, std::vector<std::string>& failures) {
  const std::vector<std::string> problems = problems_of(report);
  const auto is_problems = [](const BehaviourSection& section) { return section.name == "problems"; };
  const auto section = std::find_if(behaviour.sections.begin(), behaviour.sections.end(), is_problems);
  if (section != behaviour.sections.end()) {
    expect_problems(*section, problems, failures);
  } else {
    for (const std::string& problem : problems)
      if (problem.compare(0, 6, "error:") == 0) failures.push_back("1: the scene has an " + problem);
  }
  return gatelet_report_error_count(report) == 0;
}

}  // namespace

std::vector<std::string> run_behaviour(const Behaviour& behaviour) {
  std::string problem;
  const std::string document = scene_document(behaviour, problem);
  gatelet_gateway_options options = GATELET_GATEWAY_OPTIONS_INIT;
  gatelet_expression_limits limits = GATELET_EXPRESSION_LIMITS_INIT;
  std::deque<std::string> texts;
  if (!problem.empty() || !scene_options(behaviour, options, limits, texts, problem)) return {problem};
  gatelet_config_options config_options = GATELET_CONFIG_OPTIONS_INIT;
  config_options.expression_limits = options.expression_limits = &limits;
  Error error;
  gatelet_config* raw_config = nullptr;
  gatelet_report* raw_report = nullptr;
  const gatelet_status loaded = gatelet_config_load(str(document), str("scene"), &config_options, &raw_report, &raw_config, error.out());
  const Config config(raw_config);
  const Report report(raw_report);
  if (loaded != GATELET_OK && !report) return {"1: the scene does not load: " + error.text()};
  std::vector<std::string> failures;
  if (!compare_problems(behaviour, report.get(), failures)) return failures;
  gatelet_gateway* raw_gateway = nullptr;
  if (gatelet_gateway_create(&options, config.get(), &raw_gateway, error.out()) != GATELET_OK) return {"1: " + error.text()};
  const Gateway gateway(raw_gateway);
  for (const BehaviourSection& section : behaviour.sections)
    if (section.name == "authorizations" && gatelet_gateway_set_authorizations(gateway.get(), str(section.text), error.out()) != GATELET_OK)
      return {std::to_string(section.line) + ": " + error.text()};
  const auto is_trace = [](const BehaviourSection& section) { return section.name == "trace contains"; };
  const bool is_traced = std::any_of(behaviour.sections.begin(), behaviour.sections.end(), is_trace);
  Conversation conversation(gateway.get(), is_traced, failures);
  for (const BehaviourSection& section : behaviour.sections)
    if (!conversation.play(section)) break;
  conversation.end(behaviour.sections.back().line);
  return failures;
}

}  // namespace host
