#include "expr/document_context.hpp"

#include <charconv>

#include "base/text.hpp"
#include "expr/context_objects.hpp"
#include "expr/json.hpp"
#include "expr/member_calls.hpp"
#include "expr/registry.hpp"

namespace gatelet {

static constexpr std::string_view default_url = "https://gateway.test/";

DocumentContext::DocumentContext(Arena& memory, const Json& document, int64_t now_ticks, SipKey seed)
    : arena_(memory),
      document_(document),
      now_ticks_(now_ticks),
      received_ticks_(now_ticks),
      seed_(seed),
      request_(memory),
      response_(memory) {}

DocumentContext::~DocumentContext() {
  for (const auto& [object, destroy] : owned_) destroy(object);
}

static Error wrong(std::string_view member, std::string_view wanted) {
  return {Code::config, "context: '" + std::string(member) + "' must be " + std::string(wanted), {}, {}};
}

Result<> DocumentContext::read_url(const Json& text, cs::UrlView& out) {
  const auto url = parse_url(text.is_null() ? default_url : text.string());
  if (!url) return Error{Code::config, "context: " + url.error().message, {}, {}};
  out = {arena_.copy(url->scheme), arena_.copy(url->host), url->port, url->path.empty() ? "/" : arena_.copy(url->path),
         arena_.copy(url->query)};
  return Done{};
}

Result<> DocumentContext::read_headers(const Json& from, Headers& to) {
  if (!from.is_null() && !from.is_object()) return wrong("headers", "an object of arrays of texts");
  for (const Json::Member& member : from.members()) {
    const std::vector<Json> one{member.value};
    for (const Json& value : member.value.is_array() ? member.value.items() : one)
      if (!value.is_string() || !to.append(member.name, value.string())) return wrong(member.name, "a header name with valid values");
  }
  return Done{};
}

static std::optional<std::string> base64_decoded(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (c == '=') break;
    const size_t value = letters.find(c);
    if (value == letters.npos) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    if ((count += 6) >= 8) out += static_cast<char>(bits >> (count -= 8) & 0xFF);
  }
  return out;
}

Result<> DocumentContext::read_body(const Json& from, Body& to) {
  if (from.is_null()) return Done{};
  if (from.is_string()) return to = Body::from(Buffer::copy(from.string())), Done{};
  const auto bytes = base64_decoded(from["base64"].string());
  if (!from["base64"].is_string() || !bytes) return wrong("body", "a text or {\"base64\":\"…\"}");
  to = Body::from(Buffer::copy(*bytes));
  return Done{};
}

Result<> DocumentContext::read_response(const Json& from, Response& to) {
  if (!from.is_object()) return wrong("response", "an object");
  if (from.has("statusCode")) to.status = static_cast<int>(from["statusCode"].number());
  if (from["statusReason"].is_string()) to.reason = from["statusReason"].string();
  if (auto read = read_headers(from["headers"], to.headers); !read) return read;
  return read_body(from["body"], to.body);
}

Result<crypto::Certificate> DocumentContext::read_certificate(const Json& from) {
  const crypto::Random random{[](void* self, void* out, size_t size) { static_cast<DocumentContext*>(self)->random_bytes(out, size); },
                              this};
  const bool is_pem = from.string().find("-----BEGIN ") != std::string_view::npos;
  return crypto::Certificate::parse(is_pem ? std::string(from.string()) : base64_decoded(from.string()).value_or(""), {}, random);
}

Result<> DocumentContext::read_certificates() {
  static constexpr std::string_view wanted = "a certificate in PEM, or in base64 of DER or PKCS#12";
  if (const Json& given = document_["request"]["certificate"]; !given.is_null()) {
    auto certificate = read_certificate(given);
    if (!certificate) return wrong("certificate", wanted);
    client_certificate_ = *std::move(certificate);
  }
  for (const Json::Member& member : document_["deployment"]["certificates"].members()) {
    auto certificate = read_certificate(member.value);
    if (!certificate) return wrong(member.name, wanted);
    certificates_.emplace_back(member.name, *std::move(certificate));
  }
  return Done{};
}

static std::optional<int64_t> ticks_from(cs::Evaluation& run, const Json& text) {
  const cs::Value parsed = cs::call_with_text(run, "System.DateTime", "Parse", *cs::copy_of(run, text.string()));
  if (run.failed()) return std::nullopt;
  return cs::DateTime::from_bits(parsed.bits).ticks;
}

