// What a management plane delivers: hashes, roots, deltas on their base, limits, signatures.
#include "config/sync/delivery.hpp"

#include <doctest/doctest.h>

#include "config/sync/signature.hpp"
#include "deliveries.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

// Made by another implementation of the hashes and of ES256.
constexpr std::string_view foreign_body =
    R"({"gsp":1,"kind":"snapshot","service":{"id":"4b1c","epoch":3,"name":"svc"},"gateway":"gw1","revision":7,"root":"db0bd3627dc628901c5dd29ed91a1cc057f64c212da77f2953948749deb26b2a","minGateway":"1.0","created":"2026-01-01T00:00:00Z","resources":[{"k":"namedValues/n","h":"6ca11038405a3fd279f56184aef42c6da138ad446ac895cd251df47668ac4b08","v":{"displayName":"n","value":"v"}}]})";
constexpr std::string_view foreign_etag = "3.7.db0bd3627dc62890";
const std::string foreign_signature =
    "keyid=\"k1\",alg=\"ES256\",sig=\"Oqjzb64l1Ug_KMoE_impWAORdFI9Ue5XiZFY5WyhwkutZ-wpUEUsB-zODreez738nKuHECg66oSA2M1tG-NcIw\"";
constexpr std::string_view plane_key =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtlEMdjV8uWEXSchMiWPALjFfLQpS\n"
    "1cryL1LMWwKBwmti9oqajmKxAdwY5JEWOe7PY62FsWt9E4DnZmDjJy3qOA==\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view other_plane_key =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEw6+AGIEVKicgVxFY0oaAQ777WIV8\n"
    "u0PBthRmRCCeKG1OzK+2WduTczUMVHdpudz0NPvcONHDWnGyzo5NUDhepw==\n"
    "-----END PUBLIC KEY-----\n";

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const size_t at = text.find(what);
  REQUIRE_MESSAGE(at != text.npos, what);
  return text.replace(at, what.size(), by);
}

DeliveryRefusal refusal_of(std::string_view body, const DeliveredSet* base = nullptr) {
  const ReadDelivery read = read_delivery(body, "gw1", base);
  CHECK((read.set == nullptr) == (read.refusal != DeliveryRefusal::none));
  CHECK(read.message.empty() == (read.refusal == DeliveryRefusal::none));
  return read.refusal;
}

}  // namespace

TEST_CASE("a snapshot of another implementation is read: canonical values, hashes and root are the same everywhere") {
  const ReadDelivery read = read_delivery(foreign_body, "GW1", nullptr);
  REQUIRE_MESSAGE(read.set, read.message);
  CHECK(read.set->service_id == "4b1c");
  CHECK(read.set->epoch == 3);
  CHECK(read.set->revision == 7);
  CHECK(read.set->resources.size() == 1);
  CHECK(read.set->etag() == foreign_etag);
}

TEST_CASE("a set written as a snapshot is the same set when it is read") {
  Resources resources = small_service();
  resources["unknownKinds/later"] = R"({"text":"\u00e4 \" \\ \u2028","numbers":[1.50,1e3,-0],"nothing":null})";
  const DeliveredSet set = delivered_set(resources, UINT64_MAX, UINT64_MAX - 1);
  const ReadDelivery read = read_delivery(set.text(), "gw1", nullptr);
  REQUIRE_MESSAGE(read.set, read.message);
  CHECK(read.set->text() == set.text());
  CHECK(read.set->revision == UINT64_MAX);
  CHECK_FALSE(read.is_delta);
}

TEST_CASE("a delta on its base is the set that it leads to: what changed, what is new, what is gone") {
  const DeliveredSet from = delivered_set(small_service(), 5);
  Resources next = small_service("2");
  next.erase("namedValues/n");
  next["namedValues/m"] = R"({"displayName":"m","value":"w"})";
  const DeliveredSet to = delivered_set(next, 9);
  const ReadDelivery read = read_delivery(delta_text(from, to), "gw1", &from);
  REQUIRE_MESSAGE(read.set, read.message);
  CHECK(read.is_delta);
  CHECK(read.set->text() == to.text());
  CHECK(from.resources.contains("namedValues/n"));
}

