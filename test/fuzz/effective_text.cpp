// The merged policy as text: whatever a document says, in raw or in `xml` form, alone or through a fragment, its effective text says too.
// The input is a document and, behind a NUL, the text of the fragment that it may include.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "policy/document.hpp"

using namespace gatelet;

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

struct AnyExpression final : Expression {
  cs::Value run(cs::Evaluation&) const override { return {}; }
  uint8_t needs() const override { return needs_no_body; }
};

// Takes everything for C# and remembers it.
struct Listener final : ExpressionCompiler {
  mutable std::multiset<std::string> heard;
  Result<std::unique_ptr<const Expression>> compile(std::string_view text, ExpressionType, SourcePos, SourceLimits,
                                                    std::string_view) const override {
    heard.emplace(text);
    return std::unique_ptr<const Expression>(std::make_unique<AnyExpression>());
  }
};

struct Read {
  Listener expressions;
  std::shared_ptr<const Document> document;

  Read(std::string_view text, std::string_view fragment_text, XmlForm form) {
    static const std::shared_ptr<const PolicyTable> policies = builtin_policies();
    const ReadEnvironment::Fragment fragment{std::string(fragment_text), "fragment", form};
    ReadEnvironment environment;
    environment.policies = policies.get();
    environment.expressions = &expressions;
    environment.fragment = [&](std::string_view) { return &fragment; };
    environment.lenient = true;
    DocumentSource source;
    source.text = text;
    source.form = form;
    source.is_scope_known = false;
    Diagnostics diagnostics;
    document = read_document(source, environment, diagnostics);
    require(document || diagnostics.has_errors());
  }
  std::string effective() const { return effective_text({nullptr, nullptr, document, nullptr}); }
  std::string steps() const {
    const auto program = flatten({nullptr, nullptr, document, nullptr});
    if (!program) return {};
    std::string text;
    for (const Program::Range& range : (*program)->sections) {
      for (uint32_t i = range.first; i < range.last; ++i) text += (*program)->code[i].origin->element + "\n";
      text += "\n";
    }
    return text;
  }
};

// Names, attributes and texts of the policies, in no order; the markup of bodies as it stands.
void collect(const XmlNode& node, std::multiset<std::string>& out) {
  if (node.name == "base") return;
  for (const XmlAttribute& attribute : node.attributes) out.insert(node.name + " " + attribute.name + "=" + attribute.value);
  if (!trim(node.text).empty()) out.insert(node.name + " " + (node.children.empty() ? node.text : std::string(node.inner)));
  for (const XmlNode& child : node.children) collect(child, out);
}

std::multiset<std::string> contents(std::string_view text, XmlForm form) {
  std::multiset<std::string> out;
  const XmlDocument document = read_policy_xml(text, text.size(), form);
  require(document.problems.empty() && document.root);
  for (const XmlNode& section : document.root->children)
    for (const XmlNode& policy : section.children) collect(policy, out);
  return out;
}

void check(std::string_view text, std::string_view fragment, XmlForm form) {
  const Read first(text, fragment, form);
  if (!first.document) return;
  const std::string effective = first.effective();
  if (effective.size() > policy_document_bytes_max) return;  // a fragment that was included often
  const Read again(effective, {}, XmlForm::any);
  require(again.document != nullptr);
  require(again.effective() == effective);
  require(again.steps() == first.steps());
  require(again.expressions.heard == first.expressions.heard);
  const bool is_whole = text.find("include-fragment") == std::string_view::npos;
  if (is_whole) require(contents(effective, XmlForm::any) == contents(text, form));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\0'), size);
  const std::string_view fragment = end < size ? input.substr(end + 1) : "<fragment />";
  for (XmlForm form : {XmlForm::any, XmlForm::escaped}) check(input.substr(0, end), fragment, form);
  return 0;
}
