#include "policies/token_check.hpp"

#include <algorithm>
#include <cmath>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "expr/tokens.hpp"
#include "policies/elements.hpp"
#include "policy/expression_context.hpp"

namespace gatelet {

namespace token_reason {
constexpr std::string_view not_present = "TokenNotPresent";
constexpr std::string_view signature_invalid = "TokenSignatureInvalid";
constexpr std::string_view audience_not_allowed = "TokenAudienceNotAllowed";
constexpr std::string_view issuer_not_allowed = "TokenIssuerNotAllowed";
constexpr std::string_view expired = "TokenExpired";
constexpr std::string_view key_not_found = "TokenSignatureKeyNotFound";
constexpr std::string_view claim_not_found = "TokenClaimNotFound";
constexpr std::string_view claim_not_allowed = "TokenClaimValueNotAllowed";
constexpr std::string_view invalid = "JwtInvalid";
}  // namespace token_reason

// The reasons and texts of a token that is refused. The documents say "library message" of most texts: those are ours.
struct TokenCheck::Verdict {
  std::shared_ptr<const SeenToken> token;
  std::shared_ptr<SeenToken> read;  // the same, where it has just been read and nobody else has it yet
  std::string_view reason;
  std::string_view message;
  bool has_failed = false;  // context.fail() was called: an expression
  bool is_waiting = false;  // for the turn of its verification
  Candidate verified;       // what a turn has looked at

  bool refuse(std::string_view why, std::string_view text) {
    reason = why;
    message = text;
    return false;
  }
  bool fail() {
    has_failed = true;
    return false;
  }
};

namespace token_check_rows {

// Values of a claim as texts: the elements of a list, the parts of a text.
static std::vector<std::string> claim_values(const JsonText& claim, std::string_view divider) {
  std::vector<std::string> out;
  const auto add = [&](const JsonText& value) {
    const std::string text = value.shown();
    if (divider.empty() || !value.is_string()) return out.push_back(text);
    for (size_t at = 0; at <= text.size();) {
      const size_t end = std::min(text.find(divider, at), text.size());
      out.push_back(text.substr(at, end - at));
      at = end + divider.size();
    }
  };
  if (!claim.is_array()) add(claim);
  for (const JsonText& item : claim.items()) add(item);
  return out;
}

static bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Texts that are allowed or wanted, in the arena.
class Texts {
 public:
  explicit Texts(Arena& arena) : arena_(arena) {}
  void add(std::string_view text) { last_ = arena_.make<Item>(text, last_); }
  // False: context.fail() was called.
  bool add_all(Context& context, const std::vector<TextValue>& values) {
    for (const TextValue& value : values) {
      std::string_view text;
      if (!value.get(context, text)) return false;
      add(text);
    }
    return true;
  }
  bool empty() const { return !last_; }
  template <class Predicate>
  bool any_of(Predicate&& fits) const {
    for (const Item* item = last_; item; item = item->before)
      if (fits(item->text)) return true;
    return false;
  }
  bool contains(std::string_view text) const {
    return any_of([&](std::string_view one) { return one == text; });
  }

 private:
  struct Item {
    std::string_view text;
    const Item* before;
  };
  Arena& arena_;
  const Item* last_ = nullptr;
};

static std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& text : list) out += (out.empty() ? "" : ", ") + text;
  return out;
}

static std::optional<double> time_of(const JsonText& claims, std::string_view name) {
  const JsonText* claim = claims.find(name);
  if (!claim) return std::nullopt;
  constexpr double most = 1e12;
  const double time = claim->number();
  return claim->is_number() && std::fabs(time) < most ? time : std::nan("");
}

static std::shared_ptr<SeenToken> read_token(std::string_view text) {
  auto seen = std::make_shared<SeenToken>(text);
  const auto parsed = crypto::read_compact(seen->text, seen->arena);
  if (!parsed) return nullptr;
  const auto read = crypto::read_claims(*parsed, seen->arena);
  if (!read) return nullptr;
  const JsonText& claims = **read;
  seen->parsed = *parsed;
  seen->claims = &claims;
  seen->expires = time_of(claims, "exp");
  seen->begins = time_of(claims, "nbf");
  seen->issued = time_of(claims, "iat");
  seen->audience = &claims["aud"];
  seen->issuer = &claims["iss"];
  return seen;
}

