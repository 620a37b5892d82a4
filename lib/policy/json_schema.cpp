// Compiling: references are found by URI, base URI and JSON pointer.
#include "policy/json_schema.hpp"

#include <algorithm>

#include "base/json_pointer.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "policy/json_schema_node.hpp"

namespace gatelet {

namespace {

std::string_view without_fragment(std::string_view uri) { return uri.substr(0, uri.find('#')); }
std::string_view fragment_of(std::string_view uri) {
  const size_t mark = uri.find('#');
  return mark == std::string_view::npos ? std::string_view() : uri.substr(mark + 1);
}

bool has_scheme(std::string_view uri) {
  const size_t colon = uri.find(':');
  return colon != std::string_view::npos && colon > 0 && uri.find_first_of("/?#") > colon;
}

// RFC 3986 5.2.4 for what schemas use: "." and ".." between slashes.
std::string without_dots(std::string_view path) {
  std::string out;
  const std::vector<std::string_view> steps = split(path, '/');
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool is_last = i + 1 == steps.size();
    if (steps[i] == "..") out.resize(out.empty() ? 0 : out.rfind('/', out.size() - 2) + 1);
    if (steps[i] == "." || steps[i] == "..") continue;
    out.append(steps[i]).append(is_last ? "" : "/");
  }
  return out;
}

std::string resolved_uri(std::string_view base, std::string_view reference) {
  base = without_fragment(base);
  if (has_scheme(reference)) return std::string(reference);
  if (reference.empty() || reference.front() == '#') return std::string(base) + std::string(reference);
  const size_t scheme = base.find("://");
  const size_t path = scheme == std::string_view::npos ? 0 : std::min(base.find('/', scheme + 3), base.size());
  if (reference.starts_with("//")) return std::string(base.substr(0, scheme + 1)) + std::string(reference);
  if (reference.front() == '/') return std::string(base.substr(0, path)) + std::string(reference);
  const size_t slash = base.rfind('/');
  const std::string_view folder = slash == std::string_view::npos || slash < path ? "/" : base.substr(path, slash + 1 - path);
  const std::string_view fragment = fragment_of(reference);
  std::string whole = scheme == std::string_view::npos && slash == std::string_view::npos ? std::string() : std::string(folder);
  whole = std::string(base.substr(0, path)) + without_dots(whole + std::string(without_fragment(reference)));
  return reference.find('#') == std::string_view::npos ? whole : whole + "#" + std::string(fragment);
}

constexpr std::pair<std::string_view, SchemaType> type_names[] = {
    {"null", schema_null},     {"boolean", schema_boolean}, {"integer", schema_integer}, {"number", schema_number},
    {"string", schema_string}, {"array", schema_array},     {"object", schema_object}};

uint8_t types_of(const Json& type) {
  uint8_t types = 0;
  for (const auto& one : type_names) {
    const auto is_named = [&](const Json& item) { return item.string() == one.first; };
    if (is_named(type) || std::ranges::any_of(type.items(), is_named)) types |= one.second;
  }
  if (types == 0) return schema_any;
  return types & schema_number ? static_cast<uint8_t>(types | schema_integer) : types;
}

constexpr std::pair<std::string_view, SchemaFormat> format_names[] = {{"date-time", SchemaFormat::date_time},
                                                                      {"date", SchemaFormat::date},
                                                                      {"uuid", SchemaFormat::uuid},
                                                                      {"int32", SchemaFormat::int32},
                                                                      {"int64", SchemaFormat::int64}};

uint64_t count_in(const Json& schema, std::string_view name, uint64_t fallback) {
  const Json& value = schema[name];
  return value.is_number() && value.number() >= 0 ? static_cast<uint64_t>(std::min(value.number(), 1e18)) : fallback;
}

std::optional<double> number_in(const Json& schema, std::string_view name) {
  return schema[name].is_number() ? std::optional(schema[name].number()) : std::nullopt;
}

SchemaDialect named_dialect(const Json& document) {
  constexpr std::pair<std::string_view, SchemaDialect> names[] = {{"draft-04", SchemaDialect::draft4},
                                                                  {"draft-06", SchemaDialect::draft6},
                                                                  {"2019-09", SchemaDialect::draft2019},
                                                                  {"2020-12", SchemaDialect::draft2020}};
  for (const auto& [name, dialect] : names)
    if (document["$schema"].string().find(name) != std::string_view::npos) return dialect;
  return SchemaDialect::draft7;
}

bool is_schema(const Json& value) { return value.is_object() || value.is_boolean(); }

}  // namespace

