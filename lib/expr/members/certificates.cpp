// X509Certificate2 and what it leads to.
#include <algorithm>

#include "base/text.hpp"
#include "expr/context_model.hpp"
#include "expr/context_objects.hpp"
#include "expr/cryptography.hpp"
#include "expr/dates.hpp"
#include "expr/member.hpp"

namespace gatelet::cs {

constinit const Type certificate_type{.name = "System.Security.Cryptography.X509Certificates.X509Certificate2", .bases = "X509Certificate"};

constinit const Type deployment_certificates_type{
    .name = "CertificateDictionary", .bases = "IReadOnlyDictionary<string, X509Certificate2>", .is_hidden = true};

constinit const Type client_certificates_type{
    .name = "ClientCertificateDictionary", .bases = "IReadOnlyDictionary<string, X509Certificate2>", .is_hidden = true};

namespace certificate_rows {

using crypto::Certificate;

static constinit const Type base_type{.name = "System.Security.Cryptography.X509Certificates.X509Certificate", .bases = "IDisposable"};
static constinit const Type name_type{.name = "System.Security.Cryptography.X509Certificates.X500DistinguishedName"};
static constinit const Type public_key_type{.name = "System.Security.Cryptography.X509Certificates.PublicKey"};
static constinit const Type extensions_type{.name = "System.Security.Cryptography.X509Certificates.RSACertificateExtensions",
                                            .is_static = true};
static constinit const Type verification_type{.name = "CertificateExtensions", .is_hidden = true, .is_static = true};

static constexpr EnumConstant content_types[] = {{"Unknown", 0},         {"Cert", 1},  {"SerializedCert", 2}, {"Pfx", 3}, {"Pkcs12", 3},
                                                 {"SerializedStore", 4}, {"Pkcs7", 5}, {"Authenticode", 6}};
static constinit const Type content_type{
    .name = "System.Security.Cryptography.X509Certificates.X509ContentType", .kind = TypeKind::enumeration, .constants = content_types};
static constexpr EnumConstant name_types[] = {
    {"SimpleName", 0}, {"EmailName", 1}, {"UpnName", 2}, {"DnsName", 3}, {"DnsFromAlternativeName", 4}, {"UrlName", 5}};
static constinit const Type name_kind_type{
    .name = "System.Security.Cryptography.X509Certificates.X509NameType", .kind = TypeKind::enumeration, .constants = name_types};

static const Certificate& self_certificate(const Call& call) { return *call.self.object<const Certificate>(); }

static Value text_of(Evaluation& run, std::string_view utf8_text) { return text(copy_of(run, utf8_text)); }

static std::string hexadecimal(std::string_view bytes) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

static Value create(Call& call, std::string_view password) {
  const auto* bytes = call.object<const Bytes>(0);
  if (!bytes || bytes->length == 0) return call.run.fail_argument(types::argument_exception, "Array may not be empty or null.", "rawData");
  if (!call.run.charge(certificate_steps) || !call.run.charge_text(bytes->length)) return {};
  auto parsed = Certificate::parse(bytes->view(), password, random_of(call.run));
  if (!parsed) return call.run.fail(types::cryptographic_exception, parsed.error().message);
  if (parsed->private_key() && !call.run.charge(private_key_steps)) return {};
  auto* kept = new Certificate(*std::move(parsed));
  call.run.own(kept, [](void* object) { delete static_cast<Certificate*>(object); });
  return value_of_object(*call.site.result, kept);
}

static Value create_plain(Call& call) { return create(call, {}); }
static Value create_with_password(Call& call) { return create(call, call.text(1) ? utf8(*call.text(1)) : std::string()); }

// No certificate changes, so that a copy can share it.
static Value copy(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("certificate");
  return value_of_object(*call.site.result, call.object<const Certificate>(0));
}

// Dates are local: UTC here.
static DateTime date_of(int64_t unix_s) {
  const int64_t ticks = unix_epoch_ticks + unix_s * ticks_per_second;
  return {std::clamp<int64_t>(ticks, 0, date_ticks_max), DateTimeKind::local};
}

static const String* date_text(Evaluation& run, int64_t unix_s) { return format_date(run, date_of(unix_s), nullptr); }

static const String* certificate_text(Evaluation& run, Value self) {
  const auto& certificate = *self.object<const Certificate>();
  const std::pair<std::string_view, std::string> sections[] = {
      {"Subject", certificate.subject()},
      {"Issuer", certificate.issuer()},
      {"Serial Number", hexadecimal(certificate.serial())},
      {"Not Before", utf8(*date_text(run, certificate.not_before_s()))},
      {"Not After", utf8(*date_text(run, certificate.not_after_s()))},
      {"Thumbprint", hexadecimal(certificate.thumbprint().view())},
  };
  TextBuilder out(run);
  for (const auto& [title, content] : sections) {
    out.append(std::string_view(out.length() ? "\n[" : "["));
    out.append(title);
    out.append(std::string_view("]\n  "));
    out.append(content);
    out.append(u'\n');
  }
  return out.finish();
}

static bool same_certificate(Evaluation&, Value self, Value other) {
  if (!is_instance(other, base_type)) return false;
  const auto &a = *self.object<const Certificate>(), &b = *other.object<const Certificate>();
  return a.serial() == b.serial() && a.issuer() == b.issuer();
}

static int32_t hash_certificate(Evaluation&, Value self) {
  int32_t bits = 0;
  std::memcpy(&bits, self.object<const Certificate>()->thumbprint().bytes.data(), sizeof bits);
  return bits;
}

static constexpr TypeOps certificate_ops{.to_string = certificate_text, .equals = same_certificate, .hash = hash_certificate};

static Value hash_value(Call& call) { return bytes_value(call.run, self_certificate(call).thumbprint().view()); }

// By the algorithm of the argument.
template <bool as_text>
static Value hash_by(Call& call) {
  crypto::Hash hash;
  const std::string_view der = self_certificate(call).der();
  if (!hash_of_name(call.run, call.arguments[0], hash) || !call.run.charge_text(der.size())) return {};
  const crypto::Digest digest = crypto::digest_of(hash, der);
  return as_text ? text_of(call.run, hexadecimal(digest.view())) : bytes_value(call.run, digest.view());
}

static Value hash_text(Call& call) { return text_of(call.run, hexadecimal(self_certificate(call).thumbprint().view())); }
static Value serial_text(Call& call) { return text_of(call.run, hexadecimal(self_certificate(call).serial())); }
static Value raw_data(Call& call) { return bytes_value(call.run, self_certificate(call).der()); }

static Value serial_bytes(Call& call) {
  std::string bytes(self_certificate(call).serial());
  std::reverse(bytes.begin(), bytes.end());
  return bytes_value(call.run, bytes);
}

static Value export_certificate(Call& call) {
  if (call.int64(0) == 1) return raw_data(call);
  return call.run.fail(types::cryptographic_exception, "Only X509ContentType.Cert can be exported.");
}

// Names

static Value name_info(Call& call) {
  const Certificate& self = self_certificate(call);
  const bool of_issuer = call.boolean(1);
  const auto part = [&self, of_issuer](crypto::NamePart wanted) {
    return of_issuer ? self.issuer_part(wanted) : self.subject_part(wanted);
  };
  const std::vector<std::string> dns = of_issuer ? std::vector<std::string>() : self.dns_names();
  std::string found;
  switch (call.int64(0)) {
    case 0:
      for (const auto wanted :
           {crypto::NamePart::common_name, crypto::NamePart::organizational_unit, crypto::NamePart::organization, crypto::NamePart::email})
        if (found.empty()) found = part(wanted);
      break;
    case 1: found = part(crypto::NamePart::email); break;
    case 3:
    case 4: found = dns.empty() ? part(crypto::NamePart::common_name) : dns.front(); break;
    default: break;
  }
  return text_of(call.run, found);
}

template <bool of_issuer>
static Value distinguished_name(Call& call) {
  const Certificate& self = self_certificate(call);
  return value_of_object(name_type, copy_of(call.run, of_issuer ? self.issuer() : self.subject()));
}

static Value name_string(Call& call) { return text(call.self.text()); }

static constexpr TypeOps name_ops{.to_string = [](Evaluation&, Value self) { return self.text(); }};
static constexpr Member name_members[] = {{"string Name", name_string}};

// Keys

static Value key_value(Evaluation& run, const crypto::Key* key) {
  return key && key->kind() == crypto::KeyKind::rsa ? rsa_value(run, *key) : Value{};
}

static Value public_key(Call& call) {
  const auto* certificate = call.object<const Certificate>(0);
  return certificate ? key_value(call.run, certificate->public_key()) : call.run.fail_null("certificate");
}

static Value private_key(Call& call) {
  const auto* certificate = call.object<const Certificate>(0);
  return certificate ? key_value(call.run, certificate->private_key()) : call.run.fail_null("certificate");
}

static std::string_view key_oid(const Certificate& certificate) {
  const crypto::Key* key = certificate.public_key();
  return key && key->kind() == crypto::KeyKind::elliptic ? "1.2.840.10045.2.1" : "1.2.840.113549.1.1.1";
}

static constexpr Member extension_members[] = {
    {"static RSA GetRSAPublicKey(this X509Certificate2 certificate)", public_key},
    {"static RSA GetRSAPrivateKey(this X509Certificate2 certificate)", private_key},
};

static constexpr Member public_key_members[] = {
    {"AsymmetricAlgorithm Key", [](Call& call) { return key_value(call.run, self_certificate(call).public_key()); }},
    {"Oid Oid", [](Call& call) { return oid_value(call.run, key_oid(self_certificate(call))); }},
};

// Trust is the host's to know: it has the roots, the time, and whether it can look revocations up.

static Value verify_no_revocation(Call& call) {
  const auto* certificate = call.object<const Certificate>(0);
  if (!certificate) return call.run.fail_null("certificate");
  return call.run.charge(public_key_steps) ? boolean(call.run.context.is_trusted(*certificate, false)) : Value{};
}

static Value verify(Call& call) {
  return call.run.charge(public_key_steps) ? boolean(call.run.context.is_trusted(self_certificate(call), true)) : Value{};
}

static constexpr Member verification_members[] = {
    {"static bool VerifyNoRevocation(this X509Certificate2 certificate)", verify_no_revocation},
};

static Value content_type_of(Call& call) {
  const auto* bytes = call.object<const Bytes>(0);
  if (!bytes) return call.run.fail_null("rawData");
  if (!call.run.charge(certificate_steps)) return {};
  if (Certificate::is_pkcs12(bytes->view())) return value_of_bits(content_type, 3);
  return value_of_bits(content_type, Certificate::parse(bytes->view(), {}, random_of(call.run)) ? 1 : 0);
}

static Value nothing(Call&) { return {}; }

static constexpr std::string_view no_files = "files are not read by expressions; give the certificate's bytes";

static constexpr Member base_members[] = {
    {"new(byte[] data)", create_plain},
    {"new(X509Certificate cert)", copy},
    {"new(byte[] rawData, string password)", create_with_password},
    {"new(string fileName)", nullptr, nullptr, nullptr, no_files},
    {"string Subject", [](Call& call) { return text_of(call.run, self_certificate(call).subject()); }},
    {"string Issuer", [](Call& call) { return text_of(call.run, self_certificate(call).issuer()); }},
    {"byte[] GetCertHash()", hash_value},
    {"byte[] GetCertHash(HashAlgorithmName hashAlgorithm)", hash_by<false>},
    {"string GetCertHashString()", hash_text},
    {"string GetCertHashString(HashAlgorithmName hashAlgorithm)", hash_by<true>},
    {"string GetFormat()", [](Call& call) { return text(view_of(call.run, "X509")); }},
    {"byte[] GetRawCertData()", raw_data},
    {"string GetRawCertDataString()", [](Call& call) { return text_of(call.run, hexadecimal(self_certificate(call).der())); }},
    {"byte[] GetSerialNumber()", serial_bytes},
    {"string GetSerialNumberString()", serial_text},
    {"byte[] GetPublicKey()", [](Call& call) { return bytes_value(call.run, self_certificate(call).public_key_bytes()); }},
    {"string GetPublicKeyString()", [](Call& call) { return text_of(call.run, hexadecimal(self_certificate(call).public_key_bytes())); }},
    {"string GetKeyAlgorithm()", [](Call& call) { return text(view_of(call.run, key_oid(self_certificate(call)))); }},
    {"string GetEffectiveDateString()", [](Call& call) { return text(date_text(call.run, self_certificate(call).not_before_s())); }},
    {"string GetExpirationDateString()", [](Call& call) { return text(date_text(call.run, self_certificate(call).not_after_s())); }},
    {"byte[] Export(X509ContentType contentType)", export_certificate},
    {"byte[] Export(X509ContentType contentType, string password)", export_certificate},
    {"void Reset()", nothing},
    {"void Dispose()", nothing},
};

static constexpr Member certificate_members[] = {
    {"new(byte[] rawData)", create_plain},
    {"new(X509Certificate certificate)", copy},
    {"new(byte[] rawData, string password)", create_with_password},
    {"new(string fileName)", nullptr, nullptr, nullptr, no_files},
    {"new(string fileName, string password)", nullptr, nullptr, nullptr, no_files},
    {"string Thumbprint", hash_text},
    {"string SerialNumber", serial_text},
    {"X500DistinguishedName SubjectName", distinguished_name<false>},
    {"X500DistinguishedName IssuerName", distinguished_name<true>},
    {"DateTime NotBefore", [](Call& call) { return date_time(date_of(self_certificate(call).not_before_s())); }},
    {"DateTime NotAfter", [](Call& call) { return date_time(date_of(self_certificate(call).not_after_s())); }},
    {"byte[] RawData", raw_data},
    {"int Version", [](Call& call) { return int32(self_certificate(call).version()); }},
    {"string FriendlyName", [](Call&) { return text(&empty_string); }},
    {"Oid SignatureAlgorithm", [](Call& call) { return oid_value(call.run, self_certificate(call).signature_algorithm()); }},
    {"bool HasPrivateKey", [](Call& call) { return boolean(self_certificate(call).private_key() != nullptr); }},
    {"PublicKey PublicKey", [](Call& call) { return value_of_object(public_key_type, &self_certificate(call)); }},
    {"AsymmetricAlgorithm PrivateKey", [](Call& call) { return key_value(call.run, self_certificate(call).private_key()); }},
    {"string GetNameInfo(X509NameType nameType, bool forIssuer)", name_info},
    {"static X509ContentType GetCertContentType(byte[] rawData)", content_type_of},
    {"bool Verify()", verify},
};

// context.Deployment.Certificates: found by id, and by thumbprint, which is how most policies name them.

static size_t count_deployed(Evaluation& run, Value) { return run.context.certificate_count(); }

static bool find_deployed(Evaluation& run, Value, Value key, Value& found) {
  const std::string wanted = utf8(*key.text());
  for (size_t i = 0; i < run.context.certificate_count() && run.charge(10); ++i) {
    const NamedCertificate known = run.context.certificate(i);
    if (known.id != wanted && !gatelet::equal_ignoring_case(hexadecimal(known.certificate->thumbprint().view()), wanted)) continue;
    return found = certificate_value(known.certificate), true;
  }
  return false;
}

static size_t next_deployed(Evaluation& run, Value, size_t position, Value& key, Value& value) {
  if (position >= run.context.certificate_count()) return 0;
  const NamedCertificate known = run.context.certificate(position);
  key = text(view_of(run, known.id));
  value = certificate_value(known.certificate);
  return position + 1;
}

static constexpr DictionaryOps deployed{count_deployed, find_deployed, next_deployed};
static constexpr TypeOps deployed_ops{.iterate = iterate_pairs, .dictionary = &deployed};

// The client shows one at most.

static size_t count_shown(Evaluation& run, Value) { return run.context.client_certificate() ? 1 : 0; }

static bool find_shown(Evaluation& run, Value, Value key, Value& found) {
  const Certificate* shown = run.context.client_certificate();
  if (!shown || !gatelet::equal_ignoring_case(hexadecimal(shown->thumbprint().view()), utf8(*key.text()))) return false;
  return found = certificate_value(shown), true;
}

static size_t next_shown(Evaluation& run, Value, size_t position, Value& key, Value& value) {
  const Certificate* shown = run.context.client_certificate();
  if (!shown || position != 0) return 0;
  key = text_of(run, hexadecimal(shown->thumbprint().view()));
  value = certificate_value(shown);
  return 1;
}

static constexpr DictionaryOps shown_certificates{count_shown, find_shown, next_shown};
static constexpr TypeOps shown_ops{.iterate = iterate_pairs, .dictionary = &shown_certificates};

static const TypeRows certificate_types[] = {
    {base_type, base_members, &certificate_ops},
    {certificate_type, certificate_members},
    {name_type, name_members, &name_ops},
    {public_key_type, public_key_members},
    {content_type},
    {name_kind_type},
    {extensions_type, extension_members},
    {verification_type, verification_members},
    {deployment_certificates_type, {}, &deployed_ops},
    {client_certificates_type, {}, &shown_ops},
};

}  // namespace certificate_rows

extern const Family certificate_family;
const Family certificate_family{certificate_rows::certificate_types};

}  // namespace gatelet::cs
