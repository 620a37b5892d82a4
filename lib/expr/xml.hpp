// Xml: the trees of System.Xml.Linq: nodes with a parent, siblings and children, changed in place, in the memory of the exchange. What
// walks them does not recurse: a tree that an expression builds may be deeper than any stack.
#pragma once

#include <string_view>
#include <vector>

#include "expr/evaluation.hpp"
#include "expr/objects.hpp"

namespace gatelet::cs {

extern const Type x_object_type, x_node_type, x_container_type, x_element_type, x_document_type, x_attribute_type, x_text_type,
    x_cdata_type, x_comment_type, x_instruction_type, x_doctype_type, x_declaration_type, x_name_type, x_namespace_type;

struct XDeclaration {
  const String* version = nullptr;
  const String* encoding = nullptr;
  const String* standalone = nullptr;
};

// Of a document type; null: not given.
struct XDoctype {
  const String* public_id = nullptr;
  const String* system_id = nullptr;
  const String* internal_subset = nullptr;
};

struct XNode {
  enum class Kind : uint8_t { element, document, text, cdata, comment, instruction, doctype, attribute };
  Kind kind = Kind::element;
  bool has_empty_text = false;  // an element without children that is written <a></a>
  XNode* parent = nullptr;
  XNode* previous = nullptr;
  XNode* next = nullptr;
  XNode* first = nullptr;
  XNode* last = nullptr;
  XNode* first_attribute = nullptr;
  XNode* last_attribute = nullptr;
  const String* space = &empty_string;  // the namespace of an element or attribute
  const String* name = &empty_string;   // local name; target of an instruction; root of a document type
  const String* value = &empty_string;  // of an attribute, a text, a comment, an instruction
  XDeclaration* declaration = nullptr;  // of a document
  XDoctype* doctype = nullptr;          // of a document type

  bool is_container() const { return kind == Kind::element || kind == Kind::document; }
  bool is_text() const { return kind == Kind::text || kind == Kind::cdata; }
};

// XName and XNamespace objects; equal names are equal, whichever objects they are.
struct XName {
  const String* space = &empty_string;
  const String* local = &empty_string;
};
struct XNamespace {
  const String* uri = &empty_string;
};
inline constexpr std::string_view xml_space_uri = "http://www.w3.org/XML/1998/namespace";
inline constexpr std::string_view xmlns_space_uri = "http://www.w3.org/2000/xmlns/";

Value value_of_node(const XNode* node);  // null for null
Value value_of_name(Evaluation& run, const String* space, const String* local);
bool has_name(const XNode& node, const XName& name);
// "{namespace}local" or "local"; fails with XmlException or ArgumentException.
bool parse_name(Evaluation& run, const String& expanded, XName& out);
bool check_name(Evaluation& run, const String& local);
std::string unit_code(char16_t unit);  // 0x3C, for messages
// "'<', hexadecimal value 0x3C, is an invalid attribute character."
std::string unit_problem(char16_t unit, std::string_view what);
bool is_namespace_declaration(const XNode& attribute);

// Tree. These do not check what may stand where.
XNode* new_node(Evaluation& run, XNode::Kind kind, const String* value = &empty_string);
XNode* new_named(Evaluation& run, XNode::Kind kind, const XName& name);
void link_before(XNode& parent, XNode& node, XNode* before);  // null: at the end
void link_attribute(XNode& element, XNode& attribute);
void unlink(XNode& node);  // attributes too
XNode* clone(Evaluation& run, const XNode& node);
XNode* find_attribute(Evaluation& run, const XNode& element, const XName& name);
XNode* find_element(Evaluation& run, const XNode& parent, const XName& name);
// The node after `node` in document order within `root`; null at the end.
XNode* following(const XNode& node, const XNode& root);
// The same without what is in `node`.
XNode* following_outside(const XNode& node, const XNode& root);
const String* text_of_tree(Evaluation& run, const XNode& node);  // XElement.Value
bool deep_equals(Evaluation& run, const XNode* a, const XNode* b);
int document_order(Evaluation& run, const XNode& a, const XNode& b);  // of one tree; fails otherwise

// Content, as the constructors and Add take it: null, nodes, attributes, sequences of them, and values, which become text. Nodes that have
// a parent are copied. `before`: null: at the end.
bool add_content(Evaluation& run, XNode& parent, Value content, XNode* before, bool takes_attributes);
void remove_nodes(XNode& parent);
// The text of a value; null after a failure.
const String* content_text(Evaluation& run, Value value);

// Text → tree: strict XML 1.0 without a DTD. Fails with XmlException in .NET's words. Null after a failure.
XNode* parse_document(Evaluation& run, const String& text, bool keeps_white_space);

// Tree → text.
struct XWriting {
  bool indents = true;
  bool omits_duplicates = false;              // namespace declarations that an ancestor has
  const XDeclaration* declaration = nullptr;  // written first
};
const String* xml_text(Evaluation& run, const XNode& node, const XWriting& writing);
const String* declaration_text(Evaluation& run, const XDeclaration& declaration);
// Null: none declares it.
const String* prefix_of(const XNode* element, const String& uri);
const String* namespace_of_prefix(const XNode* element, const String& prefix);

// XmlConvert: texts of XML Schema as values. Each fails with FormatException (or OverflowException).
Value boolean_of_xml(Evaluation& run, const String& text);
Value real_of_xml(Evaluation& run, const String& text, const Type& type);  // double, float
Value date_of_xml(Evaluation& run, const String& text, const Type& type);  // DateTime, DateTimeOffset
Value duration_of_xml(Evaluation& run, const String& text);

}  // namespace gatelet::cs
