// Certificate: an X.509 certificate, with its private key when it came with one. Immutable; copies share it; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/hash.hpp"
#include "crypto/key.hpp"

namespace gatelet::crypto {

// The parts of a distinguished name that have a use of their own.
enum class NamePart : uint8_t { common_name, organization, organizational_unit, email };

class Certificate {
 public:
  // DER, PEM (a private key in the same text is taken too) or PKCS#12, whose secrets the password opens; the first certificate counts, of
  // PKCS#12 the one that the key belongs to.
  static Result<Certificate> parse(std::string_view bytes, std::string_view password, Random random);
  static bool is_pkcs12(std::string_view bytes);
  // The same certificate with its private key; an error when they are no pair.
  Result<Certificate> with_key(Key key) const;

  std::string_view der() const;
  Digest thumbprint() const;  // SHA-1 of the DER form
  // Distinguished names as .NET writes them: "CN=a, O=\"b, c\", C=IT", the most specific first.
  const std::string& subject() const;
  const std::string& issuer() const;
  std::string subject_part(NamePart part) const;  // empty: absent
  std::string issuer_part(NamePart part) const;
  std::string_view serial() const;  // the bytes of the number
  int version() const;
  int64_t not_before_s() const;  // Unix times
  int64_t not_after_s() const;
  std::string signature_algorithm() const;     // the OID in dots
  std::vector<std::string> dns_names() const;  // of the subject alternative names
  std::string_view public_key_bytes() const;   // the content of SubjectPublicKeyInfo's bit string
  const Key* public_key() const;               // null: of a kind that Key does not know
  const Key* private_key() const;              // null: none

  struct State;  // of this room
  explicit Certificate(std::shared_ptr<const State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<const State> state_;
};

// Whether a chain leads from the certificate over the intermediates to one of the roots, all of them valid at that time. Revocation is not
// looked at.
bool is_trusted(const Certificate& certificate, std::span<const Certificate> intermediates, std::span<const Certificate> roots,
                int64_t now_s);

}  // namespace gatelet::crypto
