// XmlPath: the part of XPath 1.0 that policies use, over the trees of xml.hpp: paths of child, attribute, parent and descendant steps,
// unions of them, and predicates that compare paths, texts and numbers. What is beyond that fails with XPathException, which says so.
#pragma once

#include "expr/xml.hpp"

namespace gatelet::cs {

extern const Type x_path_exception_type, x_path_namespaces_type;

// XmlNamespaceManager: what the prefixes of a path stand for. The last one of a prefix counts.
struct XmlNamespaces {
  List prefixes;
  List uris;
};
const String* find_namespace(Evaluation& run, const XmlNamespaces& spaces, const String& prefix);  // null: none

// <?xml …?>, which a document of XmlDocument has as a node; no path finds it.
bool is_xml_declaration(const XNode& node);

// The nodes in document order, as values of XNode; null after a failure.
List* select_nodes(Evaluation& run, XNode& context, const String& path, const XmlNamespaces* spaces);

}  // namespace gatelet::cs
