#include <doctest/doctest.h>

#include "telemetry/log_sampling.hpp"

using namespace gatelet;

namespace {

int written(LogSampling& sampling, int count) {
  int out = 0;
  for (int i = 0; i < count; ++i) out += sampling.leaves_out() ? 0 : 1;
  return out;
}

}  // namespace

TEST_CASE("log sampling: one request log of 100 is written while memory is short, all others are counted, and afterwards each is written") {
  LogSampling sampling;
  CHECK(written(sampling, 1000) == 1000);
  CHECK(sampling.begin());
  CHECK(written(sampling, 1000) == 10);
  CHECK(sampling.end());
  CHECK(sampling.take_left_out() == 990);
  CHECK(sampling.take_left_out() == 0);
  CHECK(written(sampling, 1000) == 1000);
}

TEST_CASE("log sampling: lasts until the last of those who watch the memory has ended it") {
  LogSampling sampling;
  CHECK(sampling.begin());
  CHECK(!sampling.begin());
  CHECK(!sampling.end());
  CHECK(written(sampling, 100) == 1);
  CHECK(sampling.end());
  CHECK(written(sampling, 100) == 100);
}