JsonSchemas::JsonSchemas(Json document, SchemaDialect dialect, FindDocument find_document)
    : document_(std::move(document)),
      is_openapi_(dialect == SchemaDialect::openapi),
      dialect_(is_openapi_ ? named_dialect(document_) : dialect),
      find_document_(std::move(find_document)) {
  targets_[""] = {&document_, base_of(document_, "")};
  index(document_, "");
}

JsonSchemas::~JsonSchemas() = default;

// The identifier beside a reference did not count before 2019.
bool JsonSchemas::has_identifier(const Json& schema) const {
  const Json& id = schema[dialect_ == SchemaDialect::draft4 ? "id" : "$id"];
  return id.is_string() && (is_modern() || !schema["$ref"].is_string());
}

std::string JsonSchemas::base_of(const Json& schema, const std::string& base) const {
  const std::string_view id = schema[dialect_ == SchemaDialect::draft4 ? "id" : "$id"].string();
  if (!has_identifier(schema) || id.starts_with('#')) return base;
  return std::string(without_fragment(resolved_uri(base, id)));
}

void JsonSchemas::index(const Json& value, std::string base) {
  for (const Json& item : value.items()) index(item, base);
  if (!value.is_object()) return;
  const Json& id = value[dialect_ == SchemaDialect::draft4 ? "id" : "$id"];
  if (has_identifier(value)) {
    const std::string uri = resolved_uri(base, id.string());
    if (!id.string().starts_with('#')) base = without_fragment(uri);
    const std::string_view plain = uri.ends_with('#') ? std::string_view(uri).substr(0, uri.size() - 1) : std::string_view(uri);
    targets_.try_emplace(std::string(plain), Target{&value, base});
  }
  if (value["$anchor"].is_string())
    targets_.try_emplace(resolved_uri(base, "#" + std::string(value["$anchor"].string())), Target{&value, base});
  if (value["$dynamicAnchor"].is_string()) {
    const std::string name(value["$dynamicAnchor"].string());
    targets_.try_emplace(resolved_uri(base, "#" + name), Target{&value, base});
    dynamic_anchors_[name].push_back({&value, base});
  }
  if (value["$recursiveAnchor"].boolean()) dynamic_anchors_[""].push_back({&value, base});
  for (const Json::Member& member : value.members())
    if (member.name != "enum" && member.name != "const") index(member.value, base);
}

std::optional<JsonSchemas::Target> JsonSchemas::resolve(std::string_view reference, const std::string& base) {
  const std::string uri = resolved_uri(base, reference);
  const std::string_view fragment = fragment_of(uri), document = without_fragment(uri);
  if (!fragment.empty() && fragment.front() != '/') {
    const auto anchor = targets_.find(uri);
    if (anchor != targets_.end()) return anchor->second;
  }
  auto found = targets_.find(document);
  if (found == targets_.end()) {
    const Json* other = find_document_ ? find_document_(document) : nullptr;
    if (!other) return std::nullopt;
    found = targets_.try_emplace(std::string(document), Target{other, base_of(*other, std::string(document))}).first;
    index(*other, std::string(document));
    return resolve(reference, base);
  }
  if (fragment.empty()) return found->second;
  return fragment.front() == '/' ? follow(found->second, fragment) : std::nullopt;
}

std::optional<JsonSchemas::Target> JsonSchemas::follow(Target from, std::string_view pointer) const {
  for (std::string_view step : split(pointer.substr(1), '/')) {
    const std::string name = pointer_step(percent_decode(step));
    const Json::Member* member = from.value->find(name);
    const auto index = parse_unsigned(name);
    if (member)
      from.value = &member->value;
    else if (index && *index < from.value->size() && from.value->is_array())
      from.value = &(*from.value)[*index];
    else
      return std::nullopt;
    from.base = base_of(*from.value, from.base);
  }
  return from;
}

std::shared_ptr<const JsonSchema> JsonSchemas::find(std::string_view reference) {
  std::lock_guard lock(mutex_);
  auto known = found_.find(reference);
  if (known == found_.end()) {
    const auto target = resolve(reference, targets_[""].base);
    if (!target || !is_schema(*target->value)) return nullptr;
    known = found_.emplace(std::string(reference), JsonSchema(compile_at(*target))).first;
  }
  return {shared_from_this(), &known->second};
}

