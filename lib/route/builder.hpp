// RouterBuilder: APIs and operations → tables. What is wrong is reported and left out; the rest is routed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "route/tables.hpp"

namespace gatelet {

class RouterBuilder {
 public:
  RouterBuilder(std::vector<RouteApi> apis, bool check_scheme, Diagnostics& diagnostics);
  std::unique_ptr<const RouterTables> build();

 private:
  enum class EdgeKind : uint8_t { none, literal, other };
  struct Edge {
    uint32_t parent = route_none;
    EdgeKind kind = EdgeKind::none;
    bool is_api_path = false;  // its node ends an API path
    std::string text;          // of a literal
  };
  struct Entry {  // a choice before it has its place
    uint32_t node = 0;
    bool is_rest = false;
    uint32_t fixed_count = 0;
    RouteChoice choice;
  };

  void add_api(uint32_t index);
  Result<std::vector<std::string>> read_path(const RouteApi& api);
  Result<> check_version(const RouteApi& api) const;
  RouteGroup& group_at(const std::vector<std::string>& path);
  bool enter_group(RouteGroup& group, uint32_t index);
  RouteVersion& version_in(RouteGroup& group, const RouteApi& api);
  void add_operations(uint32_t index);
  void add_operation(uint32_t api_index, uint32_t index);
  bool is_first_of_its_kind(const RouteApi& api, const RouteOperation& operation, const UrlTemplate& parsed, const Entry& entry);
  uint32_t insert_template(uint32_t root, const UrlTemplate& parsed, RouteChoice& choice, std::string_view text);
  uint32_t make_node(uint32_t parent, EdgeKind kind, std::string_view text = {});
  uint32_t literal_child(uint32_t node, std::string_view text);
  uint32_t parameter_child(uint32_t node);
  uint32_t compound_child(uint32_t node, const std::vector<TemplatePart>& parts, uint32_t& compound);
  RouteOther& other_of(uint32_t node);
  size_t visits_from(uint32_t root) const;
  void place_choices();
  void place_compounds();
  void place_groups();
  void place_nodes();
  std::vector<NodeRef> find_leaves();
  uint32_t place_tail(const std::string& tail);
  uint32_t place_path_parameters(std::vector<RoutePathParameter> parameters);
  void report_api(DiagnosticCode code, const RouteApi& api, std::string message);

  std::unique_ptr<RouterTables> tables_;
  Diagnostics& diagnostics_;
  std::vector<Edge> edges_;  // of each node
  std::vector<Entry> entries_;
  std::map<uint32_t, std::vector<uint32_t>> compounds_;             // of each node, by order of appearance
  std::unordered_map<std::string, uint32_t> kinds_;                 // of operations, to their number in the API
  std::unordered_map<std::string, uint32_t> tails_;                 // that have their place
  std::map<std::vector<RoutePathParameter>, uint32_t> parameters_;  // lists of them that have their place
  size_t path_depth_max_ = 1;                                       // ";rev=N" of the root is a segment
  size_t template_depth_max_ = 0;
};

}  // namespace gatelet
