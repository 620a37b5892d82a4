// Identities in PKCS#12, PEM and DER: what is refused says why; what was read is a chain of which each certificate is issued by the next.
#include "crypto/identity.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const crypto::Random random{[](void*, void* out, size_t count) {
                                for (size_t i = 0; i < count; ++i) static_cast<unsigned char*>(out)[i] = static_cast<unsigned char>(i + 1);
                              },
                              nullptr};
  const auto identity = crypto::Identity::parse(text_of(data, size), {}, "secret", random);
  if (!identity) {
    require(!identity.error().message.empty());
    return 0;
  }
  const auto& chain = identity->chain();
  require(!chain.empty() && chain.size() <= size);
  for (size_t i = 1; i < chain.size(); ++i) require(chain[i - 1].issuer() == chain[i].subject());
  return 0;
}
