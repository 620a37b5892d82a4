// System.Xml.Linq: sequences of nodes, and the extension methods of sequences.
#include <algorithm>

#include "expr/collections.hpp"
#include "expr/xml_objects.hpp"

namespace gatelet::cs {

static constinit const Type axis_type{.name = "System.Xml.Linq.Axis<T>", .bases = "IEnumerable<T>", .is_hidden = true};
static constinit const Type x_extensions_type{.name = "System.Xml.Linq.Extensions", .is_static = true};

Value axis_value(Evaluation& run, const Type& element, const Axis& axis) {
  return value_of_object(close(axis_type, element), run.make<Axis>(axis));
}

namespace x_axis_rows {
namespace {

struct AxisIterator : Iterator {
  const Axis* of = nullptr;
  Iterator* sources = nullptr;  // of a sequence of nodes
  bool has_begun = false;
  const XNode* root = nullptr;
  const XNode* at = nullptr;  // the node before the next one; null: the root is used up
  bool is_at_self = false;
};

}  // namespace

static const XNode* first_of(const Axis& axis, const XNode& root) {
  switch (axis.kind) {
    case Axis::Kind::children:
    case Axis::Kind::descendants: return root.first;
    case Axis::Kind::ancestors: return root.parent;
    case Axis::Kind::after: return root.next;
    case Axis::Kind::before:
      return root.parent ? (root.kind == XNode::Kind::attribute ? root.parent->first_attribute : root.parent->first) : nullptr;
    case Axis::Kind::attributes: break;
  }
  return root.first_attribute;
}

static const XNode* next_of(const AxisIterator& walk) {
  const XNode& at = *walk.at;
  switch (walk.of->kind) {
    case Axis::Kind::descendants: return following(at, *walk.root);
    case Axis::Kind::ancestors: return at.parent;
    case Axis::Kind::children:
    case Axis::Kind::after:
    case Axis::Kind::before:
    case Axis::Kind::attributes: break;
  }
  return at.next;
}

static bool takes(const Axis& axis, const XNode& node) {
  if (axis.kind != Axis::Kind::attributes && axis.takes_elements && node.kind != XNode::Kind::element) return false;
  if (axis.kind == Axis::Kind::ancestors && node.kind != XNode::Kind::element) return false;
  return !axis.name || has_name(node, *axis.name);
}

// Axes of axes go down into one another as calls do.
static bool next_source(Iterator& sources, Evaluation& run, Value& source) {
  if (!run.enter_call()) return false;
  const bool is_found = sources.next(sources, run, source);
  run.leave_call();
  return is_found && !run.failed();
}

// The next node whose axis is walked; false: none.
static bool begin_root(AxisIterator& walk, Evaluation& run) {
  Value source = walk.of->source;
  if (walk.sources || !source.type || !is_instance(source, x_object_type)) {
    if (source.is_null()) return false;
    if (!walk.sources) walk.sources = iterate(run, source);
    if (!walk.sources || !next_source(*walk.sources, run, source)) return false;
    if (source.is_null()) return run.fail_null_reference().boolean();
  } else if (walk.has_begun) {
    return false;
  }
  walk.has_begun = true;
  walk.root = source.object<const XNode>();
  walk.is_at_self = walk.of->has_self;
  walk.at = nullptr;
  return true;
}

static bool next_on_axis(Iterator& base, Evaluation& run, Value& item) {
  auto& walk = static_cast<AxisIterator&>(base);
  while (run.charge(1)) {
    const XNode* node = nullptr;
    if (walk.root) {
      if (walk.is_at_self) {
        node = walk.root;
        walk.is_at_self = false;
      } else {
        walk.at = node = walk.at ? next_of(walk) : first_of(*walk.of, *walk.root);
        if (walk.of->kind == Axis::Kind::before && node == walk.root) node = nullptr;
      }
    }
    if (node && takes(*walk.of, *node)) return item = value_of_node(node), true;
    if (!node && !begin_root(walk, run)) return false;
  }
  return false;
}

static Iterator* iterate_axis(Evaluation& run, Value self) {
  auto* iterator = run.make<AxisIterator>();
  iterator->next = next_on_axis;
  iterator->of = self.object<const Axis>();
  return iterator;
}

static constexpr TypeOps axis_ops{.iterate = iterate_axis};

template <Axis::Kind kind, bool has_self, bool takes_elements, bool has_name>
static Value of_all(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("source");
  return axis_of<kind, has_self, takes_elements>(call, call.arguments[0], has_name ? &call.arguments[1] : nullptr);
}

static Value remove_all(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("source");
  for (const Value item : collect(call.run, call.arguments[0]))
    if (!item.is_null()) unlink(*item.object<XNode>());
  return {};
}

static Value in_document_order(Call& call) {
  if (call.arguments[0].is_null()) return call.run.fail_null("source");
  const std::span<Value> nodes = collect(call.run, call.arguments[0]);
  const auto by_place = [](Evaluation& run, void*, Value a, Value b) {
    return document_order(run, *a.object<const XNode>(), *b.object<const XNode>());
  };
  if (!sort(call.run, nodes, by_place, nullptr)) return {};
  return items_value(call.run, *call.site.result->arguments()[0], nodes);
}

using Kind = Axis::Kind;
// An axis of all nodes of a sequence; also with their type as an explicit type argument, which says nothing more.
#define GATELET_AXIS(result, name, source, rest, kind, has_self, takes_elements, has_name)     \
  {"static IEnumerable<" result "> " name "(this IEnumerable<" source "> source" rest ")",     \
   of_all<kind, has_self, takes_elements, has_name>},                                          \
  {                                                                                            \
    "static IEnumerable<" result "> " name "<T>(this IEnumerable<" source "> source" rest ")", \
        of_all<kind, has_self, takes_elements, has_name>                                       \
  }

static constexpr Member extension_members[] = {
    GATELET_AXIS("XElement", "Elements", "XContainer", "", Kind::children, false, true, false),
    GATELET_AXIS("XElement", "Elements", "XContainer", ", XName name", Kind::children, false, true, true),
    GATELET_AXIS("XElement", "Descendants", "XContainer", "", Kind::descendants, false, true, false),
    GATELET_AXIS("XElement", "Descendants", "XContainer", ", XName name", Kind::descendants, false, true, true),
    GATELET_AXIS("XElement", "DescendantsAndSelf", "XElement", "", Kind::descendants, true, true, false),
    GATELET_AXIS("XElement", "DescendantsAndSelf", "XElement", ", XName name", Kind::descendants, true, true, true),
    GATELET_AXIS("XNode", "Nodes", "XContainer", "", Kind::children, false, false, false),
    GATELET_AXIS("XNode", "DescendantNodes", "XContainer", "", Kind::descendants, false, false, false),
    GATELET_AXIS("XNode", "DescendantNodesAndSelf", "XElement", "", Kind::descendants, true, false, false),
    GATELET_AXIS("XElement", "Ancestors", "XNode", "", Kind::ancestors, false, true, false),
    GATELET_AXIS("XElement", "Ancestors", "XNode", ", XName name", Kind::ancestors, false, true, true),
    GATELET_AXIS("XElement", "AncestorsAndSelf", "XElement", "", Kind::ancestors, true, true, false),
    GATELET_AXIS("XElement", "AncestorsAndSelf", "XElement", ", XName name", Kind::ancestors, true, true, true),
    GATELET_AXIS("XAttribute", "Attributes", "XElement", "", Kind::attributes, false, false, false),
    GATELET_AXIS("XAttribute", "Attributes", "XElement", ", XName name", Kind::attributes, false, false, true),
    {"static void Remove(this IEnumerable<XNode> source)", remove_all},
    {"static void Remove(this IEnumerable<XAttribute> source)", remove_all},
    {"static void Remove<T>(this IEnumerable<XNode> source)", remove_all},
    {"static IEnumerable<T> InDocumentOrder<T>(this IEnumerable<T> source)", in_document_order},
};
#undef GATELET_AXIS

static const TypeRows x_axis_types[] = {{axis_type, {}, &axis_ops}, {x_extensions_type, extension_members}};

}  // namespace x_axis_rows

extern const Family x_axis_family;
const Family x_axis_family{x_axis_rows::x_axis_types};

}  // namespace gatelet::cs