const SchemaNode& JsonSchemas::compile_at(const Target& target) {
  const auto [known, is_new] = compiled_.try_emplace(target.value, nullptr);
  if (!is_new) return *known->second;
  SchemaNode& node = *(known->second = &nodes_.emplace_back());
  node.base = target.base;
  if (depth_ == schema_depth_max) {
    node.broken = "Too many schemas stand in one another.";
    return node;
  }
  ++depth_;
  compile_into(node, *target.value, target.base);
  --depth_;
  return node;
}

void JsonSchemas::compile_into(SchemaNode& node, const Json& schema, const std::string& base) {
  if (schema.is_boolean()) {
    node.is_refused = !schema.boolean();
    return;
  }
  node.is_reference_alone = !is_modern();
  if (schema["$ref"].is_string()) {
    compile_reference(node, schema, "$ref", base);
    if (node.is_reference_alone) return;
  }
  const std::string_view word = dialect_ == SchemaDialect::draft2019 ? "$recursiveRef" : "$dynamicRef";
  if (is_modern() && schema[word].is_string()) {
    SchemaNode& dynamic = nodes_.emplace_back();  // a part of its own: there may be a plain reference beside it
    dynamic.base = base;
    dynamic.is_reference_alone = true;
    compile_reference(dynamic, schema, word, base);
    node.all_of.push_back(&dynamic);
  }
  if (schema.has("type")) node.types = types_of(schema["type"]);
  if (is_openapi_) {
    node.is_nullable = schema["nullable"].boolean();
    for (const auto& [name, format] : format_names)
      if (schema["format"].string() == name) node.format = format;
  }
  if (schema["enum"].is_array()) node.values = schema["enum"].items(), node.has_values = true;
  if (dialect_ != SchemaDialect::draft4 && schema.has("const")) node.values = {schema["const"]}, node.has_values = true;
  compile_numbers(node, schema);
  node.length_min = count_in(schema, "minLength", 0);
  node.length_max = count_in(schema, "maxLength", UINT64_MAX);
  if (schema["pattern"].is_string()) {
    node.pattern_text = schema["pattern"].string();
    node.pattern = compile_pattern(node, node.pattern_text);
  }
  compile_arrays(node, schema, base);
  compile_objects(node, schema, base);
  compile_parts(node, schema, base);
}

void JsonSchemas::compile_reference(SchemaNode& node, const Json& schema, std::string_view word, const std::string& base) {
  const std::string_view reference = schema[word].string();
  const auto target = resolve(reference, base);
  if (!target || !is_schema(*target->value)) {
    node.broken = "Could not resolve schema reference '" + std::string(reference) + "'.";
    return;
  }
  node.target = &compile_at(*target);
  if (word == "$recursiveRef" && (*target->value)["$recursiveAnchor"].boolean()) compile_dynamic(node, "");
  const Json& anchor = (*target->value)["$dynamicAnchor"];
  if (word == "$dynamicRef" && anchor.is_string() && anchor.string() == fragment_of(reference)) compile_dynamic(node, anchor.string());
}

void JsonSchemas::compile_dynamic(SchemaNode& node, std::string_view name) {
  const std::vector<Target> anchors = dynamic_anchors_[std::string(name)];  // a copy: more may come to be known
  for (const Target& anchor : anchors) node.dynamic_targets.emplace_back(anchor.base, &compile_at(anchor));
}

void JsonSchemas::compile_numbers(SchemaNode& node, const Json& schema) const {
  node.minimum = number_in(schema, "minimum");
  node.maximum = number_in(schema, "maximum");
  node.multiple_of = number_in(schema, "multipleOf");
  // Flags in draft 4 and OpenAPI 3.0, bounds of their own later.
  if (schema["exclusiveMinimum"].boolean()) node.above = std::exchange(node.minimum, std::nullopt);
  if (schema["exclusiveMaximum"].boolean()) node.below = std::exchange(node.maximum, std::nullopt);
  if (dialect_ == SchemaDialect::draft4) return;
  if (schema["exclusiveMinimum"].is_number()) node.above = schema["exclusiveMinimum"].number();
  if (schema["exclusiveMaximum"].is_number()) node.below = schema["exclusiveMaximum"].number();
}

