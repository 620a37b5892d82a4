// Cipher: AES, DES, Triple DES and RC2 in the modes and paddings of .NET's SymmetricAlgorithm, over whole texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/random.hpp"

namespace gatelet::crypto {

enum class Cipher : uint8_t { aes, des, triple_des, rc2 };
enum class CipherMode : uint8_t { cbc, ecb, cfb8 };
enum class Padding : uint8_t { none, pkcs7, zeros, ansi_x923, iso_10126 };

struct CipherOptions {
  Cipher cipher = Cipher::aes;
  CipherMode mode = CipherMode::cbc;
  Padding padding = Padding::pkcs7;
};

enum class CipherFault : uint8_t { none, key_size, iv_size, incomplete_block, bad_padding };

size_t cipher_block_bytes(Cipher cipher);
bool is_key_size(Cipher cipher, size_t bytes);

// ECB takes no IV. Decrypted zeros stay, as in .NET: nobody knows which of them were padding. `random` fills ISO 10126's padding.
CipherFault encrypt(const CipherOptions& options, std::string_view key, std::string_view iv, std::string_view plain, Random random,
                    std::string& out);
CipherFault decrypt(const CipherOptions& options, std::string_view key, std::string_view iv, std::string_view encrypted, std::string& out);

}  // namespace gatelet::crypto
