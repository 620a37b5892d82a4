#include "expr/xml.hpp"
#include "xml/characters.hpp"

namespace gatelet::cs {

Value value_of_node(const XNode* node) {
  if (!node) return {};
  switch (node->kind) {
    case XNode::Kind::element: return value_of_object(x_element_type, node);
    case XNode::Kind::document: return value_of_object(x_document_type, node);
    case XNode::Kind::text: return value_of_object(x_text_type, node);
    case XNode::Kind::cdata: return value_of_object(x_cdata_type, node);
    case XNode::Kind::comment: return value_of_object(x_comment_type, node);
    case XNode::Kind::instruction: return value_of_object(x_instruction_type, node);
    case XNode::Kind::doctype: return value_of_object(x_doctype_type, node);
    case XNode::Kind::attribute: break;
  }
  return value_of_object(x_attribute_type, node);
}

Value value_of_name(Evaluation& run, const String* space, const String* local) {
  return value_of_object(x_name_type, run.make<XName>(space, local));
}

bool has_name(const XNode& node, const XName& name) { return equal(*node.name, *name.local) && equal(*node.space, *name.space); }

std::string unit_code(char16_t unit) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string text = "0x";
  for (int shift = unit > 0xFF ? 12 : 4; shift >= 0; shift -= 4) text += digits[unit >> shift & 15];
  return text;
}

static std::string unit_text(char16_t unit) { return utf8(String{&unit, 1, true}); }

std::string unit_problem(char16_t unit, std::string_view what) {
  return "'" + unit_text(unit) + "', hexadecimal value " + unit_code(unit) + ", is an invalid " + std::string(what);
}

bool check_name(Evaluation& run, const String& local) {
  if (local.empty()) return run.fail(types::argument_exception, "The value cannot be empty.").boolean();
  for (uint32_t i = 0; i < local.length; ++i) {
    const char16_t unit = local[i];
    const bool is_surrogate = (unit & 0xF800) == 0xD800;
    if (is_surrogate || (unit != ':' && (i ? is_xml_name_character(unit) : is_xml_name_start(unit)))) continue;
    const bool is_bad_start = i == 0 && unit != ':' && is_xml_name_character(unit);
    const std::string told = "the '" + unit_text(unit) + "' character, hexadecimal value " + unit_code(unit);
    run.fail(types::xml_exception,
             i == 0 || is_bad_start ? "Name cannot begin with " + told + "." : "T" + told.substr(1) + ", cannot be included in a name.");
    return false;
  }
  return true;
}

bool parse_name(Evaluation& run, const String& expanded, XName& out) {
  if (expanded.empty()) return run.fail(types::argument_exception, "'' is an invalid expanded name.").boolean();
  out = {&empty_string, &expanded};
  if (expanded[0] == '{') {
    size_t close = expanded.length;
    while (close > 0 && expanded[close - 1] != '}') --close;
    if (close <= 2 || close == expanded.length)
      return run.fail(types::argument_exception, "'" + utf8(expanded) + "' is an invalid expanded name.").boolean();
    out.space = substring(run, expanded, 1, close - 2);
    out.local = substring(run, expanded, close, expanded.length - close);
  }
  return check_name(run, *out.local);
}

bool is_namespace_declaration(const XNode& attribute) {
  if (attribute.space->empty()) return equal(*attribute.name, "xmlns");
  return equal(*attribute.space, xmlns_space_uri);
}

// Links

XNode* new_node(Evaluation& run, XNode::Kind kind, const String* value) {
  auto* node = run.make<XNode>();
  node->kind = kind;
  node->value = value;
  return node;
}

XNode* new_named(Evaluation& run, XNode::Kind kind, const XName& name) {
  XNode* node = new_node(run, kind);
  node->space = name.space;
  node->name = name.local;
  return node;
}

static void link(XNode& parent, XNode& node, XNode* before, XNode*& first, XNode*& last) {
  node.parent = &parent;
  node.next = before;
  node.previous = before ? before->previous : last;
  (node.previous ? node.previous->next : first) = &node;
  (before ? before->previous : last) = &node;
}

void link_before(XNode& parent, XNode& node, XNode* before) {
  parent.has_empty_text = false;
  link(parent, node, before, parent.first, parent.last);
}

void link_attribute(XNode& element, XNode& attribute) {
  link(element, attribute, nullptr, element.first_attribute, element.last_attribute);
}

void unlink(XNode& node) {
  if (!node.parent) return;
  const bool is_attribute = node.kind == XNode::Kind::attribute;
  XNode*& first = is_attribute ? node.parent->first_attribute : node.parent->first;
  XNode*& last = is_attribute ? node.parent->last_attribute : node.parent->last;
  (node.previous ? node.previous->next : first) = node.next;
  (node.next ? node.next->previous : last) = node.previous;
  node.parent = node.previous = node.next = nullptr;
}

