// The merged policy as a document: what flatten() makes a program of, as text a person reads. Named values stay {{name}}, because they may
// be secrets. Elements are written as they stand in their documents; those of a document in `xml` form are written anew, because an
// expression means something else when it is read in the other form.
#include <algorithm>

#include "base/text.hpp"
#include "policy/document.hpp"
#include "policy/reader.hpp"
#include "policy/table.hpp"
#include "xml/reader.hpp"

namespace gatelet {

namespace {

// Elements in which policies stand; all others are copied whole.
constexpr std::string_view container_elements[] = {"choose", "when", "otherwise", "retry", "wait", "limit-concurrency"};

// As people write it; what would not be read again as it was needs everything_escaped().
std::string escaped(std::string_view value) {
  if (is_expression(value)) return std::string(value);
  std::string out;
  for (char c : value) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string everything_escaped(std::string_view value) {
  std::string out;
  for (char c : value) {
    const bool is_plain = std::string_view("<>&\"'\r\n\t@").find(c) == std::string_view::npos || (c == '@' && is_expression(value));
    out += is_plain ? std::string(1, c) : "&#" + std::to_string(static_cast<int>(c)) + ";";
  }
  return out;
}

std::string written_attribute(std::string_view value) {
  std::string text = escaped(value);
  const XmlDocument read = read_policy_xml("<a v=\"" + text + "\"/>", text.size() + 16);
  const XmlAttribute* back = read.problems.empty() && read.root ? read.root->attribute("v") : nullptr;
  return back && back->value == value ? text : everything_escaped(value);
}

std::string written_text(std::string_view value) {
  std::string text = escaped(value);
  const XmlDocument read = read_policy_xml("<a>" + text + "</a>", text.size() + 16);
  const bool is_same = read.problems.empty() && read.root && read.root->children.empty() && read.root->text == value;
  return is_same ? text : everything_escaped(value);
}

class EffectiveWriter {
 public:
  explicit EffectiveWriter(const std::shared_ptr<const Document> (&documents)[4]) : documents_(documents) {
    for (size_t i = 0; i < 4; ++i)
      if (documents_[i])
        roots_[i] = read_policy_xml(documents_[i]->source.text, policy_document_bytes_max, documents_[i]->source.form).root;
  }

  std::string write() {
    out_ = "<policies>\n";
    for (Section section : {Section::inbound, Section::backend, Section::outbound, Section::on_error}) {
      section_ = text_of(section);
      out_ += "  <" + std::string(section_) + ">\n";
      write_broader(4, 2);
      out_ += "  </" + std::string(section_) + ">\n";
    }
    return out_ + "</policies>\n";
  }

 private:
  void write_broader(size_t below, size_t indent);
  void write_children(const XmlNode& node, size_t scope, size_t indent);
  void write_element(const XmlNode& node, size_t scope, size_t indent);
  void write_fragment(const XmlNode& node, size_t scope, size_t indent);
  void write_start(const XmlNode& node);
  void write_content(const XmlNode& node);

  const std::shared_ptr<const Document> (&documents_)[4];
  std::optional<XmlNode> roots_[4];
  const std::optional<XmlNode> default_ = read_policy_xml(default_global_text).root;
  std::map<const Document::Source*, std::optional<XmlNode>> fragments_;
  std::string_view section_;
  XmlForm form_ = XmlForm::any;  // of what is written
  std::string out_;
};

void EffectiveWriter::write_broader(size_t below, size_t indent) {
  for (size_t scope = below; scope-- > 0;) {
    if (!roots_[scope]) continue;
    for (const XmlNode& child : roots_[scope]->children) {
      if (child.name != section_) continue;
      const XmlForm outer = std::exchange(form_, documents_[scope]->source.form);
      write_children(child, scope, indent);
      form_ = outer;
      return;
    }
  }
  if (below == 0 || !roots_[0]) return;
  for (const XmlNode& child : default_->children)
    if (child.name == section_) write_children(child, 0, indent);
}

void EffectiveWriter::write_children(const XmlNode& node, size_t scope, size_t indent) {
  for (const XmlNode& child : node.children) {
    if (child.name == "base")
      write_broader(scope, indent);
    else if (child.name == include_fragment_element)
      write_fragment(child, scope, indent);
    else
      write_element(child, scope, indent);
  }
}

void EffectiveWriter::write_fragment(const XmlNode& node, size_t scope, size_t indent) {
  const XmlAttribute* id = node.attribute("fragment-id");
  const auto& fragments = documents_[scope]->fragments;
  const auto found = id ? fragments.find(id->value) : fragments.end();
  if (found == fragments.end()) return write_element(node, scope, indent);
  const Document::Source& fragment = found->second;
  const auto [read, is_new] = fragments_.try_emplace(&fragment);
  if (is_new) read->second = read_policy_xml(fragment.text, policy_fragment_bytes_max, fragment.form).root;
  if (!read->second) return;
  const XmlForm outer = std::exchange(form_, fragment.form);
  write_children(*read->second, scope, indent);
  form_ = outer;
}

void EffectiveWriter::write_element(const XmlNode& node, size_t scope, size_t indent) {
  out_.append(indent * 2, ' ');
  write_start(node);
  if (node.children.empty() && trim(node.text).empty()) {
    out_ += " />\n";
    return;
  }
  out_ += ">";
  const bool is_container =
      std::find(std::begin(container_elements), std::end(container_elements), node.name) != std::end(container_elements);
  if (is_container) {
    out_ += "\n";
    write_children(node, scope, indent + 1);
    out_.append(indent * 2, ' ');
  } else {
    write_content(node);
  }
  out_ += "</" + node.name + ">\n";
}

void EffectiveWriter::write_start(const XmlNode& node) {
  out_ += "<" + node.name;
  for (const XmlAttribute& attribute : node.attributes) out_ += " " + attribute.name + "=\"" + written_attribute(attribute.value) + "\"";
}

// The markup of a body is its text, whatever the form; and where text stands beside elements no expression is read.
void EffectiveWriter::write_content(const XmlNode& node) {
  const bool is_markup =
      !node.children.empty() && (!trim(node.text).empty() || (node.name == "set-body" && !body_holder(node).children.empty()));
  if (form_ == XmlForm::any || is_markup) {
    out_ += node.inner;
    return;
  }
  if (node.children.empty()) out_ += written_text(node.text);
  for (const XmlNode& child : node.children) {
    write_start(child);
    out_ += ">";
    write_content(child);
    out_ += "</" + child.name + ">";
  }
}

}  // namespace

std::string effective_text(const std::shared_ptr<const Document> (&by_scope)[4]) { return EffectiveWriter(by_scope).write(); }

}  // namespace gatelet
