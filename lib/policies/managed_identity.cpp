#include "policies/managed_identity.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace managed_identity_rows {

constexpr std::string_view not_available = "ManagedIdentityTokenNotAvailable";  // our name
constexpr uint64_t untold_lifetime_ms = 10'000;                                 // of a token that does not tell it

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

// The lifetime of the token: expires_in in seconds, or expires_on as a Unix time; numbers may be texts. 0: it is over.
static uint64_t lifetime_of(const Json& json, int64_t wall_ms) {
  const auto number = [](const Json& value) {
    return value.is_number() ? value.number() : static_cast<double>(parse_unsigned(value.string()).value_or(0));
  };
  constexpr double most_ms = 24 * 3600 * 1000.0;
  if (!json.has("expires_in") && !json.has("expires_on")) return untold_lifetime_ms;
  double ms = number(json["expires_in"]) * 1000;
  if (!(ms > 0)) ms = number(json["expires_on"]) * 1000 - static_cast<double>(wall_ms);
  return ms > 0 ? static_cast<uint64_t>(std::min(ms, most_ms)) : 0;
}

class AccessTokenFetch final : public FetchJob {
 public:
  AccessTokenFetch(const Services& services, std::string_view resource, std::string_view client_id)
      : endpoint_(services.identity_endpoint), secret_(services.identity_secret.get()), resource_(resource), client_id_(client_id) {}

  bool begin(OutboxItem& request, FetchResult& result) override {
    return asks_for_form() ? fill_form(request, result) : fill_query(request, result);
  }

  bool take(std::string_view body, int64_t wall_ms, OutboxItem&, FetchResult& result) override {
    const auto json = Json::parse(body, keys_bytes_max);
    const auto wrong = [&](std::string_view why) { return result.problem = why, false; };
    if (!json || !(*json)["access_token"].is_string()) return wrong("its answer has no access_token");
    auto made = std::make_shared<AccessToken>();
    made->text = (*json)["access_token"].string();
    if (made->text.empty() || !is_field_value(made->text)) return wrong("its access_token cannot stand in a header");
    result.usable_ms = lifetime_of(*json, wall_ms);
    if (result.usable_ms == 0) return wrong("its access_token is over");
    result.fresh_ms = result.usable_ms - std::min(result.usable_ms / 2, access_token_early_ms);
    result.value = std::move(made);
    return false;
  }

 private:
  using Kind = IdentityEndpoint::Kind;
  bool asks_for_form() const { return endpoint_.kind == Kind::client_credentials || endpoint_.kind == Kind::workload; }

  bool fill_query(OutboxItem& request, FetchResult& result) const {
    const bool is_imds = endpoint_.kind == Kind::imds;
    std::string url = endpoint_.url + (endpoint_.url.find('?') == std::string::npos ? "?" : "&");
    url += "resource=" + query_encoded(resource_) + (is_imds ? "&api-version=2018-02-01" : "&api-version=2019-08-01");
    if (!client_id_.empty()) url += "&client_id=" + query_encoded(client_id_);
    if (!fill_request(request, "GET", url, result.problem, false)) return false;
    if (!is_imds && !secret_.empty()) request.fields.emplace_back("X-IDENTITY-HEADER", secret_);
    request.fields.emplace_back("Metadata", "true");
    return true;
  }

  // RFC 6749 4.4.2; RFC 7523 2.2 with a federated token. Microsoft's servers take the resource as a scope with /.default behind it.
  bool fill_form(OutboxItem& request, FetchResult& result) const {
    constexpr std::string_view all = "/.default";
    const bool is_workload = endpoint_.kind == Kind::workload;
    if (secret_.empty()) return result.problem = is_workload ? "there is no federated token" : "there is no secret for it", false;
    if (!fill_request(request, "POST", endpoint_.url, result.problem, false)) return false;
    std::string form = "grant_type=client_credentials&client_id=" + query_encoded(client_id_) + "&scope=" + query_encoded(resource_);
    if (!std::string_view(resource_).ends_with(all)) form += query_encoded(all);
    if (is_workload)
      form += "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=";
    else
      form += "&client_secret=";
    request.body = Buffer::copy(form + query_encoded(secret_));
    request.fields.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.fields.emplace_back("Accept", "application/json");
    return true;
  }

  const IdentityEndpoint endpoint_;
  const std::string secret_, resource_, client_id_;
};

}  // namespace managed_identity_rows

using namespace managed_identity_rows;

AccessTokenWish::AccessTokenWish(const Services& services, std::string_view resource, std::string_view client_id) {
  // A secret is of one client.
  if (client_id.empty() || services.identity_endpoint.kind == IdentityEndpoint::Kind::client_credentials)
    client_id = services.identity_endpoint.client_id;
  name = "access-token " + query_encoded(resource) + " " + query_encoded(client_id);
  make = [&services, resource = std::string(resource), client_id = std::string(client_id)] {
    return std::make_unique<AccessTokenFetch>(services, resource, client_id);
  };
}

std::string_view access_token_in(const Fetched& fetched) { return static_cast<const AccessToken&>(fetched).text; }

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

Flow ManagedIdentity::get(Context& context, FetchRun& run, bool is_resumed, std::string_view& token) const {
  const Services& services = *context.services;
  if (services.identity_endpoint.url.empty() || !services.fetches)
    return fail(context, "no identity endpoint is configured (policy.identity.endpoint)", token);
  if (is_resumed && resume_fetch(context, run) == Flow::wait) return Flow::wait;
  std::string_view resource, client_id;
  if (!resource_.get(context, resource) || (client_id_ && !client_id_->get(context, client_id))) return Flow::fail;
  const AccessTokenWish wish(services, resource, client_id);
  FetchLook look;
  if (look_for(context, run, {wish.name, false, !context.sends_fetches, wish.make}, look) == Flow::wait) return Flow::wait;
  if (!look.value) return fail(context, context.arena.concat("the identity endpoint: ", look.problem), token);
  token = context.arena.copy(access_token_in(*look.value));
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
