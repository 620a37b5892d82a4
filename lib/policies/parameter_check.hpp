// One header or parameter compared with its definition (policies-a.md 6.0).
#pragma once

#include "policies/validation.hpp"
#include "policy/definition.hpp"

namespace gatelet {

// Where it stands, in the words of the catalogue of errors.
struct ParameterKind {
  std::string_view type;   // "QueryParameter"
  std::string_view words;  // "query parameter"
  bool is_response = false;
};

inline constexpr ParameterKind path_parameter{"PathParameter", "path parameter"};
inline constexpr ParameterKind query_parameter{"QueryParameter", "query parameter"};
inline constexpr ParameterKind request_header{"RequestHeader", "header"};
inline constexpr ParameterKind response_header{"ResponseHeader", "header", true};

// `values` are decoded; none: it is absent.
void check_parameter(Context& context, const ParameterDefinition& definition, const ParameterKind& kind,
                     std::span<const std::string_view> values, ValidationAction action, ValidationErrors& errors);
void refuse_unspecified(Context& context, std::string_view name, const ParameterKind& kind, ValidationAction action,
                        ValidationErrors& errors);

}  // namespace gatelet