// By the key that it names, else by one of those that may fit.
static bool is_signed_by_one(const SeenToken& token, const KeySet& set) {
  const std::string_view kid = (*token.parsed.header)["kid"].string();
  size_t tried = 0;
  for (const crypto::VerificationKey& key : set.keys) {
    if (!kid.empty() && !key.id.empty() && key.id != kid) continue;
    if (++tried > keys_tried_max) return false;
    if (crypto::is_signed_by(token.parsed, key)) return true;
  }
  return false;
}

static bool knows_key(const SeenToken& token, const KeySet& set) {
  const JsonText* kid = token.parsed.header->find("kid");
  if (!kid) return !set.keys.empty();
  // Keys of a document need no id: they are tried for every token.
  return std::ranges::any_of(set.keys, [&](const crypto::VerificationKey& key) { return key.id.empty() || key.id == kid->string(); });
}

// "none", and nothing where the signature would stand.
static bool is_unsigned_text(const SeenToken& token) {
  const bool has_no_signature = token.text.back() == '.' || token.parsed.signed_text.size() == token.text.size();
  return (*token.parsed.header)["alg"].string() == "none" && has_no_signature;
}

}  // namespace token_check_rows

using namespace token_check_rows;

// Lives in the arena; what it holds, which must be destroyed, elsewhere.
struct TokenCheck::Verification final : Obligation, Computation {
  Candidate* held = nullptr;

  void run() override { held->token->is_signed = is_signed_by_one(*held->token, *held->keys); }
  static void forget(Obligation& self, const ExchangeEnd&) { delete std::exchange(static_cast<Verification&>(self).held, nullptr); }
};

// Of a token that is encrypted.
struct TokenCheck::Opening final : Computation {
  Opening(Context& asked, const DocumentDecryptionKeys& known, std::string_view text) : context(asked), keys(known), sealed(text) {}
  void run() override { is_open = keys.decrypt(context, sealed, opened); }

  Context& context;
  const DocumentDecryptionKeys& keys;
  std::string_view sealed;
  std::string_view opened;
  bool is_open = false;
};

// What it waits for.
struct TokenCheck::Step {
  // Whether what takes long waits for its turn.
  bool takes_turn(const Context& context) { return context.computes_later && turn_count++ < token_turns_max; }

  ProviderRun provider;
  Opening* opening = nullptr;            // null: it is not encrypted
  Verification* verification = nullptr;  // null: of no turn
  uint32_t turn_count = 0;
};

void TokenCheck::read_source(PolicyReader& in, std::string_view default_header) {
  header_ = in.optional_text("header-name");
  query_ = in.optional_text("query-parameter-name");
  value_ = in.optional_text("token-value");
  default_header_ = default_header;
  const int count = static_cast<int>(header_.has_value()) + static_cast<int>(query_.has_value()) + static_cast<int>(value_.has_value());
  if (count > 1 || (count == 0 && default_header.empty()))
    in.error(DiagnosticCode::missing_value,
             "'" + std::string(in.element()) + "' needs " + (default_header.empty() ? "exactly" : "at most") +
                 " one of the attributes 'header-name', 'query-parameter-name' and 'token-value'",
             in.at());
}

void TokenCheck::read_answer(PolicyReader& in) {
  status_ = in.optional_integer("failed-validation-httpcode", answer_statuses);
  message_ = in.optional_text("failed-validation-error-message");
  variable_ = in.optional_literal("output-token-variable-name");
}

void TokenCheck::read_audiences(PolicyReader& in) {
  for (PolicyReader* list : in.children("audiences", {.most = 1}))
    for (PolicyReader* child : list->children("audience", {.least = 1})) audiences_.push_back(child->content());
}

void TokenCheck::read_claims(PolicyReader& in) {
  for (PolicyReader* list : in.children("required-claims", {.most = 1}))
    for (PolicyReader* child : list->children("claim", {.least = 1})) {
      RequiredClaim& claim = claims_.emplace_back();
      claim.name = child->required_text("name");
      claim.match = child->optional_text("match");
      claim.separator = child->optional_text("separator");
      const std::string* match = claim.match ? claim.match->literal() : nullptr;
      if (match && *match != "all" && *match != "any")
        child->error(DiagnosticCode::invalid_value, "'match' must be all or any, not '" + *match + "'", child->at("match"));
      claim.values = child->texts("value");
    }
}

