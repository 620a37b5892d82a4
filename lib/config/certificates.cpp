#include "config/certificates.hpp"

#include <algorithm>
#include <cstring>

#include "base/hexadecimal.hpp"
#include "base/text.hpp"
#include "config/certificate_bytes.hpp"
#include "crypto/base64url.hpp"
#include "policy/upstream.hpp"

namespace gatelet {

void SeededBits::fill(void* state, void* out, size_t size) {
  auto& self = *static_cast<SeededBits*>(state);
  for (auto* bytes = static_cast<char*>(out); size > 0;) {
    const uint64_t number = ++self.count, bits = siphash(self.seed, {reinterpret_cast<const char*>(&number), sizeof number});
    const size_t part = std::min(size, sizeof bits);
    std::memcpy(bytes, &bits, part);
    bytes += part;
    size -= part;
  }
}

Result<std::string> certificate_bytes(std::string_view data) {
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
  std::shared_ptr<const UpstreamIdentity> shown;
  if (certificate->private_key())
    if (auto identity = crypto::Identity::parse(*bytes, {}, properties.text("password"), random))
      shown =
          std::make_shared<const UpstreamIdentity>(UpstreamIdentity{*std::move(identity), std::string(certificate->thumbprint().view())});
  out.push_back({name, *std::move(certificate), std::move(shown)});
}

std::vector<DeployedCertificate> read_certificates(const ResourceSet& resources, SipKey seed, Diagnostics& diagnostics) {
  SeededBits bits{seed};
  std::vector<DeployedCertificate> out;
  for (const Resource& resource : resources.resources)
    if (resource.key.starts_with("certificates/")) read_certificate(Properties(resource, {}, diagnostics), bits.random(), out);
  return out;
}

namespace {

constexpr std::string_view certificates_prefix = "certificates/";

const Resource* find_certificate(const ResourceSet& resources, std::string_view id) {
  for (const Resource& resource : resources.resources)
    if (resource.key.starts_with(certificates_prefix) &&
        equal_ignoring_case(std::string_view(resource.key).substr(certificates_prefix.size()), id))
      return &resource;
  return nullptr;
}

Result<std::string> bytes_of(const ResourceSet& resources, std::string_view id, std::string& password, Diagnostics& diagnostics) {
  const Resource* found = find_certificate(resources, id);
  if (!found) return Error{Code::config, "the certificate '" + std::string(id) + "' does not exist", {}, {}};
  const Properties properties(*found, {}, diagnostics);
  password = properties.text("password");
  if (properties.text("data").empty()) return Error{Code::config, "the certificate '" + std::string(id) + "' has no 'data'", {}, {}};
  return certificate_bytes(properties.text("data"));
}

}  // namespace

Identities::Identities(const ResourceSet& resources, SipKey seed, Diagnostics& diagnostics)
    : resources_(resources), diagnostics_(diagnostics), bits_{seed} {}

Result<crypto::Identity> Identities::of_id(std::string_view id) {
  std::string password;
  GATELET_TRY(bytes, bytes_of(resources_, id.substr(id.rfind('/') + 1), password, diagnostics_));
  return crypto::Identity::parse(bytes, {}, password, bits_.random());
}

Result<crypto::Identity> Identities::of_thumbprint(std::string_view digits) {
  if (!std::exchange(are_thumbprints_read_, true)) {
    Diagnostics unused;  // who reads all certificates reports what is wrong with them
    for (const DeployedCertificate& each : read_certificates(resources_, bits_.seed, unused))
      ids_.emplace(hexadecimal(each.certificate.thumbprint().view()), each.id);
  }
  std::string wanted;
  for (const char c : digits)
    if (hex_value(c) >= 0) wanted += to_lower(c);
  const auto found = ids_.find(wanted);
  if (found == ids_.end()) return Error{Code::config, "no certificate has the thumbprint '" + std::string(digits) + "'", {}, {}};
  return of_id(found->second);
}

namespace {

class GatewayTlsReader {
 public:
  GatewayTlsReader(const ResourceSet& resources, SipKey seed, Diagnostics& diagnostics)
      : resources_(resources), identities_(resources, seed, diagnostics), bits_{seed}, diagnostics_(diagnostics) {}

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

  void read_host(const Properties& properties) {
    const std::string name = lower(properties.text("hostname"));
    const auto leave_out = [&](const std::string& why, const Json& at) {
      properties.warning(DiagnosticCode::invalid_value,
                         "host name '" + name + "': " + why + "; its clients get the gateway's own certificate", at);
    };
    if (name.empty()) return leave_out("it is empty", properties.resource().value);
    for (const crypto::TlsHost& known : out_.hosts)
      if (known.name == name) return leave_out("another configuration has it, too", properties["hostname"]);
    auto identity = identities_.of_id(properties.text("certificateId"));
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
    const auto bytes = bytes_of(resources_, id, password, diagnostics_);
    auto certificate = bytes ? crypto::Certificate::parse(*bytes, password, bits_.random()) : Result<crypto::Certificate>(bytes.error());
    if (!certificate)
      return properties.warning(DiagnosticCode::invalid_value,
                                "certificate authority '" + id + "': " + certificate.error().message + "; nothing is trusted because of it",
                                properties.resource().value);
    out_.trusted_roots.push_back(*std::move(certificate));
  }

  const ResourceSet& resources_;
  Identities identities_;
  SeededBits bits_;
  Diagnostics& diagnostics_;
  GatewayTls out_;
};

}  // namespace

GatewayTls read_gateway_tls(const ResourceSet& resources, SipKey seed, Diagnostics& diagnostics) {
  return GatewayTlsReader(resources, seed, diagnostics).read();
}

}  // namespace gatelet
