// OperationSearch: walks the templates of one API depth first, in the order of precedence, so that the first operation that fits is the
// best one. The builder bounds how many nodes a request can visit (route_visits_max).
#pragma once

#include "route/tables.hpp"

namespace gatelet {

class OperationSearch {
 public:
  OperationSearch(const RouterTables& tables, const RequestPath& path, std::string_view query, Arena& arena)
      : tables_(tables), path_(path), query_(query), arena_(arena) {}

  // `root` is the API's, `depth` the number of segments before its templates. Null: no operation fits.
  const RouteChoice* find(NodeRef root, size_t depth, Method method, std::string_view method_text) {
    method_ = tables_.method_number(method, method_text);
    has_other_method_ = false;
    return visit(root, depth);
  }
  // Whether find() saw an operation that fits in everything but the method.
  bool has_other_method() const { return has_other_method_; }

 private:
  const RouteChoice* visit(NodeRef ref, size_t depth);
  bool fits_tail(uint32_t tail, size_t depth) const;
  const RouteChoice* visit_compounds(uint32_t index, size_t depth);
  const RouteChoice* choose(uint32_t index);
  bool fits_query(const RouteChoice& choice) const;

  const RouterTables& tables_;
  const RequestPath& path_;
  std::string_view query_;
  Arena& arena_;
  uint8_t method_ = 0;
  bool has_other_method_ = false;
};

}  // namespace gatelet
