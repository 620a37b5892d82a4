// validate-client-certificate: what the client has shown in the handshake (policies-a.md 5.6). Trust and revocation were looked at there,
// with the authorities and revocation lists of the gateway; nothing is asked of another server.
#include <algorithm>

#include "base/text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace {

constexpr std::string_view not_present = "ClientCertificateNotPresent";
constexpr std::string_view not_valid = "ClientCertificateInvalid";
constexpr std::string_view not_matched = "ClientCertificateIdentityNotMatched";

using NameParts = std::vector<std::pair<std::string, std::string>>;

std::string hexadecimal_text(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

// Lower-case digits without blanks, colons, and marks that copying out of a certificate dialog leaves.
std::string bare_digits(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (hex_value(c) >= 0) digits += to_lower(c);
  return digits;
}

std::string without_leading_zeros(std::string text) { return text.erase(0, std::min(text.find_first_not_of('0'), text.size())); }

// "CN=a, O=\"b, c\"" as attributes and values in lower case; an S is .NET's name of ST.
NameParts name_parts(std::string_view text) {
  NameParts parts;
  size_t at = 0;
  while (at < text.size()) {
    const size_t equals = text.find('=', at);
    if (equals == std::string_view::npos) break;
    std::string attribute = lower(trim(text.substr(at, equals - at)));
    if (attribute == "st") attribute = "s";
    if (attribute == "emailaddress") attribute = "e";
    std::string value;
    at = equals + 1;
    while (at < text.size() && text[at] == ' ') ++at;
    const bool is_quoted = at < text.size() && text[at] == '"';
    if (is_quoted) {
      for (++at; at < text.size(); ++at) {
        if (text[at] == '"' && (at + 1 == text.size() || text[at + 1] != '"')) break;
        if (text[at] == '"') ++at;
        value += text[at];
      }
      at = std::min(text.find(',', at), text.size());
    } else {
      const size_t end = std::min(text.find(',', at), text.size());
      value = trim(text.substr(at, end - at));
      at = end;
    }
    ++at;
    parts.emplace_back(std::move(attribute), lower(value));
  }
  return parts;
}

// In this order or the other way round.
bool is_name(const std::string& certificate_name, const NameParts& wanted) {
  NameParts found = name_parts(certificate_name);
  if (found == wanted) return true;
  std::reverse(found.begin(), found.end());
  return found == wanted;
}

// What an identity may ask for; everything it has must fit.
struct CertificateIdentity {
  std::optional<std::string> thumbprint, serial_number, common_name, dns_name, issuer_thumbprint, issuer_id;
  std::optional<NameParts> subject, issuer_subject;

  void read(PolicyReader& in) {
    const auto digits = [&](std::string_view name) -> std::optional<std::string> {
      const auto text = in.optional_literal(name);
      if (!text) return std::nullopt;
      return bare_digits(*text);
    };
    const auto parts = [&](std::string_view name) -> std::optional<NameParts> {
      const auto text = in.optional_literal(name);
      if (!text) return std::nullopt;
      return name_parts(*text);
    };
    thumbprint = digits("thumbprint");
    if (auto serial = digits("serial-number")) serial_number = without_leading_zeros(*std::move(serial));
    common_name = in.optional_literal("common-name");
    subject = parts("subject");
    dns_name = in.optional_literal("dns-name");
    issuer_subject = parts("issuer-subject");
    issuer_thumbprint = digits("issuer-thumbprint");
    issuer_id = in.optional_literal("issuer-certificate-id");
    if (issuer_id && (issuer_subject || issuer_thumbprint))
      in.error(DiagnosticCode::invalid_value, "'issuer-certificate-id' excludes the other attributes of the issuer; keep one of them",
               in.at("issuer-certificate-id"));
  }

  bool matches(const Context& context, const crypto::Certificate& shown) const {
    if (thumbprint && hexadecimal_text(shown.thumbprint().view()) != *thumbprint) return false;
    if (serial_number && without_leading_zeros(hexadecimal_text(shown.serial())) != *serial_number) return false;
    if (common_name && !equal_ignoring_case(shown.subject_part(crypto::NamePart::common_name), *common_name)) return false;
    if (subject && !is_name(shown.subject(), *subject)) return false;
    if (issuer_subject && !is_name(shown.issuer(), *issuer_subject)) return false;
    if (dns_name) {
      const auto names = shown.dns_names();
      if (std::ranges::none_of(names, [&](const std::string& name) { return equal_ignoring_case(name, *dns_name); })) return false;
    }
    return (!issuer_thumbprint && !issuer_id) || is_issued(context, shown);
  }

 private:
  // The handshake gives the client's own certificate only: its issuer is one that the service knows.
  bool is_issued(const Context& context, const crypto::Certificate& shown) const {
    if (!context.deployment) return false;
    for (const DeployedCertificate& known : context.deployment->certificates) {
      const bool is_it = issuer_id ? equal_ignoring_case(known.id, *issuer_id)
                                   : hexadecimal_text(known.certificate.thumbprint().view()) == *issuer_thumbprint;
      if (is_it && crypto::is_trusted(shown, {}, {&known.certificate, 1}, context.now.wall_ms / 1000)) return true;
    }
    return false;
  }
};

class ValidateClientCertificate final : public Policy {
 public:
  explicit ValidateClientCertificate(PolicyReader& in)
      : looks_at_revocation_(in.literal_bool("validate-revocation", true)),
        looks_at_trust_(in.literal_bool("validate-trust", true)),
        looks_at_not_before_(in.literal_bool("validate-not-before", true)),
        looks_at_not_after_(in.literal_bool("validate-not-after", true)),
        ignores_errors_(in.literal_bool("ignore-error", false)) {
    for (PolicyReader* list : in.children("identities", {.most = 1}))
      for (PolicyReader* child : list->children("identity")) identities_.emplace_back().read(*child);
  }

  Flow run(Context& context) const override {
    const ClientCertificate* shown = context.client_certificate.get();
    if (!shown) return fail(context, not_present, "No client certificate was presented.");
    const crypto::Certificate& certificate = shown->certificate;
    const int64_t now_s = context.now.wall_ms / 1000;
    if (looks_at_not_before_ && now_s < certificate.not_before_s())
      return fail(context, not_valid, "The client certificate is not valid yet.");
    if (looks_at_not_after_ && now_s > certificate.not_after_s()) return fail(context, not_valid, "The client certificate has expired.");
    if (looks_at_trust_ && !shown->is_trusted) return fail(context, not_valid, "The client certificate is not trusted.");
    if (looks_at_revocation_ && !shown->is_trusted)
      return fail(context, not_valid, "It is not known whether the client certificate was revoked.");
    const auto fits = [&](const CertificateIdentity& identity) { return identity.matches(context, certificate); };
    if (!identities_.empty() && std::ranges::none_of(identities_, fits))
      return fail(context, not_matched, "The client certificate has none of the identities.");
    return Flow::next;
  }

 private:
  Flow fail(Context& context, std::string_view reason, std::string_view message) const {
    if (ignores_errors_) {
      context.tell("The client certificate was refused, which is ignored: ", message);
      return Flow::next;
    }
    Failure failure;
    failure.reason = reason;
    failure.message = message;
    failure.status = 403;
    failure.public_message = "Forbidden";
    return context.fail(failure);
  }

  bool looks_at_revocation_, looks_at_trust_, looks_at_not_before_, looks_at_not_after_, ignores_errors_;
  std::vector<CertificateIdentity> identities_;
};

}  // namespace

std::unique_ptr<Policy> read_validate_client_certificate(PolicyReader& in) { return std::make_unique<ValidateClientCertificate>(in); }

}  // namespace gatelet