void TokenCheck::read_rules(PolicyReader& in) {
  requires_expiration_ = in.optional_bool("require-expiration-time", true);
  requires_signature_ = in.optional_bool("require-signed-tokens", true);
  scheme_ = in.optional_text("require-scheme");
  skew_s_ = in.optional_integer("clock-skew", {});
  for (PolicyReader* child : in.children("openid-config")) {
    providers_.push_back(child->required_text("url"));
    const std::string* url = providers_.back().literal();
    if (const auto parsed = parse_url(url ? trim(*url) : "https://unknown"); !parsed)
      child->error(DiagnosticCode::invalid_value, "'url' of 'openid-config': " + parsed.error().message, child->at("url"));
  }
  for (PolicyReader* list : in.children("issuer-signing-keys", {.most = 1})) keys_.read(*list);
  for (PolicyReader* list : in.children("issuers", {.most = 1}))
    for (PolicyReader* child : list->children("issuer", {.least = 1})) issuers_.push_back(child->content());
}

void TokenCheck::read_decryption_keys(PolicyReader& in) {
  for (PolicyReader* list : in.children("decryption-keys", {.most = 1})) decryption_keys_.read(*list);
}

uint8_t TokenCheck::needs() const {
  uint8_t needs = needs_no_body;
  const auto add = [&](const auto& value) {
    if (value) needs |= value->needs();
  };
  add(header_), add(query_), add(value_), add(status_), add(message_), add(requires_expiration_), add(requires_signature_);
  add(scheme_), add(skew_s_);
  for (const auto* list : {&providers_, &audiences_, &issuers_})
    for (const TextValue& value : *list) needs |= value.needs();
  for (const RequiredClaim& claim : claims_) {
    needs |= claim.name.needs();
    add(claim.match), add(claim.separator);
    for (const TextValue& value : claim.values) needs |= value.needs();
  }
  if (tenant_) needs |= tenant_->id.needs();
  return needs;
}

// The token, empty when there is none. False: context.fail() was called.
bool TokenCheck::find_token(Context& context, std::string_view& token) const {
  token = {};
  std::string_view name = default_header_;
  if (value_) return value_->get(context, token);
  if (query_) {
    if (!query_->get(context, name)) return false;
    std::string_view found;
    if (find_query_value(context.request.target.query, name, found)) token = query_decoded(found, context.arena);
    return true;
  }
  if (header_ && !header_->get(context, name)) return false;
  std::string_view wanted;
  if (scheme_ && !scheme_->get(context, wanted)) return false;
  std::string_view value = trim(context.request.headers.get(name));
  const size_t blank = value.find(' ');
  const bool has_scheme = blank != std::string_view::npos;
  const bool is_authorization = header_id(name) == HeaderId::authorization;
  if (is_authorization && !wanted.empty() && (!has_scheme || !equal_ignoring_case(value.substr(0, blank), wanted))) return true;
  // Of several values in one header the first counts.
  token = has_scheme ? trim(value.substr(blank + 1)) : value;
  token = trim(token.substr(0, token.find(',')));
  return true;
}

bool TokenCheck::provider_urls(Context& context, std::vector<std::string_view>& out) const {
  for (const TextValue& value : providers_) {
    std::string_view url;
    if (!value.get(context, url)) return false;
    out.push_back(trim(url));
  }
  if (!tenant_) return true;
  std::string_view id;
  if (!tenant_->id.get(context, id)) return false;
  id = trim(id);
  constexpr std::string_view document = "/.well-known/openid-configuration";
  const std::string& authority = context.services->azure_authority;
  std::string_view base = id.find("://") != std::string_view::npos ? id : context.arena.concat(authority, "/", id);
  while (base.ends_with('/')) base.remove_suffix(1);
  if (base.ends_with("/v2.0")) base.remove_suffix(sizeof("/v2.0") - 1);
  out.push_back(context.arena.concat(base, "/v2.0", document));
  out.push_back(context.arena.concat(base, document));
  return true;
}

