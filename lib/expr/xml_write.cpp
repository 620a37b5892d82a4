// Tree → text, as .NET's XmlWriter writes it: where it indents, which namespace declarations and prefixes it makes, what it escapes.
#include "expr/xml.hpp"
#include "xml/characters.hpp"

namespace gatelet::cs {
namespace {

class XmlOutput {
 public:
  XmlOutput(Evaluation& run, const XWriting& writing) : run_(run), writing_(writing), out_(run) {}
  const String* write(const XNode& node);

 private:
  // A declaration of a namespace that holds where the output stands.
  struct Scope {
    const String* prefix;
    const String* uri;
    bool is_written;  // or needs no writing
  };
  struct Open {
    const XNode* element;
    const String* prefix;
    size_t scope_count;     // outside
    size_t declared_count;  // outside
    bool is_mixed_outside;  // whether the element around has text in it
  };

  void put(std::string_view text) { out_.append(text); }
  void put_name(const String& prefix, const String& local);
  void indent();
  void begin_node();
  void write_node(const XNode& node);
  void write_start(const XNode& element);
  void write_end(bool has_content);
  void write_attribute(const XNode& attribute, size_t own_scopes);
  void write_declarations(size_t own_scopes);
  void note_declarations(const XNode& element);
  const String* declared_prefix(const String& uri, bool allows_default);
  const String* element_prefix(const XNode& element);
  const String* attribute_prefix(const XNode& attribute, size_t own_scopes);
  const String* lookup(const String& uri, bool allows_default) const;
  void declare(const String* prefix, const String* uri, size_t own_scopes, bool is_written);
  bool is_declared_outside(const String& prefix, const String& uri, size_t own_scopes) const;
  const String* new_prefix();
  void put_text(const String& text);
  void put_value(const String& text);
  void put_cdata(const String& text);
  void put_comment(const String& text);
  void put_doctype(const XNode& node);
  bool put_escaped(char16_t unit);
  template <class PutSpecial>
  void put_units(const String& text, const PutSpecial& put_special);

