#include "net/plane_request.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/limits.hpp"
#include "config/sync/limits.hpp"
#include "http/gzip.hpp"
#include "net/refusal.hpp"
#include "net/response_head.hpp"

namespace gatelet {
namespace plane_requests {

constexpr int status_sent_on = 307;

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

std::string target_of(const Url& url) {
  std::string out = url.path.empty() ? "/" : url.path;
  return url.query.empty() ? out : out + "?" + url.query;
}

}  // namespace plane_requests

using namespace plane_requests;

void PlaneRequest::start(const Upstream& plane, PlaneCall call, const std::string& authorization) {
  release(false);
  upstream_ = &plane;
  call_ = std::move(call);
  target_ = plane.url.path + call_.target;
  lines_.clear();
  append_line(lines_, "Authorization", authorization);
  append_line(lines_, "Accept-Encoding", "gzip");
  for (const auto& [name, value] : call_.headers) append_line(lines_, name, value);
  if (call_.method == "POST") append_line(lines_, "Content-Length", std::to_string(call_.body.size()));
  due_ms_ = loop_.now().steady_ms() + call_.timeout_ms;
  is_elsewhere_ = false;
  answer_ = {};
  connection_ = pools_.take_idle(plane);
  is_reused_ = connection_ != nullptr;
  if (!connection_) return connect();
  connection_->use(*this);
  send();
}

void PlaneRequest::connect() {
  connection_ = &pools_.create(*upstream_);
  connection_->connect(*this, due_ms_);
}

std::string PlaneRequest::head() const {
  std::string out(call_.method);
  out += ' ';
  const Proxy* const proxy = connection_->addressed_proxy();
  if (proxy) out += "http://" + upstream_->authority;
  out += target_ + " HTTP/1.1\r\n";
  append_line(out, "Host", upstream_->authority);
  if (proxy && !proxy->authorization.empty()) append_line(out, "Proxy-Authorization", proxy->authorization);
  return out + lines_ + "\r\n";
}

void PlaneRequest::send() {
  has_answer_bytes_ = has_head_ = false;
  interim_count_ = 0;
  coding_.clear();
  location_.clear();
  answer_.body.clear();
  connection_->parser().begin();
  connection_->set_deadline(due_ms_);
  Outgoing& outgoing = loop_.outgoing();
  outgoing.copy(head());
  outgoing.copy(call_.body);
  connection_->stream().write(outgoing);  // a failure is seen when reading
}

void PlaneRequest::upstream_lost(std::string_view text) {
  connection_ = nullptr;
  fail(text);
}

void PlaneRequest::upstream_read(std::string_view bytes) {
  has_answer_bytes_ = true;
  while (!bytes.empty() && connection_ && !has_head_) bytes = read_head(bytes);
  if (!bytes.empty() && connection_ && has_head_) read_body(bytes);
}

std::string_view PlaneRequest::read_head(std::string_view bytes) {
  MessageParser& parser = connection_->parser();
  bytes.remove_prefix(parser.parse_head(bytes, loop_.raw_head()));
  if (parser.state() == MessageParser::State::head) return bytes;
  if (parser.state() == MessageParser::State::broken) return fail(response_fault_text(parser.fault(), parser.reason())), std::string_view();
  Arena arena;
  Response response(arena);
  ResponseHead facts;
  const std::string_view fault = read_response_head(parser, parser.head(), false, response, facts);
  if (!fault.empty()) return fail(fault), std::string_view();
  if (facts.is_interim) {
    if (++interim_count_ > interim_responses_max) return fail("too many interim answers"), std::string_view();
    parser.begin();
    return bytes;
  }
  if (const Proxy* proxy = connection_->addressed_proxy(); proxy && response.status == 407)
    return fail(proxy->name() + " answered 407 Proxy Authentication Required; correct its user or password"), std::string_view();
  has_head_ = true;
  keeps_alive_ = facts.keep_alive;
  note_lines(response);
  if (facts.has_body) return bytes;
  parser.skip_body();
  complete(bytes.empty());
  return {};
}

// Of a poll that was sent on, what the plane itself said stands: the other server knows nothing of ETags of configurations.
void PlaneRequest::note_lines(const Response& response) {
  for (const HeaderField& field : response.headers.fields()) {
    if (!is_elsewhere_) answer_.add_header(field.name, field.value);
    if (equal_ignoring_case(field.name, "Content-Encoding")) coding_ += (coding_.empty() ? "" : ",") + lower(trim(field.value));
    if (equal_ignoring_case(field.name, "Location")) location_ = field.value;
  }
  answer_.status = response.status;
}

void PlaneRequest::read_body(std::string_view bytes) {
  MessageParser& parser = connection_->parser();
  payload_.clear();
  const size_t used = parser.parse_body(bytes, payload_);
  if (parser.state() == MessageParser::State::broken) return fail(response_fault_text(parser.fault(), parser.reason()));
  for (std::string_view piece : payload_) {
    if (answer_.body.size() + piece.size() > call_.answer_bytes_max) return fail("the answer is larger than it may be");
    answer_.body += piece;
  }
  if (parser.state() == MessageParser::State::complete) complete(used == bytes.size());
}

void PlaneRequest::complete(bool is_clean) {
  release(is_clean && keeps_alive_);
  if (is_elsewhere_ && answer_.status != 200)
    return fail("the server that the management plane names for the configuration answered " + std::to_string(answer_.status));
  if (answer_.status == status_sent_on && call_.method == "GET") return follow();
  if (coding_ == "gzip" || coding_ == "x-gzip") {
    auto decoded = gunzip(answer_.body, std::min(call_.answer_bytes_max, answer_.body.size() * sync_compression_ratio_max));
    if (!decoded) return fail(decoded.error().message);
    answer_.body = *std::move(decoded);
  } else if (!coding_.empty() && coding_ != "identity") {
    return fail("the answer has a content coding that was not asked for");
  }
  owner_.plane_answered(*this, std::exchange(answer_, {}));
}

void PlaneRequest::follow() {
  auto url = parse_url(location_);
  if (!url || url->scheme != "https") return fail("the management plane sends the poll on to what is no https URL");
  const bool validates_chain = upstream_->validates_chain, validates_name = upstream_->validates_name;
  lines_.clear();
  append_line(lines_, "Accept-Encoding", "gzip");
  target_ = target_of(*url);
  elsewhere_ = upstream_from(*std::move(url));
  elsewhere_.validates_chain = validates_chain;
  elsewhere_.validates_name = validates_name;
  upstream_ = &elsewhere_;
  is_elsewhere_ = true;
  is_reused_ = false;
  connect();
}

void PlaneRequest::upstream_ended() {
  if (!has_head_) return retry_or_fail("the connection was closed before there was an answer");
  MessageParser& parser = connection_->parser();
  parser.finish();
  if (parser.state() != MessageParser::State::complete) return fail("the answer is truncated");
  complete(false);
}

void PlaneRequest::upstream_broken(int error) { has_head_ ? fail(std::strerror(error)) : retry_or_fail(std::strerror(error)); }

// The plane may close a connection in the moment it is used again. Both calls may come twice.
void PlaneRequest::retry_or_fail(std::string_view why) {
  if (!is_reused_ || has_answer_bytes_) return fail(why);
  release(false);
  is_reused_ = false;
  connect();
}

void PlaneRequest::fail(std::string_view why) {
  release(false);
  answer_ = {};
  owner_.plane_failed(*this, why);
}

void PlaneRequest::release(bool is_clean) {
  UpstreamConnection* const connection = std::exchange(connection_, nullptr);
  if (!connection) return;
  if (is_clean)
    connection->give_back();
  else
    connection->close();
}

}  // namespace gatelet