TEST_CASE("a delta on anything else is refused") {
  const DeliveredSet from = delivered_set(small_service(), 5), to = delivered_set(small_service("2"), 9);
  const std::string delta = delta_text(from, to);
  const DeliveredSet older = delivered_set(small_service(), 4), mixed = delivered_set({}, 5);
  CHECK(refusal_of(delta, nullptr) == DeliveryRefusal::wrong_base);
  CHECK(refusal_of(delta, &older) == DeliveryRefusal::wrong_base);
  CHECK(refusal_of(delta, &to) == DeliveryRefusal::wrong_base);
  CHECK(refusal_of(delta, &mixed) == DeliveryRefusal::wrong_root);
  CHECK(refusal_of(delta_text(to, from), &to) == DeliveryRefusal::wrong_base);
  CHECK(refusal_of(replaced(delta, R"("delete":[])", R"("delete":["namedValues/x"])"), &from) == DeliveryRefusal::wrong_base);
  CHECK(refusal_of(replaced(delta, "{\"gsp\"", R"({"service":{"id":"4b1c","epoch":2},"gsp")"), &from) == DeliveryRefusal::wrong_base);
  CHECK(refusal_of(replaced(delta, "{\"gsp\"", R"({"service":{"id":"other","epoch":1},"gsp")"), &from) == DeliveryRefusal::wrong_base);
  CHECK(refusal_of(replaced(delta, "{\"gsp\"", R"({"service":{"id":"4b1c","epoch":1},"gsp")"), &from) == DeliveryRefusal::none);
}

