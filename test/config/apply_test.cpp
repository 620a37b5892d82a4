// From what was delivered to a configuration that can be put in force: what is refused whole, and what is held back in part.
#include "config/sync/apply.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "deliveries.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

std::shared_ptr<ApplyOptions> options() {
  auto out = std::make_shared<ApplyOptions>();
  out->gateway = "gw1";
  out->build.policies = builtin_policies();
  out->makes_backups = true;
  return out;
}

Applied apply_text(std::string body, std::shared_ptr<const SyncedConfig> in_force = nullptr, std::vector<EpochMark> marks = {},
                   std::string etag = {}) {
  ApplyJob job;
  job.options = options();
  job.delivery.body = std::move(body);
  job.delivery.etag = std::move(etag);
  job.in_force = std::move(in_force);
  job.marks = std::move(marks);
  return apply(job);
}

std::shared_ptr<const SyncedConfig> made(const Resources& resources, uint64_t revision,
                                         std::shared_ptr<const SyncedConfig> in_force = nullptr) {
  Applied applied = apply_text(snapshot_text(resources, revision), std::move(in_force));
  REQUIRE_MESSAGE(applied.made, applied.message);
  return applied.made;
}

const Api& api(const SyncedConfig& config, std::string_view key) {
  const auto found = std::ranges::find(config.config->apis, key, &Api::key);
  REQUIRE(found != config.config->apis.end());
  return *found;
}

