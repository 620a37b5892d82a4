#include "config/properties.hpp"

namespace gatelet {

std::string Properties::text(std::string_view name, std::string_view fallback) const {
  const Json& value = resource_.value[name];
  if (value.is_null()) return std::string(fallback);
  if (value.is_string()) return std::string(value.string());
  error(DiagnosticCode::invalid_value, std::string(name) + " must be a text in quotes", value);
  return std::string(fallback);
}

bool Properties::boolean(std::string_view name, bool fallback) const {
  const Json& value = resource_.value[name];
  if (value.is_null()) return fallback;
  if (value.is_boolean()) return value.boolean();
  error(DiagnosticCode::invalid_value, std::string(name) + " must be true or false, without quotes", value);
  return fallback;
}

int Properties::integer(std::string_view name, int fallback) const {
  const Json& value = resource_.value[name];
  if (value.is_null()) return fallback;
  if (value.is_number() && value.number() >= -2'147'483'648.0 && value.number() <= 2'147'483'647.0) return static_cast<int>(value.number());
  error(DiagnosticCode::invalid_value, std::string(name) + " must be a whole number, without quotes", value);
  return fallback;
}

void Properties::error(DiagnosticCode code, std::string message, const Json& at) const {
  diagnostics_.error(code, std::move(message), resource_.file, place(at), scope_);
}

void Properties::warning(DiagnosticCode code, std::string message, const Json& at) const {
  diagnostics_.warning(code, std::move(message), resource_.file, place(at), scope_);
}

}  // namespace gatelet
