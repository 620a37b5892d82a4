#include "net/statsd_client.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/url.hpp"

namespace gatelet {
namespace statsd_client {

constexpr uint16_t port_default = 8125;
constexpr std::string_view scheme = "udp://";

}  // namespace statsd_client

Result<StatsdSettings> statsd_settings_from(std::string_view endpoint, std::string_view sampling, std::string_view tags) {
  StatsdSettings out;
  const auto wrong = [](std::string what) { return Error{Code::argument, std::move(what), {}, {}}; };
  endpoint = trim(endpoint);
  if (starts_with_ignoring_case(endpoint, statsd_client::scheme)) endpoint.remove_prefix(statsd_client::scheme.size());
  if (endpoint.empty()) return out;
  Result<Url> url = parse_url("http://" + std::string(endpoint));
  if (!url || !url->path.empty() || !url->query.empty())
    return wrong("the endpoint of StatsD '" + std::string(endpoint) + "' is no address; write host:port");
  out.host = url->host;
  out.port = endpoint.ends_with(':' + std::to_string(url->port)) ? url->port : statsd_client::port_default;
  if (!sampling.empty()) {
    const auto [end, error] = std::from_chars(sampling.data(), sampling.data() + sampling.size(), out.sampling);
    if (error != std::errc() || end != sampling.data() + sampling.size() || !(out.sampling >= 0 && out.sampling <= 1))
      return wrong("the sampling of StatsD '" + std::string(sampling) + "' is not a number from 0 to 1");
  }
  if (tags.empty()) return out;
  const auto form = statsd_tags_from(tags);
  if (!form) return wrong("the tags of StatsD '" + std::string(tags) + "' are not one of none, librato, dogStatsD, influxDB");
  out.tags = *form;
  return out;
}

StatsdClient::StatsdClient(Loop& loop, const StatsdSettings& settings, LogSink* log, std::function<void()> ready)
    : loop_(loop),
      settings_(settings),
      log_(log),
      ready_(std::move(ready)),
      resolver_(loop),
      timer_([](void* self) { static_cast<StatsdClient*>(self)->look_up(); }, this) {}

StatsdClient::~StatsdClient() {
  if (socket_ >= 0) ::close(socket_);
}

bool StatsdClient::is_ready() {
  if (!is_resolving_ && loop_.now().steady_ms() >= look_ms_) look_up();
  return socket_ >= 0;
}

void StatsdClient::look_up() {
  timer_.clear();
  if (std::exchange(is_resolving_, true)) return;
  resolver_.resolve(settings_.host, settings_.port, *this);
}

// A datagram that nobody wanted is told of at the next one of a connected socket.
bool StatsdClient::connect(const SocketAddress& address) {
  const int made = ::socket(address.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) return false;
  if (::connect(made, &address.any, address.size()) != 0) return ::close(made), false;
  if (socket_ >= 0) ::close(socket_);
  socket_ = made;
  return true;
}

void StatsdClient::resolved(std::vector<SocketAddress> addresses, std::string_view error) {
  is_resolving_ = false;
  const bool had_one = socket_ >= 0;
  bool is_found = false;
  for (size_t i = 0; i < addresses.size() && !is_found; ++i) is_found = connect(addresses[i]);
  look_ms_ = loop_.now().steady_ms() + (is_found ? statsd_look_ms : statsd_retry_ms);
  if (!is_found) note_away(error.empty() ? std::strerror(errno) : error);
  if (is_found && !had_one) return ready_();
  if (!is_found && !had_one) loop_.set_timer(timer_, look_ms_);  // the address that was known serves on
}

bool StatsdClient::send(const OutboxItem& metric, uint64_t chance) {
  constexpr double all = 18446744073709551616.0;  // 2^64
  if (settings_.sampling < 1 && static_cast<double>(chance) / all >= settings_.sampling) return true;
  const std::string line = statsd_line(metric.name_space, metric.name, metric.value, metric.fields, settings_.tags, settings_.sampling);
  if (line.size() > statsd_line_bytes_max) return false;
  if (::send(socket_, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) return note_away(std::strerror(errno)), false;
  return true;
}

// Once, for it may go on with each datagram.
void StatsdClient::note_away(std::string_view why) {
  if (std::exchange(is_away_, true) || !log_) return;
  const std::string text = "metrics do not reach the StatsD server " + settings_.host + ":" + std::to_string(settings_.port) + ": " +
                           std::string(why) + "; those that are lost are counted";
  log_->log(LogLevel::warn, "StatsdUnavailable", text, nullptr, 0);
}

void StatsdClient::close() {
  timer_.clear();
  resolver_.forget(*this);
  resolver_.close();
}

}  // namespace gatelet
