// Target, Url and query: one canonical target is computed once per request, and matching, policies, keys and the forwarded path all derive
// from it (reliability.md R-14). Url is an absolute URL of configuration: a backend, a base-url.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/arena.hpp"
#include "base/result.hpp"
#include "base/text.hpp"

namespace gatelet {

// Path and query of a request. The path begins with '/'; the query has no '?'.
struct Target {
  std::string_view path = "/";
  std::string_view query;
  bool has_query = false;  // "/a?" differs from "/a" when forwarded
};

enum class TargetFault : uint8_t { none, bad_byte, bad_escape, nul_escape, fragment, above_root, not_absolute, too_many_parameters };
std::string_view message_of(TargetFault fault);

// R-14 for the path: escapes of unreserved characters decoded, hex upper-cased, dot segments (also encoded) removed, all else untouched; so
// `//`, `%2F`, `%5C`, `\` and `;` stay. The query is validated by the same rules but kept byte for byte (policies-b.md 3.5: what no policy
// touches is forwarded as received; whoever reads a parameter decodes it once). When nothing has to change the views point into `raw`, else
// into the arena. `raw` is an origin-form target (R-7 is net's work). After a fault `out` is unchanged.
TargetFault canonicalize(std::string_view raw, Arena& arena, Target& out);

// The byte for which an escape %XX at `at` stands, or -1 when there is no valid one.
inline int escaped_byte(std::string_view text, size_t at) {
  if (text[at] != '%' || text.size() - at < 3) return -1;
  const int high = hex_value(text[at + 1]);
  const int low = hex_value(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}
// Texts with %XX decoded, as a view when there is nothing to decode; broken escapes stay. In queries '+' is a blank.
std::string_view percent_decoded(std::string_view text, Arena& arena);
std::string_view query_decoded(std::string_view text, Arena& arena);
// Makes a computed URL or target one that can be parsed, as .NET's Uri does: blanks, bytes over 0x7E, `"<>\^`{|}` and lone '%' are
// percent-encoded. Controls stay, so that a parser refuses them (reliability.md A-20).
std::string_view escape_unsafe(std::string_view text, Arena& arena);

// Host header or authority: host [":" port]. The host lower-cased (a view into `text` when it was), one trailing dot removed; false
// when not valid. A host is a DNS name of letters, digits, "-._~", an IPv4 address, or an IPv6 address in brackets without a zone.
struct Authority {
  std::string_view host;  // IPv6 with its brackets
  uint16_t port = 0;      // 0 when absent
};
bool parse_authority(std::string_view text, Arena& arena, Authority& out);

// An absolute http(s) or ws(s) URL.
struct Url {
  std::string scheme;  // lower-case
  std::string host;    // lower-case
  uint16_t port = 0;   // the scheme's default when absent
  std::string path;    // "" or begins with '/'
  std::string query;   // without '?'
  bool is_default_port() const { return port == (scheme == "https" || scheme == "wss" ? 443 : 80); }
  std::string authority() const;  // host, with the port when it is not the default
  std::string text() const;
};
// Refuses other schemes, userinfo, fragments, blanks, controls, bad ports and escapes (reliability.md A-40); the message names the remedy.
// The path is canonical. A trailing dot of the host stays: it matters to the resolver.
Result<Url> parse_url(std::string_view text);

constexpr bool is_redirect(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }
// The URL that a Location means, seen from that path of `from`; none when it cannot be followed, as from https to http.
std::optional<Url> redirect_target(const Url& from, std::string_view path, std::string_view location, Arena& arena);

// Joins a base path and a relative part with exactly one '/' (policies-a.md 7.2). An empty `rest` adds nothing; of a `rest` that begins
// with several '/' all but the first are kept, because they were matched.
std::string_view join_path(std::string_view base, std::string_view rest, Arena& arena);

// One parameter of a query as it stands there, still encoded: views into the query.
struct QueryParameter {
  std::string_view name;
  std::string_view value;
  bool has_value = true;  // "a" differs from "a=" when written again
};

// Query: an ordered list of parameters; untouched ones are written byte for byte (policies-b.md 3.5). Only '&' separates.
class Query {
 public:
  Query(std::string_view text, Arena& arena);
  std::span<const QueryParameter> parameters() const { return {parameters_, count_}; }
  // The first one. Names are compared after decoding, without case.
  const QueryParameter* find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  size_t remove(std::string_view name);
  // Encodes and appends.
  void append(std::string_view name, std::string_view value);
  // Replaces all parameters of the name in place of the first one, or appends; the name is written as given here. No values: removes.
  void set(std::string_view name, std::span<const std::string_view> values);
  // The query again, in the arena. Empty: there is no query any more, not even a '?'.
  std::string_view text() const;

 private:
  void insert(size_t at, QueryParameter parameter);

  Arena* arena_;
  QueryParameter* parameters_ = nullptr;
  size_t count_ = 0;
  size_t capacity_ = 0;
};

// The first value of `name` in a query, still encoded, without building a list: for keys and versions on the request path.
bool find_query_value(std::string_view query, std::string_view name, std::string_view& value);

}  // namespace gatelet
