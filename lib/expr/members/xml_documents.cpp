// System.Xml: XmlDocument and its nodes, as far as policies use them: read, looked through, searched with XPath, changed a little. They are
// the trees of System.Xml.Linq seen through other members; what declares a document is an instruction named "xml" before its root.
#include "expr/collections.hpp"
#include "expr/xml_objects.hpp"
#include "expr/xml_path.hpp"

namespace gatelet::cs {

constinit const Type x_path_namespaces_type{.name = "System.Xml.XmlNamespaceManager"};

namespace xml_document_rows {

static constinit const Type node_type{.name = "System.Xml.XmlNode", .bases = "IEnumerable", .is_abstract = true};
static constinit const Type document_type{.name = "System.Xml.XmlDocument", .bases = "XmlNode"};
static constinit const Type element_type{.name = "System.Xml.XmlElement", .bases = "XmlNode"};
static constinit const Type attribute_type{.name = "System.Xml.XmlAttribute", .bases = "XmlNode"};
static constinit const Type text_type{.name = "System.Xml.XmlText", .bases = "XmlNode"};
static constinit const Type cdata_type{.name = "System.Xml.XmlCDataSection", .bases = "XmlNode"};
static constinit const Type comment_type{.name = "System.Xml.XmlComment", .bases = "XmlNode"};
static constinit const Type instruction_type{.name = "System.Xml.XmlProcessingInstruction", .bases = "XmlNode"};
static constinit const Type declaration_type{.name = "System.Xml.XmlDeclaration", .bases = "XmlNode"};
static constinit const Type node_list_type{.name = "System.Xml.XmlNodeList", .bases = "IEnumerable", .is_abstract = true};
static constinit const Type attributes_type{.name = "System.Xml.XmlAttributeCollection", .bases = "IEnumerable"};
static constinit const Type name_table_type{.name = "System.Xml.XmlNameTable", .is_abstract = true};
static constinit const Type plain_name_table_type{.name = "System.Xml.NameTable", .bases = "XmlNameTable"};

namespace {

struct Document : XNode {
  bool keeps_white_space = false;
};

}  // namespace

static constexpr int64_t declaration_number = 17;  // XmlNodeType.XmlDeclaration
static constexpr XWriting plain_writing{.indents = false};

static const Type& type_of(const XNode& node) {
  switch (node.kind) {
    case XNode::Kind::element: return element_type;
    case XNode::Kind::document: return document_type;
    case XNode::Kind::text: return text_type;
    case XNode::Kind::cdata: return cdata_type;
    case XNode::Kind::comment: return comment_type;
    case XNode::Kind::attribute: return attribute_type;
    case XNode::Kind::doctype:
    case XNode::Kind::instruction: break;
  }
  return is_xml_declaration(node) ? declaration_type : instruction_type;
}

static Value value_of(const XNode* node) { return node ? value_of_object(type_of(*node), node) : Value{}; }

static Value list_value(const List* list) { return value_of_object(node_list_type, list); }

static Value fail_read_only(Evaluation& run, std::string_view member, std::string_view kind) {
  return run.fail(types::invalid_operation_exception,
                  "The '" + std::string(member) + "' of a '" + std::string(kind) + "' node is read-only and cannot be set.");
}

// Names

static const String* prefix(Evaluation& run, const XNode& node) {
  if (node.space->empty()) return &empty_string;
  if (equal(*node.space, xml_space_uri)) return view_of(run, "xml");
  if (equal(*node.space, xmlns_space_uri)) return view_of(run, "xmlns");
  const String* declared = prefix_of(&node, *node.space);
  return declared ? declared : &empty_string;
}

static const String* qualified_name(Evaluation& run, const XNode& node) {
  const String* before = prefix(run, node);
  return before->empty() ? node.name : concat(run, concat(run, before, view_of(run, ":")), node.name);
}

static const String* name_of(Evaluation& run, const XNode& node) {
  switch (node.kind) {
    case XNode::Kind::document: return view_of(run, "#document");
    case XNode::Kind::text: return view_of(run, "#text");
    case XNode::Kind::cdata: return view_of(run, "#cdata-section");
    case XNode::Kind::comment: return view_of(run, "#comment");
    case XNode::Kind::element:
    case XNode::Kind::attribute:
    case XNode::Kind::doctype:
    case XNode::Kind::instruction: break;
  }
  return qualified_name(run, node);
}

static Value local_name(Call& call) {
  const XNode& self = self_node(call);
  return text(self.name->empty() ? name_of(call.run, self) : self.name);
}

static Value node_number(Call& call) {
  const XNode& self = self_node(call);
  return value_of_bits(*call.site.result, is_xml_declaration(self) ? declaration_number : node_type_number(self));
}

static Value space_uri(Call& call) { return text(self_node(call).space); }

// Text

static Value value(Call& call) { return self_node(call).is_container() ? Value{} : text(self_node(call).value); }

static Value set_value(Call& call) {
  if (self_node(call).is_container()) return call.run.fail(types::invalid_operation_exception, "Cannot set a value on node type.");
  self_node(call).value = call.text(0) ? call.text(0) : &empty_string;
  return {};
}

static Value inner_text(Call& call) { return text(text_of_tree(call.run, self_node(call))); }

static Value set_inner_text(Call& call) {
  XNode& self = self_node(call);
  if (self.kind == XNode::Kind::document) return fail_read_only(call.run, "InnerText", "Document");
  if (!self.is_container()) return set_value(call);
  remove_nodes(self);
  if (call.text(0)) add_content(call.run, self, call.arguments[0], nullptr, true);
  return {};
}

static Value inner_xml(Call& call) {
  TextBuilder out(call.run);
  for (const XNode* child = self_node(call).first; child && call.run.charge(1); child = child->next)
    out.append(xml_text(call.run, *child, plain_writing));
  if (self_node(call).kind == XNode::Kind::attribute)
    out.append(xml_text(call.run, *new_node(call.run, XNode::Kind::text, self_node(call).value), plain_writing));
  return text(out.finish());
}

static Value outer_xml(Call& call) { return text(xml_text(call.run, self_node(call), plain_writing)); }

// Around a node

static Value parent(Call& call) {
  const XNode& self = self_node(call);
  return self.kind == XNode::Kind::attribute ? Value{} : value_of(self.parent);
}

static Value owner_document(Call& call) {
  const XNode* root = self_node(call).parent;
  while (root && root->parent && call.run.charge(1)) root = root->parent;
  return root && root->kind == XNode::Kind::document ? value_of(root) : Value{};
}

static const List* children_of(Evaluation& run, const XNode& node) {
  auto* list = run.make<List>();
  for (const XNode* child = node.first; child && run.charge(1); child = child->next)
    if (!list->add(run, value_of(child))) break;
  return list;
}

static Iterator* iterate_items(Evaluation& run, const Type& element, const List& list) {
  return iterate(run, items_value(run, element, {list.items, list.count}));
}

static Iterator* iterate_children(Evaluation& run, Value self) {
  return iterate_items(run, node_type, *children_of(run, *self.object<const XNode>()));
}

static Value child_named(Call& call) {
  if (!call.text(0)) return call.run.fail_null("name");
  for (const XNode* child = self_node(call).first; child && call.run.charge(1); child = child->next)
    if (child->kind == XNode::Kind::element && equal(*qualified_name(call.run, *child), *call.text(0))) return value_of(child);
  return {};
}

static Value attributes(Call& call) {
  const XNode& self = self_node(call);
  return self.kind == XNode::Kind::element ? value_of_object(attributes_type, &self) : Value{};
}

// XPath

static List* selected(Call& call, bool has_spaces) {
  if (!call.text(0)) return call.run.fail_null("xpath"), nullptr;
  List* found = select_nodes(call.run, self_node(call), *call.text(0), has_spaces ? call.object<const XmlNamespaces>(1) : nullptr);
  for (uint32_t i = 0; found && i < found->count; ++i) found->items[i] = value_of(found->items[i].object<const XNode>());
  return found;
}

template <bool has_spaces>
static Value select_all(Call& call) {
  return list_value(selected(call, has_spaces));
}

template <bool has_spaces>
static Value select_first(Call& call) {
  const List* found = selected(call, has_spaces);
  return found && found->count > 0 ? found->items[0] : Value{};
}

// Changes

static Value append_child(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null_reference();
  XNode &self = self_node(call), &child = *call.object<XNode>(0);
  for (const XNode* around = &self; around && call.run.charge(1); around = around->parent)
    if (around == &child)
      return call.run.fail(types::argument_exception, "Cannot insert a node or any ancestor of that node as a child of itself.");
  unlink(child);
  const Value node = value_of_object(x_node_type, &child);
  const bool is_node = self.is_container() && child.kind != XNode::Kind::attribute && child.kind != XNode::Kind::document;
  if (!is_node)
    return call.run.fail(types::invalid_operation_exception, "The specified node cannot be inserted as the valid child of this node.");
  return add_content(call.run, self, node, nullptr, false) ? call.arguments[0] : Value{};
}

static Value remove_child(Call& call) {
  auto* child = call.object<XNode>(0);
  if (!child || child->parent != &self_node(call) || child->kind == XNode::Kind::attribute)
    return call.run.fail(types::argument_exception, "The node to be removed is not a child of this node.");
  unlink(*child);
  return call.arguments[0];
}

static constexpr Member node_members[] = {
    {"string Name", [](Call& call) { return text(name_of(call.run, self_node(call))); }},
    {"string LocalName", local_name},
    {"string Prefix", [](Call& call) { return text(prefix(call.run, self_node(call))); }},
    {"string NamespaceURI", space_uri},
    {"XmlNodeType NodeType", node_number},
    {"string Value", value, set_value},
    {"string InnerText", inner_text, set_inner_text},
    {"string InnerXml", inner_xml},
    {"string OuterXml", outer_xml},
    {"XmlNode ParentNode", parent},
    {"XmlDocument OwnerDocument", owner_document},
    {"XmlNodeList ChildNodes", [](Call& call) { return list_value(children_of(call.run, self_node(call))); }},
    {"bool HasChildNodes", [](Call& call) { return boolean(self_node(call).first != nullptr); }},
    {"XmlNode FirstChild", [](Call& call) { return value_of(self_node(call).first); }},
    {"XmlNode LastChild", [](Call& call) { return value_of(self_node(call).last); }},
    {"XmlNode NextSibling",
     [](Call& call) { return self_node(call).kind == XNode::Kind::attribute ? Value{} : value_of(self_node(call).next); }},
    {"XmlNode PreviousSibling",
     [](Call& call) { return self_node(call).kind == XNode::Kind::attribute ? Value{} : value_of(self_node(call).previous); }},
    {"XmlAttributeCollection Attributes", attributes},
    {"XmlElement this[string name]", child_named},
    {"XmlNode SelectSingleNode(string xpath)", select_first<false>},
    {"XmlNode SelectSingleNode(string xpath, XmlNamespaceManager nsmgr)", select_first<true>},
    {"XmlNodeList SelectNodes(string xpath)", select_all<false>},
    {"XmlNodeList SelectNodes(string xpath, XmlNamespaceManager nsmgr)", select_all<true>},
    {"XmlNode AppendChild(XmlNode newChild)", append_child},
    {"XmlNode RemoveChild(XmlNode oldChild)", remove_child},
};

// XmlElement

static XNode* attribute_named(Call& call, XNode& element) {
  for (XNode* at = element.first_attribute; at && call.run.charge(1); at = at->next)
    if (equal(*qualified_name(call.run, *at), *call.text(0))) return at;
  return nullptr;
}

static XNode* attribute_of_space(Call& call) {
  return call.text(0) && call.text(1) ? find_attribute(call.run, self_node(call), {call.text(1), call.text(0)}) : nullptr;
}

static XNode* attribute_argument(Call& call) { return call.text(0) ? attribute_named(call, self_node(call)) : nullptr; }

static Value text_of_attribute(const XNode* attribute) { return text(attribute ? attribute->value : &empty_string); }

static Value set_attribute_value(Call& call) {
  if (!call.text(0)) return call.run.fail_null("name");
  if (XNode* known = attribute_argument(call)) {
    known->value = call.text(1) ? call.text(1) : &empty_string;
  } else if (check_name(call.run, *call.text(0))) {
    set_attribute(call.run, self_node(call), {&empty_string, call.text(0)}, text(call.text(1) ? call.text(1) : &empty_string));
  }
  return {};
}

static Value remove_attribute(Call& call) {
  if (XNode* known = attribute_argument(call)) unlink(*known);
  return {};
}

// Elements anywhere in the node; "*": any name.
template <bool has_space>
static Value elements_by_name(Call& call) {
  const String *name = call.text(0), *space = has_space ? call.text(1) : nullptr;
  if (!name || (has_space && !space)) return call.run.fail_null(name ? "namespaceURI" : "name");
  auto* list = call.run.make<List>();
  const XNode& self = self_node(call);
  for (const XNode* at = following(self, self); at && call.run.charge(1); at = following(*at, self)) {
    if (at->kind != XNode::Kind::element) continue;
    const bool is_named = equal(*name, "*") || equal(*(has_space ? at->name : qualified_name(call.run, *at)), *name);
    const bool is_in_space = !has_space || equal(*space, "*") || equal(*at->space, *space);
    if (is_named && is_in_space && !list->add(call.run, value_of(at))) return {};
  }
  return list_value(list);
}

static constexpr Member element_members[] = {
    {"string GetAttribute(string name)", [](Call& call) { return text_of_attribute(attribute_argument(call)); }},
    {"string GetAttribute(string localName, string namespaceURI)", [](Call& call) { return text_of_attribute(attribute_of_space(call)); }},
    {"bool HasAttribute(string name)", [](Call& call) { return boolean(attribute_argument(call) != nullptr); }},
    {"XmlAttribute GetAttributeNode(string name)", [](Call& call) { return value_of(attribute_argument(call)); }},
    {"void SetAttribute(string name, string value)", set_attribute_value},
    {"void RemoveAttribute(string name)", remove_attribute},
    {"bool HasAttributes", [](Call& call) { return boolean(self_node(call).first_attribute != nullptr); }},
    {"bool IsEmpty", [](Call& call) { return boolean(!self_node(call).first && !self_node(call).has_empty_text); }},
    {"XmlNodeList GetElementsByTagName(string name)", elements_by_name<false>},
    {"XmlNodeList GetElementsByTagName(string localName, string namespaceURI)", elements_by_name<true>},
};

static constexpr Member attribute_members[] = {
    {"XmlElement OwnerElement", [](Call& call) { return value_of(self_node(call).parent); }},
};

// XmlDocument

static Document& self_document(const Call& call) { return *call.self.object<Document>(); }

static Value create_document(Call& call) {
  auto* document = call.run.make<Document>();
  document->kind = XNode::Kind::document;
  return value_of(document);
}

static Value load_xml(Call& call) {
  if (!call.text(0)) return call.run.fail_null("s");
  Document& self = self_document(call);
  XNode* read = parse_document(call.run, *call.text(0), self.keeps_white_space);
  if (!read) return {};
  remove_nodes(self);
  if (const XDeclaration* declared = read->declaration) {
    const String* whole = declaration_text(call.run, *declared);
    constexpr size_t begin = 6, end = 2;  // "<?xml " and "?>"
    XNode* declaration = new_node(call.run, XNode::Kind::instruction, substring(call.run, *whole, begin, whole->length - begin - end));
    declaration->name = view_of(call.run, "xml");
    link_before(self, *declaration, nullptr);
  }
  while (XNode* node = read->first) {
    if (!call.run.charge(1)) break;
    unlink(*node);
    link_before(self, *node, nullptr);
  }
  return {};
}

static Value document_element(Call& call) {
  const XNode* node = self_node(call).first;
  while (node && node->kind != XNode::Kind::element && call.run.charge(1)) node = node->next;
  return value_of(node);
}

static Value create_element(Call& call) {
  if (!call.text(0)) return call.run.fail_null("name");
  if (!check_name(call.run, *call.text(0))) return {};
  return value_of(new_named(call.run, XNode::Kind::element, {&empty_string, call.text(0)}));
}

static Value create_text(Call& call) {
  return value_of(new_node(call.run, XNode::Kind::text, call.text(0) ? call.text(0) : &empty_string));
}

static constexpr Member document_members[] = {
    {"new()", create_document},
    {"void LoadXml(string xml)", load_xml},
    {"XmlElement DocumentElement", document_element},
    {"bool PreserveWhitespace", [](Call& call) { return boolean(self_document(call).keeps_white_space); },
     [](Call& call) { return self_document(call).keeps_white_space = call.boolean(0), Value{}; }},
    {"XmlNodeList GetElementsByTagName(string name)", elements_by_name<false>},
    {"XmlNodeList GetElementsByTagName(string localName, string namespaceURI)", elements_by_name<true>},
    {"XmlElement CreateElement(string name)", create_element},
    {"XmlText CreateTextNode(string text)", create_text},
    {"XmlNameTable NameTable", [](Call& call) { return value_of_object(plain_name_table_type, call.run.allocate(1)); }},
};

// Lists

static const List& self_list(const Call& call) { return *call.self.object<const List>(); }

static Value item(Call& call) {
  const int32_t index = call.int32(0);
  const bool is_inside = index >= 0 && static_cast<uint32_t>(index) < self_list(call).count;
  return is_inside ? self_list(call).items[index] : Value{};
}

static constexpr Member node_list_members[] = {
    {"int Count", [](Call& call) { return int32(static_cast<int32_t>(self_list(call).count)); }},
    {"XmlNode this[int i]", item},
    {"XmlNode Item(int index)", item},
};
static constexpr TypeOps node_ops{.iterate = iterate_children};
static constexpr TypeOps node_list_ops{
    .iterate = [](Evaluation& run, Value self) { return iterate_items(run, node_type, *self.object<const List>()); }};

// A collection of attributes is its element.

static const List* attributes_of(Evaluation& run, const XNode& element) {
  auto* list = run.make<List>();
  for (const XNode* at = element.first_attribute; at && run.charge(1); at = at->next)
    if (!list->add(run, value_of(at))) break;
  return list;
}

static Value attribute_at(Call& call) {
  const List& list = *attributes_of(call.run, self_node(call));
  const int32_t index = call.int32(0);
  if (index >= 0 && static_cast<uint32_t>(index) < list.count) return list.items[index];
  return call.run.fail(types::index_out_of_range_exception, "Index was outside the bounds of the array.");
}

static Value attribute_by_name(Call& call) { return value_of(attribute_argument(call)); }

static constexpr Member attributes_members[] = {
    {"int Count", [](Call& call) { return int32(static_cast<int32_t>(attributes_of(call.run, self_node(call))->count)); }},
    {"XmlAttribute this[int i]", attribute_at},
    {"XmlAttribute this[string name]", attribute_by_name},
    {"XmlNode GetNamedItem(string name)", attribute_by_name},
};
static constexpr TypeOps attributes_ops{.iterate = [](Evaluation& run, Value self) {
  return iterate_items(run, attribute_type, *attributes_of(run, *self.object<const XNode>()));
}};

// XmlNamespaceManager

static XmlNamespaces& self_spaces(const Call& call) { return *call.self.object<XmlNamespaces>(); }

static Value add_namespace(Call& call) {
  if (!call.text(0) || !call.text(1)) return call.run.fail_null(call.text(0) ? "uri" : "prefix");
  XmlNamespaces& self = self_spaces(call);
  if (self.prefixes.add(call.run, call.arguments[0])) self.uris.add(call.run, call.arguments[1]);
  return {};
}

static Value lookup_namespace(Call& call) {
  if (!call.text(0)) return {};
  const String* uri = find_namespace(call.run, self_spaces(call), *call.text(0));
  return text(uri || !call.text(0)->empty() ? uri : &empty_string);
}

static constexpr Member namespaces_members[] = {
    {"new(XmlNameTable nameTable)", [](Call& call) { return value_of_object(x_path_namespaces_type, call.run.make<XmlNamespaces>()); }},
    {"void AddNamespace(string prefix, string uri)", add_namespace},
    {"string LookupNamespace(string prefix)", lookup_namespace},
};
static constexpr Member name_table_members[] = {
    {"new()", [](Call& call) { return value_of_object(plain_name_table_type, call.run.allocate(1)); }},
};

static const TypeRows xml_document_types[] = {
    {node_type, node_members, &node_ops},
    {document_type, document_members},
    {element_type, element_members},
    {attribute_type, attribute_members},
    {text_type},
    {cdata_type},
    {comment_type},
    {instruction_type},
    {declaration_type},
    {node_list_type, node_list_members, &node_list_ops},
    {attributes_type, attributes_members, &attributes_ops},
    {x_path_namespaces_type, namespaces_members},
    {name_table_type},
    {plain_name_table_type, name_table_members},
    {x_path_exception_type},
};

}  // namespace xml_document_rows

extern const Family xml_document_family;
const Family xml_document_family{xml_document_rows::xml_document_types};

}  // namespace gatelet::cs
