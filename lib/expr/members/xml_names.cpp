// System.Xml.Linq: XName, XNamespace, XDeclaration; the enumerations beside them.
#include "expr/xml_objects.hpp"

namespace gatelet::cs {

constinit const Type x_name_type{.name = "System.Xml.Linq.XName", .bases = "IEquatable<XName>"};
constinit const Type x_namespace_type{.name = "System.Xml.Linq.XNamespace"};
constinit const Type x_declaration_type{.name = "System.Xml.Linq.XDeclaration"};

namespace x_name_rows {

static constexpr EnumConstant node_types[] = {{"None", 0},
                                              {"Element", 1},
                                              {"Attribute", 2},
                                              {"Text", 3},
                                              {"CDATA", 4},
                                              {"EntityReference", 5},
                                              {"Entity", 6},
                                              {"ProcessingInstruction", 7},
                                              {"Comment", 8},
                                              {"Document", 9},
                                              {"DocumentType", 10},
                                              {"DocumentFragment", 11},
                                              {"Notation", 12},
                                              {"Whitespace", 13},
                                              {"SignificantWhitespace", 14},
                                              {"EndElement", 15},
                                              {"EndEntity", 16},
                                              {"XmlDeclaration", 17}};
static constexpr EnumConstant save_options[] = {{"None", 0}, {"DisableFormatting", 1}, {"OmitDuplicateNamespaces", 2}};
static constexpr EnumConstant load_options[] = {{"None", 0}, {"PreserveWhitespace", 1}, {"SetBaseUri", 2}, {"SetLineInfo", 4}};

static constinit const Type node_type_type{.name = "System.Xml.XmlNodeType", .kind = TypeKind::enumeration, .constants = node_types};
static constinit const Type save_options_type{
    .name = "System.Xml.Linq.SaveOptions", .kind = TypeKind::enumeration, .constants = save_options, .is_flags = true};
static constinit const Type load_options_type{
    .name = "System.Xml.Linq.LoadOptions", .kind = TypeKind::enumeration, .constants = load_options, .is_flags = true};

static const XName& self_name(const Call& call) { return *call.self.object<const XName>(); }
static const XNamespace& self_space(const Call& call) { return *call.self.object<const XNamespace>(); }
static XDeclaration& self_declaration(const Call& call) { return *call.self.object<XDeclaration>(); }

static Value space_value(Evaluation& run, const String* uri) { return value_of_object(x_namespace_type, run.make<XNamespace>(uri)); }

static const String* name_text(Evaluation& run, Value self) {
  const XName& name = *self.object<const XName>();
  if (name.space->empty()) return name.local;
  TextBuilder out(run);
  out.append(u'{');
  out.append(name.space);
  out.append(u'}');
  out.append(name.local);
  return out.finish();
}

static bool same_name(Evaluation&, Value self, Value other) {
  if (self.type != other.type) return false;
  const XName &a = *self.object<const XName>(), &b = *other.object<const XName>();
  return equal(*a.local, *b.local) && equal(*a.space, *b.space);
}

static int32_t hash_name(Evaluation&, Value self) {
  const XName& name = *self.object<const XName>();
  return static_cast<int32_t>(static_cast<uint32_t>(hash_of(*name.space)) * 31 + static_cast<uint32_t>(hash_of(*name.local)));
}

static bool same_space(Evaluation&, Value self, Value other) {
  return self.type == other.type && equal(*self.object<const XNamespace>()->uri, *other.object<const XNamespace>()->uri);
}

static constexpr TypeOps name_ops{.to_string = name_text, .equals = same_name, .hash = hash_name};
static constexpr TypeOps space_ops{.to_string = [](Evaluation&, Value self) { return self.object<const XNamespace>()->uri; },
                                   .equals = same_space,
                                   .hash = [](Evaluation&, Value self) { return hash_of(*self.object<const XNamespace>()->uri); }};
static constexpr TypeOps declaration_ops{
    .to_string = [](Evaluation& run, Value self) { return declaration_text(run, *self.object<const XDeclaration>()); }};

template <bool wants_same>
static Value compare(Call& call) {
  return boolean(equals(call.run, call.arguments[0], call.arguments[1]) == wants_same);
}

static Value name_of_text(Call& call) {
  if (!call.text(0)) return {};
  XName name;
  return parse_name(call.run, *call.text(0), name) ? value_of_name(call.run, name.space, name.local) : Value{};
}

static Value get_name(Call& call) { return call.text(0) ? name_of_text(call) : call.run.fail_null("expandedName"); }

static Value make_name(Call& call, const String* space, const String* local) {
  if (!local) return call.run.fail_null("localName");
  return check_name(call.run, *local) ? value_of_name(call.run, space, local) : Value{};
}

static Value space_of_text(Call& call) { return call.text(0) ? space_value(call.run, call.text(0)) : Value{}; }

static Value get_space(Call& call) { return call.text(0) ? space_of_text(call) : call.run.fail_null("namespaceName"); }

static Value add(Call& call) {
  const auto* space = call.object<const XNamespace>(0);
  return space ? make_name(call, space->uri, call.text(1)) : call.run.fail_null("ns");
}

static constexpr Member name_members[] = {
    {"string LocalName", [](Call& call) { return text(self_name(call).local); }},
    {"XNamespace Namespace", [](Call& call) { return space_value(call.run, self_name(call).space); }},
    {"string NamespaceName", [](Call& call) { return text(self_name(call).space); }},
    {"static XName Get(string expandedName)", get_name},
    {"static XName Get(string localName, string namespaceName)",
     [](Call& call) { return call.text(1) ? make_name(call, call.text(1), call.text(0)) : call.run.fail_null("namespaceName"); }},
    {"static implicit operator XName(string expandedName)", name_of_text},
    {"static bool operator ==(XName left, XName right)", compare<true>},
    {"static bool operator !=(XName left, XName right)", compare<false>},
};

static constexpr Member space_members[] = {
    {"string NamespaceName", [](Call& call) { return text(self_space(call).uri); }},
    {"XName GetName(string localName)", [](Call& call) { return make_name(call, self_space(call).uri, call.text(0)); }},
    {"static XNamespace Get(string namespaceName)", get_space},
    {"static XNamespace None", [](Call& call) { return space_value(call.run, &empty_string); }},
    {"static XNamespace Xml", [](Call& call) { return space_value(call.run, view_of(call.run, xml_space_uri)); }},
    {"static XNamespace Xmlns", [](Call& call) { return space_value(call.run, view_of(call.run, xmlns_space_uri)); }},
    {"static implicit operator XNamespace(string namespaceName)", space_of_text},
    {"static XName operator +(XNamespace ns, string localName)", add},
    {"static bool operator ==(XNamespace left, XNamespace right)", compare<true>},
    {"static bool operator !=(XNamespace left, XNamespace right)", compare<false>},
};

template <const String* XDeclaration::*part>
static Value get_part(Call& call) {
  return text(self_declaration(call).*part);
}
template <const String* XDeclaration::*part>
static Value set_part(Call& call) {
  self_declaration(call).*part = call.text(0);
  return {};
}

static Value create_declaration(Call& call) {
  return value_of_object(x_declaration_type, call.run.make<XDeclaration>(call.text(0), call.text(1), call.text(2)));
}

static constexpr Member declaration_members[] = {
    {"new(string version, string encoding, string standalone)", create_declaration},
    {"string Version", get_part<&XDeclaration::version>, set_part<&XDeclaration::version>},
    {"string Encoding", get_part<&XDeclaration::encoding>, set_part<&XDeclaration::encoding>},
    {"string Standalone", get_part<&XDeclaration::standalone>, set_part<&XDeclaration::standalone>},
};

static const TypeRows x_name_types[] = {
    {x_name_type, name_members, &name_ops},
    {x_namespace_type, space_members, &space_ops},
    {x_declaration_type, declaration_members, &declaration_ops},
    {node_type_type},
    {save_options_type},
    {load_options_type},
};

}  // namespace x_name_rows

extern const Family x_name_family;
const Family x_name_family{x_name_rows::x_name_types};

}  // namespace gatelet::cs
