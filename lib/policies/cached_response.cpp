#include "policies/cached_response.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"
#include "policies/list_items.hpp"
#include "policy/value.hpp"

namespace gatelet {

namespace {

// The head's first line; another form gets another one.
constexpr std::string_view form = "response 1";

bool is_kept(HeaderId id) { return id != HeaderId::set_cookie && !(flags_of(id) & (header_hop | header_fixed)); }

// Takes the next line off `rest`; they all end with a line feed.
bool take_line(std::string_view& rest, std::string_view& line) {
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

bool take_number(std::string_view& rest, int64_t& number) {
  std::string_view line;
  const auto parsed = take_line(rest, line) ? parse_signed(line) : std::nullopt;
  number = parsed.value_or(0);
  return parsed.has_value();
}

std::string_view without_weakness(std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; }

}  // namespace

CacheValue encode_response(const Response& response, int64_t stored_ms, int64_t duration_s) {
  std::string head(form);
  for (int64_t number : {stored_ms, duration_s, static_cast<int64_t>(response.status)}) head += "\n" + std::to_string(number);
  head += response.reason ? "\n+" + std::string(*response.reason) : "\n";
  head += '\n';
  for (const HeaderField& field : response.headers.fields()) {
    if (!is_kept(field.id)) continue;
    head.append(field.name).append(":").append(field.value).append("\n");
  }
  return {Buffer::copy(head), Buffer::copy(response.body.bytes.view())};  // a body that was held may have room for more than it is
}

bool decode_response(Context& context, const CacheValue& value, CachedResponseAge& age) {
  std::string_view rest = context.arena.copy(value.head.view()), line, reason;
  int64_t stored_ms = 0, duration_s = 0, status = 0;
  if (!take_line(rest, line) || line != form || !take_number(rest, stored_ms) || !take_number(rest, duration_s)) return false;
  if (!take_number(rest, status) || !take_line(rest, reason)) return false;
  // Others may write to a cache that is elsewhere: what they left there becomes no header that ours could not be.
  if (stored_ms < 0 || duration_s < 0 || status < 200 || status > 999 || !is_field_value(reason)) return false;
  Response response(context.arena);
  response.status = static_cast<int>(status);
  if (reason.starts_with('+')) response.reason = reason.substr(1);
  while (take_line(rest, line)) {
    const size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || !is_token(name) || !is_field_value(line.substr(colon + 1))) return false;
    if (is_kept(header_id(name))) response.headers.add_received({name, line.substr(colon + 1), header_id(name)});
  }
  if (!value.body.empty()) response.body = Body::from(value.body);
  context.response = std::move(response);
  age.age_s = std::clamp<int64_t>((context.now.wall_ms - stored_ms) / 1000, 0, duration_s);
  age.left_s = duration_s - age.age_s;
  return true;
}

void tell_downstream(Context& context, const CacheLookup& lookup, int64_t left_s) {
  Headers& headers = context.response.headers;
  const std::string_view name = text_of(HeaderId::cache_control);
  if (lookup.downstream == CacheLookup::Downstream::none) {
    headers.set(name, "no-cache, no-store");
    headers.remove(HeaderId::expires);
    return;
  }
  const std::string_view who = lookup.downstream == CacheLookup::Downstream::public_ ? "public" : "private";
  headers.set(name,
              context.arena.concat(who, ", max-age=", decimal(context.arena, left_s), lookup.must_revalidate ? ", must-revalidate" : ""));
  // It would speak of another time.
  headers.remove(HeaderId::expires);
}

bool is_not_modified(const Headers& request, const Headers& response) {
  if (request.contains(HeaderId::if_none_match)) {
    const std::string_view tag = without_weakness(trim(response.get(HeaderId::etag)));
    bool is_known = false;
    for_each_item(request.get(HeaderId::if_none_match), ',',
                  [&](std::string_view one) { is_known |= one == "*" || without_weakness(one) == tag; });
    return is_known && !tag.empty();
  }
  const auto modified = parse_http_date(response.get(HeaderId::last_modified));
  const auto since = parse_http_date(request.get(HeaderId::if_modified_since));
  return modified && since && *modified <= *since;
}

}  // namespace gatelet