// A token that was found good before needs not even be read.
bool TokenCheck::find_seen(Context& context, const KeySets& sets, std::string_view text, Verdict& verdict) const {
  SeenTokens* seen_tokens = context.services->seen_tokens;
  for (const auto& set : sets) {
    if (!seen_tokens || !set->is_lasting) continue;
    std::shared_ptr<const SeenToken> seen = seen_tokens->find(text, set.get());
    if (seen && seen->is_signed) return verdict.token = std::move(seen), true;
  }
  return false;
}

// False: it is to be done at once.
bool TokenCheck::verify_later(Context& context, Step& step, const Candidate& candidate) {
  // Keys made for one request would be other ones when the step goes on.
  if (!candidate.keys->is_lasting || !crypto::needs_public_key(candidate.token->parsed) || !step.takes_turn(context)) return false;
  step.verification = context.arena.make<Verification>();
  step.verification->settle = Verification::forget;
  step.verification->held = new Candidate(candidate);
  context.owed_by_block.add(*step.verification);
  context.compute(*step.verification);
  return true;
}

bool TokenCheck::is_signed(Context& context, Step& step, const KeySets& sets, Verdict& verdict) const {
  SeenTokens* seen_tokens = context.services->seen_tokens;
  bool is_key_known = false;
  for (const auto& set : sets) {
    if (!knows_key(*verdict.token, *set)) continue;
    is_key_known = true;
    const bool is_remembered = seen_tokens && set->is_lasting;
    std::shared_ptr<SeenToken> made;
    if (verdict.verified.token && verdict.verified.keys == set) {
      made = std::move(verdict.verified.token);
    } else {
      const std::shared_ptr<const SeenToken> seen = is_remembered ? seen_tokens->find(verdict.token->text, set.get()) : nullptr;
      if (seen && seen->is_signed) return true;
      if (seen) continue;
      // What other keys say of it is remembered apart.
      made = verdict.read ? std::exchange(verdict.read, nullptr) : read_token(verdict.token->text);
      if (verify_later(context, step, {made, set})) return verdict.is_waiting = true, false;
      made->is_signed = is_signed_by_one(*made, *set);
    }
    if (is_remembered) seen_tokens->store(made, set);
    if (made->is_signed) return true;
  }
  if (!is_key_known) return verdict.refuse(token_reason::key_not_found, "The key of the token's signature was not found. Access denied.");
  return verdict.refuse(token_reason::signature_invalid, "The signature of the token is not valid. Access denied.");
}

bool TokenCheck::check_times(Context& context, Verdict& verdict) const {
  bool requires_expiration = true;
  int64_t skew_s = 0;
  if (requires_expiration_ && !requires_expiration_->get(context, requires_expiration)) return verdict.fail();
  if (skew_s_ && !skew_s_->get(context, skew_s)) return verdict.fail();
  const double now_s = static_cast<double>(context.now.wall_ms) / 1000, skew = static_cast<double>(skew_s);
  const SeenToken& token = *verdict.token;
  const auto is_no_time = [](const std::optional<double>& time) { return time && std::isnan(*time); };
  if (is_no_time(token.expires)) return verdict.refuse(token_reason::invalid, "The claim 'exp' is not a time.");
  if (is_no_time(token.begins)) return verdict.refuse(token_reason::invalid, "The claim 'nbf' is not a time.");
  if (is_no_time(token.issued)) return verdict.refuse(token_reason::invalid, "The claim 'iat' is not a time.");
  if (!token.expires && requires_expiration) return verdict.refuse(token_reason::invalid, "The token has no expiration time.");
  if (token.expires && now_s > *token.expires + skew) return verdict.refuse(token_reason::expired, "The token has expired. Access denied.");
  if (token.begins && now_s < *token.begins - skew) return verdict.refuse(token_reason::invalid, "The token is not valid yet.");
  return true;
}

bool TokenCheck::check_audience(Context& context, Verdict& verdict) const {
  Texts allowed(context.arena);
  if (!allowed.add_all(context, audiences_)) return verdict.fail();
  if (tenant_) {
    Texts backends(context.arena);
    if (!backends.add_all(context, tenant_->backends)) return verdict.fail();
    backends.any_of([&](std::string_view id) { return allowed.add(id), allowed.add(context.arena.concat("api://", id)), false; });
  }
  if (allowed.empty()) return true;
  const JsonText& audience = *verdict.token->audience;
  const auto fits = [&](const JsonText& value) { return value.is_string() && allowed.contains(value.string()); };
  bool is_allowed = fits(audience);
  for (const JsonText& item : audience.items()) is_allowed |= fits(item);
  if (is_allowed) return true;
  return verdict.refuse(token_reason::audience_not_allowed, "The audience of the token is not allowed. Access denied.");
}

