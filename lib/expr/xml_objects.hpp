// Xml objects: what the families of System.Xml.Linq share beside the trees: arguments as nodes and names, sequences along an axis.
#pragma once

#include "expr/member.hpp"
#include "expr/xml.hpp"

namespace gatelet::cs {

inline XNode& self_node(const Call& call) { return *call.self.object<XNode>(); }
inline XName name_argument(const Call& call, size_t i) {
  const XName* name = call.object<const XName>(i);
  return name ? *name : XName{};
}
inline constexpr int64_t disable_formatting = 1, omit_duplicate_namespaces = 2;  // SaveOptions
inline constexpr int64_t preserve_white_space = 1;                               // LoadOptions
XWriting writing_of(int64_t save_options);

// A lazy sequence of nodes: from one node or from each of a sequence of nodes.
struct Axis {
  enum class Kind : uint8_t { children, descendants, ancestors, after, before, attributes };
  Kind kind = Kind::children;
  bool has_self = false;
  bool takes_elements = true;   // false: every node
  const XName* name = nullptr;  // null: any
  Value source;
};
Value axis_value(Evaluation& run, const Type& element, const Axis& axis);

// Static, so that extension methods and members share them.
template <Axis::Kind kind, bool has_self, bool takes_elements>
Value axis_of(Call& call, Value source, const Value* name) {
  if (name && name->is_null()) return axis_value(call.run, *call.site.result->arguments()[0], {.kind = kind, .source = {}});
  return axis_value(call.run, *call.site.result->arguments()[0],
                    {.kind = kind,
                     .has_self = has_self,
                     .takes_elements = takes_elements,
                     .name = name ? name->object<const XName>() : nullptr,
                     .source = source});
}

// SetAttributeValue and SetElementValue: null removes.
bool set_attribute(Evaluation& run, XNode& element, const XName& name, Value value);
bool set_text(Evaluation& run, XNode& element, Value value);  // XElement.SetValue
int64_t node_type_number(const XNode& node);                  // XmlNodeType
XNode* parse_element(Evaluation& run, const String& text, bool keeps_white_space);

// XNode.ReadFrom: the node an XmlReader stands at, which it passes over.
Value read_node_from(Evaluation& run, Value reader);

// The text behind a TextReader, from where it stands; TextWriter.Write.
const String* rest_of_reader(Evaluation& run, Value reader);
void append_to_writer(Evaluation& run, Value writer, const String& text);

}  // namespace gatelet::cs
