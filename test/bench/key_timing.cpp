// Whether the time of a subscription key's look-up tells how much of it is right (reliability.md A-60): keys whose first half is right
// against keys that are all wrong, in random order, in one process without a network. It prints Welch's t of each run; beyond 4.5 it would
// tell. That the experiment can see it is shown by a table that is ordered by its keys. Arguments: look-ups of a run (1,000,000), runs (3).
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "micro.hpp"

using namespace gatelet;

namespace {

constexpr size_t key_bytes = 32, subscription_count = 100, batch = 4096;

struct Sums {
  double count = 0, mean = 0, squares = 0;
  void add(double value) {
    count += 1;
    const double delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
  }
  double variance() const { return squares / (count - 1); }
};

std::string random_key(std::mt19937_64& random) {
  std::string key(key_bytes, '0');
  for (char& c : key) c = "0123456789abcdef"[random() % 16];
  return key;
}

double welch_t(const Sums& a, const Sums& b) { return (a.mean - b.mean) / std::sqrt(a.variance() / a.count + b.variance() / b.count); }

template <class LookUp>
void run(const char* name, const LookUp& look_up, const Config& config, size_t count, std::mt19937_64& random) {
  struct Guess {
    bool is_half_right;
    char key[key_bytes];
  };
  std::vector<Guess> guesses(batch);
  std::vector<std::pair<bool, double>> times;
  times.reserve(count);
  while (times.size() < count) {
    for (Guess& guess : guesses) {
      guess.is_half_right = random() % 2 != 0;
      std::string key = random_key(random);
      // Both are built in the same way, so that what was touched before does not tell them apart.
      const std::string other =
          guess.is_half_right ? config.subscriptions[random() % subscription_count].facts.primary_key : random_key(random);
      key.replace(0, key_bytes / 2, other, 0, key_bytes / 2);
      std::copy(key.begin(), key.end(), guess.key);
    }
    for (const Guess& guess : guesses) {
      const auto begun = std::chrono::steady_clock::now();
      keep(look_up(std::string_view(guess.key, key_bytes)));
      const auto ended = std::chrono::steady_clock::now();
      times.emplace_back(guess.is_half_right, static_cast<double>((ended - begun).count()));
    }
  }
  // What the machine did in between is cut off: the slowest hundredth of all.
  std::vector<double> sorted;
  for (const auto& each : times) sorted.push_back(each.second);
  const auto cut = sorted.begin() + static_cast<ptrdiff_t>(sorted.size() * 99 / 100);
  std::nth_element(sorted.begin(), cut, sorted.end());
  Sums half_right, wrong;
  for (const auto& [is_half_right, ns] : times)
    if (ns <= *cut) (is_half_right ? half_right : wrong).add(ns);
  std::printf("%s: half right %.2f ns, wrong %.2f ns, %zu look-ups, t = %.2f\n", name, half_right.mean, wrong.mean, times.size(),
              welch_t(half_right, wrong));
}

}  // namespace

int main(int argc, char** argv) {
  const size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const int runs = argc > 2 ? std::atoi(argv[2]) : 3;
  std::mt19937_64 random(std::random_device{}());
  Config config;
  config.subscriptions.resize(subscription_count);
  for (Subscription& subscription : config.subscriptions) {
    subscription.facts.primary_key = random_key(random);
    subscription.facts.secondary_key = random_key(random);
  }
  config.index_keys({random(), random()});
  std::map<std::string, uint32_t, std::less<>> ordered;
  for (const Subscription& subscription : config.subscriptions) ordered.emplace(subscription.facts.primary_key, 0);
  const auto by_gateway = [&](std::string_view key) { return config.find_key(key); };
  const auto by_order = [&](std::string_view key) { return ordered.find(key) != ordered.end(); };
  for (int i = 0; i < runs; ++i) run("the gateway", by_gateway, config, count, random);
  for (int i = 0; i < runs; ++i) run("an ordered table", by_order, config, count, random);
  return 0;
}
