#include "policies/client_identity.hpp"

#include "base/text.hpp"
#include "expr/objects.hpp"
#include "policies/elements.hpp"

namespace gatelet {

namespace client_identity_rows {

constexpr std::string_view not_found = "CertificateNotFound";

// Hexadecimal digits with or without separators; the empty text for anything else.
static std::string digits_of(std::string_view thumbprint) {
  std::string digits;
  for (const char c : thumbprint) {
    if (hex_value(c) >= 0)
      digits += to_lower(c);
    else if (c != ' ' && c != ':')
      return {};
  }
  return digits;
}

static bool has_thumbprint(const crypto::Certificate& certificate, std::string_view digits) {
  std::string own;
  const crypto::Digest thumbprint = certificate.thumbprint();
  for (const char c : thumbprint.view()) {
    const auto byte = static_cast<unsigned char>(c);
    own += "0123456789abcdef"[byte >> 4];
    own += "0123456789abcdef"[byte & 15];
  }
  return own == digits;
}

static bool fail(Context& context, std::string_view message) {
  Failure failure;
  failure.source = "authentication-certificate";
  failure.reason = not_found;
  failure.message = message;
  context.fail(failure);
  return false;
}

}  // namespace client_identity_rows

using namespace client_identity_rows;

void ClientIdentity::read(PolicyReader& in) {
  id_ = in.optional_text("certificate-id");
  thumbprint_ = in.optional_text("thumbprint");
  if (in.has("body")) body_ = in.required_any("body");
  password_ = in.optional_text("password");
  const int count = static_cast<int>(id_.has_value()) + static_cast<int>(thumbprint_.has_value()) + static_cast<int>(body_.has_value());
  if (count != 1)
    in.error(DiagnosticCode::missing_value,
             "'authentication-certificate' needs exactly one of the attributes 'certificate-id', 'thumbprint' and 'body'", in.at());
}

uint8_t ClientIdentity::needs() const {
  uint8_t needs = body_ ? body_->needs() : static_cast<uint8_t>(needs_no_body);
  for (const auto* text : {&id_, &thumbprint_, &password_})
    if (*text) needs |= (*text)->needs();
  return needs;
}

bool ClientIdentity::get(Context& context, std::shared_ptr<const UpstreamIdentity>& out) const {
  std::string_view wanted, password;
  if (body_) {
    AnyRead body;
    if (!body_->get(context, body) || (password_ && !password_->get(context, password))) return false;
    const bool is_bytes = body.is_typed && body.value.is(cs::byte_array_type()) && !body.value.is_null();
    if (!is_bytes) return refuse(context, "The body of authentication-certificate must be a byte[] with a PKCS#12 container.");
    return parse_body(context, body.value.object<const cs::Bytes>()->view(), password, out);
  }
  if (!(id_ ? *id_ : *thumbprint_).get(context, wanted)) return false;
  wanted = trim(wanted);
  const std::string digits = id_ ? std::string() : digits_of(wanted);
  const std::string_view id = wanted.substr(wanted.rfind('/') + 1);
  if (context.deployment)
    for (const DeployedCertificate& known : context.deployment->certificates) {
      const bool is_it = id_ ? equal_ignoring_case(known.id, id) : has_thumbprint(known.certificate, digits);
      if (!is_it) continue;
      if (!known.identity) return fail(context, context.arena.concat("The certificate '", wanted, "' has no private key."));
      out = known.identity;
      return true;
    }
  return fail(context, context.arena.concat("The certificate '", wanted, "' does not exist."));
}

bool ClientIdentity::parse_body(Context& context, std::string_view body, std::string_view password,
                                std::shared_ptr<const UpstreamIdentity>& out) const {
  const crypto::Random random{[](void* state, void* bytes, size_t size) { static_cast<Context*>(state)->random_bytes(bytes, size); },
                              &context};
  auto identity = crypto::Identity::parse(body, {}, password, random);
  if (!identity) return fail(context, context.arena.concat("The certificate cannot be used: ", identity.error().message));
  const crypto::Digest thumbprint = identity->certificate().thumbprint();
  out = std::make_shared<const UpstreamIdentity>(UpstreamIdentity{*std::move(identity), std::string(thumbprint.view())});
  return true;
}

}  // namespace gatelet
