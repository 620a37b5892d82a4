// XML Schema in a build without libxml2 (meson's option xml_schema): known, and refused.
#include "policy/xml_schema.hpp"

namespace gatelet {

struct XmlSchema::Compiled {};

XmlSchema::XmlSchema(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
XmlSchema::~XmlSchema() = default;

bool XmlSchema::is_supported() { return false; }

Result<std::shared_ptr<const XmlSchema>> XmlSchema::compile(std::string_view, std::string_view, const FindText&) {
  return Error{Code::unsupported, "this build has no XML Schema; build it with libxml2", {}, {}};
}

SchemaCheck XmlSchema::check(std::string_view, Form) const {
  return {SchemaCheck::Outcome::impossible, {{"This build has no XML Schema.", {}}}};
}

}  // namespace gatelet