Result<> DocumentContext::read() {
  if (!document_.is_null() && !document_.is_object()) return wrong("context", "an object");
  const Json& request = document_["request"];
  if (auto read = read_url(request["url"], url_); !read) return read;
  if (auto read = read_url(request["originalUrl"].is_null() ? request["url"] : request["originalUrl"], original_url_); !read) return read;
  if (request["method"].is_string()) request_.method_text = request["method"].string();
  request_.method = method_from(request_.method_text);
  request_.scheme = url_.scheme;
  request_.host = url_.host;
  request_.target = {url_.path, url_.query, !url_.query.empty()};
  if (auto read = read_headers(request["headers"], request_.headers); !read) return read;
  if (auto read = read_body(request["body"], request_.body); !read) return read;
  if (auto read = read_certificates(); !read) return read;
  has_response_ = document_["response"].is_object();
  if (has_response_)
    if (auto read = read_response(document_["response"], response_); !read) return read;
  if (!document_["timestamp"].is_string()) return Done{};
  cs::Evaluation run(arena_, *this);
  const auto ticks = ticks_from(run, document_["timestamp"]);
  if (!ticks) return wrong("timestamp", "a date such as 2026-01-31T08:49:37Z");
  now_ticks_ = received_ticks_ = *ticks;
  return Done{};
}

void DocumentContext::random_bytes(void* out, size_t size) {
  for (auto* bytes = static_cast<char*>(out); size > 0;) {
    const uint64_t count = ++random_count_;
    const uint64_t bits = siphash(seed_, {reinterpret_cast<const char*>(&count), sizeof count});
    const size_t part = std::min(size, sizeof bits);
    std::memcpy(bytes, &bits, part);
    bytes += part;
    size -= part;
  }
}

bool DocumentContext::has(cs::ContextPart part) {
  static constexpr std::string_view names[] = {"api", "backend", "operation", "product", "subscription", "user", "workspace", "lastError"};
  return document_[names[static_cast<size_t>(part)]].is_object();
}

namespace {

struct FactPath {
  cs::Fact fact;
  std::string_view part;
  std::string_view member;
};

}  // namespace

static constexpr FactPath fact_paths[] = {
    {cs::Fact::request_ip_address, "request", "ipAddress"},
    {cs::Fact::api_id, "api", "id"},
    {cs::Fact::api_name, "api", "name"},
    {cs::Fact::api_path, "api", "path"},
    {cs::Fact::api_revision, "api", "revision"},
    {cs::Fact::api_version, "api", "version"},
    {cs::Fact::api_service_url, "api", "serviceUrl"},
    {cs::Fact::backend_id, "backend", "id"},
    {cs::Fact::backend_azure_region, "backend", "azureRegion"},
    {cs::Fact::backend_type, "backend", "type"},
    {cs::Fact::deployment_gateway_id, "deployment", "gatewayId"},
    {cs::Fact::deployment_instance_id, "deployment", "instanceId"},
    {cs::Fact::deployment_region, "deployment", "region"},
    {cs::Fact::deployment_service_id, "deployment", "serviceId"},
    {cs::Fact::deployment_service_name, "deployment", "serviceName"},
    {cs::Fact::last_error_source, "lastError", "source"},
    {cs::Fact::last_error_reason, "lastError", "reason"},
    {cs::Fact::last_error_message, "lastError", "message"},
    {cs::Fact::last_error_scope, "lastError", "scope"},
    {cs::Fact::last_error_section, "lastError", "section"},
    {cs::Fact::last_error_path, "lastError", "path"},
    {cs::Fact::last_error_policy_id, "lastError", "policyId"},
    {cs::Fact::operation_id, "operation", "id"},
    {cs::Fact::operation_method, "operation", "method"},
    {cs::Fact::operation_name, "operation", "name"},
    {cs::Fact::operation_url_template, "operation", "urlTemplate"},
    {cs::Fact::product_id, "product", "id"},
    {cs::Fact::product_name, "product", "name"},
    {cs::Fact::product_state, "product", "state"},
    {cs::Fact::subscription_id, "subscription", "id"},
    {cs::Fact::subscription_key, "subscription", "key"},
    {cs::Fact::subscription_name, "subscription", "name"},
    {cs::Fact::subscription_primary_key, "subscription", "primaryKey"},
    {cs::Fact::subscription_secondary_key, "subscription", "secondaryKey"},
    {cs::Fact::subscription_created_date, "subscription", "createdDate"},
    {cs::Fact::subscription_start_date, "subscription", "startDate"},
    {cs::Fact::subscription_end_date, "subscription", "endDate"},
    {cs::Fact::user_email, "user", "email"},
    {cs::Fact::user_first_name, "user", "firstName"},
    {cs::Fact::user_last_name, "user", "lastName"},
    {cs::Fact::user_id, "user", "id"},
    {cs::Fact::user_note, "user", "note"},
    {cs::Fact::user_registration_date, "user", "registrationDate"},
    {cs::Fact::workspace_id, "workspace", "id"},
    {cs::Fact::workspace_name, "workspace", "name"},
};