TEST_CASE("what is not exactly what its hashes say is refused") {
  const std::string body = snapshot_text(small_service(), 5);
  const std::string hash = delivered_set(small_service(), 5).resources.begin()->second.hash;
  const struct {
    std::string body;
    DeliveryRefusal refusal;
  } rows[] = {
      {body, DeliveryRefusal::none},
      {"", DeliveryRefusal::malformed},
      {"[]", DeliveryRefusal::malformed},
      {body.substr(0, body.size() - 1), DeliveryRefusal::malformed},
      {body + "x", DeliveryRefusal::malformed},
      {replaced(body, R"("gsp":1)", R"("gsp":2)"), DeliveryRefusal::malformed},
      {replaced(body, R"("gsp":1)", R"("gsp":"1")"), DeliveryRefusal::malformed},
      {replaced(body, "snapshot", "picture"), DeliveryRefusal::malformed},
      {replaced(body, R"("revision":5)", R"("revision":-5)"), DeliveryRefusal::malformed},
      {replaced(body, R"("revision":5)", R"("revision":5.5)"), DeliveryRefusal::malformed},
      {replaced(body, R"("epoch":1)", R"("epoch":null)"), DeliveryRefusal::malformed},
      {replaced(body, R"("k":"apis/echo;rev=1",)", ""), DeliveryRefusal::malformed},
      {replaced(body, R"("k":"namedValues/n")", R"("k":"apis/echo;rev=1")"), DeliveryRefusal::malformed},
      {replaced(body, R"("gateway":"gw1")", R"("gateway":"gw2")"), DeliveryRefusal::wrong_gateway},
      {replaced(body, R"("root")", R"("minGateway":"1.1","root")"), DeliveryRefusal::unsupported},
      {replaced(body, R"("root")", R"("require":["apis","wonders"],"root")"), DeliveryRefusal::unsupported},
      {replaced(body, R"("root")", R"("require":["apis","apis/*/operations"],"minGateway":"1.0","new":{},"root")"), DeliveryRefusal::none},
      {replaced(body, "\"value\":\"v\"", "\"value\":\"w\""), DeliveryRefusal::wrong_hash},
      {replaced(body, hash, "00" + hash.substr(2)), DeliveryRefusal::wrong_hash},
      {replaced(body, "namedValues/n", "namedValues/m"), DeliveryRefusal::wrong_root},
      {replaced(body, R"("root":")" + delivered_set(small_service(), 5).root, R"("root":")" + hash), DeliveryRefusal::wrong_root},
  };
  for (const auto& row : rows) {
    CAPTURE(row.body.substr(0, 200));
    CHECK(refusal_of(row.body) == row.refusal);
  }
}

TEST_CASE("no byte of a snapshot can be changed but in what means nothing") {
  const std::string body = snapshot_text({{"namedValues/n", R"({"displayName":"n","value":"v"})"}}, 5);
  const auto whole = read_delivery(body, "gw1", nullptr);
  for (size_t i = 0; i < body.size(); ++i) {
    std::string changed = body;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const ReadDelivery read = read_delivery(changed, "gw1", nullptr);
    if (!read.set) continue;
    CHECK(read.set->resources.size() == 1);
    CHECK(read.set->root == whole.set->root);
    CHECK(read.set->resources.begin()->second.value == whole.set->resources.begin()->second.value);
  }
  for (size_t i = 0; i < body.size(); ++i) CHECK_FALSE(read_delivery(body.substr(0, i), "gw1", nullptr).set);
}

TEST_CASE("what is too large or too deep is refused") {
  const std::string body = snapshot_text(small_service(), 5);
  CHECK(read_delivery(body, "gw1", nullptr, body.size()).set);
  CHECK(read_delivery(body, "gw1", nullptr, body.size() - 1).refusal == DeliveryRefusal::too_large);
  const std::string depth(json_depth_max, '[');
  CHECK(refusal_of(replaced(body, R"("root")", R"("deep":)" + depth + R"(,"root")")) != DeliveryRefusal::none);
  CHECK(refusal_of(R"({"gsp":1,"kind":"snapshot","service":{"epoch":1},"gateway":"gw1","revision":1,"root":")" + std::string(64, '0') +
                   R"(","resources":[{"k":")" + std::string(sync_key_bytes_max + 1, 'k') + R"(","h":"","v":1}]})") ==
        DeliveryRefusal::malformed);
}

TEST_CASE("a signature holds for one gateway, one ETag, one body and a pinned key") {
  const std::vector<PinnedKey> keys = {*read_pinned_key("k0", other_plane_key), *read_pinned_key("k1", plane_key)};
  const std::vector<PinnedKey> others = {*read_pinned_key("k1", other_plane_key)};
  CHECK(is_signed(foreign_signature, "gw1", foreign_etag, foreign_body, keys));
  CHECK_FALSE(is_signed(foreign_signature, "gw2", foreign_etag, foreign_body, keys));
  CHECK_FALSE(is_signed(foreign_signature, "gw1", "3.8.0", foreign_body, keys));
  CHECK_FALSE(is_signed(foreign_signature, "gw1", foreign_etag, std::string(foreign_body) + " ", keys));
  CHECK_FALSE(is_signed(foreign_signature, "gw1", foreign_etag, foreign_body, others));
  CHECK_FALSE(is_signed(foreign_signature, "gw1", foreign_etag, foreign_body, {}));
  CHECK_FALSE(is_signed("", "gw1", foreign_etag, foreign_body, keys));
  CHECK_FALSE(is_signed("keyid=\"k1\",alg=\"ES256\",sig=\"\"", "gw1", foreign_etag, foreign_body, keys));
  CHECK_FALSE(is_signed(replaced(foreign_signature, "ES256", "none"), "gw1", foreign_etag, foreign_body, keys));
  CHECK_FALSE(is_signed(replaced(foreign_signature, "k1", "k0"), "gw1", foreign_etag, foreign_body, keys));
  CHECK_FALSE(read_pinned_key("k", "no key"));
}
