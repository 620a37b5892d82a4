// Building the tables: operations and their templates.
#include <algorithm>
#include <tuple>

#include "base/limits.hpp"
#include "route/builder.hpp"

namespace gatelet {
namespace {

using SegmentKind = TemplateSegment::Kind;
using ParameterKind = RoutePathParameter::Kind;

std::string_view without_slashes(std::string_view text) {
  while (!text.empty() && text.front() == '/') text.remove_prefix(1);
  while (!text.empty() && text.back() == '/') text.remove_suffix(1);
  return text;
}

// The name where it stands in the operation's own text, which lives as long as the router.
std::string_view name_in(std::string_view url_template, std::string_view name) {
  if (name.empty()) return {};
  for (const char* opening : {"{", "{*"}) {
    const size_t at = url_template.find(opening + std::string(name) + "}");
    if (at != std::string_view::npos) return url_template.substr(at + std::string_view(opening).size(), name.size());
  }
  return {};
}

// Longer texts first, as they are the more specific ones: the text before the first parameter, then all of it.
bool is_more_specific(const RouteCompound& a, const RouteCompound& b) {
  const auto rank = [](const RouteCompound& compound) {
    size_t all = 0;
    for (const TemplatePart& part : compound.parts)
      if (!part.is_parameter) all += part.text.size();
    return std::tuple(compound.parts.front().is_parameter ? 0 : compound.parts.front().text.size(), all);
  };
  return rank(a) > rank(b);
}

std::string compound_text(const std::vector<TemplatePart>& parts) {
  std::string text;
  for (const TemplatePart& part : parts) text += part.is_parameter ? "{}" : part.text;
  return text;
}

std::string query_text(const UrlTemplate& parsed) {
  std::vector<std::string> parts;
  for (const TemplateQuery& query : parsed.query)
    parts.push_back(lower(query.name) + (query.is_parameter ? std::string("\n") : "=" + query.value + "\n"));
  std::sort(parts.begin(), parts.end());
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}

}  // namespace

void RouterBuilder::add_operation(uint32_t api_index, uint32_t index) {
  const RouteApi& api = tables_->apis[api_index];
  const RouteOperation& operation = api.operations[index];
  const auto report = [&](std::string message) {
    diagnostics_.error(DiagnosticCode::invalid_value, std::move(message), {}, {}, "operation " + api.name + "/" + operation.name);
  };
  if (operation.method == "*" || !is_token(operation.method))
    return report("method '" + operation.method + "' is not one method: write an operation for each, such as GET");
  const Result<UrlTemplate> parsed = parse_url_template(operation.url_template);
  if (!parsed) return report("template '" + operation.url_template + "' is not usable: " + parsed.error().message);

  Entry entry;
  RouteChoice& choice = entry.choice;
  choice.operation = index;
  entry.node = insert_template(tables_->entries[api_index].root.index(), *parsed, choice, operation.url_template);
  entry.is_rest = !parsed->segments.empty() && parsed->segments.back().kind == SegmentKind::rest;
  if (!is_first_of_its_kind(api, operation, *parsed, entry)) return;

  const Method method = method_from(operation.method);
  choice.method = tables_->method_number(method, operation.method);
  if (choice.method == 0) {
    if (tables_->methods.size() == RouterTables::unusual_methods_max)
      return report("method '" + operation.method + "' is one too many: besides the usual methods a configuration may have " +
                    std::to_string(RouterTables::unusual_methods_max));
    tables_->methods.push_back(operation.method);
    choice.method = tables_->method_number(method, operation.method);
  }
  choice.query_first = static_cast<uint32_t>(tables_->queries.size());
  choice.query_count = static_cast<uint8_t>(parsed->query.size());
  for (const TemplateQuery& query : parsed->query) {
    RouteQuery wanted{query.name, std::nullopt, {}};
    if (query.is_parameter)
      wanted.parameter = name_in(operation.url_template, query.value);
    else
      wanted.value = query.value;
    entry.fixed_count += query.is_parameter ? 0 : 1;
    tables_->queries.push_back(std::move(wanted));
  }
  template_depth_max_ = std::max(template_depth_max_, parsed->segments.size());
  entries_.push_back(entry);
}

// Two operations that the same requests fit: Azure refuses the same method and template, but knows templates that differ in parameter
// names, letter case or a slash at the end. Of those the first one serves.
bool RouterBuilder::is_first_of_its_kind(const RouteApi& api, const RouteOperation& operation, const UrlTemplate& parsed,
                                         const Entry& entry) {
  const std::string kind = std::to_string(entry.node) + (entry.is_rest ? "*" : "") + " " + operation.method + " " + query_text(parsed);
  const auto [twin, is_first] = kinds_.emplace(kind, entry.choice.operation);
  if (is_first) return true;
  const RouteOperation& first = api.operations[twin->second];
  const bool is_same = without_slashes(first.url_template) == without_slashes(operation.url_template);
  const std::string scope = "operation " + api.name + "/" + operation.name;
  const std::string both = operation.method + " " + operation.url_template;
  if (is_same)
    diagnostics_.error(DiagnosticCode::duplicate_resource,
                       both + " belongs to operation '" + first.name + "' already: change one of the two or remove it", {}, {}, scope);
  else
    diagnostics_.warning(DiagnosticCode::duplicate_resource,
                         both + " fits the same requests as " + first.url_template + " of operation '" + first.name +
                             "', which serves them: remove one of the two",
                         {}, {}, scope);
  return false;
}

// Returns the node where the template ends, or where its wildcard begins.
uint32_t RouterBuilder::insert_template(uint32_t root, const UrlTemplate& parsed, RouteChoice& choice, std::string_view text) {
  std::vector<RoutePathParameter> parameters;
  const auto add = [&](std::string_view name, ParameterKind kind, size_t segment, uint32_t compound = route_none, size_t part = 0) {
    parameters.push_back({name_in(text, name), compound, static_cast<uint16_t>(segment), static_cast<uint8_t>(part), kind});
  };
  uint32_t node = root;
  for (size_t i = 0; i < parsed.segments.size(); ++i) {
    const TemplateSegment& segment = parsed.segments[i];
    uint32_t compound = route_none;
    switch (segment.kind) {
      case SegmentKind::literal: node = literal_child(node, segment.text); break;
      case SegmentKind::parameter:
        node = parameter_child(node);
        add(segment.text, ParameterKind::whole, i);
        break;
      case SegmentKind::compound:
        node = compound_child(node, segment.parts, compound);
        for (size_t part = 0; part < segment.parts.size(); ++part)
          if (segment.parts[part].is_parameter) add(segment.parts[part].text, ParameterKind::part, i, compound, part);
        break;
      case SegmentKind::rest:
        if (!segment.text.empty()) add(segment.text, ParameterKind::rest, i);
        break;
    }
  }
  choice.path_count = static_cast<uint8_t>(parameters.size());
  choice.path_first = place_path_parameters(std::move(parameters));
  return node;
}

// Many templates have the same names at the same segments; what they share stays in the cache.
uint32_t RouterBuilder::place_path_parameters(std::vector<RoutePathParameter> parameters) {
  std::vector<RoutePathParameter>& placed = tables_->path_parameters;
  const auto [place, is_new] = parameters_.emplace(std::move(parameters), static_cast<uint32_t>(placed.size()));
  if (is_new) placed.insert(placed.end(), place->first.begin(), place->first.end());
  return place->second;
}

uint32_t RouterBuilder::parameter_child(uint32_t node) {
  if (!tables_->nodes[node].parameter) {
    const uint32_t child = make_node(node, EdgeKind::other);
    tables_->nodes[node].parameter = NodeRef::to(child);
  }
  return tables_->nodes[node].parameter.index();
}

uint32_t RouterBuilder::compound_child(uint32_t node, const std::vector<TemplatePart>& parts, uint32_t& compound) {
  std::vector<uint32_t>& siblings = compounds_[node];
  const std::string text = compound_text(parts);
  for (uint32_t sibling : siblings) {
    compound = sibling;
    if (compound_text(tables_->compounds[sibling].parts) == text) return tables_->compounds[sibling].child.index();
  }
  compound = static_cast<uint32_t>(tables_->compounds.size());
  siblings.push_back(compound);
  tables_->compounds.push_back({NodeRef::to(make_node(node, EdgeKind::other)), false, parts});
  return tables_->compounds.back().child.index();
}

void RouterBuilder::place_compounds() {
  std::vector<RouteCompound>& compounds = tables_->compounds;
  std::vector<RouteCompound> placed;
  std::vector<uint32_t> places(compounds.size());
  for (auto& [node, siblings] : compounds_) {
    std::stable_sort(siblings.begin(), siblings.end(),
                     [&](uint32_t a, uint32_t b) { return is_more_specific(compounds[a], compounds[b]); });
    other_of(node).compounds = static_cast<uint32_t>(placed.size());
    for (uint32_t sibling : siblings) {
      places[sibling] = static_cast<uint32_t>(placed.size());
      placed.push_back(compounds[sibling]);
    }
    placed.back().is_last = true;
  }
  compounds = std::move(placed);
  for (RoutePathParameter& parameter : tables_->path_parameters)
    if (parameter.compound != route_none) parameter.compound = places[parameter.compound];
}

void RouterBuilder::place_choices() {
  // Operations of one node are of one API: in the order of definition where nothing else decides.
  const auto rank = [](const Entry& entry) {
    return std::tuple(entry.node, entry.is_rest, -int{entry.choice.query_count}, -static_cast<int>(entry.fixed_count),
                      entry.choice.operation);
  };
  std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) { return rank(a) < rank(b); });
  tables_->choices.reserve(entries_.size());
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    uint32_t& first = entry.is_rest ? other_of(entry.node).rest : tables_->nodes[entry.node].ends;
    if (first == route_none) first = static_cast<uint32_t>(i);
    tables_->choices.push_back(entry.choice);
    tables_->choices.back().is_last =
        i + 1 == entries_.size() || entries_[i + 1].node != entry.node || entries_[i + 1].is_rest != entry.is_rest;
  }
  tables_->path_parameters.shrink_to_fit();
  tables_->queries.shrink_to_fit();
}

}  // namespace gatelet
