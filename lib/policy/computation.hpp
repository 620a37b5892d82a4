// Computation: work of a policy that takes its thread for long, such as the verification of a signature. A host that serves others on the
// same thread does it when its turn comes (Context::compute); for any other the policy does it at once. The exchange waits meanwhile.
#pragma once

namespace gatelet {

class Computation {
 public:
  virtual void run() = 0;  // may throw std::bad_alloc

 protected:
  ~Computation() = default;
};

}  // namespace gatelet
