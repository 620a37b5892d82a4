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

namespace {

class GatewayTlsReader {
 public:
  GatewayTlsReader(const ResourceSet& resources, crypto::Random random, Diagnostics& diagnostics)
      : resources_(resources), random_(random), diagnostics_(diagnostics) {}

  GatewayTls read() {
    for (const Resource& resource : resources_.resources) {
      const Properties properties(resource, {}, diagnostics_);
      if (resource.key.starts_with(host_names)) read_host(properties);
      if (resource.key.starts_with(authorities)) read_authority(properties);
    }
    return std::move(out_);
  }

 private:
  static constexpr std::string_view host_names = "gateway/hostnameConfigurations/", authorities = "gateway/certificateAuthorities/";

  const Resource* find(std::string_view id) const {
    for (const Resource& resource : resources_.resources)
      if (resource.key.starts_with("certificates/") && equal_ignoring_case(std::string_view(resource.key).substr(13), id)) return &resource;
    return nullptr;
  }

  Result<std::string> bytes_of(std::string_view id, std::string& password) const {
    const Resource* found = find(id);
    if (!found) return Error{Code::config, "the certificate '" + std::string(id) + "' does not exist", {}, {}};
    const Properties properties(*found, {}, diagnostics_);
    password = properties.text("password");
    if (properties.text("data").empty()) return Error{Code::config, "the certificate '" + std::string(id) + "' has no 'data'", {}, {}};
    return certificate_bytes(properties.text("data"));
  }

  // The id may be a whole path, as API Management writes it.
  static std::string id_of(std::string_view certificate_id) { return std::string(certificate_id.substr(certificate_id.rfind('/') + 1)); }

  void read_host(const Properties& properties) {
    const std::string name = lower(properties.text("hostname"));
    const auto leave_out = [&](const std::string& why, const Json& at) {
      properties.warning(DiagnosticCode::invalid_value,
                         "host name '" + name + "': " + why + "; its clients get the gateway's own certificate", at);
    };
    if (name.empty()) return leave_out("it is empty", properties.resource().value);
    for (const crypto::TlsHost& known : out_.hosts)
      if (known.name == name) return leave_out("another configuration has it, too", properties["hostname"]);
    std::string password;
    const auto bytes = bytes_of(id_of(properties.text("certificateId")), password);
    if (!bytes) return leave_out(bytes.error().message, properties["certificateId"]);
    auto identity = crypto::Identity::parse(*bytes, {}, password, random_);
    if (!identity) return leave_out(identity.error().message, properties["certificateId"]);
    for (const std::string_view old : {"tls10Enabled", "tls11Enabled"})
      if (properties.boolean(old, false))
        properties.warning(DiagnosticCode::unsupported_feature,
                           "host name '" + name + "': " + std::string(old) + " has no effect, TLS 1.2 is the least this version speaks",
                           properties[old]);
    out_.hosts.push_back({name, *std::move(identity), properties.boolean("negotiateClientCertificate", false)});
  }

  void read_authority(const Properties& properties) {
    if (!properties.boolean("isTrusted", false)) return;  // an intermediate: whoever needs it sends it
    const std::string id = properties.resource().key.substr(authorities.size());
    std::string password;
    const auto bytes = bytes_of(id, password);
    auto certificate = bytes ? crypto::Certificate::parse(*bytes, password, random_) : Result<crypto::Certificate>(bytes.error());
    if (!certificate)
      return properties.warning(DiagnosticCode::invalid_value,
                                "certificate authority '" + id + "': " + certificate.error().message + "; nothing is trusted because of it",
                                properties.resource().value);
    out_.trusted_roots.push_back(*std::move(certificate));
  }

  const ResourceSet& resources_;
  const crypto::Random random_;
  Diagnostics& diagnostics_;
  GatewayTls out_;
};

}  // namespace

GatewayTls read_gateway_tls(const ResourceSet& resources, SipKey seed, Diagnostics& diagnostics) {
  SeededBits bits{seed};
  return GatewayTlsReader(resources, {SeededBits::fill, &bits}, diagnostics).read();
}

}  // namespace gatelet
