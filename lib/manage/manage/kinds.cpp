#include "manage/manage/kinds.hpp"

#include "base/text.hpp"

namespace gatelet::manage {

namespace manage_kinds {

using enum FieldType;
using namespace field_flags;

constexpr Field api_fields[] = {
    {"displayName", text, not_blank, 1, 300, {}, {}},
    {"apiRevision", text, none, 1, 100, {}, {}},
    {"apiRevisionDescription", text, none, 0, 256, {}, {}},
    {"apiVersion", text, none, 0, 100, {}, {}},
    {"apiVersionDescription", text, none, 0, 256, {}, {}},
    {"apiVersionSetId", id, none, 0, 0, "apiVersionSets", {}},
    {"authenticationSettings", object, none, 0, 0, {}, {}},
    {"contact", object, none, 0, 0, {}, {}},
    {"description", text, none, 0, 0, {}, {}},
    {"isCurrent", boolean, read_only, 0, 0, {}, {}},
    {"isOnline", boolean, none, 0, 0, {}, "true"},
    {"license", object, none, 0, 0, {}, {}},
    {"path", text, none, 0, 400, {}, {}},
    {"protocols", array, none, 0, 0, "http|https|ws|wss", R"(["https"])"},
    {"serviceUrl", text, none, 0, 2000, {}, {}},
    {"subscriptionKeyParameterNames", object, none, 0, 0, {}, R"({"header":"Ocp-Apim-Subscription-Key","query":"subscription-key"})"},
    {"subscriptionRequired", boolean, none, 0, 0, {}, "true"},
    {"termsOfServiceUrl", text, none, 0, 0, {}, {}},
    {"type", text, none, 0, 0, "http|soap|websocket|graphql|odata|grpc", "\"http\""},
};
constexpr Field operation_fields[] = {
    {"displayName", text, required | not_blank, 1, 300, {}, {}},
    {"method", text, required | not_blank, 1, 0, {}, {}},
    {"urlTemplate", text, required, 1, 1000, {}, {}},
    {"description", text, none, 0, 1000, {}, {}},
    {"templateParameters", array, none, 0, 0, {}, "[]"},
    {"request", object, none, 0, 0, {}, {}},
    {"responses", array, none, 0, 0, {}, "[]"},
};
constexpr Field schema_fields[] = {
    {"contentType", text, required, 1, 0, {}, {}},
    {"document", object, none, 0, 0, {}, {}},
};
constexpr Field service_schema_fields[] = {
    {"schemaType", text, required, 0, 0, "xml|json", {}},
    {"description", text, none, 0, 0, {}, {}},
    {"value", text, none, 0, 0, {}, {}},
    {"document", object, none, 0, 0, {}, {}},
};
constexpr Field release_fields[] = {
    {"apiId", id, none, 0, 0, "apis", {}},
    {"notes", text, none, 0, 0, {}, {}},
    {"createdDateTime", date, read_only, 0, 0, {}, {}},
    {"updatedDateTime", date, read_only, 0, 0, {}, {}},
};
constexpr Field version_set_fields[] = {
    {"displayName", text, required | not_blank, 1, 100, {}, {}},
    {"versioningScheme", text, required, 0, 0, "Segment|Query|Header", {}},
    {"versionQueryName", text, none, 1, 100, {}, {}},
    {"versionHeaderName", text, none, 1, 100, {}, {}},
    {"description", text, none, 0, 0, {}, {}},
};
constexpr Field policy_fields[] = {
    {"value", text, required, 0, 0, {}, {}},
    {"format", text, none, 0, 0, "xml|rawxml|xml-link|rawxml-link", "\"xml\""},
};
constexpr Field fragment_fields[] = {
    {"value", text, required, 0, 0, {}, {}},
    {"format", text, none, 0, 0, "xml|rawxml", "\"xml\""},
    {"description", text, none, 0, 1000, {}, {}},
};
constexpr Field product_fields[] = {
    {"displayName", text, required | not_blank, 1, 300, {}, {}},
    {"description", text, none, 0, 1000, {}, {}},
    {"terms", text, none, 0, 0, {}, {}},
    {"state", text, none, 0, 0, "notPublished|published", "\"notPublished\""},
    {"subscriptionRequired", boolean, none, 0, 0, {}, "true"},
    {"approvalRequired", boolean, none, 0, 0, {}, {}},
    {"subscriptionsLimit", integer, none, 0, 0, {}, {}},
};
constexpr Field subscription_fields[] = {
    {"scope", text, required | not_blank, 1, 0, {}, {}},
    {"displayName", text, required | not_blank, 1, 100, {}, {}},
    {"ownerId", id, none, 0, 0, "users", {}},
    {"primaryKey", text, secret | not_blank, 1, 256, {}, {}},
    {"secondaryKey", text, secret | not_blank, 1, 256, {}, {}},
    {"state", text, none, 0, 0, "suspended|active|expired|submitted|rejected|cancelled", "\"submitted\""},
    {"allowTracing", boolean, none, 0, 0, {}, "false"},
    {"stateComment", text, none, 0, 0, {}, {}},
    {"createdDate", date, read_only, 0, 0, {}, {}},
    {"startDate", date, none, 0, 0, {}, {}},
    {"expirationDate", date, none, 0, 0, {}, {}},
    {"endDate", date, none, 0, 0, {}, {}},
    {"notificationDate", date, none, 0, 0, {}, {}},
};
constexpr Field user_fields[] = {
    {"email", text, required | not_blank, 1, 254, {}, {}},
    {"firstName", text, required | not_blank, 1, 100, {}, {}},
    {"lastName", text, required | not_blank, 1, 100, {}, {}},
    {"state", text, none, 0, 0, "active|blocked|pending|deleted", "\"active\""},
    {"note", text, none, 0, 0, {}, {}},
    {"identities", array, none, 0, 0, {}, "[]"},
    {"registrationDate", date, read_only, 0, 0, {}, {}},
};
constexpr Field group_fields[] = {
    {"displayName", text, required | not_blank, 1, 300, {}, {}},
    {"description", text, none, 0, 1000, {}, {}},
    {"type", text, none, 0, 0, "custom|system|external", "\"custom\""},
    {"externalId", text, none, 0, 0, {}, {}},
    {"builtIn", boolean, read_only, 0, 0, {}, {}},
};
constexpr Field named_value_fields[] = {
    {"displayName", text, required | not_blank, 1, 256, {}, {}},
    {"value", text, not_blank, 1, 4096, {}, {}},
    {"secret", boolean, none, 0, 0, {}, "false"},
    {"tags", array, none, 0, 32, {}, {}},
    {"keyVault", object, none, 0, 0, {}, {}},
};
constexpr Field backend_fields[] = {
    {"url", text, not_blank, 1, 2000, {}, {}},
    {"protocol", text, none, 0, 0, "http|soap", {}},
    {"type", text, none, 0, 0, "Single|Pool", {}},
    {"title", text, none, 1, 300, {}, {}},
    {"description", text, none, 1, 2000, {}, {}},
    {"resourceId", text, none, 1, 2000, {}, {}},
    {"credentials", object, none, 0, 0, {}, {}},
    {"proxy", object, none, 0, 0, {}, {}},
    {"tls", object, none, 0, 0, {}, {}},
    {"pool", object, none, 0, 0, {}, {}},
    {"circuitBreaker", object, none, 0, 0, {}, {}},
    {"properties", object, none, 0, 0, {}, {}},
};
constexpr Field certificate_fields[] = {
    {"data", text, secret | not_blank, 1, 0, {}, {}}, {"password", text, secret, 0, 0, {}, {}},
    {"keyVault", object, none, 0, 0, {}, {}},         {"subject", text, read_only, 0, 0, {}, {}},
    {"thumbprint", text, read_only, 0, 0, {}, {}},    {"expirationDate", date, read_only, 0, 0, {}, {}},
};
constexpr Field cache_fields[] = {
    {"connectionString", text, required | not_blank, 1, 300, {}, {}},
    {"useFromLocation", text, required, 1, 256, {}, {}},
    {"description", text, none, 0, 2000, {}, {}},
    {"resourceId", text, none, 0, 2000, {}, {}},
};
constexpr Field logger_fields[] = {
    {"loggerType", text, required, 0, 0, "azureEventHub|applicationInsights|azureMonitor", {}},
    {"credentials", object, secret, 0, 0, {}, {}},
    {"description", text, none, 0, 256, {}, {}},
    {"isBuffered", boolean, none, 0, 0, {}, "true"},
    {"resourceId", text, none, 0, 0, {}, {}},
};
constexpr Field diagnostic_fields[] = {
    {"loggerId", id, required, 0, 0, "loggers", {}},
    {"alwaysLog", text, none, 0, 0, "allErrors", {}},
    {"sampling", object, none, 0, 0, {}, {}},
    {"frontend", object, none, 0, 0, {}, {}},
    {"backend", object, none, 0, 0, {}, {}},
    {"logClientIp", boolean, none, 0, 0, {}, "false"},
    {"httpCorrelationProtocol", text, none, 0, 0, "None|Legacy|W3C", {}},
    {"verbosity", text, none, 0, 0, "verbose|information|error", {}},
    {"operationNameFormat", text, none, 0, 0, "Name|Url", {}},
    {"metrics", boolean, none, 0, 0, {}, {}},
};
constexpr Field gateway_fields[] = {
    {"locationData", object, none, 0, 0, {}, {}},
    {"description", text, none, 0, 1000, {}, {}},
};
constexpr Field host_name_fields[] = {
    {"hostname", text, required | not_blank, 1, 0, {}, {}},
    {"certificateId", id, none, 0, 0, "certificates", {}},
    {"negotiateClientCertificate", boolean, none, 0, 0, {}, "false"},
    {"tls10Enabled", boolean, none, 0, 0, {}, "false"},
    {"tls11Enabled", boolean, none, 0, 0, {}, "false"},
    {"http2Enabled", boolean, none, 0, 0, {}, "true"},
};
constexpr Field authority_fields[] = {{"isTrusted", boolean, none, 0, 0, {}, "false"}};
constexpr Field tag_fields[] = {{"displayName", text, required | not_blank, 1, 160, {}, {}}};
constexpr Field group_link_fields[] = {{"groupId", id, required, 0, 0, "groups", {}}};
constexpr Field api_link_fields[] = {{"apiId", id, required, 0, 0, "apis", {}}};

constexpr std::string_view names_filter = "name|displayName|description";

constexpr Kind kinds[] = {
#include "manage/manage/kinds.inc"
};

bool matches(std::string_view pattern, std::span<const std::string> segments) {
  size_t at = 0;
  for (const std::string& segment : segments) {
    if (at > pattern.size()) return false;
    const size_t slash = std::min(pattern.find('/', at), pattern.size());
    const std::string_view part = pattern.substr(at, slash - at);
    if (part != "*" && !equal_ignoring_case(part, segment)) return false;
    at = slash + 1;
  }
  return at == pattern.size() + 1;
}

bool is_word(char c) { return is_alpha(c) || is_digit(c) || c == '_'; }

bool is_fragment_name(std::string_view name) {
  for (const char c : name)
    if (!is_word(c) && c != '-') return false;
  return is_word(name.front()) && is_word(name.back());
}

}  // namespace manage_kinds

using namespace manage_kinds;

std::span<const Kind> all_kinds() { return kinds; }

KindOfPath kind_of_path(std::span<const std::string> segments) {
  for (const Kind& kind : kinds) {
    if (matches(kind.pattern, segments)) return {&kind, false};
    if (matches(kind.pattern.substr(0, kind.pattern.size() - 2), segments)) return {&kind, true};
  }
  return {};
}

const Kind* kind_of_key(std::string_view key) {
  std::vector<std::string> segments;
  for (const std::string_view part : split(key, '/')) segments.emplace_back(part);
  const KindOfPath found = kind_of_path(segments);
  return found.is_collection ? nullptr : found.kind;
}

bool is_name(const Kind& kind, std::string_view name) {
  if (name.empty() || name.size() > kind.name_max || name == "." || name == "..") return false;
  for (const char c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == '/' || c == 0x7f) return false;
  if (kind.names == NameRule::any) return true;
  if (kind.names == NameRule::policy) return equal_ignoring_case(name, "policy");
  if (kind.names == NameRule::fragment) return is_fragment_name(name);
  if (kind.names == NameRule::api) name = name.substr(0, name.find(";rev="));
  return !name.empty() && name.find_first_of("*#&+:<>?") == name.npos;
}

}  // namespace gatelet::manage
