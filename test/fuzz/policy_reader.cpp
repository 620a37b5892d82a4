// Policy documents: a refused one says why, places lie in the text, and what was read survives being written in escaped form and read
// again.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "property.hpp"
#include "xml/reader.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

// Finds the offset of a place again, by counting lines.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text.substr(0, 3) == "\xEF\xBB\xBF" ? text.substr(3) : text) {
    for (size_t i = 0; i < text_.size(); ++i)
      if (text_[i] == '\n' || (text_[i] == '\r' && text_.substr(i + 1, 1) != "\n")) line_starts_.push_back(i + 1);
  }
  std::string_view from(SourcePos at) const {
    require(at.line >= 1 && at.line <= line_starts_.size() && at.column >= 1);
    const size_t offset = line_starts_[at.line - 1] + at.column - 1;
    const size_t line_end = at.line == line_starts_.size() ? text_.size() : line_starts_[at.line] - 1;
    require(offset <= line_end);
    return text_.substr(offset);
  }

 private:
  std::string_view text_;
  std::vector<size_t> line_starts_{0};
};

void check_places(const Places& places, const XmlNode& node, size_t depth) {
  require(depth <= xml_depth_max && node.attributes.size() <= xml_attributes_max);
  require(places.from(node.at).substr(0, node.name.size() + 1) == "<" + node.name);
  for (const XmlAttribute& attribute : node.attributes) {
    require(places.from(attribute.at).substr(0, attribute.name.size()) == attribute.name);
    places.from(attribute.value_at);
  }
  places.from(node.text_at);
  const char* source_end = node.source->data() + node.source->size();
  require(node.inner.data() >= node.source->data() && node.inner.data() + node.inner.size() <= source_end);
  for (const XmlNode& child : node.children) check_places(places, child, depth + 1);
}

std::string escaped(std::string_view value) {
  const bool is_code = is_expression(value);
  std::string text;
  for (char c : value) {
    const bool is_plain = std::string_view("<>&\"'\r\n\t").find(c) == std::string_view::npos && (is_code || c != '@');
    text += is_plain ? std::string(1, c) : "&#" + std::to_string(static_cast<int>(c)) + ";";
  }
  return text;
}

std::string written(const XmlNode& node) {
  std::string text = "<" + node.name;
  for (const XmlAttribute& attribute : node.attributes) text += " " + attribute.name + "=\"" + escaped(attribute.value) + "\"";
  text += ">" + escaped(node.text);
  for (const XmlNode& child : node.children) text += written(child);
  return text + "</" + node.name + ">";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(data, size);
  const XmlDocument document = read_policy_xml(text, size);
  require((document.root || !document.problems.empty()) && document.problems.size() <= xml_problems_max);
  const Places places(text);
  for (const XmlProblem& problem : document.problems) {
    places.from(problem.at);
    require(!problem.message.empty());
  }
  if (document.root) check_places(places, *document.root, 1);

  const XmlDocument again = read_policy_xml(text, size);
  require(again.problems.size() == document.problems.size() && again.root.has_value() == document.root.has_value());
  if (!document.root) return 0;
  const std::string rewritten = written(*document.root);
  require(rewritten == written(*again.root));
  if (!document.problems.empty()) return 0;
  const XmlDocument reread = read_policy_xml(rewritten, rewritten.size(), XmlForm::escaped);
  require(reread.problems.empty() && written(*reread.root) == rewritten);
  return 0;
}