void JsonSchemas::compile_arrays(SchemaNode& node, const Json& schema, const std::string& base) {
  node.items_min = count_in(schema, "minItems", 0);
  node.items_max = count_in(schema, "maxItems", UINT64_MAX);
  node.has_unique_items = schema["uniqueItems"].boolean();
  const bool is_tuple = schema["items"].is_array();
  for (const Json& item : (is_tuple ? schema["items"] : schema["prefixItems"]).items()) node.first_items.push_back(&compile(item, base));
  node.items = compile_member(schema, is_tuple ? "additionalItems" : "items", base);
  if (dialect_ != SchemaDialect::draft4) node.contains = compile_member(schema, "contains", base);
  if (!is_modern()) return;
  node.contains_min = count_in(schema, "minContains", 1);
  node.contains_max = count_in(schema, "maxContains", UINT64_MAX);
  node.contains_evaluates = dialect_ == SchemaDialect::draft2020;
  node.left_over_items = compile_member(schema, "unevaluatedItems", base);
}

void JsonSchemas::compile_objects(SchemaNode& node, const Json& schema, const std::string& base) {
  node.members_min = count_in(schema, "minProperties", 0);
  node.members_max = count_in(schema, "maxProperties", UINT64_MAX);
  for (const Json::Member& member : schema["properties"].members())
    if (is_schema(member.value)) node.members.push_back({member.name, &compile(member.value, base)});
  std::ranges::sort(node.members, {}, &SchemaNode::Member::name);
  for (const Json::Member& member : schema["patternProperties"].members())
    node.pattern_members.push_back({compile_pattern(node, member.name), &compile(member.value, base)});
  node.additional = compile_member(schema, "additionalProperties", base);
  if (is_modern()) node.left_over_members = compile_member(schema, "unevaluatedProperties", base);
  if (dialect_ != SchemaDialect::draft4) node.names = compile_member(schema, "propertyNames", base);
  for (const Json& name : schema["required"].items()) node.required.emplace_back(name.string());
  for (const char* keyword : {"dependencies", "dependentRequired", "dependentSchemas"})
    for (const Json::Member& member : schema[keyword].members()) {
      SchemaNode::Dependency made{member.name, {}, nullptr};
      for (const Json& name : member.value.items()) made.names.emplace_back(name.string());
      if (is_schema(member.value)) made.schema = &compile(member.value, base);
      node.dependencies.push_back(std::move(made));
    }
}

void JsonSchemas::compile_parts(SchemaNode& node, const Json& schema, const std::string& base) {
  for (const auto& [name, parts] : {std::pair("allOf", &node.all_of), {"anyOf", &node.any_of}, {"oneOf", &node.one_of}})
    for (const Json& part : schema[name].items())
      if (is_schema(part)) parts->push_back(&compile(part, base));
  node.not_ = compile_member(schema, "not", base);
  if (dialect_ == SchemaDialect::draft4 || dialect_ == SchemaDialect::draft6) return;
  node.if_ = compile_member(schema, "if", base);
  node.then = compile_member(schema, "then", base);
  node.otherwise = compile_member(schema, "else", base);
}

const SchemaNode* JsonSchemas::compile_member(const Json& schema, std::string_view name, const std::string& base) {
  const Json::Member* member = schema.find(name);
  return member && is_schema(member->value) ? &compile(member->value, base) : nullptr;
}

std::shared_ptr<const cs::RegexProgram> JsonSchemas::compile_pattern(SchemaNode& node, std::string_view pattern) const {
  auto program = cs::RegexProgram::compile(utf16_of(pattern), 0);
  if (!program->problem().empty()) node.broken = "The pattern '" + std::string(pattern) + "' cannot be used: " + program->problem();
  return program;
}

const SchemaNode* SchemaNode::member(std::string_view name, bool ignores_case) const {
  const auto found = std::ranges::lower_bound(members, name, {}, [](const Member& one) { return std::string_view(one.name); });
  if (found != members.end() && found->name == name) return found->schema;
  for (const Member& one : members)
    if (ignores_case && equal_ignoring_case(one.name, name)) return one.schema;
  return nullptr;
}

std::u16string utf16_of(std::string_view text) {
  std::u16string units;
  units.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_length(text.substr(at));
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
    uint32_t point = 0xFFFD;
    if (length == 1) point = byte(0);
    if (length == 2) point = (byte(0) & 0x1Fu) << 6 | (byte(1) & 0x3Fu);
    if (length == 3) point = (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
    if (length == 4) point = (byte(0) & 7u) << 18 | (byte(1) & 0x3Fu) << 12 | (byte(2) & 0x3Fu) << 6 | (byte(3) & 0x3Fu);
    at += std::max<size_t>(length, 1);
    if (point > 0xFFFF) {
      units += static_cast<char16_t>(0xD7C0 + (point >> 10));
      units += static_cast<char16_t>(0xDC00 + (point & 0x3FF));
    } else {
      units += static_cast<char16_t>(point);
    }
  }
  return units;
}

}  // namespace gatelet
