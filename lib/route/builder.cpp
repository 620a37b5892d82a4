// Building the tables: APIs, their versions and revisions.
#include "route/builder.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace gatelet {
namespace {

Error path_error(std::string message) { return {Code::config, std::move(message), {}, {}}; }

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c); });
}

std::string place_of(const RouteApi& api) {
  std::string place = "path '" + api.path + "'";
  if (!api.version.empty()) place += ", version '" + api.version + "'";
  return place;
}

}  // namespace

RouterBuilder::RouterBuilder(std::vector<RouteApi> apis, bool check_scheme, Diagnostics& diagnostics)
    : tables_(std::make_unique<RouterTables>()), diagnostics_(diagnostics) {
  tables_->apis = std::move(apis);
  tables_->check_scheme = check_scheme;
  tables_->entries.resize(tables_->apis.size());
}

std::unique_ptr<const RouterTables> RouterBuilder::build() {
  make_node(route_none, EdgeKind::none);
  for (uint32_t i = 0; i < tables_->apis.size(); ++i) add_api(i);
  place_compounds();
  place_choices();
  place_nodes();
  place_groups();
  tables_->depth_max = path_depth_max_ + template_depth_max_;
  return std::move(tables_);
}

void RouterBuilder::add_api(uint32_t index) {
  const RouteApi& api = tables_->apis[index];
  const Result<> checked = check_version(api);
  if (!checked) return report_api(DiagnosticCode::invalid_value, api, checked.error().message);
  const Result<std::vector<std::string>> path = read_path(api);
  if (!path) return report_api(DiagnosticCode::invalid_value, api, path.error().message);

  if (!enter_group(group_at(*path), index)) return;
  if (api.scheme == VersionScheme::segment && !api.version.empty()) {
    const std::vector<std::string> without_version(path->begin(), path->end() - 1);
    std::vector<std::string>& versions = group_at(without_version).segment_versions;
    if (std::find(versions.begin(), versions.end(), api.version) == versions.end()) versions.push_back(api.version);
  }
  path_depth_max_ = std::max(path_depth_max_, path->size());
  add_operations(index);
}

Result<> RouterBuilder::check_version(const RouteApi& api) const {
  if (!is_number(api.revision))
    return path_error("revision '" + api.revision + "' is not a number: write digits only, because its URL ends in ';rev=" + api.revision +
                      "'");
  if (api.version.empty()) return Done{};
  if (api.scheme == VersionScheme::none)
    return path_error("version '" + api.version + "' belongs to no version set: name one, or remove the version");
  if (api.scheme == VersionScheme::segment || !api.version_name.empty()) return Done{};
  return path_error("the version set names no " + std::string(api.scheme == VersionScheme::header ? "header" : "query parameter") +
                    " that holds the version: add it");
}

Result<std::vector<std::string>> RouterBuilder::read_path(const RouteApi& api) {
  Result<std::vector<std::string>> path = parse_api_path(api.path);
  if (!path) return path_error("path '" + api.path + "' is not usable: " + path.error().message);
  if (api.scheme != VersionScheme::segment || api.version.empty()) return path;
  Result<std::string> version = parse_version_segment(api.version);
  if (!version) return path_error("version '" + api.version + "' is not usable: " + version.error().message);
  path->push_back(*std::move(version));
  return path;
}

RouteGroup& RouterBuilder::group_at(const std::vector<std::string>& path) {
  uint32_t node = 0;
  for (const std::string& literal : path) node = literal_child(node, literal);
  uint32_t& group = tables_->nodes[node].ends;
  if (group == route_none) {
    edges_[node].is_api_path = true;
    group = static_cast<uint32_t>(tables_->groups.size());
    tables_->groups.emplace_back();
  }
  return tables_->groups[group];
}

RouteVersion& RouterBuilder::version_in(RouteGroup& group, const RouteApi& api) {
  const bool is_selected = !api.version.empty() && api.scheme != VersionScheme::segment;
  uint32_t selector = route_none;
  if (is_selected) {
    const auto same = [&](const RouteSelector& s) { return s.scheme == api.scheme && equal_ignoring_case(s.name.text, api.version_name); };
    const auto found = std::find_if(group.selectors.begin(), group.selectors.end(), same);
    selector = static_cast<uint32_t>(found - group.selectors.begin());
    if (found == group.selectors.end()) group.selectors.push_back({api.scheme, HeaderName(api.version_name)});
  }
  const std::string text = is_selected ? api.version : std::string();
  for (RouteVersion& version : group.versions)
    if (version.selector == selector && version.text == text) return version;
  group.versions.push_back({text, selector, route_none, {}});
  return group.versions.back();
}