// Of an issuer of several tenants the metadata says "{tenantid}" where a token has its own.
bool TokenCheck::check_issuer(Context& context, const KeySets& sets, Verdict& verdict) const {
  Texts allowed(context.arena);
  if (!allowed.add_all(context, issuers_)) return verdict.fail();
  bool is_any = allowed.empty();
  for (const auto& set : sets) {
    const std::string_view issuer = set->issuer;
    if (issuer.empty()) continue;
    is_any = false;
    constexpr std::string_view place = "{tenantid}";
    const size_t at = issuer.find(place);
    if (at == std::string_view::npos) {
      allowed.add(issuer);
    } else if (const std::string_view tenant = (*verdict.token->claims)["tid"].string(); !tenant.empty()) {
      allowed.add(context.arena.concat(issuer.substr(0, at), tenant, issuer.substr(at + place.size())));
    }
  }
  const JsonText& issuer = *verdict.token->issuer;
  if (is_any || (issuer.is_string() && allowed.contains(issuer.string()))) return true;
  return verdict.refuse(token_reason::issuer_not_allowed, "The issuer of the token is not allowed. Access denied.");
}

bool TokenCheck::check_tenant(Context& context, const JsonText& claims, Verdict& verdict) const {
  if (!tenant_) return true;
  Texts applications(context.arena);
  if (!applications.add_all(context, tenant_->applications)) return verdict.fail();
  const std::string_view name = claims.has("azp") ? "azp" : "appid";
  if (applications.empty() || applications.contains(claims[name].string())) return true;
  if (!claims.has(name))
    return verdict.refuse(token_reason::claim_not_found, "JWT token is missing the following claims: azp, appid. Access denied.");
  return verdict.refuse(token_reason::claim_not_allowed,
                        context.arena.concat("Claim ", name, " value of ", claims[name].string(), " is not allowed. Access denied."));
}

bool TokenCheck::check_claims(Context& context, const JsonText& claims, Verdict& verdict) const {
  std::vector<std::string> missing;
  for (const RequiredClaim& required : claims_) {
    std::string_view name;
    if (!required.name.get(context, name)) return verdict.fail();
    if (!claims.has(name)) missing.emplace_back(name);
  }
  if (!missing.empty())
    return verdict.refuse(token_reason::claim_not_found,
                          context.arena.concat("JWT token is missing the following claims: ", joined(missing), ". Access denied."));
  for (const RequiredClaim& required : claims_) {
    std::string_view name, match = "all", divider;
    if (!required.name.get(context, name) || (required.match && !required.match->get(context, match))) return verdict.fail();
    if (required.separator && !required.separator->get(context, divider)) return verdict.fail();
    Texts wanted(context.arena);
    if (!wanted.add_all(context, required.values)) return verdict.fail();
    if (wanted.empty()) continue;
    const std::vector<std::string> found = claim_values(claims[name], divider);
    const auto is_there = [&](std::string_view value) { return contains(found, value); };
    const auto is_missing = [&](std::string_view value) { return !contains(found, value); };
    const bool fits = match == "any" ? wanted.any_of(is_there) : !wanted.any_of(is_missing);
    if (!fits)
      return verdict.refuse(token_reason::claim_not_allowed,
                            context.arena.concat("Claim ", name, " value of ", joined(found), " is not allowed. Access denied."));
  }
  return true;
}

Flow TokenCheck::refuse_token(Context& context, const Verdict& verdict) const {
  if (verdict.has_failed) return Flow::fail;
  Failure failure;
  int64_t status = 401;
  if (status_ && !status_->get(context, status)) return Flow::fail;
  failure.reason = verdict.reason;
  failure.message = failure.public_message = verdict.message;
  if (message_ && !message_->get(context, failure.public_message)) return Flow::fail;
  failure.status = static_cast<int>(status);
  return context.fail(failure);
}

