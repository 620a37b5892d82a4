// Certificates and keys in DER, PEM and PKCS#12: what is refused says why; what was read can be read again from its own bytes.
#include "crypto/certificate.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(data, size);
  const crypto::Random random{[](void*, void* out, size_t count) {
                                for (size_t i = 0; i < count; ++i) static_cast<unsigned char*>(out)[i] = static_cast<unsigned char>(i + 1);
                              },
                              nullptr};
  const auto certificate = crypto::Certificate::parse(text, "secret", random);
  if (!certificate) {
    require(!certificate.error().message.empty());
  } else {
    const auto again = crypto::Certificate::parse(certificate->der(), {}, random);
    require(again && again->subject() == certificate->subject() && again->serial() == certificate->serial());
    require(certificate->thumbprint().size == 20 && certificate->not_before_s() == again->not_before_s());
    for (const std::string& name : certificate->dns_names()) require(name.size() <= size);
    require(certificate->public_key_bytes().size() < certificate->der().size());
  }
  const auto key = crypto::Key::parse(text, {}, random);
  if (!key) require(!key.error().message.empty());
  if (key && key->kind() == crypto::KeyKind::rsa) require(!key->numbers(key->is_private()).modulus.empty());
  return 0;
}
