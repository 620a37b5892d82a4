// The commands that count limits in Redis, and their answers. What the scripts do is shown by test/e2e/redis_test.py.
#include "net/limit_script.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gatelet;

// The words behind the script.
static std::string words_of(const Buffer& command) {
  std::string_view rest = command.view();
  std::vector<std::string> words;
  rest.remove_prefix(rest.find('$'));
  while (!rest.empty()) {
    const size_t size = std::stoul(std::string(rest.substr(1)));
    rest.remove_prefix(rest.find('\n') + 1);
    words.emplace_back(rest.substr(0, size));
    rest.remove_prefix(size + 2);
  }
  std::string text = words[0];
  for (size_t i = 2; i < words.size(); ++i) text += " " + words[i];
  return text;
}

TEST_CASE("limit script: the keys of a claim, what is counted, and the limit of each") {
  RateHit rates[] = {{"sub:tom", 100, 60}, {"sub:tom api", 5, 300}};
  CHECK(words_of(limit_command({.rates = rates}, 0, LimitCounting::decided, "p:")) ==
        "EVAL 2 p:rate:sub:tom p:rate:sub:tom api 1 0 100 60000 1 5 300000 1");
  rates[0].must_fit = true;
  CHECK(words_of(limit_command({.rates = {rates, 1}, .count = 40}, 0, LimitCounting::decided, "p:")) ==
        "EVAL 1 p:rate:sub:tom 40 0 100 60000 40");
  CHECK(words_of(limit_command({.rates = {rates, 1}, .count = 0}, 0, LimitCounting::forced, "p:")) ==
        "EVAL 1 p:rate:sub:tom 0 1 100 60000 1");
  QuotaHit quotas[] = {{"q", {1000, 5000}, 10, 0}, {"forever", {}, 0, 2048}, {"month", {1000, 5000}, 7, 0}};
  quotas[2].previous_ms = 400;
  CHECK(words_of(limit_command({.quotas = quotas, .count = 2}, 33, LimitCounting::forced, "")) ==
        "EVAL 3 quota:q quota:forever quota:month 2 33 1 1000 5000 -3000 10 0 0 -1 0 0 2048 1000 5000 400 7 0");
}

TEST_CASE("limit script: a long key is a hash of it") {
  const std::string longest(256, 'k'), longer(257, 'k');
  RateHit hit{longest, 1, 1};
  CHECK(words_of(limit_command({.rates = {&hit, 1}}, 0, LimitCounting::decided, "")).starts_with("EVAL 1 rate:kkk"));
  hit.key = longer;
  CHECK(words_of(limit_command({.rates = {&hit, 1}}, 0, LimitCounting::decided, "")) ==
        "EVAL 1 rate:sha256:a5de0e3c93b4322bf1d2e6cc13119219d665142374de7f2b06bae237759c73e2 1 0 1 1000 1");
}

TEST_CASE("limit script: answers are read, and what is none says nothing") {
  struct Row {
    const char* text;
    bool is_known, allowed;
    uint32_t retry_after_s, remaining;
  };
  for (const Row& row :
       {Row{"1 0 7", true, true, 0, 7}, Row{"1 0 4294967295", true, true, 0, UINT32_MAX}, Row{"0 1 3", true, false, 1, 0},
        Row{"0 1001 0", true, false, 2, 0}, Row{"0 0 0", true, false, 1, 0}, Row{"0 300000 0", true, false, 300, 0},
        Row{"0 300001 0", false, true, 0, 0}, Row{"", false, true, 0, 0}, Row{"1 0", false, true, 0, 0}, Row{"abcd", false, true, 0, 0},
        Row{"1 -1 0", false, true, 0, 0}, Row{"1 0 4294967296", false, true, 0, 0}, Row{"1 99999999999999999999 0", false, true, 0, 0}}) {
    CAPTURE(row.text);
    const LimitReply reply = read_rate_answer(row.text);
    CHECK(reply.is_known == row.is_known);
    CHECK(reply.rate.allowed == row.allowed);
    CHECK(reply.rate.retry_after_s == row.retry_after_s);
    CHECK(reply.rate.remaining == row.remaining);
  }
  CHECK(read_quota_answer("0 0 3", 1000).quota.kind == QuotaDecision::Kind::allowed);
  CHECK(read_quota_answer("1 500 0", 1000).quota.kind == QuotaDecision::Kind::out_of_calls);
  CHECK(read_quota_answer("1 500 0", 1000).quota.renewed_ms == 1500);
  CHECK(read_quota_answer("2 -1 -1", 1000).quota.kind == QuotaDecision::Kind::out_of_bandwidth);
  CHECK(read_quota_answer("2 -1 -1", 1000).quota.renewed_ms == INT64_MAX);
  CHECK(read_quota_answer("0 0 3", 1000).quota.calls_left == 3);
  CHECK(read_quota_answer("2 -1 -1", 1000).quota.calls_left == UINT64_MAX);
  for (const char* text :
       {"", "3 0 0", "-1 0 0", "1", "1 0", "1 -2 0", "x y z", "1 9223372036854775807 0", "1 0 -2", "1 0 99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(read_quota_answer(text, 1000).is_known);
  }
}
