// TokenCheck: what validate-jwt and validate-azure-ad-token do with a token (policies-a.md 5.4, 5.5).
#pragma once

#include "policies/token_keys.hpp"

namespace gatelet {

class TokenCheck {
 public:
  // What a document says of one claim that must be there.
  struct RequiredClaim {
    TextValue name;
    std::optional<TextValue> match;
    std::optional<TextValue> separator;
    std::vector<TextValue> values;
  };

  // The attributes and children that both have.
  void read_source(PolicyReader& in, std::string_view default_header);
  void read_answer(PolicyReader& in);
  void read_claims(PolicyReader& in);
  void read_audiences(PolicyReader& in);
  void read_decryption_keys(PolicyReader& in);
  // Those of validate-jwt alone.
  void read_rules(PolicyReader& in);
  uint8_t needs() const;

  // validate-azure-ad-token: further demands on the claims, and where the keys are.
  struct Tenant {
    TextValue id;
    std::vector<TextValue> applications;
    std::vector<TextValue> backends;
  };
  Tenant& be_tenant() { return tenant_.emplace(); }

  Flow run(Context& context) const;
  Flow resume(Context& context) const;

 private:
  using KeySets = std::vector<std::shared_ptr<const KeySet>>;
  // A token, and keys that may have made its signature.
  struct Candidate {
    std::shared_ptr<SeenToken> token;
    std::shared_ptr<const KeySet> keys;
  };
  struct Verdict;
  struct Opening;
  struct Verification;
  struct Step;

  Flow go_on(Context& context, Step& step) const;
  static Flow wait(Context& context, const Step& step);
  static bool verify_later(Context& context, Step& step, const Candidate& candidate);
  bool find_token(Context& context, std::string_view& token) const;
  bool provider_urls(Context& context, std::vector<std::string_view>& out) const;
  bool find_seen(Context& context, const KeySets& sets, std::string_view text, Verdict& verdict) const;
  bool is_signed(Context& context, Step& step, const KeySets& sets, Verdict& verdict) const;
  bool check_times(Context& context, Verdict& verdict) const;
  bool check_audience(Context& context, Verdict& verdict) const;
  bool check_issuer(Context& context, const KeySets& sets, Verdict& verdict) const;
  bool check_tenant(Context& context, const JsonText& claims, Verdict& verdict) const;
  bool check_claims(Context& context, const JsonText& claims, Verdict& verdict) const;
  Flow refuse_token(Context& context, const Verdict& verdict) const;
  Flow accept(Context& context, const SeenToken& token) const;

  std::optional<TextValue> header_, query_, value_;
  std::string default_header_;
  std::optional<IntegerValue> status_;
  std::optional<TextValue> message_;
  std::optional<BoolValue> requires_expiration_, requires_signature_;
  std::optional<TextValue> scheme_;
  std::optional<IntegerValue> skew_s_;
  std::optional<std::string> variable_;
  std::vector<TextValue> providers_;
  DocumentKeys keys_;
  DocumentDecryptionKeys decryption_keys_;
  std::vector<TextValue> audiences_, issuers_;
  std::vector<RequiredClaim> claims_;
  std::optional<Tenant> tenant_;
};

// A policy that is a check of a token.
class TokenPolicy : public Policy {
 public:
  uint8_t needs() const override { return check_.needs(); }
  Flow run(Context& context) const override { return check_.run(context); }
  Flow resume(Context& context) const override { return check_.resume(context); }

 protected:
  TokenCheck check_;
};

}  // namespace gatelet