// False, and reported, when another API has the place.
bool RouterBuilder::enter_group(RouteGroup& group, uint32_t index) {
  const RouteApi& api = tables_->apis[index];
  RouteVersion& version = version_in(group, api);
  for (const RouteRevision& other : version.revisions) {
    if (other.text != api.revision) continue;
    report_api(DiagnosticCode::duplicate_resource, api,
               place_of(api) + " belongs to API '" + tables_->apis[other.api].name + "' already: give one of them another path or version");
    return false;
  }
  if (api.is_current && version.current != route_none) {
    report_api(
        DiagnosticCode::duplicate_resource, api,
        place_of(api) + " has the current revision '" + tables_->apis[version.current].name + "' already: make one of them not current");
    return false;
  }
  version.revisions.push_back({api.revision, index});
  if (api.is_current) version.current = index;
  return true;
}

void RouterBuilder::add_operations(uint32_t index) {
  const RouteApi& api = tables_->apis[index];
  const uint32_t root = make_node(route_none, EdgeKind::none);
  tables_->entries[index] = {index, NodeRef::to(root), api.protocols};
  for (uint32_t i = 0; i < api.operations.size(); ++i) add_operation(index, i);
  const size_t visits = visits_from(root);
  if (visits <= route_visits_max) return;
  tables_->entries[index].root = NodeRef::to(make_node(route_none, EdgeKind::none));
  report_api(DiagnosticCode::limit_exceeded, api,
             "one request could have to try " + std::to_string(visits) + " combinations of its templates, more than " +
                 std::to_string(route_visits_max) + ": use fewer literals beside {parameters} at the same places");
}

// How many nodes the worst request visits: of the literals of a node it follows one, of all else everything.
size_t RouterBuilder::visits_from(uint32_t root) const {
  const size_t count = edges_.size() - root;
  std::vector<size_t> literal(count), others(count);
  for (size_t i = count; i-- > 1;) {
    const size_t visits = std::min(1 + literal[i] + others[i], route_visits_max + 1);
    const size_t parent = edges_[root + i].parent - root;
    if (edges_[root + i].kind == EdgeKind::literal)
      literal[parent] = std::max(literal[parent], visits);
    else
      others[parent] += visits;
  }
  return 1 + literal[0] + others[0];
}

uint32_t RouterBuilder::make_node(uint32_t parent, EdgeKind kind, std::string_view text) {
  tables_->nodes.emplace_back();
  edges_.push_back({parent, kind, false, std::string(text)});
  return static_cast<uint32_t>(tables_->nodes.size() - 1);
}

uint32_t RouterBuilder::literal_child(uint32_t node, std::string_view text) {
  const NodeRef known = tables_->literals.find(node, text);
  if (known) return known.index();
  const uint32_t child = make_node(node, EdgeKind::literal, text);
  tables_->literals.insert(node, text, NodeRef::to(child));
  return child;
}

RouteOther& RouterBuilder::other_of(uint32_t node) {
  uint32_t& other = tables_->nodes[node].other;
  if (other == route_none) {
    other = static_cast<uint32_t>(tables_->others.size());
    tables_->others.emplace_back();
  }
  return tables_->others[other];
}

void RouterBuilder::place_groups() {
  for (const RouteGroup& group : tables_->groups) {
    tables_->default_entries.emplace_back();
    if (group.selectors.empty() && !group.versions.empty() && group.versions[0].current != route_none)
      tables_->default_entries.back() = tables_->entries[group.versions[0].current];
  }
}

void RouterBuilder::report_api(DiagnosticCode code, const RouteApi& api, std::string message) {
  diagnostics_.error(code, std::move(message), {}, {}, "api " + api.name);
}

std::unique_ptr<const Router> Router::build(std::vector<RouteApi> apis, bool check_scheme, Diagnostics& diagnostics) {
  return std::unique_ptr<const Router>(new Router(RouterBuilder(std::move(apis), check_scheme, diagnostics).build()));
}

}  // namespace gatelet
