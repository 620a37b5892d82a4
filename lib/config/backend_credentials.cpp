// Credentials of a backend. What they say is secret: messages name the place and never the value.
#include "base/text.hpp"
#include "config/backends.hpp"
#include "policy/named_values.hpp"

namespace gatelet {

namespace {

constexpr size_t scheme_length_max = 100;     // management.md 2.5
constexpr size_t parameter_length_max = 300;  // the same

class CredentialsReader {
 public:
  CredentialsReader(const Properties& properties, const std::string& backend, const NamedValueLookup& named_value)
      : properties_(properties), backend_(backend), named_value_(named_value), json_(properties["credentials"]) {}

  std::shared_ptr<const BackendCredentials> read() {
    if (json_.is_null() || (json_.is_object() && json_.size() == 0)) return nullptr;
    if (!json_.is_object())
      return error(DiagnosticCode::invalid_value, " must be an object with header, query, authorization or certificateIds", json_), nullptr;
    refuse_managed_identity();
    read_headers();
    read_query();
    read_authorization();
    return std::make_shared<const BackendCredentials>(std::move(credentials_));
  }

 private:
  void error(DiagnosticCode code, std::string_view problem, const Json& at) const {
    properties_.error(code, "credentials of " + backend_ + std::string(problem), at.at() ? at : json_);
  }

  void refuse_managed_identity() const {
    if (json_["managedIdentity"].size() != 0)
      error(DiagnosticCode::unsupported_feature,
            " have a managed identity, which only exists in Azure; use certificateIds, header, query or authorization",
            json_["managedIdentity"]);
  }

  std::optional<std::string> value_of(const std::string& place, const Json& json) const {
    return read_secret(properties_, "credentials of " + backend_, place, json.at() ? json : json_, named_value_);
  }

  std::vector<std::string> values_of(const std::string& place, const Json& json) const {
    if (!json.is_array()) error(DiagnosticCode::invalid_value, ": " + place + " must be a list of texts, [\"value\"]", json);
    std::vector<std::string> values;
    for (const Json& item : json.items())
      if (auto value = value_of(place, item)) values.push_back(std::move(*value));
    return values;
  }

  bool is_object(std::string_view part) const {
    if (json_[part].is_null() || json_[part].is_object()) return true;
    error(DiagnosticCode::invalid_value, ": " + std::string(part) + " must be an object, {\"name\": [\"value\"]}", json_[part]);
    return false;
  }

  void add_header(const std::string& name, std::vector<std::string> values, const std::string& place, const Json& at) {
    for (const std::string& value : values)
      if (!is_field_value(value))
        return error(DiagnosticCode::invalid_value, ": " + place + " has control characters, which a header cannot have; remove them", at);
    if (!values.empty()) credentials_.headers.push_back({HeaderName(name), std::move(values)});
  }

  void read_headers() {
    if (!is_object("header")) return;
    for (const Json::Member& member : json_["header"].members()) {
      const std::string place = "header '" + member.name + "'";
      const HeaderName name(member.name);
      if (!is_token(member.name)) {
        error(DiagnosticCode::invalid_value, ": '" + member.name + "' is not a header name", member.value);
      } else if (name.id == HeaderId::host || (flags_of(name.id) & (header_hop | header_fixed))) {
        error(DiagnosticCode::invalid_value, ": the gateway sets " + place + " itself; remove it", member.value);
      } else {
        add_header(member.name, values_of(place, member.value), place, member.value);
      }
    }
  }

  void read_query() {
    if (!is_object("query")) return;
    for (const Json::Member& member : json_["query"].members()) {
      if (member.name.empty()) error(DiagnosticCode::invalid_value, ": a query parameter needs a name", member.value);
      credentials_.query_names.push_back(member.name);
      for (const std::string& value : values_of("query parameter '" + member.name + "'", member.value)) {
        if (!credentials_.query.empty()) credentials_.query += '&';
        credentials_.query += query_encode(member.name) + "=" + query_encode(value);
      }
    }
  }

  void read_authorization() {
    const Json& authorization = json_["authorization"];
    if (authorization.is_null()) return;
    const auto scheme = value_of("authorization.scheme", authorization["scheme"]);
    const auto parameter = authorization["parameter"].is_null() ? std::optional(std::string())
                                                                : value_of("authorization.parameter", authorization["parameter"]);
    if (!scheme || !parameter) return;
    if (!is_token(*scheme) || scheme->size() > scheme_length_max)
      return error(DiagnosticCode::invalid_value, ": authorization.scheme must be one word such as Bearer, of at most 100 characters",
                   authorization["scheme"]);
    if (parameter->size() > parameter_length_max)
      return error(DiagnosticCode::limit_exceeded, ": authorization.parameter is longer than 300 characters; use header for it",
                   authorization["parameter"]);
    for (const BackendCredentials::Header& header : credentials_.headers)
      if (header.name.id == HeaderId::authorization)
        return error(DiagnosticCode::invalid_value, " give Authorization twice, in header and in authorization; keep one", authorization);
    add_header("Authorization", {parameter->empty() ? *scheme : *scheme + " " + *parameter}, "authorization", authorization);
  }

  const Properties& properties_;
  const std::string& backend_;
  const NamedValueLookup& named_value_;
  const Json& json_;
  BackendCredentials credentials_;
};

}  // namespace

std::optional<std::string> read_secret(const Properties& properties, const std::string& owner, const std::string& place, const Json& json,
                                       const NamedValueLookup& named_value) {
  const auto error = [&](DiagnosticCode code, const std::string& problem) { properties.error(code, owner + ": " + problem, json); };
  if (!json.is_string()) return error(DiagnosticCode::invalid_value, place + " must be a text in quotes"), std::nullopt;
  bool is_complete = true;
  std::string text = replace_named_values(json.string(), [&](const NamedValueToken& token) {
    auto value = named_value(token.name);
    if (!value)
      error(DiagnosticCode::unknown_reference,
            "the named value '" + std::string(token.name) + "' in " + place + " does not exist; add it, or correct the name");
    is_complete = is_complete && value;
    return value;
  });
  return is_complete ? std::optional(std::move(text)) : std::nullopt;
}

std::shared_ptr<const BackendCredentials> read_credentials(const Properties& properties, const std::string& backend,
                                                           const NamedValueLookup& named_value) {
  return CredentialsReader(properties, backend, named_value).read();
}

}  // namespace gatelet
