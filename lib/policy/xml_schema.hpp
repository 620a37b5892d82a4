// XmlSchema: an XML Schema (XSD 1.0) with what it includes, compiled when a configuration loads, and validation of documents with it
// (policies-a.md 6.1). libxml2 stays behind xml_schema.cpp; it is given texts and opens nothing. Any thread may use what was compiled.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "policy/json_schema.hpp"

namespace gatelet {

class XmlSchema {
 public:
  // The text of the schema with that id in lower case, which another one includes as "/schemas/{id}"; nullopt: there is none.
  using FindText = std::function<std::optional<std::string_view>(std::string_view id)>;
  // `id` is its own, by which others may lead back to it. The error has line and column, of the schema that is wrong.
  static Result<std::shared_ptr<const XmlSchema>> compile(std::string_view id, std::string_view text, const FindText& find);
  // False: compile() refuses all, because libxml2 was not there when this was built.
  static bool is_supported();
  XmlSchema(const XmlSchema&) = delete;
  XmlSchema& operator=(const XmlSchema&) = delete;
  ~XmlSchema();

  // soap: what the body of a SOAP 1.1 or 1.2 envelope holds is validated, a fault passes.
  enum class Form : uint8_t { document, soap };
  // Any element that the schema declares at its top may be the root. The document must be UTF-8 without a document type.
  SchemaCheck check(std::string_view document, Form form) const;

 private:
  struct Compiled;
  explicit XmlSchema(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace gatelet
