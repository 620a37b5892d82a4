#include "policies/managed_identity.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace managed_identity_rows {

constexpr std::string_view api_version = "api-version=2019-08-01";
constexpr std::string_view not_available = "ManagedIdentityTokenNotAvailable";  // our name

struct AccessToken final : Fetched {
  std::string text;
};

// As a value of a query.
static std::string query_encoded(std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          std::string_view("-._~").find(c) != std::string_view::npos;
    if (is_plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

// The lifetime of the token: expires_in in seconds, or expires_on as a Unix time; numbers may be texts. 0: not told.
static uint64_t lifetime_of(const Json& json, int64_t wall_ms) {
  const auto number = [](const Json& value) {
    return value.is_number() ? value.number() : static_cast<double>(parse_unsigned(value.string()).value_or(0));
  };
  constexpr double most_ms = 24 * 3600 * 1000.0;
  double ms = number(json["expires_in"]) * 1000;
  if (!(ms > 0)) ms = number(json["expires_on"]) * 1000 - static_cast<double>(wall_ms);
  return ms > 0 ? static_cast<uint64_t>(std::min(ms, most_ms)) : 0;
}

}  // namespace managed_identity_rows

using namespace managed_identity_rows;

void ManagedIdentity::read(PolicyReader& in) {
  resource_ = in.required_text("resource");
  client_id_ = in.optional_text("client-id");
  variable_ = in.optional_literal("output-token-variable-name");
  ignores_errors_ = in.literal_bool("ignore-error", false);
}

Flow ManagedIdentity::fail(Context& context, std::string_view problem, std::string_view& token) const {
  if (ignores_errors_) {
    context.tell("No access token was had, which is ignored: ", problem);
    token = {};
    return Flow::next;
  }
  Failure failure;
  failure.source = "authentication-managed-identity";
  failure.reason = not_available;
  failure.message = context.arena.concat("The access token of the managed identity could not be had: ", problem, ".");
  return context.fail(failure);
}

bool ManagedIdentity::name_fetch(Context& context, FetchRun& run) const {
  std::string_view resource, client_id;
  if (!resource_.get(context, resource) || (client_id_ && !client_id_->get(context, client_id))) return false;
  std::string query = "resource=" + query_encoded(resource) + "&" + std::string(api_version);
  if (!client_id.empty()) query += "&client_id=" + query_encoded(client_id);
  run.name = context.arena.concat("access-token ", query);
  return true;
}

bool ManagedIdentity::start(Context& context, FetchRun& run, std::string& problem) const {
  const std::string& endpoint = context.services->identity_endpoint;
  const std::string_view query = run.name.substr(run.name.find(' ') + 1);
  const std::string_view mark = endpoint.find('?') == std::string::npos ? "?" : "&";
  run.call = &context.hold_call();
  if (!fill_get(context, *run.call, context.arena.concat(endpoint, mark, query), problem, false)) return false;
  if (const std::string& secret = context.services->identity_secret; !secret.empty()) run.call->headers.set("X-IDENTITY-HEADER", secret);
  run.call->headers.set("Metadata", "true");
  context.start(*run.call);
  return true;
}

std::shared_ptr<const Fetched> ManagedIdentity::take(Context& context, FetchRun& run, std::string& problem, uint64_t& lifetime_ms) const {
  std::string_view body;
  if (!read_fetched(context, *run.call, body, problem)) return nullptr;
  const auto json = Json::parse(body, keys_bytes_max);
  if (!json || !(*json)["access_token"].is_string()) return problem = "its answer has no access_token", nullptr;
  auto made = std::make_shared<AccessToken>();
  made->text = (*json)["access_token"].string();
  if (made->text.empty() || !is_field_value(made->text)) return problem = "its access_token cannot stand in a header", nullptr;
  lifetime_ms = lifetime_of(*json, context.now.wall_ms);
  return made;
}

Flow ManagedIdentity::get(Context& context, FetchRun& run, bool is_resumed, std::string_view& token) const {
  if (context.services->identity_endpoint.empty() || !context.services->fetches)
    return fail(context, "no identity endpoint is configured (policy.identity.endpoint)", token);
  if (run.name.empty() && !name_fetch(context, run)) return Flow::fail;
  std::shared_ptr<const Fetched> value;
  std::string problem = "the identity endpoint gave none a moment ago";
  if (is_resumed && run.call) {
    uint64_t lifetime_ms = 0;
    value = take(context, run, problem, lifetime_ms);
    const uint64_t fresh_ms = lifetime_ms - std::min(lifetime_ms / 2, access_token_early_ms);
    end_fetch(context, run, value, fresh_ms, lifetime_ms);
    if (!value) return fail(context, context.arena.concat("the identity endpoint: ", problem), token);
  } else {
    const Flow flow = look_for(context, run, false, value);
    if (flow == Flow::wait) return Flow::wait;
    if (flow == Flow::enter) {
      if (start(context, run, problem)) return Flow::wait;
      end_fetch(context, run, nullptr, 0, 0);
      return fail(context, context.arena.copy(problem), token);
    }
    if (!value) return fail(context, context.arena.copy(problem), token);
  }
  token = context.arena.copy(static_cast<const AccessToken&>(*value).text);
  return Flow::next;
}

void ManagedIdentity::use(Context& context, std::string_view token, Headers& headers) const {
  if (token.empty()) return;
  if (variable_)
    context.set_variable(*variable_, token);
  else
    headers.set("Authorization", context.arena.concat("Bearer ", token));
}

}  // namespace gatelet
