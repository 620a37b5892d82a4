// Jwt, BasicAuthCredentials and how they are read from text.
#include <doctest/doctest.h>

#include "base/json.hpp"
#include "crypto/base64url.hpp"
#include "evaluate.hpp"
#include "expr/tokens.hpp"

using namespace gatelet;

static std::string token(std::string_view header, std::string_view payload) {
  return crypto::base64url(header) + "." + crypto::base64url(payload) + ".AAAA";
}

static std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

TEST_CASE("AsJwt reads a token's header and claims without looking at its signature") {
  const std::string jwt =
      in_quotes(token(
          R"({"alg":"RS256","typ":"JWT"})",
          R"({"iss":"https://issuer","sub":"user","aud":["a","b"],"jti":"id-1","exp":1709211909,"iat":1709211900.5,"groups":["g1","g2"],)"
          R"("admin":true,"level":7,"ratio":1.50,"big":12345678901234567890,"none":null,"address":{"city":"Rome"},"empty":[]})")) +
      ".AsJwt()";
  check({
      {"@(" + jwt + ".Algorithm + \" \" + " + jwt + ".Type)", "String RS256 JWT"},
      {"@(" + jwt + ".Issuer)", "String https://issuer"},
      {"@(" + jwt + ".Subject)", "String user"},
      {"@(" + jwt + ".Id)", "String id-1"},
      {"@(string.Join(\"+\", " + jwt + ".Audiences))", "String a+b"},
      {"@(" + jwt + ".ExpirationTime)", "DateTime 02/29/2024 13:05:09"},
      {"@(" + jwt + ".ExpirationTime.Value.Kind)", "DateTimeKind Utc"},
      {"@(" + jwt + ".IssuedAt.Value.ToString(\"o\"))", "String 2024-02-29T13:05:00.0000000Z"},
      {"@(" + jwt + ".NotBefore == null)", "Boolean True"},
      {"@(" + jwt + ".Claims[\"groups\"])", "String[] g1,g2"},
      {"@(" + jwt + ".Claims.GetValueOrDefault(\"groups\", \"\"))", "String g1,g2"},
      {"@(" + jwt + ".Claims.GetValueOrDefault(\"groups\", new string[0]).Contains(\"g2\"))", "Boolean True"},
      {"@(" + jwt + ".Claims.GetValueOrDefault(\"absent\", \"none\"))", "String none"},
      {"@(" + jwt + ".Claims[\"admin\"][0] + " + jwt + ".Claims[\"level\"][0] + \"|\" + " + jwt + ".Claims[\"ratio\"][0])",
       "String true7|1.5"},
      {"@(" + jwt + ".Claims[\"big\"][0])", "String 12345678901234567890"},
      {"@(" + jwt + ".Claims[\"address\"][0])", "String {\"city\":\"Rome\"}"},
      {"@(" + jwt + ".Claims[\"empty\"].Length)", "Int32 0"},
      {"@(" + jwt + ".Claims[\"none\"][0])", "String "},
      {"@(" + jwt + ".Claims.ContainsKey(\"sub\") && !" + jwt + ".Claims.ContainsKey(\"Sub\"))", "Boolean True"},
      {"@(" + jwt + ".Claims[\"absent\"])", "!KeyNotFoundException: The given key 'absent' was not present in the dictionary."},
      {"@{ string[] found; return " + jwt + ".Claims.TryGetValue(\"sub\", out found) ? found[0] : \"\"; }", "String user"},
      {"@(" + in_quotes(crypto::base64url("{}") + "." + crypto::base64url(R"({"sub":"x"})") + ".signature") + ".AsJwt().Subject)",
       "String x"},
      {"@(" + in_quotes(crypto::base64url("{}") + "." + crypto::base64url(R"({"sub":"x"})") + ".*") + ".AsJwt().Subject)", "String x"},
      {"@{ Jwt jwt; return " + in_quotes("Bearer " + token("{}", R"({"sub":"x"})")) + ".TryParseJwt(out jwt) ? jwt.Subject : \"\"; }",
       "String x"},
  });
}

TEST_CASE("what is no token gives null") {
  check({
      {"@(\"\".AsJwt())", "null"},
      {"@(\"a.b.c\".AsJwt() == null)", "Boolean True"},
      {"@(\"a.b.c\".AsJwt()?.Subject)", "null"},
      {"@(((string)null).AsJwt())", "null"},
      {"@(" + in_quotes(token("{}", "[]")) + ".AsJwt())", "null"},
      {"@(" + in_quotes(token("{}", "{}")) + ".AsJwt() != null)", "Boolean True"},
      {"@(" + in_quotes("bearer " + token("{}", "{}")) + ".AsJwt() != null)", "Boolean True"},
      {"@(" + in_quotes("Basic " + token("{}", "{}")) + ".AsJwt())", "null"},
      {"@{ Jwt jwt; return \"x\".TryParseJwt(out jwt) || jwt != null; }", "Boolean False"},
      {"@(" + in_quotes(token("{}", R"({"exp":1e300,"nbf":"1709211909","iat":-1e15})")) + ".AsJwt().ExpirationTime)", "null"},
      {"@(" + in_quotes(token("{}", R"({"exp":253402300799})")) + ".AsJwt().ExpirationTime)", "DateTime 12/31/9999 23:59:59"},
      {"@(" + in_quotes(token("{}", R"({"exp":253402300800})")) + ".AsJwt().ExpirationTime)", "null"},
  });
}

TEST_CASE("AsBasic reads a header's user and password") {
  check({
      {"@(\"Basic dXNlcjpwYTpzcw==\".AsBasic().UserId)", "String user"},
      {"@(\"Basic dXNlcjpwYTpzcw==\".AsBasic().Password)", "String pa:ss"},
      {"@(\"basic dXNlcjo=\".AsBasic().Username + \"|\" + \"basic dXNlcjo=\".AsBasic().Password)", "String user|"},
      {"@(\"Basic 5G/k\".AsBasic())", "null"},
      {"@(\"Basic 5DrkCg==\".AsBasic().UserId)", "String \xC3\xA4"},
      {"@(\"Basic OnB3\".AsBasic())", "null"},
      {"@(\"Bearer dXNlcjpw\".AsBasic())", "null"},
      {"@(\"Basic\".AsBasic())", "null"},
      {"@(\"Basic !\".AsBasic())", "null"},
      {"@(((string)null).AsBasic() == null)", "Boolean True"},
      {"@{ BasicAuthCredentials c; return \"Basic dXNlcjpw\".TryParseBasic(out c) ? c.Password : \"\"; }", "String p"},
      {"@(context.Request.Headers.GetValueOrDefault(\"Authorization\").AsBasic() == null)", "Boolean True"},
  });
}

TEST_CASE("policies put Authorization objects into variables") {
  Arena arena;
  TestContext context(arena);
  cs::Evaluation run(arena, context);
  context.variables["auth"] = cs::authorization_value(run, "token-1", *Json::parse(R"({"name":"x","n":1})"));
  CHECK(evaluate("@(\"Bearer \" + ((Authorization)context.Variables.GetValueOrDefault(\"auth\"))?.AccessToken)", context) ==
        "String Bearer token-1");
  CHECK(evaluate("@(((Authorization)context.Variables[\"auth\"]).Claims[\"name\"])", context) == "String x");
}
