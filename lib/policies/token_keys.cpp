#include "policies/token_keys.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "crypto/base64url.hpp"

namespace gatelet {

namespace token_key_rows {

// Base64 with either alphabet, with or without padding.
static bool parse_key_bytes(std::string_view text, std::string& out) {
  std::string url;
  for (const char c : text)
    if (!is_space(c) && c != '=') url += c == '+' ? '-' : c == '/' ? '_' : c;
  return !url.empty() && crypto::decode_base64url(url, out);
}

static void tell_failure(Context& context, std::string_view name, std::string_view problem) {
  context.tell("The keys of '", name, "' could not be had: ", problem, ".");
}

}  // namespace token_key_rows

using namespace token_key_rows;

void DocumentKeys::read(PolicyReader& list) {
  for (PolicyReader* child : list.children("key", {.least = 1})) {
    const std::string id = child->optional_literal("id").value_or("");
    const auto certificate = child->optional_literal("certificate-id");
    const auto n = child->optional_literal("n"), e = child->optional_literal("e");
    if (certificate) {
      certificates_.push_back({id, *certificate});
      continue;
    }
    crypto::VerificationKey key;
    key.id = id;
    const auto wrong = [&](const std::string& why) { list.error(DiagnosticCode::invalid_value, "a key " + why, child->at()); };
    if (n || e) {
      crypto::RsaNumbers numbers;
      if (!n || !e || !parse_key_bytes(*n, numbers.modulus) || !parse_key_bytes(*e, numbers.exponent)) {
        wrong("needs both 'n' and 'e', in base64url");
        continue;
      }
      auto made = crypto::Key::rsa(numbers);
      if (!made || made->bits() < crypto::rsa_bits_min) {
        wrong("with 'n' and 'e' must be an RSA key of " + std::to_string(crypto::rsa_bits_min) + " bits at least");
        continue;
      }
      key.key = *std::move(made);
    } else {
      const TextValue text = child->content();
      const std::string* literal = text.literal();
      if (text.is_expression()) {
        wrong("cannot be an expression; write its base64 text, or a named value");
        continue;
      }
      if (!literal) continue;
      if (!parse_key_bytes(*literal, key.secret)) {
        wrong("must be base64 text, or have the attribute 'certificate-id', or 'n' and 'e'");
        continue;
      }
    }
    if (!keys_) keys_ = std::make_shared<KeySet>();
    keys_->keys.push_back(std::move(key));
  }
}

void DocumentKeys::get(const Context& context, std::vector<std::shared_ptr<const KeySet>>& out) const {
  if (keys_) out.push_back(keys_);
  if (certificates_.empty() || !context.deployment) return;
  auto found = std::make_shared<KeySet>();
  found->is_lasting = false;
  for (const CertificateKey& wanted : certificates_)
    for (const DeployedCertificate& known : context.deployment->certificates) {
      if (!equal_ignoring_case(known.id, wanted.wanted) || !known.certificate.public_key()) continue;
      crypto::VerificationKey& key = found->keys.emplace_back();
      key.id = wanted.id;
      key.key = *known.certificate.public_key();
    }
  out.push_back(std::move(found));
}

void DocumentDecryptionKeys::read(PolicyReader& list) {
  for (PolicyReader* child : list.children("key", {.least = 1})) {
    Item& item = items_.emplace_back();
    item.key.id = child->optional_literal("id").value_or("");
    item.certificate = child->optional_literal("certificate-id").value_or("");
    if (!item.certificate.empty()) continue;
    const TextValue text = child->content();
    const std::string* literal = text.literal();
    if (text.is_expression() || (literal && !parse_key_bytes(*literal, item.key.secret)))
      list.error(DiagnosticCode::invalid_value, "a decryption key must be base64 text, or have the attribute 'certificate-id'",
                 child->at());
  }
}

// Those that the token names first.
bool DocumentDecryptionKeys::decrypt(Context& context, std::string_view token, std::string_view& out) const {
  const crypto::Random random{[](void* state, void* bytes, size_t size) { static_cast<Context*>(state)->random_bytes(bytes, size); },
                              &context};
  const std::string kid = crypto::key_id_of_encrypted(token);
  const auto opens = [&](const crypto::DecryptionKey& key) {
    const auto plain = crypto::decrypt_token(token, key, random);
    if (plain) out = context.arena.copy(*plain);
    return static_cast<bool>(plain);
  };
  for (const bool is_named : {true, false})
    for (const Item& item : items_) {
      if ((!kid.empty() && item.key.id == kid) != is_named) continue;
      if (item.certificate.empty() && opens(item.key)) return true;
      if (item.certificate.empty() || !context.deployment) continue;
      for (const DeployedCertificate& known : context.deployment->certificates) {
        if (!equal_ignoring_case(known.id, item.certificate) || !known.certificate.private_key()) continue;
        if (opens({item.key.id, {}, *known.certificate.private_key()})) return true;
      }
    }
  return false;
}

Flow fetch_provider(Context& context, ProviderRun& run) {
  std::string problem;
  run.has_metadata = false;
  run.fetch.call = &context.hold_call();
  if (!fill_get(context, *run.fetch.call, run.fetch.name, problem)) {
    tell_failure(context, run.fetch.name, problem);
    end_fetch(context, run.fetch, nullptr, 0, 0);
    return Flow::next;
  }
  context.start(*run.fetch.call);
  return Flow::wait;
}

// Where the keys are; null: `problem` is set.
static Call* keys_call(Context& context, ProviderRun& run, std::string_view body, std::string& problem) {
  const auto json = Json::parse(body, keys_bytes_max);
  if (!json || !json->is_object()) return problem = "its metadata is not a JSON object", nullptr;
  const std::string_view uri = (*json)["jwks_uri"].string();
  if (uri.empty()) return problem = "its metadata has no jwks_uri", nullptr;
  Call& call = context.hold_call();
  if (!fill_get(context, call, context.arena.copy(uri), problem)) return nullptr;
  if (run.fetch.call->upstream->url.scheme == "https" && call.upstream->url.scheme != "https")
    return problem = "its jwks_uri is not https", nullptr;
  run.issuer = context.arena.copy((*json)["issuer"].string());
  return &call;
}

Flow take_provider_reply(Context& context, ProviderRun& run) {
  std::string_view body;
  std::string problem;
  std::shared_ptr<KeySet> made;
  if (read_fetched(context, *run.fetch.call, body, problem)) {
    if (!run.has_metadata) {
      if (Call* next = keys_call(context, run, body, problem)) {
        run.has_metadata = true;
        run.fetch.call = next;
        context.start(*next);
        return Flow::wait;
      }
    } else if (const auto json = Json::parse(body, keys_bytes_max)) {
      auto keys = crypto::read_jwk_set(*json, false);
      if (keys && !keys->empty()) {
        made = std::make_shared<KeySet>();
        made->issuer = run.issuer;
        made->keys = *std::move(keys);
      } else {
        problem = keys ? "it publishes no key that can verify a signature" : keys.error().message;
      }
    } else {
      problem = "its keys are not a JSON object";
    }
  }
  if (!made) tell_failure(context, run.fetch.name, problem);
  end_fetch(context, run.fetch, std::move(made), keys_fresh_ms, keys_usable_ms);
  return Flow::next;
}

}  // namespace gatelet
