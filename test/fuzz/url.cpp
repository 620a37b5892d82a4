// URLs, authorities and queries: what is accepted is read the same when written again; a query that is only read keeps its bytes.
#include <cstdint>
#include <string>
#include <string_view>

#include "http/url.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

void check_url(std::string_view text) {
  const Result<Url> url = parse_url(text);
  require(url || !url.error().message.empty());
  if (!url) return;
  require(!url->host.empty() && url->port != 0 &&
          url->text().find_first_of("@#\\ \r\n") >= url->scheme.size() + 3 + url->authority().size());
  const Result<Url> again = parse_url(url->text());
  require(again && again->text() == url->text() && again->host == url->host && again->port == url->port);
}

void check_authority(std::string_view text, Arena& arena) {
  Authority authority, again;
  if (!parse_authority(text, arena, authority)) return;
  require(!authority.host.empty() && authority.host.find_first_of("@/?#,\\%ABCXYZ") == std::string_view::npos);
  require(parse_authority(authority.host, arena, again) && again.host == authority.host && again.port == 0);
}

void check_query(std::string_view text, Arena& arena) {
  const std::string_view name = text.substr(0, text.find_first_of("=&"));
  Query query(text, arena);
  require(query.text() == text);
  std::string_view value;
  const bool is_found = find_query_value(text, name, value);
  require(is_found == query.contains(name) && (!is_found || value == query.find(name)->value));

  const std::string_view written[] = {name};
  query.set(name, written);
  require(query.find(name) && query_decoded(query.find(name)->value, arena) == name);
  require(query.remove(name) == 1 && !query.contains(name));
}

void check_escaping(std::string_view text, Arena& arena) {
  for (char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '#') return;
  Target target;
  const TargetFault fault = canonicalize(escape_unsafe(arena.concat("/", text), arena), arena, target);
  require(fault != TargetFault::bad_byte && fault != TargetFault::bad_escape);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(data, size);
  Arena arena(1024);
  check_url(text);
  check_url("http://" + std::string(text));
  check_authority(text, arena);
  check_query(text, arena);
  check_escaping(text, arena);
  return 0;
}
