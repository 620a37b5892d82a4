// System.Xml.Linq: XObject and XAttribute; the casts of elements and attributes, which stand with their base class because they are alike.
#include "expr/guid.hpp"
#include "expr/numbers.hpp"
#include "expr/xml_objects.hpp"

namespace gatelet::cs {

constinit const Type x_object_type{.name = "System.Xml.Linq.XObject", .is_abstract = true};
constinit const Type x_attribute_type{.name = "System.Xml.Linq.XAttribute", .bases = "XObject"};

namespace x_conversion_rows {

using Convert = Value (*)(Evaluation& run, const String& text);

template <const Type& type>
static Value integer(Evaluation& run, const String& text) {
  int64_t value = 0;
  const NumberFault fault = parse_integer(text, type, value);
  return fault == NumberFault::none ? value_of_bits(type, value) : fail_number(run, fault, type);
}
template <const Type& type>
static Value real_number(Evaluation& run, const String& text) {
  return real_of_xml(run, text, type);
}
template <const Type& type>
static Value date(Evaluation& run, const String& text) {
  return date_of_xml(run, text, type);
}

static Value decimal(Evaluation& run, const String& text) {
  Decimal value;
  const NumberFault fault = parse_decimal(text, value);
  return fault == NumberFault::none ? decimal_value(run, value) : fail_number(run, fault, types::decimal);
}

static Value guid(Evaluation& run, const String& text) {
  Guid value;
  if (parse_guid(text, value)) return value_of_object(types::guid, run.make<Guid>(value));
  return fail_guid(run);
}

static const String* text_of_node(Evaluation& run, const XNode& node) {
  return node.kind == XNode::Kind::attribute ? node.value : text_of_tree(run, node);
}

static Value to_text(Call& call) {
  const auto* node = call.object<const XNode>(0);
  return node ? text(text_of_node(call.run, *node)) : Value{};
}

template <Convert convert, bool is_nullable, bool is_attribute>
static Value cast(Call& call) {
  const auto* node = call.object<const XNode>(0);
  if (node) return convert(call.run, *text_of_node(call.run, *node));
  return is_nullable ? Value{} : call.run.fail_null(is_attribute ? "attribute" : "element");
}

static Value parent(Call& call) {
  const XNode* above = self_node(call).parent;
  return above && above->kind == XNode::Kind::element ? value_of_node(above) : Value{};
}

static Value document(Call& call) {
  const XNode* at = &self_node(call);
  while (at->parent && call.run.charge(1)) at = at->parent;
  return at->kind == XNode::Kind::document ? value_of_node(at) : Value{};
}

#define GATELET_CAST(type, convert)                                                              \
  {"static explicit operator " type "(XElement element)", cast<convert, false, false>},          \
      {"static explicit operator " type "?(XElement element)", cast<convert, true, false>},      \
      {"static explicit operator " type "(XAttribute attribute)", cast<convert, false, true>}, { \
    "static explicit operator " type "?(XAttribute attribute)", cast<convert, true, true>        \
  }

static constexpr Member object_members[] = {
    {"XElement Parent", parent},
    {"XDocument Document", document},
    {"XmlNodeType NodeType", [](Call& call) { return value_of_bits(*call.site.result, node_type_number(self_node(call))); }},
    {"string BaseUri", [](Call&) { return text(&empty_string); }},
    {"static explicit operator string(XElement element)", to_text},
    {"static explicit operator string(XAttribute attribute)", to_text},
    GATELET_CAST("bool", boolean_of_xml),
    GATELET_CAST("int", integer<types::int32>),
    GATELET_CAST("uint", integer<types::uint32>),
    GATELET_CAST("long", integer<types::int64>),
    GATELET_CAST("ulong", integer<types::uint64>),
    GATELET_CAST("float", real_number<types::single>),
    GATELET_CAST("double", real_number<types::real>),
    GATELET_CAST("decimal", decimal),
    GATELET_CAST("DateTime", date<types::date_time>),
    GATELET_CAST("DateTimeOffset", date<types::date_time_offset>),
    GATELET_CAST("TimeSpan", duration_of_xml),
    GATELET_CAST("Guid", guid),
};
#undef GATELET_CAST

// XAttribute

static const String* attribute_text(Evaluation& run, Value self) { return xml_text(run, *self.object<const XNode>(), {}); }

static constexpr TypeOps attribute_ops{.to_string = attribute_text};

static Value create(Call& call) {
  if (call.arguments[0].is_null() || call.arguments[1].is_null()) return call.run.fail_null(call.arguments[0].is_null() ? "name" : "value");
  const String* value = content_text(call.run, call.arguments[1]);
  if (!value || call.run.failed()) return {};
  XNode* made = new_named(call.run, XNode::Kind::attribute, name_argument(call, 0));
  made->value = value;
  return value_of_node(made);
}

static Value copy(Call& call) {
  const auto* other = call.object<const XNode>(0);
  return other ? value_of_node(clone(call.run, *other)) : call.run.fail_null("other");
}

static Value set_value(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("value");
  if (const String* value = content_text(call.run, call.arguments[0]); value && !call.run.failed()) self_node(call).value = value;
  return {};
}

static Value remove(Call& call) {
  if (!self_node(call).parent) return call.run.fail(types::invalid_operation_exception, "The parent is missing.");
  unlink(self_node(call));
  return {};
}

static constexpr Member attribute_members[] = {
    {"new(XName name, object value)", create},
    {"new(XAttribute other)", copy},
    {"static IEnumerable<XAttribute> EmptySequence", [](Call& call) { return array_value(call.run, x_attribute_type, {}); }},
    {"XName Name", [](Call& call) { return value_of_name(call.run, self_node(call).space, self_node(call).name); }},
    {"string Value", [](Call& call) { return text(self_node(call).value); }, set_value},
    {"void SetValue(object value)", set_value},
    {"bool IsNamespaceDeclaration", [](Call& call) { return boolean(is_namespace_declaration(self_node(call))); }},
    {"XAttribute NextAttribute", [](Call& call) { return value_of_node(self_node(call).next); }},
    {"XAttribute PreviousAttribute", [](Call& call) { return value_of_node(self_node(call).previous); }},
    {"void Remove()", remove},
};

static const TypeRows x_conversion_types[] = {{x_object_type, object_members}, {x_attribute_type, attribute_members, &attribute_ops}};

}  // namespace x_conversion_rows

extern const Family x_conversion_family;
const Family x_conversion_family{x_conversion_rows::x_conversion_types};

}  // namespace gatelet::cs
