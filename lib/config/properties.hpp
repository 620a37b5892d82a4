// Properties: typed access to the properties of one resource; a value of the wrong type is reported with its place and replaced by the
// default.
#pragma once

#include <string>
#include <string_view>

#include "base/diagnostics.hpp"
#include "config/resource.hpp"

namespace gatelet {

class Properties {
 public:
  Properties(const Resource& resource, std::string scope, Diagnostics& diagnostics)
      : resource_(resource), scope_(std::move(scope)), diagnostics_(diagnostics) {}

  const Json& operator[](std::string_view name) const { return resource_.value[name]; }
  std::string text(std::string_view name, std::string_view fallback = {}) const;
  bool boolean(std::string_view name, bool fallback) const;
  int integer(std::string_view name, int fallback) const;
  void error(DiagnosticCode code, std::string message, const Json& at) const;
  void warning(DiagnosticCode code, std::string message, const Json& at) const;
  const std::string& scope() const { return scope_; }
  const Resource& resource() const { return resource_; }

 private:
  SourcePos place(const Json& value) const { return value.at() ? value.at() : resource_.value.at(); }

  const Resource& resource_;
  std::string scope_;
  Diagnostics& diagnostics_;
};

}  // namespace gatelet