Flow TokenCheck::accept(Context& context, const SeenToken& token) const {
  context.tell("The token is valid.");
  if (!variable_) return Flow::next;
  ContextRun run(context);
  const cs::Value value = cs::jwt_value(run.evaluation, token.parsed, *token.claims);
  if (run.evaluation.failed()) return refuse(context, "The token is too large for a variable."), Flow::fail;
  context.set_variable(*variable_, value, "Jwt");
  return Flow::next;
}

Flow TokenCheck::run(Context& context) const {
  context.step_state = nullptr;
  Step step;
  return go_on(context, step);
}

Flow TokenCheck::resume(Context& context) const {
  auto& step = *static_cast<Step*>(context.step_state);
  return resume_fetch(context, step.provider.fetch) == Flow::wait ? Flow::wait : go_on(context, step);
}

// Most checks end in one go: only those that wait need the arena.
Flow TokenCheck::wait(Context& context, const Step& step) {
  if (!context.step_state) context.step_state = context.arena.make<Step>(step);
  return Flow::wait;
}

// From the beginning again whenever a provider has answered, whose word is in the shared table then, or a turn is over.
Flow TokenCheck::go_on(Context& context, Step& step) const {
  Verdict verdict;
  std::string_view text;
  if (Verification* const done = std::exchange(step.verification, nullptr)) {
    verdict.verified = std::move(*done->held);
    context.owed_by_block.settle({}, done->older);
  }
  if (!find_token(context, text)) return Flow::fail;
  if (text.empty()) return verdict.refuse(token_reason::not_present, "JWT not present."), refuse_token(context, verdict);
  if (text.size() <= token_bytes_max && crypto::is_encrypted_token(text)) {
    if (!step.opening || step.opening->sealed != text) {
      step.opening = context.arena.make<Opening>(context, decryption_keys_, text);
      if (step.takes_turn(context)) return context.compute(*step.opening), wait(context, step);
      step.opening->run();
    }
    if (!step.opening->is_open)
      return verdict.refuse(token_reason::invalid, "The token cannot be decrypted."), refuse_token(context, verdict);
    text = step.opening->opened;
  }
  bool requires_signature = true;
  if (requires_signature_ && !requires_signature_->get(context, requires_signature)) return Flow::fail;
  std::vector<std::string_view> urls;
  if (!provider_urls(context, urls)) return Flow::fail;
  KeySets all;
  keys_.get(context, all);
  const size_t own = all.size();
  for (;;) {
    all.resize(own);
    for (std::string_view url : urls) {
      std::shared_ptr<const KeySet> keys;
      if (look_for_keys(context, step.provider, url, keys) == Flow::wait) return wait(context, step);
      if (keys) all.push_back(std::move(keys));
    }
    if (verdict.verified.token && verdict.verified.token->text == text)
      verdict.token = verdict.verified.token;
    else
      verdict.verified = {};
    bool is_good = !verdict.token && find_seen(context, all, text, verdict);
    if (!is_good && !verdict.token) {
      if (text.size() <= token_bytes_max) verdict.token = verdict.read = read_token(text);
      if (!verdict.token) return verdict.refuse(token_reason::invalid, "The token cannot be read."), refuse_token(context, verdict);
    }
    const bool is_unsigned = !is_good && is_unsigned_text(*verdict.token);
    if (is_unsigned) is_good = !requires_signature;
    if (is_unsigned && requires_signature)
      verdict.refuse(token_reason::signature_invalid, "The token is not signed. Access denied.");
    else if (!is_good)
      is_good = is_signed(context, step, all, verdict);
    if (verdict.is_waiting) return wait(context, step);
    if (!is_good && verdict.reason == token_reason::key_not_found && !urls.empty() && !std::exchange(step.provider.wants_newer, true))
      continue;
    if (!is_good) return refuse_token(context, verdict);
    const JsonText& claims = *verdict.token->claims;
    const bool fits = check_times(context, verdict) && check_audience(context, verdict) && check_issuer(context, all, verdict) &&
                      check_tenant(context, claims, verdict) && check_claims(context, claims, verdict);
    return fits ? accept(context, *verdict.token) : refuse_token(context, verdict);
  }
}

}  // namespace gatelet
