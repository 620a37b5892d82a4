// Literal first, then texts with parameters in them, then a parameter, then a wildcard.
#include "route/operation_search.hpp"

#include "http/url.hpp"

namespace gatelet {

const RouteChoice* OperationSearch::visit(NodeRef ref, size_t depth) {
  if (ref.is_leaf()) {
    __builtin_prefetch(&tables_.choices[ref.index()]);
    return fits_tail(ref.more, depth) ? choose(ref.index()) : nullptr;
  }
  const bool is_end = depth == path_.count();
  __builtin_prefetch(&tables_.nodes[ref.index()]);  // on its way while the literals are looked up
  if (!is_end)
    if (const NodeRef child = tables_.find_literal(ref, path_, depth))
      if (const RouteChoice* choice = visit(child, depth + 1)) return choice;
  const RouteNode& node = tables_.nodes[ref.index()];
  const RouteOther* const other = node.other == route_none ? nullptr : &tables_.others[node.other];
  if (is_end) {
    if (const RouteChoice* choice = choose(node.ends)) return choice;
  } else {
    if (other && other->compounds != route_none)
      if (const RouteChoice* choice = visit_compounds(other->compounds, depth)) return choice;
    if (node.parameter && path_[depth].size != 0)
      if (const RouteChoice* choice = visit(node.parameter, depth + 1)) return choice;
  }
  return other ? choose(other->rest) : nullptr;
}

// Whether the rest of the path is what a leaf stands for.
bool OperationSearch::fits_tail(uint32_t tail, size_t depth) const {
  const char* at = tables_.tails.data() + tail;
  size_t count = static_cast<uint8_t>(*at++);
  if (path_.count() - depth != count) return false;
  for (; count != 0; --count, ++depth) {
    const PathSegment& segment = path_[depth];
    const size_t size = static_cast<uint8_t>(*at++);
    if (size == 0 ? segment.size == 0 : segment.size != size || !are_equal(at, path_.bytes(segment), size)) return false;
    at += size;
  }
  return true;
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
    const bool fits_method = choice->method == method_;
    if ((fits_method || !has_other_method_) && fits_query(*choice)) {
      if (fits_method) return choice;
      has_other_method_ = true;
    }
    if (choice->is_last) return nullptr;
  }
}

bool OperationSearch::fits_query(const RouteChoice& choice) const {
  for (uint32_t i = 0; i < choice.query_count; ++i) {
    const RouteQuery& wanted = tables_.queries[choice.query_first + i];
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