  Evaluation& run_;
  const XWriting& writing_;
  TextBuilder out_;
  std::vector<Scope> scopes_;
  std::vector<const XNode*> declared_;  // the tree's own declarations, those around the root too
  std::vector<Open> open_;
  bool is_mixed_ = false;
};

void XmlOutput::put_name(const String& prefix, const String& local) {
  if (!prefix.empty()) {
    out_.append(&prefix);
    out_.append(u':');
  }
  out_.append(&local);
}

void XmlOutput::indent() {
  out_.append(u'\n');
  out_.append(u' ', 2 * open_.size());
}

void XmlOutput::begin_node() {
  if (writing_.indents && !is_mixed_ && out_.length() > 0) indent();
}

// Characters

bool XmlOutput::put_escaped(char16_t unit) {
  switch (unit) {
    case '&': put("&amp;"); return true;
    case '<': put("&lt;"); return true;
    case '>': put("&gt;"); return true;
    default: return false;
  }
}

// Writes the text, but what `put_special` writes of the unit at an index.
template <class PutSpecial>
void XmlOutput::put_units(const String& text, const PutSpecial& put_special) {
  size_t from = 0;
  for (size_t i = 0; i < text.length && !run_.failed(); ++i) {
    const char16_t unit = text[i];
    const bool is_special = unit < 0x20 || unit == '&' || unit == '<' || unit == '>' || unit == '"' || unit == '-' || unit >= 0xFFFE;
    if (!is_special) continue;
    out_.append(text, from, i - from);
    from = i + 1;
    if (!is_xml_character(unit)) {
      run_.fail(types::argument_exception, unit_problem(unit, "character."));
    } else if (!put_special(unit, i)) {
      out_.append(unit);
    }
  }
  out_.append(text, from, text.length - from);
  run_.charge_text(text.length);
}

void XmlOutput::put_text(const String& text) {
  put_units(text, [&](char16_t unit, size_t i) {
    if (unit != '\r') return put_escaped(unit);
    if (i + 1 == text.length || text[i + 1] != '\n') out_.append(u'\n');
    return true;
  });
}

void XmlOutput::put_value(const String& text) {
  put_units(text, [&](char16_t unit, size_t) {
    switch (unit) {
      case '"': return put("&quot;"), true;
      case '\t': return put("&#x9;"), true;
      case '\n': return put("&#xA;"), true;
      case '\r': return put("&#xD;"), true;
      default: return put_escaped(unit);
    }
  });
}

void XmlOutput::put_cdata(const String& text) {
  put("<![CDATA[");
  put_units(text, [&](char16_t unit, size_t i) {
    if (unit == '>' && i >= 2 && text[i - 1] == ']' && text[i - 2] == ']') put("]]><![CDATA[");
    return false;
  });
  put("]]>");
}

void XmlOutput::put_doctype(const XNode& node) {
  const XDoctype& parts = *node.doctype;
  put("<!DOCTYPE ");
  out_.append(node.name);
  put(parts.public_id ? " PUBLIC \"" : parts.system_id ? " SYSTEM \"" : " ");
  if (parts.public_id) {
    out_.append(parts.public_id);
    put("\" \"");
  }
  if (parts.system_id) out_.append(parts.system_id);
  if (parts.public_id || parts.system_id) out_.append(u'"');
  if (parts.internal_subset) {
    out_.append(u'[');
    out_.append(parts.internal_subset);
    out_.append(u']');
  }
  out_.append(u'>');
}

// A comment cannot hold "--" nor end in '-'.
void XmlOutput::put_comment(const String& text) {
  put("<!--");
  put_units(text, [&](char16_t unit, size_t i) {
    if (unit != '-' || (i + 1 < text.length && text[i + 1] != '-')) return false;
    put("- ");
    return true;
  });
  put("-->");
}

// Namespaces

const String* XmlOutput::lookup(const String& uri, bool allows_default) const {
  if (equal(uri, xml_space_uri)) return view_of(run_, "xml");
  if (equal(uri, xmlns_space_uri)) return view_of(run_, "xmlns");
  for (size_t i = scopes_.size(); i-- > 0;) {
    const Scope& scope = scopes_[i];
    if (!equal(*scope.uri, uri) || (!allows_default && scope.prefix->empty())) continue;
    bool is_hidden = false;
    for (size_t k = i + 1; k < scopes_.size(); ++k) is_hidden |= equal(*scopes_[k].prefix, *scope.prefix);
    if (!is_hidden) return scope.prefix;
  }
  return nullptr;
}

bool XmlOutput::is_declared_outside(const String& prefix, const String& uri, size_t own_scopes) const {
  for (size_t i = own_scopes; i-- > 0;)
    if (equal(*scopes_[i].prefix, prefix)) return equal(*scopes_[i].uri, uri);
  return prefix.empty() && uri.empty();
}

void XmlOutput::declare(const String* prefix, const String* uri, size_t own_scopes, bool is_written) {
  for (size_t i = own_scopes; i < scopes_.size(); ++i) {
    if (!equal(*scopes_[i].prefix, *prefix)) continue;
    if (!equal(*scopes_[i].uri, *uri))
      run_.fail(types::xml_exception, "The prefix '" + utf8(*prefix) + "' cannot be redefined from '" + utf8(*scopes_[i].uri) + "' to '" +
                                          utf8(*uri) + "' within the same start element tag.");
    return void(scopes_[i].is_written |= is_written);
  }
  scopes_.push_back({prefix, uri, is_written || is_declared_outside(*prefix, *uri, own_scopes)});
}

void XmlOutput::note_declarations(const XNode& element) {
  for (const XNode* attribute = element.first_attribute; attribute && run_.charge(1); attribute = attribute->next)
    if (is_namespace_declaration(*attribute)) declared_.push_back(attribute);
}

// The last declaration of the namespace whose prefix no later one declares again; null: none.
const String* XmlOutput::declared_prefix(const String& uri, bool allows_default) {
  if (!run_.charge(declared_.size()) || equal(uri, xml_space_uri)) return nullptr;
  for (size_t i = declared_.size(); i-- > 0;) {
    const XNode& declaration = *declared_[i];
    const bool is_default = declaration.space->empty();
    if (!equal(*declaration.value, uri) || (is_default && !allows_default)) continue;
    bool is_hidden = false;
    for (size_t k = i + 1; k < declared_.size(); ++k) is_hidden |= has_name(*declared_[k], {declaration.space, declaration.name});
    if (!is_hidden) return is_default ? &empty_string : declaration.name;
  }
  return nullptr;
}

// A declaration of the tree, or one that the writer made, or the default namespace.
const String* XmlOutput::element_prefix(const XNode& element) {
  if (element.space->empty()) return &empty_string;
  if (const String* declared = declared_prefix(*element.space, true)) return declared;
  const String* known = lookup(*element.space, true);
  return known ? known : &empty_string;
}

const String* XmlOutput::new_prefix() { return copy_of(run_, "p" + std::to_string(scopes_.size())); }

const String* XmlOutput::attribute_prefix(const XNode& attribute, size_t own_scopes) {
  if (attribute.space->empty()) return &empty_string;
  const String* prefix = declared_prefix(*attribute.space, false);
  if (!prefix) prefix = lookup(*attribute.space, false);
  if (!prefix) prefix = new_prefix();
  if (!equal(*prefix, "xml") && !equal(*prefix, "xmlns")) declare(prefix, attribute.space, own_scopes, false);
  return prefix;
}

// Nodes

void XmlOutput::write_attribute(const XNode& attribute, size_t own_scopes) {
  const bool declares = is_namespace_declaration(attribute);
  const String* declared = !declares || attribute.space->empty() ? &empty_string : attribute.name;
  if (declares && writing_.omits_duplicates && is_declared_outside(*declared, *attribute.value, own_scopes)) return;
  const String* prefix =
      declares ? (attribute.space->empty() ? &empty_string : view_of(run_, "xmlns")) : attribute_prefix(attribute, own_scopes);
  if (declares) declare(declared, attribute.value, own_scopes, true);
  out_.append(u' ');
  put_name(*prefix, *attribute.name);
  put("=\"");
  put_value(*attribute.value);
  out_.append(u'"');
}

void XmlOutput::write_declarations(size_t own_scopes) {
  for (size_t i = own_scopes; i < scopes_.size(); ++i) {
    Scope& scope = scopes_[i];
    if (scope.is_written) continue;
    scope.is_written = true;
    put(scope.prefix->empty() ? " xmlns" : " xmlns:");
    out_.append(scope.prefix);
    put("=\"");
    put_value(*scope.uri);
    out_.append(u'"');
  }
}

void XmlOutput::write_start(const XNode& element) {
  begin_node();
  const size_t own_scopes = scopes_.size(), own_declared = declared_.size();
  note_declarations(element);
  const String* prefix = element_prefix(element);
  open_.push_back({&element, prefix, own_scopes, own_declared, is_mixed_});
  declare(prefix, element.space, own_scopes, false);
  out_.append(u'<');
  put_name(*prefix, *element.name);
  for (const XNode* attribute = element.first_attribute; attribute && run_.charge(1); attribute = attribute->next)
    write_attribute(*attribute, own_scopes);
  write_declarations(own_scopes);
  const bool is_empty = !element.first && !element.has_empty_text;
  put(is_empty ? " />" : ">");
  if (open_.size() == 1) is_mixed_ = false;  // white space before the root does not count
  if (!element.first) write_end(!is_empty);
}

void XmlOutput::write_end(bool has_content) {
  const Open open = open_.back();
  open_.pop_back();
  if (open.element->first && writing_.indents && !is_mixed_) indent();
  is_mixed_ = open.is_mixed_outside;
  scopes_.resize(open.scope_count);
  declared_.resize(open.declared_count);
  if (!has_content) return;
  put("</");
  put_name(*open.prefix, *open.element->name);
  out_.append(u'>');
}

void XmlOutput::write_node(const XNode& node) {
  switch (node.kind) {
    case XNode::Kind::element: return write_start(node);
    case XNode::Kind::text: is_mixed_ = true; return put_text(*node.value);
    case XNode::Kind::cdata: is_mixed_ = true; return put_cdata(*node.value);
    case XNode::Kind::comment: begin_node(); return put_comment(*node.value);
    case XNode::Kind::instruction:
      begin_node();
      put("<?");
      out_.append(node.name);
      if (!node.value->empty()) out_.append(u' ');
      out_.append(node.value);
      return put("?>");
    case XNode::Kind::doctype: begin_node(); return put_doctype(node);
    case XNode::Kind::document: return;
    case XNode::Kind::attribute: break;
  }
  write_attribute(node, 0);
}

const String* XmlOutput::write(const XNode& root) {
  if (writing_.declaration) out_.append(declaration_text(run_, *writing_.declaration));
  std::vector<const XNode*> around;
  for (const XNode* element = root.parent; element && run_.charge(1); element = element->parent) around.push_back(element);
  for (size_t i = around.size(); i-- > 0;) note_declarations(*around[i]);
  const XNode* at = &root;
  while (run_.charge(1) && !run_.failed()) {
    write_node(*at);
    if (at->first) {
      at = at->first;
      continue;
    }
    for (; at != &root && !at->next; at = at->parent)
      if (at->parent->kind == XNode::Kind::element) write_end(true);
    if (at == &root) break;
    at = at->next;
  }
  return run_.failed() ? &empty_string : out_.finish();
}

}  // namespace

const String* xml_text(Evaluation& run, const XNode& node, const XWriting& writing) {
  const String* text = XmlOutput(run, writing).write(node);
  if (node.kind != XNode::Kind::attribute || text->empty()) return text;
  return substring(run, *text, 1, text->length - 1);
}

const String* declaration_text(Evaluation& run, const XDeclaration& declaration) {
  TextBuilder out(run);
  out.append(std::string_view("<?xml"));
  const auto add = [&](std::string_view name, const String* value) {
    if (!value) return;
    out.append(name);
    out.append(value);
    out.append(u'"');
  };
  add(" version=\"", declaration.version);
  add(" encoding=\"", declaration.encoding);
  add(" standalone=\"", declaration.standalone);
  out.append(std::string_view("?>"));
  return out.finish();
}

static bool is_declaration_of(const XNode& attribute, const String& prefix) {
  return is_namespace_declaration(attribute) && (attribute.space->empty() ? prefix.empty() : equal(*attribute.name, prefix));
}

const String* prefix_of(const XNode* element, const String& uri) {
  for (const XNode* at = element; at; at = at->parent)
    for (const XNode* attribute = at->last_attribute; attribute; attribute = attribute->previous) {
      if (!is_namespace_declaration(*attribute) || !equal(*attribute->value, uri)) continue;
      const String* prefix = attribute->space->empty() ? &empty_string : attribute->name;
      if (namespace_of_prefix(element, *prefix) == attribute->value) return prefix;
    }
  return nullptr;
}

const String* namespace_of_prefix(const XNode* element, const String& prefix) {
  for (const XNode* at = element; at; at = at->parent)
    for (const XNode* attribute = at->last_attribute; attribute; attribute = attribute->previous)
      if (is_declaration_of(*attribute, prefix)) return attribute->value;
  return nullptr;
}

}  // namespace gatelet::cs
