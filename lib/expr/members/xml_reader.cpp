// System.Xml.XmlReader, as far as public policies use it: over a text that is read whole at the first step.
#include "expr/xml_objects.hpp"

namespace gatelet::cs {
namespace xml_reader_rows {

static constinit const Type reader_type{.name = "System.Xml.XmlReader", .bases = "IDisposable", .is_abstract = true};

namespace {

struct XmlReader {
  const String* text = nullptr;
  XNode* document = nullptr;  // null: nothing read yet
  XNode* at = nullptr;        // null: before the first node, or behind the last
  bool is_end = false;        // at the end tag of `at`
};

}  // namespace

static constexpr int64_t end_element = 15, white_space = 13;  // XmlNodeType

static XmlReader& self_reader(const Call& call) { return *call.self.object<XmlReader>(); }

static Value create(Call& call) {
  const String* text = rest_of_reader(call.run, call.arguments[0]);
  if (!text) return {};
  auto* reader = call.run.make<XmlReader>();
  reader->text = text;
  return value_of_object(reader_type, reader);
}

// Behind the node and all that is in it.
static void pass_over(XmlReader& reader) {
  if (reader.at->next) {
    reader.at = reader.at->next;
    reader.is_end = false;
    return;
  }
  XNode* outer = reader.at->parent;
  reader.is_end = outer->kind == XNode::Kind::element;
  reader.at = reader.is_end ? outer : nullptr;
}

// False at the end or after a failure.
static bool step(Evaluation& run, XmlReader& reader) {
  if (!run.charge(1)) return false;
  if (!reader.document) {
    reader.document = parse_document(run, *reader.text, true);
    reader.at = reader.document ? reader.document->first : nullptr;
  } else if (reader.at) {
    if (!reader.is_end && reader.at->first)
      reader.at = reader.at->first;
    else if (!reader.is_end && reader.at->has_empty_text)
      reader.is_end = true;
    else
      pass_over(reader);
  }
  return reader.at != nullptr;
}

static int64_t node_type(const XmlReader& reader) {
  if (!reader.at) return 0;
  if (reader.is_end) return end_element;
  bool is_blank = reader.at->kind == XNode::Kind::text;
  for (uint32_t i = 0; is_blank && i < reader.at->value->length; ++i) is_blank = is_white_space((*reader.at->value)[i]);
  return is_blank ? white_space : node_type_number(*reader.at);
}

static Value move_to_content(Call& call) {
  XmlReader& self = self_reader(call);
  if (!self.document) step(call.run, self);
  const auto is_content = [&] { return self.at->kind == XNode::Kind::element || (self.at->is_text() && node_type(self) != white_space); };
  while (self.at && !is_content() && step(call.run, self)) {}
  return value_of_bits(*call.site.result, node_type(self));
}

static Value name(Call& call) {
  const XNode* at = self_reader(call).at;
  if (!at) return text(&empty_string);
  const String* prefix = at->kind == XNode::Kind::element && !at->space->empty() ? prefix_of(at, *at->space) : nullptr;
  if (!prefix || prefix->empty()) return text(at->name);
  return text(concat(call.run, concat(call.run, prefix, view_of(call.run, ":")), at->name));
}

static Value local_name(Call& call) {
  const XNode* at = self_reader(call).at;
  return text(at ? at->name : &empty_string);
}

static Value value(Call& call) {
  const XNode* at = self_reader(call).at;
  return text(at ? at->value : &empty_string);
}

static Value attribute(Call& call) {
  const XNode* at = self_reader(call).at;
  if (!call.text(0)) return call.run.fail_null("name");
  if (!at || self_reader(call).is_end) return {};
  for (const XNode* one = at->first_attribute; one && call.run.charge(1); one = one->next)
    if (equal(*one->name, *call.text(0)) && (one->space->empty() || is_namespace_declaration(*one))) return text(one->value);
  return {};
}

static Value is_empty(Call& call) {
  const XNode* at = self_reader(call).at;
  return boolean(at && at->kind == XNode::Kind::element && !at->first && !at->has_empty_text);
}

static constexpr Member reader_members[] = {
    {"static XmlReader Create(TextReader input)", create},
    {"bool Read()", [](Call& call) { return boolean(step(call.run, self_reader(call))); }},
    {"XmlNodeType MoveToContent()", move_to_content},
    {"XmlNodeType NodeType", [](Call& call) { return value_of_bits(*call.site.result, node_type(self_reader(call))); }},
    {"bool EOF", [](Call& call) { return boolean(self_reader(call).document && !self_reader(call).at); }},
    {"string Name", name},
    {"string LocalName", local_name},
    {"string Value", value},
    {"bool IsEmptyElement", is_empty},
    {"string GetAttribute(string name)", attribute},
    {"void Close()", [](Call&) { return Value{}; }},
};

static const TypeRows xml_reader_types[] = {{reader_type, reader_members}};

}  // namespace xml_reader_rows

Value read_node_from(Evaluation& run, Value value) {
  if (value.is_null()) return run.fail_null("reader");
  auto& reader = *value.object<xml_reader_rows::XmlReader>();
  if (!reader.at) return run.fail(types::invalid_operation_exception, "The XmlReader state should be Interactive.");
  if (reader.is_end) return run.fail(types::invalid_operation_exception, "The XmlReader should not be on a node of type EndElement.");
  XNode* node = clone(run, *reader.at);
  xml_reader_rows::pass_over(reader);
  return value_of_node(node);
}

extern const Family xml_reader_family;
const Family xml_reader_family{xml_reader_rows::xml_reader_types};

}  // namespace gatelet::cs