// As compact JSON, but with its numbers as they were written: integers beyond a double stay exact, and 1.0 stays a real.
static std::string written(const Json& json) {
  std::string out;
  const auto add = [&out](std::string_view text) { out.append(out.size() > 1 ? "," : "").append(text); };
  switch (json.kind()) {
    case Json::Kind::object:
      out = "{";
      for (const Json::Member& member : json.members()) add("\"" + json_escape(member.name) + "\":" + written(member.value));
      return out + "}";
    case Json::Kind::array:
      out = "[";
      for (const Json& item : json.items()) add(written(item));
      return out + "]";
    case Json::Kind::number: return json.scalar_text();
    default: return json.text();
  }
}

static cs::Value parsed(cs::Evaluation& run, std::string_view type_name, const cs::String* text) {
  const cs::Type* type = cs::registry().find_type(type_name);
  const cs::BodyReader* reader = type ? cs::registry().body_reader(*type) : nullptr;
  return reader ? reader->read(run, text) : run.fail(cs::types::not_supported_exception, std::string(type_name) + " is not available");
}

std::optional<std::string_view> DocumentContext::fact(cs::Fact fact) {
  if (fact == cs::Fact::request_id) {
    const Json& id = document_["requestId"];
    return id.is_string() ? id.string() : std::string_view("00000000-0000-0000-0000-000000000000");
  }
  for (const FactPath& path : fact_paths)
    if (path.fact == fact) {
      if (path.part == "api") break;
      const Json& value = document_[path.part][path.member];
      return value.is_string() ? std::optional(value.string()) : std::nullopt;
    }
  return api_fact(document_["api"], fact);
}

std::optional<std::string_view> DocumentContext::api_fact(const Json& api, cs::Fact fact) const {
  const Json& key_names = api["subscriptionKeyParameterNames"];
  const auto name_or = [](const Json& name, std::string_view usual) { return name.is_string() ? name.string() : usual; };
  if (fact == cs::Fact::api_key_header) return name_or(key_names["header"], "Ocp-Apim-Subscription-Key");
  if (fact == cs::Fact::api_key_query) return name_or(key_names["query"], "subscription-key");
  for (const FactPath& path : fact_paths)
    if (path.fact == fact && api[path.member].is_string()) return api[path.member].string();
  return std::nullopt;
}

std::optional<std::string_view> DocumentContext::product_api_fact(size_t index, cs::Fact fact) {
  const Json& api = list_of(cs::ContextList::product_apis)[index];
  if (fact != cs::Fact::api_protocols) return api_fact(api, fact);
  std::string_view all;
  for (const Json& protocol : api["protocols"].items()) all = arena_.concat(all, all.empty() ? "" : ",", protocol.string());
  return all;
}

cs::Value DocumentContext::graphql(cs::Evaluation& run, std::string_view member) {
  const Json& value = document_["graphQL"][member];
  return value.is_object() ? parsed(run, "JObject", cs::copy_of(run, written(value))) : cs::Value{};
}

std::optional<int64_t> DocumentContext::number(cs::Number number) {
  switch (number) {
    case cs::Number::api_is_current_revision:
      return !document_["api"].has("isCurrentRevision") || document_["api"]["isCurrentRevision"].boolean();
    case cs::Number::product_approval_required: return document_["product"]["approvalRequired"].boolean();
    case cs::Number::product_subscription_required: return document_["product"]["subscriptionRequired"].boolean();
    case cs::Number::product_subscriptions_limit: {
      const Json& product = document_["product"];
      return static_cast<int64_t>(product[product.has("subscriptionsLimit") ? "subscriptionsLimit" : "subscriptionLimit"].number());
    }
    case cs::Number::last_error_status: return static_cast<int64_t>(document_["lastError"]["httpErrorCode"].number());
    case cs::Number::tracing: return document_["tracing"].boolean();
  }
  return std::nullopt;
}

