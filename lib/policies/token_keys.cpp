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

// Metadata first, then the keys that it tells of.
class ProviderFetch final : public FetchJob {
 public:
  explicit ProviderFetch(std::string_view url) : url_(url) {}

  bool begin(OutboxItem& request, FetchResult& result) override { return ask(url_, request, result); }

  bool take(std::string_view body, int64_t, OutboxItem& request, FetchResult& result) override {
    const auto json = Json::parse(body, keys_bytes_max);
    if (std::exchange(has_metadata_, true)) {
      take_keys(json ? &*json : nullptr, result);
      return false;
    }
    const auto wrong = [&](std::string_view why) { return result.problem = why, false; };
    if (!json || !json->is_object()) return wrong("its metadata is not a JSON object");
    const std::string_view uri = (*json)["jwks_uri"].string();
    if (uri.empty()) return wrong("its metadata has no jwks_uri");
    issuer_ = (*json)["issuer"].string();
    const bool is_secure = asked_->url.scheme == "https";
    if (!ask(uri, request, result)) return false;
    return !is_secure || asked_->url.scheme == "https" || wrong("its jwks_uri is not https");
  }

  bool follow(std::string_view location, OutboxItem& request, FetchResult& result) override {
    Arena arena;
    const auto target = redirect_target(asked_->url, asked_path_, location, arena);
    if (!target || target->scheme != asked_->url.scheme || ++redirect_count_ > keys_redirects_max)
      return FetchJob::follow(location, request, result);
    return ask(target->text(), request, result);
  }

 private:
  bool ask(std::string_view url, OutboxItem& request, FetchResult& result) {
    if (!fill_request(request, "GET", url, result.problem)) return false;
    asked_ = request.upstream;
    asked_path_ = request.path;
    return true;
  }

  void take_keys(const Json* json, FetchResult& result) {
    if (!json) return void(result.problem = "its keys are not a JSON object");
    auto keys = crypto::read_jwk_set(*json, false);
    if (!keys) return void(result.problem = keys.error().message);
    if (keys->empty()) return void(result.problem = "it publishes no key that can verify a signature");
    auto made = std::make_shared<KeySet>();
    made->issuer = issuer_;
    made->keys = *std::move(keys);
    result.value = std::move(made);
    result.fresh_ms = keys_fresh_ms;
    result.usable_ms = keys_usable_ms;
  }

  const std::string url_;
  std::string issuer_;
  std::shared_ptr<const Upstream> asked_;  // by the last request
  std::string asked_path_;
  uint8_t redirect_count_ = 0;
  bool has_metadata_ = false;
};

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

Flow look_for_keys(Context& context, ProviderRun& run, std::string_view url, std::shared_ptr<const KeySet>& keys) {
  const std::function<std::unique_ptr<FetchJob>()> make = [url] { return std::make_unique<ProviderFetch>(url); };
  FetchLook look;
  const Flow flow = look_for(context, run.fetch, {url, run.wants_newer, !context.sends_fetches, make}, look);
  if (flow == Flow::next && !look.value) context.tell("The keys of '", url, "' could not be had: ", look.problem, ".");
  keys = std::static_pointer_cast<const KeySet>(std::move(look.value));
  return flow;
}

}  // namespace gatelet
