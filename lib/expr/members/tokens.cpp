// Jwt, BasicAuthCredentials, Authorization, and the extension methods that read them from text (expressions.md 2.1, 2.4).
#include "expr/tokens.hpp"

#include <cmath>

#include "base/text.hpp"
#include "expr/base64.hpp"
#include "expr/collections.hpp"
#include "expr/format.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace token_rows {

static constinit const Type jwt_type{.name = "Jwt"};
static constinit const Type basic_type{.name = "BasicAuthCredentials"};
static constinit const Type authorization_type{.name = "Authorization"};

namespace {

struct JwtParts {
  const String* algorithm = nullptr;
  const String* type = nullptr;
  const String* id = nullptr;
  const String* issuer = nullptr;
  const String* subject = nullptr;
  Value audiences;  // string[]
  Value claims;     // Dictionary<string, string[]>
  Value expiration_time, issued_at, not_before;
};

struct BasicParts {
  const String* user = nullptr;
  const String* password = nullptr;
};

struct AuthorizationParts {
  const String* access_token = nullptr;
  Value claims;  // Dictionary<string, object>
};

}  // namespace

static std::string shown(const JsonText& value) { return value.shown(); }
static std::string shown(const Json& value) {
  return value.is_null() ? std::string() : value.is_object() || value.is_array() ? value.text() : value.scalar_text();
}

// A claim's value as text: what is no text is written as JSON, numbers without a fraction as they stand there.
template <class AnyJson>
static const String* claim_text(Evaluation& run, const AnyJson& value) {
  const std::string text = shown(value);
  const bool is_real = value.is_number() && text.find_first_of(".eE") != text.npos;
  return is_real ? real_text(run, value.number()) : copy_of(run, text);
}

static Value claim_values(Evaluation& run, const JsonText& value) {
  std::vector<const String*> texts;
  if (!value.is_array()) texts.push_back(claim_text(run, value));
  for (const JsonText& item : value.items()) texts.push_back(claim_text(run, item));
  return run.charge(texts.size()) ? strings_value(run, texts) : Value{};
}

static Value claim_dictionary(Evaluation& run, const JsonText& claims) {
  const Value dictionary = make_dictionary(run, types::text, string_array_type());
  for (const JsonText& claim : claims.members()) {
    bool is_new;
    HashTable::Entry* entry = dictionary.object<HashTable>()->insert(run, text(copy_of(run, claim.name)), is_new);
    if (!entry) return {};
    entry->value = claim_values(run, claim);
  }
  return dictionary;
}

