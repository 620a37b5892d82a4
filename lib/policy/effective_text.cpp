// The merged policy as a document: what flatten() makes a program of, as text a person reads. Named values stay {{name}}, because they may
// be secrets; elements are written as they stand in their documents.
#include <algorithm>

#include "base/text.hpp"
#include "policy/document.hpp"
#include "policy/table.hpp"
#include "xml/reader.hpp"

namespace gatelet {

static std::string escape_xml(std::string_view text) {
  std::string out;
  for (char c : text) {
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

namespace {

// Elements in which policies stand; all others are copied whole.
constexpr std::string_view container_elements[] = {"choose", "when", "otherwise", "retry", "wait", "limit-concurrency"};

class EffectiveWriter {
 public:
  explicit EffectiveWriter(const std::shared_ptr<const Document> (&documents)[4]) : documents_(documents) {
    for (size_t i = 0; i < 4; ++i)
      if (documents_[i]) roots_[i] = read_policy_xml(documents_[i]->text).root;
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
  void write_start(const XmlNode& node, size_t indent);

  const std::shared_ptr<const Document> (&documents_)[4];
  std::optional<XmlNode> roots_[4];
  const std::optional<XmlNode> default_ = read_policy_xml(default_global_text).root;
  std::map<const char*, std::optional<XmlNode>> fragments_;  // by where their text stands
  std::string_view section_;
  std::string out_;
};

void EffectiveWriter::write_broader(size_t below, size_t indent) {
  for (size_t scope = below; scope-- > 0;) {
    if (!roots_[scope]) continue;
    for (const XmlNode& child : roots_[scope]->children)
      if (child.name == section_) return write_children(child, scope, indent);
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
  const auto [read, is_new] = fragments_.try_emplace(found->second.data());
  if (is_new) read->second = read_policy_xml(found->second, policy_fragment_bytes_max).root;
  if (read->second) write_children(*read->second, scope, indent);
}

void EffectiveWriter::write_element(const XmlNode& node, size_t scope, size_t indent) {
  write_start(node, indent);
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
    out_ += node.inner;
  }
  out_ += "</" + node.name + ">\n";
}

// An expression is written as it is, any other value with XML's escapes (policies-b.md 1.3 step 6).
void EffectiveWriter::write_start(const XmlNode& node, size_t indent) {
  out_.append(indent * 2, ' ');
  out_ += "<" + node.name;
  for (const XmlAttribute& attribute : node.attributes) {
    out_ += " " + attribute.name + "=\"";
    out_ += is_expression(attribute.value) ? attribute.value : escape_xml(attribute.value);
    out_ += "\"";
  }
}

}  // namespace

std::string effective_text(const std::shared_ptr<const Document> (&by_scope)[4]) { return EffectiveWriter(by_scope).write(); }

}  // namespace gatelet
