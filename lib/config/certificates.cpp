#include "config/certificates.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "crypto/base64url.hpp"

namespace gatelet {

namespace {

struct SeededBits {
  SipKey seed;
  uint64_t count = 0;

  static void fill(void* state, void* out, size_t size) {
    auto& self = *static_cast<SeededBits*>(state);
    for (auto* bytes = static_cast<char*>(out); size > 0;) {
      const uint64_t number = ++self.count, bits = siphash(self.seed, {reinterpret_cast<const char*>(&number), sizeof number});
      const size_t part = std::min(size, sizeof bits);
      std::memcpy(bytes, &bits, part);
      bytes += part;
      size -= part;
    }
  }
};

}  // namespace

// PEM as it is, else base64.
static Result<std::string> certificate_bytes(std::string_view data) {
  if (data.find("-----BEGIN ") != data.npos) return std::string(data);
  std::string url, bytes;
  for (const char c : data)
    if (!is_space(c) && c != '=') url += c == '+' ? '-' : c == '/' ? '_' : c;
  if (crypto::decode_base64url(url, bytes)) return bytes;
  return Error{Code::config, "'data' is neither base64 nor PEM", {}, {}};
}

static void read_certificate(const Properties& properties, crypto::Random random, std::vector<DeployedCertificate>& out) {
  const std::string name = properties.resource().key.substr(std::string_view("certificates/").size());
  const std::string data = properties.text("data");
  const auto leave_out = [&](std::string_view why, const Json& at) {
    properties.warning(DiagnosticCode::invalid_value, "certificate '" + name + "': " + std::string(why) + "; policies will not find it",
                       at);
  };
  if (data.empty() && !properties["keyVault"].is_null())
    return leave_out("it lies in a key vault, which only exists in Azure", properties["keyVault"]);
  if (data.empty()) return leave_out("it has no 'data': exports leave it out", properties.resource().value);
  const auto bytes = certificate_bytes(data);
  if (!bytes) return leave_out(bytes.error().message, properties["data"]);
  auto certificate = crypto::Certificate::parse(*bytes, properties.text("password"), random);
  if (!certificate) return leave_out(certificate.error().message, properties["data"]);
  out.push_back({name, *std::move(certificate)});
}

std::vector<DeployedCertificate> read_certificates(const ResourceSet& resources, SipKey seed, Diagnostics& diagnostics) {
  SeededBits bits{seed};
  std::vector<DeployedCertificate> out;
  for (const Resource& resource : resources.resources)
    if (resource.key.starts_with("certificates/")) read_certificate(Properties(resource, {}, diagnostics), {SeededBits::fill, &bits}, out);
  return out;
}

}  // namespace gatelet
