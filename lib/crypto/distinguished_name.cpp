// Distinguished names as X500DistinguishedName.Name writes them.
#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>

#include <vector>

#include "crypto/certificate_state.hpp"

namespace gatelet::crypto {

std::string dotted(const mbedtls_asn1_buf& oid) {
  char text[256];
  return mbedtls_oid_get_numeric_string(text, sizeof text, &oid) < 0 ? std::string("0") : std::string(text);
}

namespace {

struct NameKey {
  std::string_view oid;  // in DER
  std::string_view key;
};

}  // namespace

static constexpr std::string_view common_name_oid = "\x55\x04\x03", organization_oid = "\x55\x04\x0A", unit_oid = "\x55\x04\x0B",
                                  email_oid = "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x01";
static constexpr NameKey name_keys[] = {
    {common_name_oid, "CN"},
    {organization_oid, "O"},
    {unit_oid, "OU"},
    {"\x55\x04\x06", "C"},
    {"\x55\x04\x07", "L"},
    {"\x55\x04\x08", "S"},
    {"\x55\x04\x09", "STREET"},
    {"\x55\x04\x0C", "T"},
    {"\x55\x04\x2A", "G"},
    {"\x55\x04\x2B", "I"},
    {"\x55\x04\x04", "SN"},
    {"\x55\x04\x05", "SERIALNUMBER"},
    {"\x55\x04\x2E", "dnQualifier"},
    {"\x09\x92\x26\x89\x93\xF2\x2C\x64\x01\x19", "DC"},
    {email_oid, "E"},
};

static void append_point(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 63));
  } else {
    out += static_cast<char>(0xE0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 63));
    out += static_cast<char>(0x80 | (point & 63));
  }
}

// UTF-8 of the string types of ASN.1 that names are made of.
static std::string value_text(const mbedtls_asn1_buf& value) {
  std::string out;
  if (value.tag == MBEDTLS_ASN1_BMP_STRING) {
    for (size_t i = 0; i + 1 < value.len; i += 2) append_point(out, static_cast<uint32_t>(value.p[i] << 8 | value.p[i + 1]));
  } else if (value.tag == MBEDTLS_ASN1_T61_STRING) {
    for (size_t i = 0; i < value.len; ++i) append_point(out, value.p[i]);
  } else {
    out = view_of(value);
  }
  return out;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r'; }

static std::string quoted_where_needed(const std::string& value) {
  const bool needs = value.empty() || is_blank(value.front()) || is_blank(value.back()) || value.find_first_of(",+=\"\n<>#;") != value.npos;
  if (!needs) return value;
  std::string out = "\"";
  for (const char c : value) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

static std::string pair_text(const mbedtls_x509_name& pair) {
  const std::string_view oid = view_of(pair.oid);
  for (const NameKey& known : name_keys)
    if (known.oid == oid) return std::string(known.key) + "=" + quoted_where_needed(value_text(pair.val));
  return "OID." + dotted(pair.oid) + "=" + quoted_where_needed(value_text(pair.val));
}

std::string name_text(const mbedtls_x509_name& name) {
  std::vector<std::string> parts;
  bool is_merged = false;
  for (const mbedtls_x509_name* pair = &name; pair && pair->oid.p; pair = pair->next) {
    if (is_merged)
      parts.back() += " + " + pair_text(*pair);
    else
      parts.push_back(pair_text(*pair));
    is_merged = pair->MBEDTLS_PRIVATE(next_merged) != 0;
  }
  std::string out;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) out += (out.empty() ? "" : ", ") + *part;
  return out;
}

std::string name_part(const mbedtls_x509_name& name, NamePart part) {
  static constexpr std::string_view oids[] = {common_name_oid, organization_oid, unit_oid, email_oid};
  std::string found;
  for (const mbedtls_x509_name* pair = &name; pair && pair->oid.p; pair = pair->next)
    if (view_of(pair->oid) == oids[static_cast<size_t>(part)]) found = value_text(pair->val);
  return found;
}

}  // namespace gatelet::crypto
