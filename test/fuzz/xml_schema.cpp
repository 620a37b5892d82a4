// An XML Schema and, behind a line of three hyphens, a document: neither opens anything, the check comes out the same a second time, as a
// document and as an envelope, and what does not conform has a reason. Without that line the text is a document for a fixed schema.
#include "policy/xml_schema.hpp"

#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

constexpr std::string_view divider = "\n---\n";
constexpr std::string_view fixed_schema =
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='a'><xs:complexType><xs:sequence><xs:any "
    "processContents='lax' minOccurs='0' maxOccurs='unbounded'/></xs:sequence><xs:anyAttribute "
    "processContents='lax'/></xs:complexType></xs:element></xs:schema>";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input = text_of(data, size);
  const size_t at = input.find(divider);
  const std::string_view schema_text = at == std::string_view::npos ? fixed_schema : input.substr(0, at);
  const std::string_view document = at == std::string_view::npos ? input : input.substr(at + divider.size());
  const auto find = [&](std::string_view id) { return id == "self" ? std::optional(schema_text) : std::nullopt; };
  const auto schema = XmlSchema::compile("main", schema_text, find);
  if (!schema) return require(!schema.error().message.empty()), 0;
  for (const auto form : {XmlSchema::Form::document, XmlSchema::Form::soap}) {
    const SchemaCheck first = (*schema)->check(document, form), second = (*schema)->check(document, form);
    require(first.outcome == second.outcome && first.problems.size() == second.problems.size());
    require((first.outcome == SchemaCheck::Outcome::conforms) == first.problems.empty());
  }
  return 0;
}
