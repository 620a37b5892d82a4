// Encrypted tokens: no key made by chance opens one, and what is refused has a reason.
#include "crypto/jwe.hpp"

#include "crypto/hexadecimal.hpp"
#include "keys.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(data, size);
  (void)crypto::key_id_of_encrypted(text);
  static const auto rsa = crypto::Key::parse(test::leaf_key, {}, test::fixed_random());
  require(static_cast<bool>(rsa));
  const crypto::DecryptionKey keys[] = {{"", "a secret of the fuzz target 32 b", std::nullopt}, {"", "", *rsa}};
  for (const crypto::DecryptionKey& key : keys) {
    const auto opened = crypto::decrypt_token(text, key, test::fixed_random());
    require(!opened && !opened.error().message.empty());
    require(crypto::is_encrypted_token(text) || !opened);
  }
  return 0;
}
