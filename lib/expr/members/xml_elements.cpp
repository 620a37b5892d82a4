// System.Xml.Linq: XContainer, XElement, XDocument.
#include "expr/collections.hpp"
#include "expr/xml_objects.hpp"

namespace gatelet::cs {

constinit const Type x_container_type{.name = "System.Xml.Linq.XContainer", .bases = "XNode", .is_abstract = true};
constinit const Type x_element_type{.name = "System.Xml.Linq.XElement", .bases = "XContainer"};
constinit const Type x_document_type{.name = "System.Xml.Linq.XDocument", .bases = "XContainer"};

XNode* parse_element(Evaluation& run, const String& text, bool keeps_white_space) {
  XNode* document = parse_document(run, text, keeps_white_space);
  if (!document) return nullptr;
  XNode* root = document->first;
  while (root->kind != XNode::Kind::element) root = root->next;
  unlink(*root);
  return root;
}

bool set_text(Evaluation& run, XNode& element, Value value) {
  if (value.is_null()) return run.fail_null("value").boolean();
  const String* text = content_text(run, value);
  if (!text || run.failed()) return false;
  remove_nodes(element);
  return add_content(run, element, cs::text(text), nullptr, true);
}

bool set_attribute(Evaluation& run, XNode& element, const XName& name, Value value) {
  XNode* attribute = find_attribute(run, element, name);
  if (value.is_null()) {
    if (attribute) unlink(*attribute);
    return true;
  }
  const String* text = content_text(run, value);
  if (!text || run.failed()) return false;
  if (!attribute) {
    attribute = new_named(run, XNode::Kind::attribute, name);
    link_attribute(element, *attribute);
  }
  attribute->value = text;
  return run.charge(1);
}

namespace x_element_rows {

using Kind = Axis::Kind;

template <Axis::Kind kind, bool has_self, bool takes_elements, bool has_name>
static Value axis(Call& call) {
  return axis_of<kind, has_self, takes_elements>(call, call.self, has_name ? &call.arguments[0] : nullptr);
}

static bool has_name_argument(Call& call, size_t i) {
  if (!call.arguments[i].is_null()) return true;
  call.run.fail_null("name");
  return false;
}

// XContainer

static Value add(Call& call) {
  add_content(call.run, self_node(call), call.arguments[0], nullptr, true);
  return {};
}

static Value add_first(Call& call) {
  add_content(call.run, self_node(call), call.arguments[0], self_node(call).first, false);
  return {};
}

static Value replace_nodes(Call& call) {
  remove_nodes(self_node(call));
  return add(call);
}

static Value element(Call& call) {
  if (call.arguments[0].is_null()) return {};
  return value_of_node(find_element(call.run, self_node(call), name_argument(call, 0)));
}

static constexpr Member container_members[] = {
    {"XNode FirstNode", [](Call& call) { return value_of_node(self_node(call).first); }},
    {"XNode LastNode", [](Call& call) { return value_of_node(self_node(call).last); }},
    {"void Add(object content)", add},
    {"void Add(params object[] content)", add},
    {"void AddFirst(object content)", add_first},
    {"void AddFirst(params object[] content)", add_first},
    {"void RemoveNodes()", [](Call& call) { return remove_nodes(self_node(call)), Value{}; }},
    {"void ReplaceNodes(object content)", replace_nodes},
    {"void ReplaceNodes(params object[] content)", replace_nodes},
    {"XElement Element(XName name)", element},
    {"IEnumerable<XElement> Elements()", axis<Kind::children, false, true, false>},
    {"IEnumerable<XElement> Elements(XName name)", axis<Kind::children, false, true, true>},
    {"IEnumerable<XElement> Descendants()", axis<Kind::descendants, false, true, false>},
    {"IEnumerable<XElement> Descendants(XName name)", axis<Kind::descendants, false, true, true>},
    {"IEnumerable<XNode> Nodes()", axis<Kind::children, false, false, false>},
    {"IEnumerable<XNode> DescendantNodes()", axis<Kind::descendants, false, false, false>},
};

// XElement

static Value create(Call& call, bool has_content) {
  if (!has_name_argument(call, 0)) return {};
  XNode* made = new_named(call.run, XNode::Kind::element, name_argument(call, 0));
  if (has_content && !add_content(call.run, *made, call.arguments[1], nullptr, true)) return {};
  return value_of_node(made);
}

static Value copy(Call& call) {
  const auto* other = call.object<const XNode>(0);
  return other ? value_of_node(clone(call.run, *other)) : call.run.fail_null("other");
}

static Value parse(Call& call, int64_t options) {
  if (!call.text(0)) return call.run.fail_null("text");
  return value_of_node(parse_element(call.run, *call.text(0), options & preserve_white_space));
}

static Value load(Call& call, int64_t options) {
  const String* content = rest_of_reader(call.run, call.arguments[0]);
  return content ? value_of_node(parse_element(call.run, *content, options & preserve_white_space)) : Value{};
}

static Value set_name(Call& call) {
  if (!has_name_argument(call, 0)) return {};
  self_node(call).space = name_argument(call, 0).space;
  self_node(call).name = name_argument(call, 0).local;
  return {};
}

static Value set_value(Call& call) {
  set_text(call.run, self_node(call), call.arguments[0]);
  return {};
}

static Value attribute(Call& call) {
  if (call.arguments[0].is_null()) return {};
  return value_of_node(find_attribute(call.run, self_node(call), name_argument(call, 0)));
}

static Value has_elements(Call& call) {
  const XNode* node = self_node(call).first;
  while (node && node->kind != XNode::Kind::element && call.run.charge(1)) node = node->next;
  return boolean(node != nullptr);
}

static Value set_attribute_value(Call& call) {
  if (has_name_argument(call, 0)) set_attribute(call.run, self_node(call), name_argument(call, 0), call.arguments[1]);
  return {};
}

static Value set_element_value(Call& call) {
  if (!has_name_argument(call, 0)) return {};
  XNode& self = self_node(call);
  XNode* child = find_element(call.run, self, name_argument(call, 0));
  if (call.arguments[1].is_null()) {
    if (child) unlink(*child);
    return {};
  }
  if (!child) {
    child = new_named(call.run, XNode::Kind::element, name_argument(call, 0));
    link_before(self, *child, nullptr);
  }
  set_text(call.run, *child, call.arguments[1]);
  return {};
}

static Value remove_attributes(Call& call) {
  while (self_node(call).first_attribute) unlink(*self_node(call).first_attribute);
  return {};
}

static Value remove_all(Call& call) {
  remove_nodes(self_node(call));
  return remove_attributes(call);
}

template <Value (*remove)(Call&)>
static Value replace(Call& call) {
  remove(call);
  return add(call);
}

static Value default_namespace(Call& call) {
  const String* uri = namespace_of_prefix(&self_node(call), empty_string);
  return value_of_object(x_namespace_type, call.run.make<XNamespace>(uri ? uri : &empty_string));
}

static Value namespace_of(Call& call) {
  if (!call.text(0)) return call.run.fail_null("prefix");
  const String* uri = namespace_of_prefix(&self_node(call), *call.text(0));
  if (equal(*call.text(0), "xml")) uri = view_of(call.run, xml_space_uri);
  return uri ? value_of_object(x_namespace_type, call.run.make<XNamespace>(uri)) : Value{};
}

static Value prefix_of_namespace(Call& call) {
  const auto* space = call.object<const XNamespace>(0);
  if (!space) return call.run.fail_null("ns");
  const String* prefix = prefix_of(&self_node(call), *space->uri);
  return prefix && !prefix->empty() ? text(prefix) : Value{};
}

// Save writes the declaration, which ToString does not; a StringWriter's encoding is UTF-16.
static Value save(Call& call, int64_t options) {
  if (call.arguments[0].is_null()) return call.run.fail_null("textWriter");
  XDeclaration declaration{view_of(call.run, "1.0"), view_of(call.run, "utf-16"), nullptr};
  if (self_node(call).declaration) declaration.standalone = self_node(call).declaration->standalone;
  XWriting writing = writing_of(options);
  writing.declaration = &declaration;
  append_to_writer(call.run, call.arguments[0], *xml_text(call.run, self_node(call), writing));
  return {};
}

static constexpr Member element_members[] = {
    {"new(XName name)", [](Call& call) { return create(call, false); }},
    {"new(XElement other)", copy},
    {"new(XName name, object content)", [](Call& call) { return create(call, true); }},
    {"new(XName name, params object[] content)", [](Call& call) { return create(call, true); }},
    {"static XElement Parse(string text)", [](Call& call) { return parse(call, 0); }},
    {"static XElement Parse(string text, LoadOptions options)", [](Call& call) { return parse(call, call.int64(1)); }},
    {"static XElement Load(TextReader textReader)", [](Call& call) { return load(call, 0); }},
    {"static XElement Load(TextReader textReader, LoadOptions options)", [](Call& call) { return load(call, call.int64(1)); }},
    {"static IEnumerable<XElement> EmptySequence", [](Call& call) { return array_value(call.run, x_element_type, {}); }},
    {"XName Name", [](Call& call) { return value_of_name(call.run, self_node(call).space, self_node(call).name); }, set_name},
    {"string Value", [](Call& call) { return text(text_of_tree(call.run, self_node(call))); }, set_value},
    {"void SetValue(object value)", set_value},
    {"bool IsEmpty", [](Call& call) { return boolean(!self_node(call).first && !self_node(call).has_empty_text); }},
    {"bool HasElements", has_elements},
    {"bool HasAttributes", [](Call& call) { return boolean(self_node(call).first_attribute != nullptr); }},
    {"XAttribute FirstAttribute", [](Call& call) { return value_of_node(self_node(call).first_attribute); }},
    {"XAttribute LastAttribute", [](Call& call) { return value_of_node(self_node(call).last_attribute); }},
    {"XAttribute Attribute(XName name)", attribute},
    {"IEnumerable<XAttribute> Attributes()", axis<Kind::attributes, false, false, false>},
    {"IEnumerable<XAttribute> Attributes(XName name)", axis<Kind::attributes, false, false, true>},
    {"IEnumerable<XElement> AncestorsAndSelf()", axis<Kind::ancestors, true, true, false>},
    {"IEnumerable<XElement> AncestorsAndSelf(XName name)", axis<Kind::ancestors, true, true, true>},
    {"IEnumerable<XElement> DescendantsAndSelf()", axis<Kind::descendants, true, true, false>},
    {"IEnumerable<XElement> DescendantsAndSelf(XName name)", axis<Kind::descendants, true, true, true>},
    {"IEnumerable<XNode> DescendantNodesAndSelf()", axis<Kind::descendants, true, false, false>},
    {"void SetAttributeValue(XName name, object value)", set_attribute_value},
    {"void SetElementValue(XName name, object value)", set_element_value},
    {"void RemoveAttributes()", remove_attributes},
    {"void RemoveAll()", remove_all},
    {"void ReplaceAttributes(object content)", replace<remove_attributes>},
    {"void ReplaceAttributes(params object[] content)", replace<remove_attributes>},
    {"void ReplaceAll(object content)", replace<remove_all>},
    {"void ReplaceAll(params object[] content)", replace<remove_all>},
    {"XNamespace GetDefaultNamespace()", default_namespace},
    {"XNamespace GetNamespaceOfPrefix(string prefix)", namespace_of},
    {"string GetPrefixOfNamespace(XNamespace ns)", prefix_of_namespace},
    {"void Save(TextWriter textWriter)", [](Call& call) { return save(call, 0); }},
    {"void Save(TextWriter textWriter, SaveOptions options)", [](Call& call) { return save(call, call.int64(1)); }},
};

// XDocument

static Value create_document(Call& call, XDeclaration* declaration, Value content) {
  XNode* made = new_node(call.run, XNode::Kind::document);
  made->declaration = declaration;
  return add_content(call.run, *made, content, nullptr, true) ? value_of_node(made) : Value{};
}

static Value parse_whole(Call& call, int64_t options) {
  if (!call.text(0)) return call.run.fail_null("text");
  return value_of_node(parse_document(call.run, *call.text(0), options & preserve_white_space));
}

template <XNode::Kind kind>
static Value first_of_kind(Call& call) {
  const XNode* node = self_node(call).first;
  while (node && node->kind != kind && call.run.charge(1)) node = node->next;
  return value_of_node(node);
}

static Value set_declaration(Call& call) {
  self_node(call).declaration = call.object<XDeclaration>(0);
  return {};
}

static constexpr Member document_members[] = {
    {"new()", [](Call& call) { return create_document(call, nullptr, {}); }},
    {"new(params object[] content)", [](Call& call) { return create_document(call, nullptr, call.arguments[0]); }},
    {"new(XDeclaration declaration, params object[] content)",
     [](Call& call) { return create_document(call, call.object<XDeclaration>(0), call.arguments[1]); }},
    {"new(XDocument other)", copy},
    {"static XDocument Parse(string text)", [](Call& call) { return parse_whole(call, 0); }},
    {"static XDocument Parse(string text, LoadOptions options)", [](Call& call) { return parse_whole(call, call.int64(1)); }},
    {"XElement Root", first_of_kind<XNode::Kind::element>},
    {"XDocumentType DocumentType", first_of_kind<XNode::Kind::doctype>},
    {"XDeclaration Declaration", [](Call& call) { return value_of_object(x_declaration_type, self_node(call).declaration); },
     set_declaration},
    {"void Save(TextWriter textWriter)", [](Call& call) { return save(call, 0); }},
    {"void Save(TextWriter textWriter, SaveOptions options)", [](Call& call) { return save(call, call.int64(1)); }},
};

static const TypeRows x_element_types[] = {
    {x_container_type, container_members},
    {x_element_type, element_members},
    {x_document_type, document_members},
};

static Value read_element(Evaluation& run, const String* text) { return value_of_node(parse_element(run, *text, false)); }
static Value read_document(Evaluation& run, const String* text) { return value_of_node(parse_document(run, *text, false)); }

static const BodyReader x_bodies[] = {
    {x_element_type, read_element},
    {x_node_type, read_element},
    {x_document_type, read_document},
};

}  // namespace x_element_rows

extern const Family x_element_family;
const Family x_element_family{x_element_rows::x_element_types, x_element_rows::x_bodies};

}  // namespace gatelet::cs