void remove_nodes(XNode& parent) {
  while (parent.first) unlink(*parent.first);
  parent.has_empty_text = false;
}

XNode* following(const XNode& node, const XNode& root) { return node.first ? node.first : following_outside(node, root); }

XNode* following_outside(const XNode& node, const XNode& root) {
  const XNode* at = &node;
  while (at && at != &root && !at->next) at = at->parent;
  return !at || at == &root ? nullptr : at->next;
}

static XNode* clone_alone(Evaluation& run, const XNode& node) {
  auto* copy = run.make<XNode>(node);
  copy->parent = copy->previous = copy->next = copy->first = copy->last = copy->first_attribute = copy->last_attribute = nullptr;
  if (node.doctype) copy->doctype = run.make<XDoctype>(*node.doctype);
  for (const XNode* attribute = node.first_attribute; attribute && run.charge(1); attribute = attribute->next)
    link_attribute(*copy, *clone_alone(run, *attribute));
  return copy;
}

XNode* clone(Evaluation& run, const XNode& node) {
  XNode* const whole = clone_alone(run, node);
  const XNode* at = &node;
  for (XNode *copy = whole, *parent = nullptr; run.charge(1);) {
    if (at->first) {
      at = at->first;
      parent = copy;
    } else {
      for (; at != &node && !at->next; at = at->parent) copy = copy->parent;
      if (at == &node) break;
      at = at->next;
      parent = copy->parent;
    }
    copy = clone_alone(run, *at);
    link_before(*parent, *copy, nullptr);
  }
  return whole;
}

XNode* find_attribute(Evaluation& run, const XNode& element, const XName& name) {
  size_t passed = 0;
  for (XNode* attribute = element.first_attribute; attribute && run.charge(++passed % 16 == 0); attribute = attribute->next)
    if (has_name(*attribute, name)) return attribute;
  return nullptr;
}

XNode* find_element(Evaluation& run, const XNode& parent, const XName& name) {
  for (XNode* node = parent.first; node && run.charge(1); node = node->next)
    if (node->kind == XNode::Kind::element && has_name(*node, name)) return node;
  return nullptr;
}

const String* text_of_tree(Evaluation& run, const XNode& node) {
  if (!node.is_container()) return node.value;
  if (node.first && node.first == node.last && node.first->is_text()) return node.first->value;
  TextBuilder out(run);
  for (const XNode* at = following(node, node); at && run.charge(1); at = following(*at, node))
    if (at->is_text()) out.append(at->value);
  return out.finish();
}

static bool same_attributes(const XNode& a, const XNode& b) {
  const XNode *x = a.first_attribute, *y = b.first_attribute;
  for (; x && y; x = x->next, y = y->next)
    if (!has_name(*x, {y->space, y->name}) || !equal(*x->value, *y->value)) return false;
  return !x && !y;
}

static bool same_or_absent(const String* a, const String* b) { return a && b ? equal(*a, *b) : a == b; }

static bool same_doctype(const XDoctype* a, const XDoctype* b) {
  if (!a || !b) return a == b;
  return same_or_absent(a->public_id, b->public_id) && same_or_absent(a->system_id, b->system_id) &&
         same_or_absent(a->internal_subset, b->internal_subset);
}

static bool same_alone(const XNode& a, const XNode& b) {
  return a.kind == b.kind && same_doctype(a.doctype, b.doctype) && has_name(a, {b.space, b.name}) && equal(*a.value, *b.value) &&
         (a.first != nullptr) == (b.first != nullptr) && same_attributes(a, b);
}

bool deep_equals(Evaluation& run, const XNode* a, const XNode* b) {
  if (!a || !b) return a == b;
  for (const XNode *x = a, *y = b; run.charge(1);) {
    if (!same_alone(*x, *y)) return false;
    if (x->first) {
      x = x->first;
      y = y->first;
      continue;
    }
    for (; x != a && !x->next; x = x->parent, y = y->parent)
      if (y->next) return false;
    if (x == a) return true;
    if (!y->next) return false;
    x = x->next;
    y = y->next;
  }
  return false;
}

static size_t depth_of(const XNode* node) {
  size_t depth = 0;
  for (; node->parent; node = node->parent) ++depth;
  return depth;
}

int document_order(Evaluation& run, const XNode& a, const XNode& b) {
  const XNode *x = &a, *y = &b;
  size_t x_depth = depth_of(x), y_depth = depth_of(y);
  if (!run.charge(x_depth + y_depth)) return 0;
  for (; x_depth > y_depth; --x_depth) x = x->parent;
  for (; y_depth > x_depth; --y_depth) y = y->parent;
  if (x == y) return x == &b ? (x == &a ? 0 : 1) : -1;
  for (; x->parent != y->parent; x = x->parent) y = y->parent;
  if (!x->parent) return run.fail(types::invalid_operation_exception, "A common ancestor is missing."), 0;
  for (const XNode* node = x; node && run.charge(1); node = node->next)
    if (node == y) return -1;
  return 1;
}

