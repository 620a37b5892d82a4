// Signatures that take long are looked at when it is the exchange's turn; that the right tokens are refused, and why, is shown by the files
// of validate-jwt.
#include <doctest/doctest.h>

#include "crypto/base64url.hpp"
#include "crypto/cipher.hpp"
#include "crypto/hexadecimal.hpp"
#include "crypto/jws.hpp"
#include "fake_context.hpp"
#include "gateway/seen_token_table.hpp"
#include "keys.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

const crypto::Key& key() {
  static const auto parsed = crypto::Key::parse(leaf_key, {}, fixed_random());
  return *parsed;
}

std::string text_to_sign(std::string_view algorithm, int serial) {
  return crypto::base64url(R"({"alg":")" + std::string(algorithm) + "\"}") + "." +
         crypto::base64url(R"({"exp":4102444800,"jti":)" + std::to_string(serial) + "}");
}

std::string token(int serial = 0) {
  const std::string text = text_to_sign("RS256", serial);
  const auto signature =
      key().sign(crypto::SignatureScheme::pkcs1, crypto::Hash::sha256, crypto::digest_of(crypto::Hash::sha256, text), fixed_random());
  return text + "." + crypto::base64url(*signature);
}

// The signature of another token.
std::string forged() { return text_to_sign("RS256", 1) + token(2).substr(token(2).rfind('.')); }

constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";

std::string token_of_secret() {
  const std::string text = text_to_sign("HS256", 0);
  return text + "." + crypto::base64url(crypto::hmac_of(crypto::Hash::sha256, secret, text).view());
}

// Encrypted with the secret (RFC 7518 5.2.2), whose first half authenticates.
std::string sealed(const std::string& plain) {
  const std::string header = crypto::base64url(R"({"alg":"dir","enc":"A128CBC-HS256"})"), iv(16, 'i');
  std::string content;
  (void)crypto::encrypt({}, secret.substr(16), iv, plain, fixed_random(), content);
  std::string header_bits(8, '\0');
  header_bits[6] = static_cast<char>(header.size() * 8 >> 8);
  header_bits[7] = static_cast<char>(header.size() * 8);
  const crypto::Digest tag = crypto::hmac_of(crypto::Hash::sha256, secret.substr(0, 16), header + iv + content + header_bits);
  return header + ".." + crypto::base64url(iv) + "." + crypto::base64url(content) + "." + crypto::base64url(tag.view().substr(0, 16));
}

// With the key and the secret.
const Program& program() {
  static const auto flat = [] {
    const auto numbers = key().numbers(false);
    const Reading reading =
        read_section("inbound", "<validate-jwt header-name='Authorization'><issuer-signing-keys><key n='" +
                                    crypto::base64url(numbers.modulus) + "' e='" + crypto::base64url(numbers.exponent) + "'/><key>" +
                                    crypto::base64url(secret) + "</key></issuer-signing-keys><decryption-keys><key>" +
                                    crypto::base64url(secret) + "</key></decryption-keys></validate-jwt>");
    REQUIRE(reading.problems().empty());
    return flatten_one(reading.document);
  }();
  return *flat;
}

// A request whose host computes later.
struct Asked {
  Asked(SeenTokenTable& table, const std::string& text) {
    context.services->seen_tokens = &table;
    context.computes_later = true;
    context.now.wall_ms = 1'767'225'600'000;
    show(text);
  }
  void show(const std::string& text) { context.request.headers.set("Authorization", context.arena.copy("Bearer " + text)); }
  Flow run() { return context.run(program(), Section::inbound); }
  // Its turn comes.
  Flow go_on() {
    context.computations.back()->run();
    return context.resume();
  }
  size_t turn_count() const { return context.computations.size(); }
  std::string_view reason() const { return context.failure().reason; }

  FakeContext context;
};

}  // namespace

TEST_CASE("token check: a signature that takes long waits for its turn, once") {
  SeenTokenTable table({1, 2}, 1 << 20);
  Asked first(table, token());
  REQUIRE(first.run() == Flow::wait);
  CHECK(first.go_on() == Flow::next);
  CHECK(first.turn_count() == 1);

  Asked again(table, token());
  CHECK(again.run() == Flow::next);
  CHECK(again.turn_count() == 0);
}

TEST_CASE("token check: what the turn finds out is remembered, also that a signature is forged") {
  SeenTokenTable table({1, 2}, 1 << 20);
  Asked first(table, forged());
  REQUIRE(first.run() == Flow::wait);
  CHECK(first.go_on() == Flow::fail);
  CHECK(first.reason() == "TokenSignatureInvalid");

  Asked again(table, forged());
  CHECK(again.run() == Flow::fail);
  CHECK(again.reason() == "TokenSignatureInvalid");
  CHECK(again.turn_count() == 0);
}

TEST_CASE("token check: an encrypted token waits for the turn in which it is opened, and for that of its signature") {
  SeenTokenTable table({1, 2}, 1 << 20);
  Asked asked(table, sealed(token()));
  REQUIRE(asked.run() == Flow::wait);
  REQUIRE(asked.go_on() == Flow::wait);
  CHECK(asked.go_on() == Flow::next);

  Asked again(table, sealed(token()));
  REQUIRE(again.run() == Flow::wait);
  CHECK(again.go_on() == Flow::next);

  Asked damaged(table, sealed(token()) + "A");
  REQUIRE(damaged.run() == Flow::wait);
  CHECK(damaged.go_on() == Flow::fail);
  CHECK(damaged.reason() == "JwtInvalid");
}

TEST_CASE("token check: two that ask with the same token before its turn came both get their answer") {
  SeenTokenTable table({1, 2}, 1 << 20);
  Asked first(table, token()), second(table, token());
  REQUIRE(first.run() == Flow::wait);
  REQUIRE(second.run() == Flow::wait);
  CHECK(first.go_on() == Flow::next);
  CHECK(second.go_on() == Flow::next);
}

TEST_CASE("token check: what the turn found out of one token says nothing of another that stands there now") {
  SeenTokenTable table({1, 2}, 1 << 20);
  Asked asked(table, token());
  REQUIRE(asked.run() == Flow::wait);
  asked.show(forged());
  REQUIRE(asked.go_on() == Flow::wait);
  CHECK(asked.go_on() == Flow::fail);
  CHECK(asked.reason() == "TokenSignatureInvalid");
}

TEST_CASE("token check: what takes no time, or can be seen at once, waits for no turn") {
  SeenTokenTable table({1, 2}, 1 << 20);
  struct Row {
    std::string text;
    Flow flow;
  };
  for (const Row& row : {Row{token_of_secret(), Flow::next},
                         {"no token", Flow::fail},
                         {text_to_sign("none", 0) + ".", Flow::fail},
                         {text_to_sign("XS256", 0) + ".AAAA", Flow::fail}}) {
    CAPTURE(row.text);
    Asked asked(table, row.text);
    CHECK(asked.run() == row.flow);
    CHECK(asked.turn_count() == 0);
  }
}

TEST_CASE("token check: a host that computes nothing later has the signature looked at at once") {
  SeenTokenTable table({1, 2}, 1 << 20);
  Asked asked(table, token());
  asked.context.computes_later = false;
  CHECK(asked.run() == Flow::next);
  CHECK(asked.turn_count() == 0);
}

TEST_CASE("token check: an exchange that is given up before its turn lets go of the token") {
  SeenTokenTable table({1, 2}, 1 << 20);
  Asked asked(table, token());
  REQUIRE(asked.run() == Flow::wait);
  asked.context.owed_by_block.settle();
  CHECK(asked.context.owed_by_block.newest() == nullptr);
}
