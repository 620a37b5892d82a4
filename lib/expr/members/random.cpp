// System.Random: .NET's subtractive generator with a seed; without one the seed is random.
#include <cmath>

#include "expr/context_model.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {
namespace random_rows {

static constinit const Type random_type{.name = "System.Random"};

namespace {

constexpr int32_t big = INT32_MAX;

struct Generator {
  int32_t seeds[56] = {};
  int32_t next = 0;
  int32_t next_p = 21;

  void begin(int32_t seed) {
    int32_t mj = 161803398 - (seed == INT32_MIN ? INT32_MAX : std::abs(seed)), mk = 1;
    seeds[55] = mj;
    for (int i = 1; i < 55; ++i) {
      const int at = 21 * i % 55;
      seeds[at] = mk;
      mk = static_cast<int32_t>(static_cast<uint32_t>(mj) - static_cast<uint32_t>(mk));
      if (mk < 0) mk += big;
      mj = seeds[at];
    }
    for (int round = 1; round < 5; ++round)
      for (int i = 1; i < 56; ++i) {
        seeds[i] = static_cast<int32_t>(static_cast<uint32_t>(seeds[i]) - static_cast<uint32_t>(seeds[1 + (i + 30) % 55]));
        if (seeds[i] < 0) seeds[i] += big;
      }
  }
  int32_t sample() {
    if (++next >= 56) next = 1;
    if (++next_p >= 56) next_p = 1;
    int32_t value = static_cast<int32_t>(static_cast<uint32_t>(seeds[next]) - static_cast<uint32_t>(seeds[next_p]));
    if (value == big) --value;
    if (value < 0) value += big;
    return seeds[next] = value;
  }
  double real() { return sample() * (1.0 / big); }
};

}  // namespace

static Generator& self_generator(const Call& call) { return *call.self.object<Generator>(); }

static Value create(Call& call, int32_t seed) {
  auto* generator = call.run.make<Generator>();
  generator->begin(seed);
  return value_of_object(random_type, generator);
}

static Value create_unseeded(Call& call) {
  int32_t seed = 0;
  call.run.context.random_bytes(&seed, sizeof seed);
  return create(call, seed);
}

static Value next_below(Call& call) {
  if (call.int32(0) < 0) return call.run.fail_range("'maxValue' must be greater than zero.", "maxValue");
  return int32(static_cast<int32_t>(self_generator(call).real() * call.int32(0)));
}

static Value next_between(Call& call) {
  const int64_t least = call.int32(0), most = call.int32(1);
  if (least > most) return call.run.fail_range("'minValue' cannot be greater than maxValue.", "minValue");
  const int64_t range = most - least;
  Generator& generator = self_generator(call);
  if (range <= INT32_MAX) return int32(static_cast<int32_t>(static_cast<int64_t>(generator.real() * static_cast<double>(range)) + least));
  // A range wider than one sample takes two.
  double sample = generator.sample();
  if (generator.sample() % 2 == 0) sample = -sample;
  sample = (sample + (INT32_MAX - 1)) / (2.0 * static_cast<uint32_t>(INT32_MAX) - 1);
  return int32(static_cast<int32_t>(static_cast<int64_t>(sample * static_cast<double>(range)) + least));
}

static Value next_bytes(Call& call) {
  auto* bytes = call.object<Bytes>(0);
  if (!bytes) return call.run.fail_null("buffer");
  if (!call.run.charge(bytes->length)) return {};
  for (uint32_t i = 0; i < bytes->length; ++i) bytes->data[i] = static_cast<uint8_t>(self_generator(call).sample() % 256);
  return {};
}

static constexpr Member random_members[] = {
    {"new()", create_unseeded},
    {"new(int Seed)", [](Call& call) { return create(call, call.int32(0)); }},
    {"int Next()", [](Call& call) { return int32(self_generator(call).sample()); }},
    {"int Next(int maxValue)", next_below},
    {"int Next(int minValue, int maxValue)", next_between},
    {"double NextDouble()", [](Call& call) { return real(self_generator(call).real()); }},
    {"void NextBytes(byte[] buffer)", next_bytes},
};

static const TypeRows random_types[] = {{random_type, random_members}};

}  // namespace random_rows

extern const Family random_family;
const Family random_family{random_rows::random_types};

}  // namespace gatelet::cs
