// Literal first, then texts with parameters in them, then a parameter, then a wildcard.
#include "route/operation_search.hpp"

#include "http/url.hpp"

namespace gatelet {

const RouteChoice* OperationSearch::visit(uint32_t index, size_t depth) {
  const RouteNode& node = tables_.nodes[index];
  if (depth == path_.count()) {
    const RouteChoice* choice = choose(node.ends);
    return choice ? choice : choose(node.rest);
  }
  const PathSegment& segment = path_[depth];
  if (node.has_literals)
    if (const uint32_t child = tables_.find_literal(index, path_, segment); child != route_none)
      if (const RouteChoice* choice = visit(child, depth + 1)) return choice;
  if (node.compounds != route_none)
    if (const RouteChoice* choice = visit_compounds(node.compounds, depth)) return choice;
  if (node.parameter != route_none && segment.size != 0)
    if (const RouteChoice* choice = visit(node.parameter, depth + 1)) return choice;
  return choose(node.rest);
}

const RouteChoice* OperationSearch::visit_compounds(uint32_t index, size_t depth) {
  for (const RouteCompound* compound = &tables_.compounds[index];; ++compound) {
    if (match_compound(compound->parts, path_.lower(path_[depth]), 0))
      if (const RouteChoice* choice = visit(compound->child, depth + 1)) return choice;
    if (compound->is_last) return nullptr;
  }
}

const RouteChoice* OperationSearch::choose(uint32_t index) {
  if (index == route_none) return nullptr;
  for (const RouteChoice* choice = &tables_.choices[index];; ++choice) {
    const RouteDetail& detail = tables_.details[choice->detail];
    const bool fits_method = choice->method == method_ && (choice->method != Method::other || detail.method == method_text_);
    if ((fits_method || !has_other_method_) && fits_query(detail)) {
      if (fits_method) return choice;
      has_other_method_ = true;
    }
    if (choice->is_last) return nullptr;
  }
}

bool OperationSearch::fits_query(const RouteDetail& detail) const {
  for (uint32_t i = 0; i < detail.query_count; ++i) {
    const RouteQuery& wanted = tables_.queries[detail.query_first + i];
    std::string_view value;
    if (!find_query_value(query_, wanted.name, value)) return false;
    if (wanted.value && query_decoded(value, arena_) != *wanted.value) return false;
  }
  return true;
}

std::optional<std::string_view> match_compound(const std::vector<TemplatePart>& parts, std::string_view segment, size_t part) {
  std::string_view wanted;
  size_t at = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool is_last = i + 1 == parts.size();
    size_t size = parts[i].text.size();
    if (!parts[i].is_parameter) {
      if (segment.substr(at, size) != parts[i].text || (is_last && at + size != segment.size())) return std::nullopt;
    } else if (is_last) {
      size = segment.size() - at;
      if (size == 0) return std::nullopt;
    } else {
      const std::string& next = parts[i + 1].text;
      const bool is_end = i + 2 == parts.size();
      if (segment.size() < at + 1 + next.size()) return std::nullopt;
      const size_t found = is_end ? segment.size() - next.size() : segment.find(next, at + 1);
      if (found == std::string_view::npos) return std::nullopt;
      size = found - at;
    }
    if (i == part) wanted = segment.substr(at, size);
    at += size;
  }
  return wanted;
}

}  // namespace gatelet
