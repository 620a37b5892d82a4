#include "policy/cache_address.hpp"

#include <algorithm>

#include "base/ip_address.hpp"
#include "base/text.hpp"

namespace gatelet {
namespace cache_address_words {

// Of StackExchange.Redis, without meaning here: how its own client behaves.
constexpr std::string_view idle_words[] = {
    "abortconnect",
    "abortonconnectfail",
    "allowadmin",
    "asynctimeout",
    "channelprefix",
    "checkcertificaterevocation",
    "configchannel",
    "configcheckseconds",
    "connectretry",
    "defaultversion",
    "highintegrity",
    "highprioritythreads",
    "keepalive",
    "name",
    "preserveasyncorder",
    "protocol",
    "resolvedns",
    "responsetimeout",
    "setlib",
    "sslprotocols",
    "tiebreaker",
    "version",
    "writebuffer",
    "heartbeatinterval",
};

Error wrong(std::string what) { return {Code::argument, "the connection string of the cache: " + std::move(what), {}, {}}; }

Result<uint32_t> number(std::string_view name, std::string_view value, uint32_t least, uint32_t most) {
  const auto parsed = parse_unsigned(value);
  if (parsed && *parsed >= least && *parsed <= most) return static_cast<uint32_t>(*parsed);
  return wrong(std::string(name) + " is not a number from " + std::to_string(least) + " to " + std::to_string(most));
}

Result<> read_option(std::string_view name, std::string_view value, CacheAddress& out) {
  const std::string word = lower(name);
  if (word == "password") return out.password = value, Done{};
  if (word == "user") return out.user = value, Done{};
  if (word == "sslhost") return out.tls_host = value, Done{};
  if (word == "ssl") {
    const auto is_on = parse_bool(value);
    if (!is_on) return wrong("ssl is neither True nor False");
    return out.is_tls = *is_on, Done{};
  }
  const struct {
    std::string_view word;
    uint32_t least, most;
    uint32_t CacheAddress::*member;
  } numbers[] = {{"defaultdatabase", 0, cache_database_max, &CacheAddress::database},
                 {"connecttimeout", 1, cache_timeout_ms_max, &CacheAddress::connect_timeout_ms},
                 {"synctimeout", 1, cache_timeout_ms_max, &CacheAddress::timeout_ms}};
  for (const auto& one : numbers) {
    if (word != one.word) continue;
    GATELET_TRY(read, number(name, value, one.least, one.most));
    return out.*one.member = read, Done{};
  }
  if (word == "servicename") return wrong("serviceName asks for Sentinel, which is not supported; name the server itself");
  if (std::ranges::find(idle_words, word) != std::end(idle_words)) return Done{};
  return wrong(
      "it has a word that is not known; those that are: user, password, ssl, sslHost, defaultDatabase, connectTimeout, syncTimeout");
}

// "host", "host:port", "[::1]:port", "::1"; the port is 0 when there is none.
Result<CacheAddress::Place> read_place(std::string_view text) {
  CacheAddress::Place place;
  const size_t colon = text.rfind(':');
  const bool is_bracketed = text.starts_with('[');
  const bool has_port = colon != text.npos && (is_bracketed ? text[colon - 1] == ']' : text.find(':') == colon);
  if (has_port) {
    const auto port = parse_unsigned(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return wrong("a port is not between 1 and 65535");
    place.port = static_cast<uint16_t>(*port);
    text = text.substr(0, colon);
  }
  if (is_bracketed && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  const bool is_name =
      std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != '@' && c != '[' && c != ']'; });
  const bool is_address = text.find(':') == text.npos || parse_ip_address(text);
  if (text.empty() || !is_name || !is_address) return wrong("a host is not a name or an address; write host:port,password=...,ssl=True");
  place.host = text;
  return place;
}

}  // namespace cache_address_words

Result<CacheAddress> parse_cache_address(std::string_view text) {
  using namespace cache_address_words;
  CacheAddress out;
  for (std::string_view part : split(text, ',')) {
    part = trim(part);
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    if (equals != part.npos) {
      GATELET_TRY(read, read_option(trim(part.substr(0, equals)), trim(part.substr(equals + 1)), out));
      static_cast<void>(read);
      continue;
    }
    GATELET_TRY(place, read_place(part));
    out.places.push_back(std::move(place));
  }
  if (out.places.empty()) return wrong("it names no host; write host:port,password=...,ssl=True");
  if (out.places.size() > cache_places_max) return wrong("it names more than " + std::to_string(cache_places_max) + " hosts");
  for (CacheAddress::Place& place : out.places)
    if (place.port == 0) place.port = out.is_tls ? 6380 : 6379;
  return out;
}

}  // namespace gatelet
