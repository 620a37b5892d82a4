// System.Xml.Linq: XNode, XText, XCData, XComment, XProcessingInstruction, XDocumentType.
#include "expr/xml_objects.hpp"

namespace gatelet::cs {

constinit const Type x_node_type{.name = "System.Xml.Linq.XNode", .bases = "XObject", .is_abstract = true};
constinit const Type x_text_type{.name = "System.Xml.Linq.XText", .bases = "XNode"};
constinit const Type x_cdata_type{.name = "System.Xml.Linq.XCData", .bases = "XText"};
constinit const Type x_comment_type{.name = "System.Xml.Linq.XComment", .bases = "XNode"};
constinit const Type x_instruction_type{.name = "System.Xml.Linq.XProcessingInstruction", .bases = "XNode"};
constinit const Type x_doctype_type{.name = "System.Xml.Linq.XDocumentType", .bases = "XNode"};

XWriting writing_of(int64_t save_options) {
  return {.indents = (save_options & disable_formatting) == 0, .omits_duplicates = (save_options & omit_duplicate_namespaces) != 0};
}

int64_t node_type_number(const XNode& node) {
  switch (node.kind) {
    case XNode::Kind::element: return 1;
    case XNode::Kind::attribute: return 2;
    case XNode::Kind::text: return 3;
    case XNode::Kind::cdata: return 4;
    case XNode::Kind::instruction: return 7;
    case XNode::Kind::comment: return 8;
    case XNode::Kind::doctype: return 10;
    case XNode::Kind::document: break;
  }
  return 9;
}

namespace x_node_rows {

static constinit const Type equality_type{.name = "System.Xml.Linq.XNodeEqualityComparer", .bases = "IEqualityComparer<XNode>"};
static constinit const Type order_type{.name = "System.Xml.Linq.XNodeDocumentOrderComparer", .bases = "IComparer<XNode>"};

static const String* node_text(Evaluation& run, Value self) { return xml_text(run, *self.object<const XNode>(), {}); }

static constexpr TypeOps node_ops{.to_string = node_text};

static Value fail_no_parent(Evaluation& run) { return run.fail(types::invalid_operation_exception, "The parent is missing."); }

static Value remove(Call& call) {
  if (!self_node(call).parent) return fail_no_parent(call.run);
  unlink(self_node(call));
  return {};
}

static Value add_after(Call& call) {
  XNode& self = self_node(call);
  if (!self.parent) return fail_no_parent(call.run);
  add_content(call.run, *self.parent, call.arguments[0], self.next, false);
  return {};
}

static Value add_before(Call& call) {
  XNode& self = self_node(call);
  if (!self.parent) return fail_no_parent(call.run);
  add_content(call.run, *self.parent, call.arguments[0], &self, false);
  return {};
}

static Value replace(Call& call) {
  XNode& self = self_node(call);
  if (!self.parent) return fail_no_parent(call.run);
  XNode& outer = *self.parent;
  XNode* const next = self.next;
  unlink(self);
  add_content(call.run, outer, call.arguments[0], next, false);
  return {};
}

using Kind = Axis::Kind;
template <Axis::Kind kind, bool takes_elements, bool has_name>
static Value axis(Call& call) {
  return axis_of<kind, false, takes_elements>(call, call.self, has_name ? &call.arguments[0] : nullptr);
}

static Value saved(Call& call) { return text(xml_text(call.run, self_node(call), writing_of(call.int64(0)))); }

static Value compare_order(Call& call, Value first, Value second) {
  if (first.is_null() || second.is_null()) return int32(static_cast<int32_t>(second.is_null()) - static_cast<int32_t>(first.is_null()));
  return int32(document_order(call.run, *first.object<const XNode>(), *second.object<const XNode>()));
}

static Value same_nodes(Call& call) { return boolean(deep_equals(call.run, call.object<const XNode>(0), call.object<const XNode>(1))); }

static Value hash_node(Call& call) {
  const auto* node = call.object<const XNode>(0);
  return int32(node ? hash_of(*xml_text(call.run, *node, {.indents = false})) : 0);
}

static constexpr Member node_members[] = {
    {"XNode NextNode", [](Call& call) { return value_of_node(self_node(call).next); }},
    {"XNode PreviousNode", [](Call& call) { return value_of_node(self_node(call).previous); }},
    {"void Remove()", remove},
    {"void AddAfterSelf(object content)", add_after},
    {"void AddAfterSelf(params object[] content)", add_after},
    {"void AddBeforeSelf(object content)", add_before},
    {"void AddBeforeSelf(params object[] content)", add_before},
    {"void ReplaceWith(object content)", replace},
    {"void ReplaceWith(params object[] content)", replace},
    {"IEnumerable<XElement> Ancestors()", axis<Kind::ancestors, true, false>},
    {"IEnumerable<XElement> Ancestors(XName name)", axis<Kind::ancestors, true, true>},
    {"IEnumerable<XElement> ElementsAfterSelf()", axis<Kind::after, true, false>},
    {"IEnumerable<XElement> ElementsAfterSelf(XName name)", axis<Kind::after, true, true>},
    {"IEnumerable<XElement> ElementsBeforeSelf()", axis<Kind::before, true, false>},
    {"IEnumerable<XElement> ElementsBeforeSelf(XName name)", axis<Kind::before, true, true>},
    {"IEnumerable<XNode> NodesAfterSelf()", axis<Kind::after, false, false>},
    {"IEnumerable<XNode> NodesBeforeSelf()", axis<Kind::before, false, false>},
    {"bool IsAfter(XNode node)", [](Call& call) { return boolean(compare_order(call, call.self, call.arguments[0]).int32() > 0); }},
    {"bool IsBefore(XNode node)", [](Call& call) { return boolean(compare_order(call, call.self, call.arguments[0]).int32() < 0); }},
    {"static int CompareDocumentOrder(XNode n1, XNode n2)",
     [](Call& call) { return compare_order(call, call.arguments[0], call.arguments[1]); }},
    {"static XNode ReadFrom(XmlReader reader)", [](Call& call) { return read_node_from(call.run, call.arguments[0]); }},
    {"static bool DeepEquals(XNode n1, XNode n2)", same_nodes},
    {"static XNodeEqualityComparer EqualityComparer", [](Call& call) { return value_of_object(equality_type, call.run.allocate(1)); }},
    {"static XNodeDocumentOrderComparer DocumentOrderComparer",
     [](Call& call) { return value_of_object(order_type, call.run.allocate(1)); }},
    {"string ToString(SaveOptions options)", saved},
};

static constexpr Member equality_members[] = {
    {"new()", [](Call& call) { return value_of_object(equality_type, call.run.allocate(1)); }},
    {"bool Equals(XNode x, XNode y)", same_nodes},
    {"int GetHashCode(XNode obj)", hash_node},
};

static constexpr Member order_members[] = {
    {"new()", [](Call& call) { return value_of_object(order_type, call.run.allocate(1)); }},
    {"int Compare(XNode x, XNode y)", [](Call& call) { return compare_order(call, call.arguments[0], call.arguments[1]); }},
};

// Nodes that are a text

static Value value(Call& call) { return text(self_node(call).value); }

static Value set_value(Call& call) {
  if (!call.text(0)) return call.run.fail_null("value");
  self_node(call).value = call.text(0);
  return {};
}

template <XNode::Kind kind>
static Value create(Call& call) {
  if (!call.text(0)) return call.run.fail_null("value");
  return value_of_node(new_node(call.run, kind, call.text(0)));
}

static Value copy(Call& call) {
  const auto* other = call.object<const XNode>(0);
  return other ? value_of_node(clone(call.run, *other)) : call.run.fail_null("other");
}

static Value create_instruction(Call& call) {
  if (!call.text(0) || !call.text(1)) return call.run.fail_null(call.text(0) ? "data" : "target");
  if (!check_name(call.run, *call.text(0))) return {};
  XNode* node = new_node(call.run, XNode::Kind::instruction, call.text(1));
  node->name = call.text(0);
  return value_of_node(node);
}

static Value name(Call& call) { return text(self_node(call).name); }

static Value set_name(Call& call) {
  if (!call.text(0)) return call.run.fail_null("value");
  if (check_name(call.run, *call.text(0))) self_node(call).name = call.text(0);
  return {};
}

static Value create_doctype(Call& call) {
  if (!call.text(0)) return call.run.fail_null("name");
  if (!check_name(call.run, *call.text(0))) return {};
  XNode* node = new_node(call.run, XNode::Kind::doctype);
  node->name = call.text(0);
  node->doctype = call.run.make<XDoctype>(call.text(1), call.text(2), call.text(3));
  return value_of_node(node);
}

template <const String* XDoctype::*member>
static Value part(Call& call) {
  return text(self_node(call).doctype->*member);
}

template <const String* XDoctype::*member>
static Value set_part(Call& call) {
  self_node(call).doctype->*member = call.text(0);
  return {};
}

static constexpr Member text_members[] = {
    {"new(string value)", create<XNode::Kind::text>},
    {"new(XText other)", copy},
    {"string Value", value, set_value},
};
static constexpr Member cdata_members[] = {
    {"new(string value)", create<XNode::Kind::cdata>},
    {"new(XCData other)", copy},
};
static constexpr Member comment_members[] = {
    {"new(string value)", create<XNode::Kind::comment>},
    {"new(XComment other)", copy},
    {"string Value", value, set_value},
};
static constexpr Member instruction_members[] = {
    {"new(string target, string data)", create_instruction},
    {"new(XProcessingInstruction other)", copy},
    {"string Target", name, set_name},
    {"string Data", value, set_value},
};

static constexpr Member doctype_members[] = {
    {"new(string name, string publicId, string systemId, string internalSubset)", create_doctype},
    {"new(XDocumentType other)", copy},
    {"string Name", name, set_name},
    {"string PublicId", part<&XDoctype::public_id>, set_part<&XDoctype::public_id>},
    {"string SystemId", part<&XDoctype::system_id>, set_part<&XDoctype::system_id>},
    {"string InternalSubset", part<&XDoctype::internal_subset>, set_part<&XDoctype::internal_subset>},
};

static const TypeRows x_node_types[] = {
    {x_node_type, node_members, &node_ops},
    {x_text_type, text_members},
    {x_cdata_type, cdata_members},
    {x_comment_type, comment_members},
    {x_instruction_type, instruction_members},
    {x_doctype_type, doctype_members},
    {equality_type, equality_members},
    {order_type, order_members},
};

}  // namespace x_node_rows

extern const Family x_node_family;
const Family x_node_family{x_node_rows::x_node_types};

}  // namespace gatelet::cs
