// Der: reads nested ASN.1 values one after the other; after a mismatch everything it gives is empty.
#pragma once

#include <mbedtls/asn1.h>

#include <string_view>

namespace gatelet::crypto {

inline constexpr int der_sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
inline constexpr int der_explicit = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_CONTEXT_SPECIFIC;  // [0]
inline constexpr int der_implicit = MBEDTLS_ASN1_CONTEXT_SPECIFIC;                             // [0]

class Der {
 public:
  explicit Der(std::string_view text)
      // The functions of mbedTLS take pointers that they do not write through.
      : at_(const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(text.data()))), end_(at_ + text.size()) {}

  bool at_end() const { return at_ == end_; }
  bool is_next(int tag) const { return at_ != end_ && *at_ == tag; }
  // The content of the next value.
  std::string_view take(int tag) {
    size_t size = 0;
    if (failed_ || mbedtls_asn1_get_tag(&at_, end_, &size, tag) != 0) return fail(), std::string_view();
    const std::string_view content(reinterpret_cast<const char*>(at_), size);
    at_ += size;
    return content;
  }
  Der enter(int tag) { return Der(take(tag)); }
  std::string_view oid() { return take(MBEDTLS_ASN1_OID); }
  std::string_view octets() { return take(MBEDTLS_ASN1_OCTET_STRING); }
  // A small number that is not negative; -1: none.
  int number() {
    int value = -1;
    if (failed_ || mbedtls_asn1_get_int(&at_, end_, &value) != 0 || value < 0) return fail(), -1;
    return value;
  }
  // What follows, as it is.
  std::string_view rest() const { return {reinterpret_cast<const char*>(at_), static_cast<size_t>(end_ - at_)}; }
  bool failed() const { return failed_; }

 private:
  void fail() {
    failed_ = true;
    at_ = const_cast<unsigned char*>(end_);
  }
  unsigned char* at_;
  const unsigned char* end_;
  bool failed_ = false;
};

}  // namespace gatelet::crypto
