// Facts: what a policy or expression may know of the API, operation, product, subscription, user and deployment it runs for
// (expressions.md 2.1). config/model.hpp contains them; they are immutable parts of a Config.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/buffer.hpp"
#include "crypto/certificate.hpp"

namespace gatelet {

struct OperationDefinition;
struct UpstreamIdentity;

inline constexpr uint8_t trace_severity_none = 3;

struct ApiFacts {
  std::string id;    // resource name without revision: "echo"
  std::string name;  // display name
  std::string path;  // base path without slashes at the ends; may be empty
  std::string revision = "1";
  std::string version;
  std::string service_url;
  std::vector<std::string> protocols;
  bool is_current_revision = true;
  std::string key_header = "Ocp-Apim-Subscription-Key";  // where a subscription key stands
  std::string key_query = "subscription-key";
  // The least severity (TraceSeverity) of the messages of trace that a diagnostic of the API wants to hear of.
  uint8_t trace_items_from = trace_severity_none;    // each by itself
  uint8_t trace_records_from = trace_severity_none;  // in the request's log entry
};

// An answer that the definition of an operation promises, for mock-response: one for each example, and one made from the schema for a
// representation that has none.
struct ResponseExample {
  int status = 200;
  std::string content_type;
  Buffer body;
  bool is_given = true;  // false: made from the schema
};

struct OperationFacts {
  std::string id;
  std::string name;
  std::string method;
  std::string url_template;
  std::vector<ResponseExample> examples;                  // in the order of the definition; only for operations whose policies use them
  std::shared_ptr<const OperationDefinition> definition;  // policy/definition.hpp; null: no policy of the operation uses it
};

// A group of users; an identity of one, whose name is its provider.
struct NamedFacts {
  std::string id;
  std::string name;
};

struct ProductFacts {
  std::string id;
  std::string name;
  std::string state = "notPublished";
  bool subscription_required = true;
  bool approval_required = false;
  int subscriptions_limit = 0;  // 0: none
  std::vector<NamedFacts> groups;
  std::vector<const ApiFacts*> apis;  // in their current revisions; parts of the same Config
};

struct SubscriptionFacts {
  std::string id;
  std::string name;
  std::string primary_key;
  std::string secondary_key;
  std::string created_date;
  std::string start_date;
  std::string end_date;
  std::optional<int64_t> start_ms;  // start_date, else created_date: where the periods of quotas begin
};

struct UserFacts {
  std::string id;
  std::string first_name;
  std::string last_name;
  std::string email;
  std::string note;
  std::string registration_date;
  std::vector<NamedFacts> groups;
  std::vector<NamedFacts> identities;
};

// Of the service; expressions find it by its id and by its thumbprint.
struct DeployedCertificate {
  std::string id;
  crypto::Certificate certificate;
  std::shared_ptr<const UpstreamIdentity> identity = nullptr;  // to show it to backends; null: it has no key
};

// What a client has shown in the handshake of TLS.
struct ClientCertificate {
  crypto::Certificate certificate;
  bool is_trusted = false;  // its chain leads to an authority of the gateway, and no revocation list names it
};

struct DeploymentFacts {
  std::string gateway_id = "gatelet";
  std::string instance_id;
  std::string region;
  std::string service_name;
  std::vector<DeployedCertificate> certificates;
};

}  // namespace gatelet
