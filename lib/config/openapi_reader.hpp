// What every part of the OpenAPI import needs: the document's version, members of the right kind, references, problems with their place.
#pragma once

#include <map>
#include <set>

#include "base/diagnostics.hpp"
#include "base/json.hpp"

namespace gatelet {

enum class OpenapiVersion { swagger_2, openapi_3_0, openapi_3_1 };

// Parts without meaning for a gateway; each kind found gives one warning a document.
enum class OpenapiIgnored {
  callbacks,
  cookie_parameters,
  default_responses,
  external_docs,
  form_data,
  links,
  parameter_styles,
  request_bodies,
  response_ranges,
  security,
  servers_below_root,
  trace_operations,
  unresolved_schemas,
  unused_path_parameters,
  webhooks,
};

class OpenapiReader {
 public:
  OpenapiReader(const Json& document, std::string_view file, std::string_view scope, Diagnostics& diagnostics)
      : document_(document), file_(file), scope_(scope), diagnostics_(diagnostics) {}

  // False, with an error, when the document is none of the versions.
  bool read_version();
  OpenapiVersion version() const { return version_; }
  bool is_swagger() const { return version_ == OpenapiVersion::swagger_2; }
  const Json& document() const { return document_; }

  // The member when it has the kind; null when it is absent, null, or of another kind, which is an error.
  const Json& object_in(const Json& parent, std::string_view name) { return member_in(parent, name, Json::Kind::object); }
  const Json& array_in(const Json& parent, std::string_view name) { return member_in(parent, name, Json::Kind::array); }

  // The value that `$ref`s lead to; null, with an error, when they leave the document, lead nowhere or in a circle.
  const Json& resolved(const Json& value);
  // The value a reference such as "#/definitions/Pet" names; null pointer when there is none.
  const Json* target_of(std::string_view reference) const;

  void error(std::string message, SourcePos at);
  void warning(std::string message, SourcePos at);
  void ignore(OpenapiIgnored kind, SourcePos at);
  void report_ignored();

  // Counts one thing of the result; false, with one error, when references have blown the document up beyond openapi_items_max.
  bool spend(SourcePos at);

 private:
  struct Ignored {
    size_t count = 0;
    SourcePos first;
  };

  const Json& member_in(const Json& parent, std::string_view name, Json::Kind kind);
  bool is_new(const std::string& message, SourcePos at);

  const Json& document_;
  std::string file_;
  std::string scope_;
  Diagnostics& diagnostics_;
  OpenapiVersion version_ = OpenapiVersion::openapi_3_0;
  std::map<OpenapiIgnored, Ignored> ignored_;
  std::set<std::string> reported_;  // what a shared part is found guilty of is said once
  size_t spent_ = 0;
};

}  // namespace gatelet
