// Decryption with a password: the schemes of PKCS#5 and PKCS#12 that private keys and PKCS#12 files are wrapped in.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gatelet::crypto {

// `algorithm` is the content of an AlgorithmIdentifier.
Result<std::string> decrypt_with_password(std::string_view algorithm, std::string_view encrypted, std::string_view password);
// An EncryptedPrivateKeyInfo: the PrivateKeyInfo in it.
Result<std::string> decrypt_private_key(std::string_view der, std::string_view password);

}  // namespace gatelet::crypto