const Json& DocumentContext::list_of(cs::ContextList list) const {
  switch (list) {
    case cs::ContextList::api_protocols: return document_["api"]["protocols"];
    case cs::ContextList::product_groups: return document_["product"]["groups"];
    case cs::ContextList::product_apis: return document_["product"]["apis"];
    case cs::ContextList::user_groups: return document_["user"]["groups"];
    case cs::ContextList::user_identities: break;
  }
  return document_["user"]["identities"];
}

cs::NamedItem DocumentContext::list_item(cs::ContextList list, size_t index) {
  const Json& item = list_of(list)[index];
  if (item.is_string()) return {item.string(), item.string()};
  return {item["id"].string(), item[list == cs::ContextList::user_identities ? "provider" : "name"].string()};
}

cs::NamedItem DocumentContext::matched_parameter(size_t index) {
  const Json::Member& member = document_["request"]["matchedParameters"].members()[index];
  return {member.name, member.value.string()};
}

// Variables

static cs::Value number_value(cs::Evaluation& run, const Json& json) {
  const std::string text = json.scalar_text();
  int64_t whole = 0;
  const bool is_integer = text.find_first_not_of("0123456789", text.starts_with('-')) == std::string::npos;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (is_integer && read.ec == std::errc::result_out_of_range) return cs::value_of_object(cs::big_integer_type, cs::copy_of(run, text));
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return cs::real(json.number());
  return whole >= INT32_MIN && whole <= INT32_MAX ? cs::int32(static_cast<int32_t>(whole)) : cs::int64(whole);
}

cs::Value DocumentContext::typed_value(cs::Evaluation& run, std::string_view type, const Json& value) {
  const std::string scalar = value.scalar_text();
  const cs::String* text = cs::copy_of(run, scalar);
  if (type == "Int64") return cs::int64(parse_signed(scalar).value_or(0));
  if (type == "Guid") return cs::call_with_text(run, "System.Guid", "Parse", *text);
  if (type == "TimeSpan") return cs::call_with_text(run, "System.TimeSpan", "Parse", *text);
  if (type == "XElement") return parsed(run, type, text);
  if (type == "Byte[]") return cs::bytes_value(run, base64_decoded(scalar).value_or(""));
  if (type == "Jwt") return cs::call_extension(run, "AsJwt", cs::text(text));
  if (type == "DateTime") {
    cs::Value date = cs::call_with_text(run, "System.DateTime", "Parse", *text);
    if (scalar.ends_with('Z')) date = cs::date_time({cs::DateTime::from_bits(date.bits).ticks, cs::DateTimeKind::utc});
    return date;
  }
  if (type == "IResponse") {
    Response& made = *held_.emplace_back(std::make_unique<Response>(arena_));
    if (const auto read = read_response(value, made); !read) return run.fail(cs::types::argument_exception, read.error().message);
    return cs::value_of_object(cs::response_type, &made);
  }
  return run.fail(cs::types::argument_exception, "context: the variable type '" + std::string(type) + "' is not known");
}

cs::Value DocumentContext::value_of(cs::Evaluation& run, const Json& json) {
  switch (json.kind()) {
    case Json::Kind::null: return {};
    case Json::Kind::boolean: return cs::boolean(json.boolean());
    case Json::Kind::number: return number_value(run, json);
    case Json::Kind::string: return cs::text(cs::view_of(run, json.string()));
    case Json::Kind::array: return parsed(run, "JArray", cs::copy_of(run, written(json)));
    case Json::Kind::object: break;
  }
  if (json["$type"].is_string()) return typed_value(run, json["$type"].string(), json["value"]);
  return parsed(run, "JObject", cs::copy_of(run, written(json)));
}

bool DocumentContext::variable(cs::Evaluation& run, std::string_view name, cs::Value& out) {
  const Json::Member* member = document_["variables"].find(name);
  if (!member) return false;
  const auto known = variables_.find(name);
  if (known != variables_.end()) return out = known->second, true;
  out = value_of(run, member->value);
  variables_.emplace(name, out);
  return true;
}

}  // namespace gatelet