// Content

namespace {

// Where content goes.
class ContentWriter {
 public:
  ContentWriter(Evaluation& run, XNode& parent, XNode* before, bool takes_attributes)
      : run_(run), parent_(parent), before_(before), takes_attributes_(takes_attributes) {}
  bool add(Value content);

 private:
  bool add_node(XNode& node);
  bool add_attribute(XNode& attribute);
  bool add_text(const String& text);
  bool add_all(Value items);
  bool may_stand(const XNode& node);
  bool fail(const Type& exception, std::string_view message) { return run_.fail(exception, message).boolean(); }

  Evaluation& run_;
  XNode& parent_;
  XNode* const before_;
  const bool takes_attributes_;
  int depth_ = 0;
};

bool ContentWriter::add(Value content) {
  if (content.is_null()) return true;
  if (content.is(types::text)) return add_text(*content.text());
  if (is_instance(content, x_attribute_type)) return add_attribute(*content.object<XNode>());
  if (is_instance(content, x_object_type)) return add_node(*content.object<XNode>());
  if (content.type->operations().iterate) return add_all(content);
  const String* text = content_text(run_, content);
  return text && !run_.failed() && add_text(*text);
}

bool ContentWriter::add_all(Value items) {
  if (++depth_ > static_cast<int>(run_.budget.call_depth)) return run_.abort();
  for (Items all(run_, items); all.next();)
    if (!add(all.current)) return false;
  --depth_;
  return !run_.failed();
}

bool ContentWriter::add_attribute(XNode& given) {
  if (parent_.kind == XNode::Kind::document || !takes_attributes_)
    return fail(types::argument_exception, "An attribute cannot be added to content.");
  if (find_attribute(run_, parent_, {given.space, given.name})) return fail(types::invalid_operation_exception, "Duplicate attribute.");
  link_attribute(parent_, given.parent ? *clone_alone(run_, given) : given);
  return run_.charge(1);
}

bool ContentWriter::may_stand(const XNode& node) {
  if (node.kind == XNode::Kind::document) return fail(types::argument_exception, "A node of type Document cannot be added to content.");
  const bool is_doctype = node.kind == XNode::Kind::doctype;
  if (parent_.kind != XNode::Kind::document && is_doctype)
    return fail(types::argument_exception, "A node of type DocumentType cannot be added to content.");
  if (parent_.kind != XNode::Kind::document) return true;
  if (node.kind == XNode::Kind::cdata) return fail(types::argument_exception, "A node of type CDATA cannot be added to content.");
  // One document type, one element, in this order.
  bool is_behind = false;
  for (const XNode* at = parent_.first; (node.kind == XNode::Kind::element || is_doctype) && at; at = at->next) {
    is_behind |= at == before_;
    const bool misplaces =
        node.kind == XNode::Kind::element ? at->kind == XNode::Kind::doctype && is_behind : at->kind == XNode::Kind::element && !is_behind;
    if (at->kind == node.kind || misplaces)
      return fail(types::invalid_operation_exception, "This operation would create an incorrectly structured document.");
  }
  return true;
}

bool ContentWriter::add_node(XNode& given) {
  if (!may_stand(given)) return false;
  const XNode* root = &parent_;
  while (root->parent && run_.charge(1)) root = root->parent;
  XNode& node = given.parent || root == &given ? *clone(run_, given) : given;
  link_before(parent_, node, before_);
  return run_.charge(1);
}

static bool is_blank(const String& text) {
  for (uint32_t i = 0; i < text.length; ++i)
    if (!is_white_space(text[i])) return false;
  return true;
}

// Text joins the text before it, or else the text behind it.
bool ContentWriter::add_text(const String& text) {
  if (parent_.kind == XNode::Kind::document && !is_blank(text))
    return fail(types::argument_exception, "Non-whitespace characters cannot be added to content.");
  XNode* beside = before_ ? before_->previous : parent_.last;
  if (text.empty()) {
    if (!parent_.first) parent_.has_empty_text = true;
  } else if (beside && beside->kind == XNode::Kind::text) {
    beside->value = concat(run_, beside->value, &text);
  } else if (before_ && before_->kind == XNode::Kind::text) {
    before_->value = concat(run_, &text, before_->value);
  } else {
    link_before(parent_, *new_node(run_, XNode::Kind::text, &text), before_);
  }
  return run_.charge(1) && !run_.failed();
}

}  // namespace

bool add_content(Evaluation& run, XNode& parent, Value content, XNode* before, bool takes_attributes) {
  return ContentWriter(run, parent, before, takes_attributes).add(content);
}

}  // namespace gatelet::cs
