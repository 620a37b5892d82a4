#include "config/openapi_reader.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"

namespace gatelet {

namespace {

const Json openapi_absent;
constexpr int reference_hops_max = 32;

std::string_view kind_name(Json::Kind kind) {
  static constexpr std::string_view names[] = {"null", "a boolean", "a number", "a string", "an array", "an object"};
  return names[static_cast<size_t>(kind)];
}

// What was left out, and what to do instead.
std::string_view ignored_text(OpenapiIgnored kind) {
  switch (kind) {
    case OpenapiIgnored::callbacks: return "callbacks are left out; the backend calls its clients without the gateway";
    case OpenapiIgnored::cookie_parameters: return "cookie parameters are left out; check cookies with a policy";
    case OpenapiIgnored::default_responses: return "'default' responses are left out; describe each status code";
    case OpenapiIgnored::external_docs: return "externalDocs are left out; put the link into a description";
    case OpenapiIgnored::form_data: return "formData parameters are left out; the form is forwarded as it comes";
    case OpenapiIgnored::links: return "links of responses are left out; clients follow them without the gateway";
    case OpenapiIgnored::parameter_styles:
      return "style, explode, collectionFormat, allowReserved and allowEmptyValue are left out; parameters count as plain values, lists as "
             "repeated ones";
    case OpenapiIgnored::request_bodies: return "request bodies of GET, HEAD and OPTIONS are left out; use another method";
    case OpenapiIgnored::response_ranges: return "responses for ranges such as '4XX' are left out; describe each status code";
    case OpenapiIgnored::security: return "security definitions are left out; check credentials with policies or require a subscription";
    case OpenapiIgnored::servers_below_root:
      return "servers of paths and operations are left out; choose backends with set-backend-service";
    case OpenapiIgnored::trace_operations: return "TRACE operations are left out; a gateway does not forward TRACE";
    case OpenapiIgnored::unresolved_schemas:
      return "references to schemas outside the document are not followed; bundle the document into one file";
    case OpenapiIgnored::unused_path_parameters:
      return "path parameters that their path does not name are left out; remove them or add {name} to the path";
    case OpenapiIgnored::webhooks: return "webhooks are left out; the backend calls its clients without the gateway";
  }
  return {};
}

}  // namespace

bool OpenapiReader::read_version() {
  const Json::Member* swagger = document_.find("swagger");
  const Json::Member* openapi = document_.find("openapi");
  if (!document_.is_object() || (!swagger && !openapi)) {
    error("this is no OpenAPI document; it begins with 'openapi: 3.0.x', 'openapi: 3.1.x' or 'swagger: \"2.0\"'", document_.at());
    return false;
  }
  const Json& value = openapi ? openapi->value : swagger->value;
  const std::string text = value.scalar_text();
  if (!openapi && (text == "2.0" || text == "2")) return version_ = OpenapiVersion::swagger_2, true;
  if (openapi && (text == "3" || text == "3.0" || text.starts_with("3.0."))) return version_ = OpenapiVersion::openapi_3_0, true;
  if (openapi && (text == "3.1" || text.starts_with("3.1."))) return version_ = OpenapiVersion::openapi_3_1, true;
  error("version '" + text + "' cannot be imported; convert the document to Swagger 2.0, OpenAPI 3.0 or 3.1", value.at());
  return false;
}

const Json& OpenapiReader::member_in(const Json& parent, std::string_view name, Json::Kind kind) {
  const Json& value = parent[name];
  if (value.kind() == kind) return value;
  if (!value.is_null())
    error("'" + std::string(name) + "' is " + std::string(kind_name(value.kind())) + "; it must be " + std::string(kind_name(kind)),
          value.at());
  return openapi_absent;
}

const Json* OpenapiReader::target_of(std::string_view reference) const {
  if (reference == "#") return &document_;
  if (!reference.starts_with("#/")) return nullptr;
  const Json* target = &document_;
  const std::string decoded = percent_decode(reference.substr(2));
  for (std::string_view part : split(decoded, '/')) {
    std::string name;
    for (size_t i = 0; i < part.size(); ++i) {
      const bool is_escape = part[i] == '~' && i + 1 < part.size() && (part[i + 1] == '0' || part[i + 1] == '1');
      name += is_escape ? (part[++i] == '0' ? '~' : '/') : part[i];
    }
    if (target->is_array()) {
      const auto index = parse_unsigned(name);
      if (!index || *index >= target->size()) return nullptr;
      target = &(*target)[static_cast<size_t>(*index)];
    } else {
      const Json::Member* member = target->find(name);
      if (!member) return nullptr;
      target = &member->value;
    }
  }
  return target;
}

const Json& OpenapiReader::resolved(const Json& value) {
  const Json* current = &value;
  for (int hop = 0; hop < reference_hops_max; ++hop) {
    const Json& reference = (*current)["$ref"];
    if (!reference.is_string()) return *current;
    const std::string text(reference.string());
    current = target_of(text);
    if (!current && !text.starts_with("#"))
      error("the reference '" + text + "' leaves the document; bundle everything into one file", reference.at());
    else if (!current)
      error("the reference '" + text + "' leads nowhere; correct it or add what it names", reference.at());
    if (!current) return openapi_absent;
  }
  error("the reference '" + std::string(value["$ref"].string()) + "' leads in a circle; let it name a definition", value["$ref"].at());
  return openapi_absent;
}

bool OpenapiReader::is_new(const std::string& message, SourcePos at) {
  return reported_.insert(std::to_string(at.line) + ":" + std::to_string(at.column) + message).second;
}

void OpenapiReader::error(std::string message, SourcePos at) {
  if (is_new(message, at)) diagnostics_.error(DiagnosticCode::invalid_specification, std::move(message), file_, at, scope_);
}

void OpenapiReader::warning(std::string message, SourcePos at) {
  if (is_new(message, at)) diagnostics_.warning(DiagnosticCode::invalid_specification, std::move(message), file_, at, scope_);
}

void OpenapiReader::ignore(OpenapiIgnored kind, SourcePos at) {
  Ignored& ignored = ignored_[kind];
  if (ignored.count++ == 0) ignored.first = at;
}

void OpenapiReader::report_ignored() {
  for (const auto& [kind, ignored] : ignored_) {
    std::string message(ignored_text(kind));
    if (ignored.count > 1) message += " (" + std::to_string(ignored.count) + " of them, the first here)";
    diagnostics_.warning(DiagnosticCode::specification_ignored, std::move(message), file_, ignored.first, scope_);
  }
}

bool OpenapiReader::spend(SourcePos at) {
  if (++spent_ <= openapi_items_max) return true;
  if (spent_ == openapi_items_max + 1)
    diagnostics_.error(
        DiagnosticCode::limit_exceeded,
        "the operations have more than " + std::to_string(openapi_items_max) + " parameters and representations; split the API", file_, at,
        scope_);
  return false;
}

}  // namespace gatelet
