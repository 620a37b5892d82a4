#include "config/response_examples.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "config/schema_sample.hpp"

namespace gatelet {

namespace {

enum class MediaKind { json, xml, other };

MediaKind kind_of(std::string_view content_type) {
  const std::string type = lower(trim(content_type.substr(0, content_type.find(';'))));
  if (type.ends_with("/json") || type.ends_with("+json")) return MediaKind::json;
  return type.ends_with("/xml") || type.ends_with("+xml") ? MediaKind::xml : MediaKind::other;
}

// A range such as "*/*" is no type that an answer could have.
std::string written_type(std::string_view content_type) {
  return std::string(content_type.find('*') == std::string_view::npos ? content_type : "application/json");
}

std::string escaped_xml(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else
      out += c;
  }
  return out;
}

std::string element_name(std::string_view text) {
  std::string name;
  for (char c : text) name += is_alpha(c) || is_digit(c) || c == '.' || c == '-' || static_cast<unsigned char>(c) >= 0x80 ? c : '_';
  if (name.empty() || is_digit(name[0]) || name[0] == '.' || name[0] == '-') name.insert(0, "_");
  return name;
}

// Members become elements, items of a list elements of one name.
void write_xml(std::string_view name, const Json& value, std::string& out) {
  for (const Json& item : value.items()) write_xml(name, item, out);
  if (value.is_array()) return;
  const std::string tag = element_name(name);
  out += "<" + tag + ">" + escaped_xml(value.scalar_text());
  for (const Json::Member& member : value.members()) write_xml(member.name, member.value, out);
  out += "</" + tag + ">";
}

std::string xml_text(std::string_view root, const Json& value) {
  std::string out;
  const bool is_list = value.is_array();
  if (is_list) out += "<list>";
  write_xml(root, value, out);
  return is_list ? out + "</list>" : out;
}

// The management plane keeps examples as values or as their text.
bool is_json_text(std::string_view text) {
  text = trim(text);
  return !text.empty() && std::string_view("{[\"").find(text.front()) != std::string_view::npos && Json::parse(text);
}

std::string body_text(const Json& value, std::string_view content_type, std::string_view type_name) {
  const MediaKind kind = kind_of(content_type);
  if (value.is_string() && (kind != MediaKind::json || is_json_text(value.string()))) return std::string(value.string());
  if (kind == MediaKind::xml) return xml_text(type_name.empty() ? "root" : type_name, value);
  const bool is_plain = kind == MediaKind::other && !value.is_object() && !value.is_array();
  return is_plain ? value.scalar_text() : value.text();
}

// In the order of the definition.
std::vector<Json> given_examples(const Json& representation) {
  std::vector<Json> values;
  for (const Json::Member& example : representation["examples"].members())
    if (example.value.has("value")) values.push_back(example.value["value"]);
  if (values.empty() && !representation["sample"].string().empty()) values.push_back(representation["sample"]);
  return values;
}

}  // namespace

std::vector<ResponseExample> ResponseExamples::read(const Json& responses, const FindSchema& find_schema) {
  std::vector<ResponseExample> out;
  for (const Json& response : responses.items()) {
    // No policy can give an interim answer (RFC 9110 15.2).
    const auto status = parse_unsigned(response["statusCode"].scalar_text());
    if (!status || *status < 200 || *status > 999) continue;
    for (const Json& representation : response["representations"].items()) add(representation, find_schema, static_cast<int>(*status), out);
  }
  out.shrink_to_fit();
  return out;
}

void ResponseExamples::add(const Json& representation, const FindSchema& find_schema, int status, std::vector<ResponseExample>& out) {
  const std::string type = written_type(representation["contentType"].string());
  const std::string_view name = representation["typeName"].string();
  const std::vector<Json> given = given_examples(representation);
  for (const Json& value : given) out.push_back({status, type, keep(body_text(value, type, name)), true});
  if (!given.empty()) return;
  const std::optional<Json> sample = sample_of(representation, find_schema);
  out.push_back({status, type, sample ? keep(body_text(*sample, type, name)) : Buffer(), false});
}

std::optional<Json> ResponseExamples::sample_of(const Json& representation, const FindSchema& find_schema) {
  const Json* schema = find_schema(representation["schemaId"].string());
  const std::string type(representation["typeName"].string());
  if (!schema || type.empty()) return std::nullopt;
  const Json& document = document_of(*schema);
  for (const Json* types : {&document["components"]["schemas"], &document["definitions"], &document})
    if (const Json::Member* found = types->find(type)) return SchemaSample(document).make(found->value);
  return std::nullopt;
}

const Json& ResponseExamples::document_of(const Json& schema) {
  const Json& document = schema["document"];
  if (!document["value"].is_string()) return document;
  const auto [known, is_new] = documents_.try_emplace(&document);
  if (!is_new) return known->second;
  if (Result<Json> parsed = Json::parse(document["value"].string())) known->second = *std::move(parsed);
  return known->second;
}

Buffer ResponseExamples::keep(std::string text) {
  const auto known = bodies_.find(text);
  if (known != bodies_.end()) return known->second;
  if (bytes_ + text.size() > mock_bytes_max) {
    has_left_out_ = true;
    return {};
  }
  bytes_ += text.size();
  Buffer kept = Buffer::copy(text);
  bodies_.emplace(std::move(text), kept);
  return kept;
}

}  // namespace gatelet