// NumericDate: seconds since 1970, perhaps with a fraction; null when it is none that a DateTime can hold.
static Value date_of(const JsonText& seconds) {
  constexpr double limit = 1e12;
  if (!seconds.is_number() || !(std::fabs(seconds.number()) < limit)) return {};
  const double ticks = std::floor(seconds.number()) * static_cast<double>(ticks_per_second) + static_cast<double>(unix_epoch_ticks);
  if (ticks < 0 || ticks >= 3'155'378'976e9) return {};
  return date_time({static_cast<int64_t>(ticks), DateTimeKind::utc});
}

static const String* text_or_null(Evaluation& run, const JsonText& value) { return value.is_null() ? nullptr : claim_text(run, value); }

static Value read_jwt(Evaluation& run, const crypto::CompactToken& token, const JsonText& claims) {
  auto* jwt = run.make<JwtParts>();
  jwt->algorithm = text_or_null(run, (*token.header)["alg"]);
  jwt->type = text_or_null(run, (*token.header)["typ"]);
  jwt->id = text_or_null(run, claims["jti"]);
  jwt->issuer = text_or_null(run, claims["iss"]);
  jwt->subject = text_or_null(run, claims["sub"]);
  jwt->audiences = claims.has("aud") ? claim_values(run, claims["aud"]) : strings_value(run, {});
  jwt->claims = claim_dictionary(run, claims);
  jwt->expiration_time = date_of(claims["exp"]);
  jwt->issued_at = date_of(claims["iat"]);
  jwt->not_before = date_of(claims["nbf"]);
  return run.failed() ? Value{} : value_of_object(jwt_type, jwt);
}

static std::string_view without_scheme(std::string_view header_value, std::string_view scheme) {
  const bool has_it =
      starts_with_ignoring_case(header_value, scheme) && header_value.size() > scheme.size() && header_value[scheme.size()] == ' ';
  return has_it ? trim(header_value.substr(scheme.size())) : std::string_view();
}

// Null: no token. "Bearer " may stand before it.
static Value jwt_of_text(Call& call) {
  const String* given = call.text(0);
  if (!given || !call.run.charge_text(given->length * 8ul)) return {};
  const std::string whole = utf8(*given);
  const std::string_view token = trim(whole), behind = without_scheme(token, "Bearer");
  Arena arena;
  const auto parsed = crypto::read_compact(behind.empty() ? token : behind, arena);
  if (!parsed) return {};
  const auto claims = crypto::read_claims(*parsed, arena);
  return claims ? read_jwt(call.run, *parsed, **claims) : Value{};
}

// Null: not "Basic " and base64 of "user:password", whose bytes are Latin-1. The password begins after the first colon (RFC 7617).
static Value basic_of_text(Call& call) {
  const String* given = call.text(0);
  if (!given || !call.run.charge_text(given->length * 2ul)) return {};
  const std::string whole = utf8(*given);
  const std::string_view encoded = without_scheme(trim(whole), "Basic");
  std::string decoded;
  if (encoded.empty() || !parse_base64(*copy_of(call.run, encoded), decoded)) return {};
  const size_t colon = decoded.find(':');
  if (colon == decoded.npos || colon == 0) return {};
  const auto latin = [&call](std::string_view bytes) {
    TextBuilder out(call.run);
    for (const char c : bytes) out.append(static_cast<char16_t>(static_cast<unsigned char>(c)));
    return out.finish();
  };
  const std::string_view view = decoded;
  return value_of_object(basic_type, call.run.make<BasicParts>(latin(view.substr(0, colon)), latin(view.substr(colon + 1))));
}

template <Native read>
static Value try_read(Call& call) {
  const Value found = read(call);
  call.out(1) = found;
  return boolean(!found.is_null());
}

template <const String* JwtParts::*part>
static Value jwt_text(Call& call) {
  return text(call.self.object<const JwtParts>()->*part);
}

template <Value JwtParts::*part>
static Value jwt_value_part(Call& call) {
  return call.self.object<const JwtParts>()->*part;
}

static constexpr Member jwt_members[] = {
    {"string Algorithm", jwt_text<&JwtParts::algorithm>},
    {"string Id", jwt_text<&JwtParts::id>},
    {"string Issuer", jwt_text<&JwtParts::issuer>},
    {"string Subject", jwt_text<&JwtParts::subject>},
    {"string Type", jwt_text<&JwtParts::type>},
    {"IEnumerable<string> Audiences", jwt_value_part<&JwtParts::audiences>},
    {"IReadOnlyDictionary<string, string[]> Claims", jwt_value_part<&JwtParts::claims>},
    {"DateTime? ExpirationTime", jwt_value_part<&JwtParts::expiration_time>},
    {"DateTime? IssuedAt", jwt_value_part<&JwtParts::issued_at>},
    {"DateTime? NotBefore", jwt_value_part<&JwtParts::not_before>},
};

static Value user_id(Call& call) { return text(call.self.object<const BasicParts>()->user); }

static constexpr Member basic_members[] = {
    {"string UserId", user_id},
    {"string Username", user_id},
    {"string Password", [](Call& call) { return text(call.self.object<const BasicParts>()->password); }},
};

static constexpr Member authorization_members[] = {
    {"string AccessToken", [](Call& call) { return text(call.self.object<const AuthorizationParts>()->access_token); }},
    {"IReadOnlyDictionary<string, object> Claims", [](Call& call) { return call.self.object<const AuthorizationParts>()->claims; }},
};

static constinit const Type extensions_type{.name = "TokenExtensions", .is_hidden = true, .is_static = true};
static constexpr Member extensions[] = {
    {"static Jwt AsJwt(this string input)", jwt_of_text},
    {"static bool TryParseJwt(this string input, out Jwt result)", try_read<jwt_of_text>},
    {"static BasicAuthCredentials AsBasic(this string input)", basic_of_text},
    {"static bool TryParseBasic(this string input, out BasicAuthCredentials result)", try_read<basic_of_text>},
};

static const TypeRows token_types[] = {
    {jwt_type, jwt_members},
    {basic_type, basic_members},
    {authorization_type, authorization_members},
    {extensions_type, extensions},
};

}  // namespace token_rows

Value jwt_value(Evaluation& run, const crypto::CompactToken& token, const JsonText& claims) {
  return token_rows::read_jwt(run, token, claims);
}

Value authorization_value(Evaluation& run, std::string_view access_token, const Json& claims) {
  auto* parts = run.make<token_rows::AuthorizationParts>();
  parts->access_token = copy_of(run, access_token);
  parts->claims = make_dictionary(run, types::text, types::object);
  for (const Json::Member& member : claims.members()) {
    bool is_new;
    HashTable::Entry* entry = parts->claims.object<HashTable>()->insert(run, text(copy_of(run, member.name)), is_new);
    if (!entry) return {};
    entry->value = text(token_rows::claim_text(run, member.value));
  }
  return value_of_object(token_rows::authorization_type, parts);
}

extern const Family token_family;
const Family token_family{token_rows::token_types};

}  // namespace gatelet::cs