std::string policy_of(const SyncedConfig& config, const std::string& name) {
  const auto found = config.effective->find("apis/" + name + ";rev=1/policies/policy");
  return found == config.effective->end() ? "" : std::string(found->second.value["value"].string());
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("what was delivered becomes a configuration with its ETag, or one made of its revision and root") {
  const auto config = made(small_service(), 7);
  CHECK(config->config->apis.size() == 2);
  CHECK(config->etag == "1.7." + config->delivered->root.substr(0, 16));
  CHECK(config->problems.empty());
  CHECK(config->effective.get() == &config->delivered->resources);
}

TEST_CASE("a revision below one that was in force is refused in its epoch, and taken in another") {
  const std::vector<EpochMark> marks = {{1, 7}, {9, 100}};
  const auto refusal = [&](uint64_t revision, uint64_t epoch) {
    return apply_text(snapshot_text(small_service(), revision, epoch), nullptr, marks).refusal;
  };
  CHECK(refusal(6, 1) == DeliveryRefusal::rollback);
  CHECK(refusal(7, 1) == DeliveryRefusal::none);
  CHECK(refusal(8, 1) == DeliveryRefusal::none);
  CHECK(refusal(99, 9) == DeliveryRefusal::rollback);
  CHECK(refusal(1, 2) == DeliveryRefusal::none);
}

TEST_CASE("an API that does not compile keeps its version that did, and the rest is new; the next good version is taken") {
  const auto first = made(small_service("1"), 1);
  Resources second = small_service("2");
  poison_api(second, "echo");
  const auto poisoned = made(second, 2, first);
  CHECK(has(policy_of(*poisoned, "echo"), "<value>1<"));
  CHECK(has(policy_of(*poisoned, "other"), "<value>2<"));
  CHECK(poisoned->config->quarantined.empty());
  REQUIRE_FALSE(poisoned->problems.empty());
  CHECK(poisoned->problems[0].key == "apis/echo;rev=1/policies/policy");
  CHECK_FALSE(poisoned->problems[0].code.empty());
  // It is held back as long as it is what was delivered, whatever else changes.
  second["namedValues/n"] = R"({"displayName":"n","value":"other"})";
  const auto still = made(second, 3, poisoned);
  CHECK(has(policy_of(*still, "echo"), "<value>1<"));
  CHECK_FALSE(still->problems.empty());
  const auto repaired = made(small_service("4"), 4, still);
  CHECK(has(policy_of(*repaired, "echo"), "<value>4<"));
  CHECK(repaired->problems.empty());
  CHECK(repaired->effective.get() == &repaired->delivered->resources);
}

TEST_CASE("an API that never compiled answers with its error, and the rest is served") {
  Resources resources = small_service();
  poison_api(resources, "echo");
  const auto config = made(resources, 1);
  CHECK(config->config->quarantined == std::vector<std::string>{"echo;rev=1"});
  CHECK(api(*config, "echo;rev=1").is_quarantined);
  CHECK_FALSE(api(*config, "other;rev=1").is_quarantined);
  Resources next = small_service("2");
  poison_api(next, "echo");
  CHECK(made(next, 2, config)->config->quarantined.size() == 1);
}

TEST_CASE("an operation that came with the poison is gone from the version that is kept, and one that went with it is there") {
  Resources first = small_service();
  first["apis/echo;rev=1/operations/old"] = R"({"displayName":"Old","method":"GET","urlTemplate":"/old"})";
  Resources second = small_service();
  second["apis/echo;rev=1/operations/new"] = R"({"displayName":"New","method":"GET","urlTemplate":"/new"})";
  poison_api(second, "echo");
  const auto config = made(second, 2, made(first, 1));
  CHECK(config->effective->contains("apis/echo;rev=1/operations/old"));
  CHECK_FALSE(config->effective->contains("apis/echo;rev=1/operations/new"));
  CHECK(api(*config, "echo;rev=1").operations.size() == 2);
}

TEST_CASE("parts that several APIs share are kept back as well: fragments, products, the global policy") {
  Resources first = small_service();
  first["policyFragments/f"] = R"({"format":"rawxml","value":"<fragment><set-header name='F'><value>1</value></set-header></fragment>"})";
  first["apis/echo;rev=1/policies/policy"] =
      R"({"format":"rawxml","value":"<policies><inbound><include-fragment fragment-id='f' /></inbound></policies>"})";
  first["products/p"] = R"({"displayName":"P","state":"published","subscriptionRequired":true,"apis":["other"]})";
  first["products/p/policies/policy"] = R"({"format":"rawxml","value":"<policies><inbound><base /></inbound></policies>"})";
  first["policies/policy"] = R"({"format":"rawxml","value":"<policies><inbound /></policies>"})";
  const auto before = made(first, 1);
  const std::string poison = R"({"format":"rawxml","value":"<policies><inbound><no-such-policy-anywhere x='@(' /></inbound></policies>"})";
  const std::pair<std::string, std::string> rows[] = {
      {"policyFragments/f", R"({"format":"rawxml","value":"<fragment><set-header name='F'></fragment>"})"},
      {"products/p/policies/policy", poison},
      {"policies/policy", poison},
  };
  for (const auto& row : rows) {
    const std::string &key = row.first, &value = row.second;
    CAPTURE(key);
    Resources second = first;
    second[key] = value;
    second["namedValues/n"] = R"({"displayName":"n","value":"new"})";
    const auto config = made(second, 2, before);
    CHECK(config->config->quarantined.empty());
    CHECK(config->effective->at(key).hash == before->effective->at(key).hash);
    CHECK(config->effective->at("namedValues/n").hash != before->effective->at("namedValues/n").hash);
    CHECK_FALSE(config->problems.empty());
  }
}

TEST_CASE("what an API needs and was taken away is still there for it") {
  Resources first = small_service();
  first["apis/echo;rev=1/policies/policy"] =
      R"({"format":"rawxml","value":"<policies><inbound><set-header name='X'><value>{{n}}</value></set-header></inbound></policies>"})";
  Resources second = first;
  second.erase("namedValues/n");
  const auto config = made(second, 2, made(first, 1));
  CHECK(config->config->quarantined.empty());
  CHECK(config->effective->contains("namedValues/n"));
  CHECK_FALSE(config->problems.empty());
}

TEST_CASE("where nothing would be left to serve everything is refused, unless there is something earlier") {
  Resources resources = small_service();
  resources["policies/policy"] = R"({"format":"rawxml","value":"<policies><inbound><unclosed></inbound></policies>"})";
  CHECK(apply_text(snapshot_text(resources, 1)).refusal == DeliveryRefusal::unusable);
  const auto config = made(resources, 2, made(small_service(), 1));
  CHECK(config->config->apis.size() == 2);
  CHECK_FALSE(config->effective->contains("policies/policy"));
}

TEST_CASE("problems are told up to a number") {
  Resources resources = small_service();
  for (int i = 0; i < 80; ++i) {
    const std::string name = "bad" + std::to_string(i);
    add_api(resources, name, "1");
    poison_api(resources, name);
  }
  CHECK(made(resources, 1)->problems.size() == sync_problems_max);
}

TEST_CASE("a delta whose ETag names another epoch is on another base, also where the revisions are the same") {
  const auto first = made(small_service("1"), 1);
  const std::string delta = delta_text(*first->delivered, delivered_set(small_service("2"), 2));
  CHECK(apply_text(delta, first, {}, "2.2.0123456789abcdef").refusal == DeliveryRefusal::wrong_base);
  for (const char* etag : {"1.2.0123456789abcdef", "opaque", "with.dots", ""}) CHECK(apply_text(delta, first, {}, etag).made);
}

TEST_CASE("a backup is the snapshot as it came, after deltas one that is the same, and brings back what is held") {
  const Resources resources = small_service("1");
  const Applied whole = apply_text(snapshot_text(resources, 1));
  const auto first = whole.made;
  CHECK(read_backup(*whole.backup, "")->content.document == snapshot_text(resources, 1));
  Resources second = small_service("2");
  poison_api(second, "echo");
  const Applied changed = apply_text(delta_text(*first->delivered, delivered_set(second, 2)), first);
  const auto poisoned = changed.made;
  REQUIRE(poisoned);
  const auto backup = read_backup(*changed.backup, "");
  REQUIRE(backup);
  CHECK(backup->content.revision == 2);
  ApplyJob job;
  job.options = options();
  job.delivery = {backup->content.document, backup->content.etag, "", backup->content.held};
  const Applied restored = apply(job);
  REQUIRE_MESSAGE(restored.made, restored.message);
  CHECK(restored.made->etag == poisoned->etag);
  CHECK(restored.made->delivered->root == poisoned->delivered->root);
  CHECK(has(policy_of(*restored.made, "echo"), "<value>1<"));
  CHECK(has(policy_of(*restored.made, "other"), "<value>2<"));
  CHECK(restored.made->config->quarantined.empty());
  job.delivery.held = "{";
  CHECK(apply(job).refusal == DeliveryRefusal::malformed);
}

TEST_CASE("unsigned and wrongly signed deliveries are refused as the mode says") {
  const auto refusal = [](SignatureMode mode, std::string signature) {
    ApplyJob job;
    auto given = options();
    given->signature = mode;
    job.options = given;
    job.delivery = {snapshot_text(small_service(), 1), "e", std::move(signature), {}};
    return apply(job).refusal;
  };
  CHECK(refusal(SignatureMode::off, "") == DeliveryRefusal::none);
  CHECK(refusal(SignatureMode::off, "wrong") == DeliveryRefusal::none);
  CHECK(refusal(SignatureMode::verify, "") == DeliveryRefusal::none);
  CHECK(refusal(SignatureMode::verify, "wrong") == DeliveryRefusal::signature);
  CHECK(refusal(SignatureMode::require, "") == DeliveryRefusal::signature);
  CHECK(refusal(SignatureMode::require, "wrong") == DeliveryRefusal::signature);
}
