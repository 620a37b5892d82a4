#include "config/openapi_operations.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "config/openapi.hpp"

namespace gatelet {

namespace {

constexpr size_t display_name_length_max = 300;            // management.md 2.2
constexpr size_t operation_description_length_max = 1000;  // management.md 2.2
constexpr int operation_id_suffix_max = 999;               // management.md 4.1
constexpr std::string_view methods[] = {"get", "put", "post", "delete", "options", "head", "patch"};
constexpr std::string_view path_item_members[] = {"$ref", "summary", "description", "parameters", "servers", "trace"};

template <size_t count>
bool is_among(const std::string_view (&words)[count], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// At most `length_max` characters.
std::string_view shortened(std::string_view text, size_t length_max) {
  size_t at = 0;
  for (size_t length = 0; at < text.size() && length < length_max; ++length) at += std::max<size_t>(utf8_length(text.substr(at)), 1);
  return text.substr(0, at);
}

// A name that would break the query of a template stays a query parameter.
bool fits_template(std::string_view name) { return name.find_first_of("{}&=?#/+% ") == std::string_view::npos; }

}  // namespace

std::string normalized_operation_id(std::string_view text) {
  std::string id;
  bool is_gap = false;
  for (char c : text) {
    if (is_alpha(c) || is_digit(c)) {
      if (is_gap && !id.empty()) id += '-';
      id += to_lower(c);
    }
    is_gap = !is_alpha(c) && !is_digit(c);
  }
  return id.substr(0, operation_id_length_max);
}

void OpenapiOperations::add_path(const Json::Member& path) {
  if (path.name.starts_with("x-")) return;
  if (!path.name.starts_with("/")) return reader_.error("the path '" + path.name + "' does not begin with '/'; add it", path.at);
  if (path.name.find('#') != std::string::npos)
    return reader_.error("the path '" + path.name + "' has a '#', which no request carries; remove it", path.at);
  const Json& target = reader_.resolved(path.value);
  if (target.is_null()) return;
  if (!target.is_object()) return reader_.error("the path '" + path.name + "' must be an object of operations", path.value.at());
  const Json item = &target == &path.value ? path.value : target.merged_with(path.value.without("$ref"));
  merged_items_.push_back(item);
  if (item.has("servers")) reader_.ignore(OpenapiIgnored::servers_below_root, item["servers"].at());
  for (const Json::Member& member : item.members()) {
    if (member.name == "trace")
      reader_.ignore(OpenapiIgnored::trace_operations, member.at);
    else if (is_among(methods, member.name))
      add_operation(path, item, member);
    else if (!member.name.starts_with("x-") && !is_among(path_item_members, member.name))
      reader_.warning("'" + member.name + "' is no method and was left out; methods are written in lower case", member.at);
  }
}

void OpenapiOperations::add_operation(const Json::Member& path, const Json& path_item, const Json::Member& method) {
  const Json& operation = method.value;
  if (!operation.is_object()) return reader_.error("the operation '" + method.name + "' must be an object", operation.at());
  if (operations.size() == openapi_operations_max)
    return reader_.error("more than " + std::to_string(openapi_operations_max) + " operations; split the API", path.at);
  const std::string operation_id = operation["operationId"].scalar_text();
  id_ = unused_id(operation_id.empty() ? method.name + "-" + path.name : operation_id, method.at);
  for (const auto& [name, kind] :
       {std::pair("security", OpenapiIgnored::security), std::pair("callbacks", OpenapiIgnored::callbacks),
        std::pair("servers", OpenapiIgnored::servers_below_root), std::pair("externalDocs", OpenapiIgnored::external_docs)})
    if (operation.has(name)) reader_.ignore(kind, operation[name].at());

  const std::vector<OpenapiParameter> parameters = openapi_parameters_of(reader_, path_item, operation);
  const std::string summary = operation["summary"].scalar_text();
  JsonMembers properties, request;
  properties.add_text("displayName",
                      shortened(!summary.empty()        ? summary
                                : !operation_id.empty() ? operation_id
                                                        : id_,
                                display_name_length_max),
                      method.at);
  properties.add_text("method", upper(method.name), method.at);
  add_parameters(properties, request, path, parameters);
  properties.add_unless_empty("description", shortened(operation["description"].scalar_text(), operation_description_length_max),
                              operation["description"].at());
  request.add_unless_empty("representations", request_representations(method.name, operation, parameters));
  if (!request.is_empty()) properties.add("request", request.object());
  properties.add_unless_empty("responses", responses(operation));
  operations.push_back({api_key_ + "/operations/" + id_, properties.object(method.at), file_});
}

std::string OpenapiOperations::unused_id(const std::string& wanted, SourcePos at) {
  std::string id = normalized_operation_id(wanted);
  if (id.empty()) id = "operation";
  if (ids_.insert(id).second) return id;
  for (int number = 1; number <= operation_id_suffix_max; ++number) {
    std::string numbered = id + "-" + std::to_string(number);
    if (ids_.insert(numbered).second) return numbered;
  }
  reader_.error(
      "more than " + std::to_string(operation_id_suffix_max) + " operations are called '" + id + "'; give them different operationIds", at);
  return id;
}

std::vector<std::string> OpenapiOperations::names_in(const Json::Member& path) {
  std::vector<std::string> names;
  for (size_t open = path.name.find_first_of("{}"); open != std::string::npos; open = path.name.find_first_of("{}", open + 1)) {
    const size_t close = path.name.find_first_of("{}", open + 1);
    if (path.name[open] == '}' || close == std::string::npos || path.name[close] == '{' || close == open + 1) {
      reader_.error("the path '" + path.name + "' has braces that do not enclose a name; write {name}", path.at);
      return {};
    }
    std::string name = path.name.substr(open + 1, close - open - 1);
    if (std::count(names.begin(), names.end(), name) > 0)
      reader_.error("the path '" + path.name + "' names '{" + name + "}' twice; template parameters need different names", path.at);
    else
      names.push_back(std::move(name));
    open = close;
  }
  return names;
}

OpenapiOperations::ParameterPlace OpenapiOperations::place_of(const OpenapiParameter& parameter, const Placed& placed,
                                                              std::string_view path) {
  const bool is_named = std::count(placed.path_names.begin(), placed.path_names.end(), parameter.name) > 0;
  const bool is_required = (*parameter.definition)["required"].boolean();
  const SourcePos at = parameter.definition->at();
  if (parameter.in == "header") return ParameterPlace::header;
  if (parameter.in == "path") {
    if (is_named) return ParameterPlace::url_template;
    reader_.ignore(OpenapiIgnored::unused_path_parameters, at);
    return ParameterPlace::none;
  }
  if (parameter.in == "query") {
    if (is_named && path.find("={" + parameter.name + "}") != std::string_view::npos) return ParameterPlace::url_template;  // x-ms-paths
    if (!is_required || !required_query_as_template_ || !fits_template(parameter.name)) return ParameterPlace::query;
    if (!is_named) return ParameterPlace::template_query;
    reader_.error("'" + parameter.name + "' names a path parameter and a required query parameter, which share one template; rename one",
                  at);
    return ParameterPlace::none;
  }
  if (parameter.in == "cookie" && !reader_.is_swagger()) {
    reader_.ignore(OpenapiIgnored::cookie_parameters, at);
  } else if (parameter.in == "formData" && reader_.is_swagger()) {
    reader_.ignore(OpenapiIgnored::form_data, at);
  } else if (parameter.in != "body" || !reader_.is_swagger()) {
    const std::string last = reader_.is_swagger() ? "body" : "cookie";
    reader_.error("a parameter cannot stand in '" + parameter.in + "'; allowed are path, query, header and " + last, at);
  }
  return ParameterPlace::none;
}

void OpenapiOperations::place(const OpenapiParameter& parameter, std::string_view path, Placed& placed) {
  const ParameterPlace where = place_of(parameter, placed, path);
  if (where == ParameterPlace::none) return;
  const bool is_in_template = where == ParameterPlace::url_template || where == ParameterPlace::template_query;
  Json properties = openapi_parameter_properties(
      reader_, schemas_, parameter, is_in_template || (*parameter.definition)["required"].boolean(), id_ + "-" + parameter.name);
  if (where == ParameterPlace::header) return placed.headers.push_back(std::move(properties));
  if (where == ParameterPlace::query) return placed.query.push_back(std::move(properties));
  placed.in_template[parameter.name] = std::move(properties);
  if (where == ParameterPlace::url_template) return;
  placed.url += placed.url.find('?') == std::string::npos ? "?" : "&";
  placed.url += parameter.name + "={" + parameter.name + "}";
  placed.template_names.push_back(parameter.name);
}

void OpenapiOperations::add_parameters(JsonMembers& target, JsonMembers& request, const Json::Member& path,
                                       const std::vector<OpenapiParameter>& parameters) {
  Placed placed;
  placed.url = path.name;
  placed.path_names = placed.template_names = names_in(path);
  for (const OpenapiParameter& parameter : parameters) place(parameter, path.name, placed);
  std::vector<Json> template_parameters;
  for (const std::string& name : placed.template_names) {
    const auto defined = placed.in_template.find(name);
    template_parameters.push_back(defined != placed.in_template.end() ? defined->second : undefined_parameter(name, path));
  }
  target.add_text("urlTemplate", placed.url, path.at);
  target.add_unless_empty("templateParameters", std::move(template_parameters));
  request.add_unless_empty("queryParameters", std::move(placed.query));
  request.add_unless_empty("headers", std::move(placed.headers));
}

Json OpenapiOperations::undefined_parameter(const std::string& name, const Json::Member& path) {
  reader_.warning("the path parameter '" + name + "' is not defined and counts as a string; define it", path.at);
  JsonMembers properties;
  properties.add_text("name", name, path.at);
  properties.add("type", Json::from("string"));
  properties.add("required", Json::from(true));
  return properties.object(path.at);
}

const Json& OpenapiOperations::media_types_of(const Json& operation, std::string_view name) {
  static const Json only_json = Json::array({Json::from("application/json")});
  const Json& own = reader_.array_in(operation, name);
  const Json& common = reader_.array_in(reader_.document(), name);
  return operation.has(name) && own.size() > 0 ? own : common.size() > 0 ? common : only_json;
}

std::vector<Json> OpenapiOperations::request_representations(std::string_view method, const Json& operation,
                                                             const std::vector<OpenapiParameter>& parameters) {
  const Json* body = &operation["requestBody"];
  if (reader_.is_swagger())
    for (const OpenapiParameter& parameter : parameters)
      if (parameter.in == "body") body = parameter.definition;
  if (body->is_null()) return {};
  if (method == "get" || method == "head" || method == "options") {
    reader_.ignore(OpenapiIgnored::request_bodies, body->at());
    return {};
  }
  if (reader_.is_swagger())
    return swagger_representations(media_types_of(operation, "consumes"), (*body)["schema"], Json(), id_ + "-request");
  const Json& resolved_body = reader_.resolved(*body);
  if (resolved_body.is_null()) return {};
  if (!resolved_body.is_object()) return reader_.error("'requestBody' must be an object", body->at()), std::vector<Json>();
  return content_representations(reader_.object_in(resolved_body, "content"), id_ + "-request");
}

std::vector<Json> OpenapiOperations::content_representations(const Json& content, const std::string& type_name) {
  std::vector<Json> representations;
  for (const Json::Member& media : content.members()) {
    if (!reader_.spend(media.at)) break;
    JsonMembers made;
    made.add_text("contentType", media.name, media.at);
    schemas_.add_type(made, media.value["schema"], type_name);
    add_openapi_examples(reader_, made, media.value);
    representations.push_back(made.object(media.at));
  }
  return representations;
}

std::vector<Json> OpenapiOperations::swagger_representations(const Json& media_types, const Json& schema, const Json& examples,
                                                             const std::string& type_name) {
  std::vector<Json> representations;
  for (const Json& media_type : media_types.items()) {
    if (!reader_.spend(schema.at())) break;
    JsonMembers made;
    made.add_text("contentType", media_type.scalar_text(), schema.at());
    schemas_.add_type(made, schema, type_name);
    if (const Json::Member* example = examples.find(media_type.string()))
      made.add("examples", Json::object({{"default", Json::object({{"value", example->value, {}}}), {}}}));
    representations.push_back(made.object(schema.at()));
  }
  return representations;
}

std::vector<Json> OpenapiOperations::responses(const Json& operation) {
  std::vector<Json> made;
  for (const Json::Member& member : reader_.object_in(operation, "responses").members()) {
    const auto code = parse_unsigned(member.name);
    const bool is_range = member.name.size() == 3 && member.name.ends_with("XX") && is_digit(member.name[0]);
    if (member.name.starts_with("x-")) continue;
    if (member.name == "default" || is_range)
      reader_.ignore(is_range ? OpenapiIgnored::response_ranges : OpenapiIgnored::default_responses, member.at);
    else if (!code || *code < 100 || *code > 599)
      reader_.error("'" + member.name + "' is no status code; write a number from 100 to 599 or 'default'", member.at);
    else if (const Json& response = reader_.resolved(member.value); !response.is_null() && reader_.spend(member.at))
      made.push_back(response_properties(member, response, operation));
  }
  return made;
}

Json OpenapiOperations::response_properties(const Json::Member& code, const Json& response, const Json& operation) {
  const std::string type_name = id_ + "-" + code.name;
  if (response.has("links")) reader_.ignore(OpenapiIgnored::links, response["links"].at());
  JsonMembers properties;
  properties.add("statusCode", Json::from(static_cast<double>(*parse_unsigned(code.name))).placed_at(code.at));
  properties.add_unless_empty("description", response["description"].scalar_text(), response["description"].at());
  std::vector<Json> headers;
  for (const Json::Member& header : reader_.object_in(response, "headers").members()) {
    const Json& definition = reader_.resolved(header.value);
    if (!definition.is_object() || !reader_.spend(header.at)) continue;
    headers.push_back(openapi_parameter_properties(reader_, schemas_, {header.name, "header", &definition},
                                                   definition["required"].boolean(), type_name + "-" + header.name));
  }
  properties.add_unless_empty("headers", std::move(headers));
  properties.add_unless_empty("representations", response_representations(response, operation, type_name));
  return properties.object(code.at);
}

std::vector<Json> OpenapiOperations::response_representations(const Json& response, const Json& operation, const std::string& type_name) {
  if (!reader_.is_swagger()) return content_representations(reader_.object_in(response, "content"), type_name);
  if (!response.has("schema")) return {};
  return swagger_representations(media_types_of(operation, "produces"), response["schema"], response["examples"], type_name);
}

}  // namespace gatelet
