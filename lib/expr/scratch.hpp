// Scratch: an evaluation without a request, for constants that are folded while an expression is compiled.
#pragma once

#include <cstring>

#include "expr/context_model.hpp"
#include "expr/evaluation.hpp"

namespace gatelet::cs {

class NoContext final : public ContextModel {
 public:
  int64_t utc_ticks() override { return 0; }
  void random_bytes(void* out, size_t size) override { std::memset(out, 0, size); }
  void own(void* object, void (*destroy)(void*)) override { destroy(object); }
};

struct Scratch {
  explicit Scratch(Arena& memory) : run(memory, context) {}
  NoContext context;
  Evaluation run;
};

}  // namespace gatelet::cs
