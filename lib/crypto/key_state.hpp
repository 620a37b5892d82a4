// The mbedTLS objects behind a Key.
#pragma once

#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>

#include "crypto/key.hpp"

namespace gatelet::crypto {

struct Key::State {
  State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();  // wipes what is secret

  KeyKind kind = KeyKind::rsa;
  bool is_private = false;
  // mbedTLS guards the blinding values, which its functions change, with a mutex of the context.
  mutable mbedtls_rsa_context rsa;
  mbedtls_ecp_group_id curve = MBEDTLS_ECP_DP_NONE;
  mbedtls_ecp_point point;
  mbedtls_mpi secret;  // of a private elliptic key
};

struct PrivateKey {
  mbedtls_pk_context context;
  PrivateKey() { mbedtls_pk_init(&context); }
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;
  ~PrivateKey() { mbedtls_pk_free(&context); }
};

// The forms that Key::parse reads.
Result<> parse_private_key(std::string_view text, std::string_view password, Random random, PrivateKey& out);

// A copy of what mbedTLS read.
Result<Key> key_of(const mbedtls_pk_context& parsed, bool is_private);

}  // namespace gatelet::crypto
