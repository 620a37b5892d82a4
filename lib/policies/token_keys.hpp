// Keys that verify tokens: those in the document, and those that an identity provider publishes (policies-a.md 5.4).
#pragma once

#include "crypto/jwe.hpp"
#include "policies/shared_fetch.hpp"
#include "policy/reader.hpp"

namespace gatelet {

struct KeySet final : Fetched {
  std::string issuer;  // of the provider; empty: of the document
  std::vector<crypto::VerificationKey> keys;
  bool is_lasting = true;  // false: made for one request
};

// The content of <key> in issuer-signing-keys: base64, or n and e. A certificate-id is only found when requests run.
class DocumentKeys {
 public:
  void read(PolicyReader& list);
  bool is_empty() const { return !keys_ && certificates_.empty(); }
  // Adds to `out`; what the document names and the service does not have is left out.
  void get(const Context& context, std::vector<std::shared_ptr<const KeySet>>& out) const;

 private:
  struct CertificateKey {
    std::string id;      // to match kid
    std::string wanted;  // of the certificate
  };
  std::shared_ptr<KeySet> keys_;
  std::vector<CertificateKey> certificates_;
};

// The content of <key> in decryption-keys: base64, or a certificate-id, which is only found when requests run.
class DocumentDecryptionKeys {
 public:
  void read(PolicyReader& list);
  // What the encrypted token holds, in the arena; false: no key opens it.
  bool decrypt(Context& context, std::string_view token, std::string_view& out) const;

 private:
  struct Item {
    crypto::DecryptionKey key;
    std::string certificate;  // empty: the key is here
  };
  std::vector<Item> items_;
};

// What a step wants of providers; in the arena.
struct ProviderRun {
  FetchRun fetch;
  bool wants_newer = false;  // a key was not there
};

// The keys of the provider with that metadata, as look_for(); null: there are none.
Flow look_for_keys(Context& context, ProviderRun& run, std::string_view url, std::shared_ptr<const KeySet>& keys);

}  // namespace gatelet
