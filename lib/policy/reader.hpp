// PolicyReader: one element of a policy document, handed to the reader of its policy. It asks for attributes and children by name and type;
// what it never asks for is reported as unknown, with the nearest known name. All problems are collected: an accessor that reported one
// returns something harmless, and the policy is dropped afterwards.
#pragma once

#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/read_state.hpp"
#include "policy/value.hpp"

namespace gatelet {

// How often a child element may stand in its parent.
struct ChildCount {
  size_t least = 0;
  size_t most = SIZE_MAX;
};

struct TemplateText {
  std::string text;
  SourcePos at;
  bool is_markup = false;
  bool is_certain = true;
};

class PolicyReader {
 public:
  // `policy` is the element the reader belongs to: the node's own name, or that of the policy around a child element.
  PolicyReader(ReadState& state, const XmlNode& node, ReadPlace place, std::string_view policy)
      : state_(state), node_(node), place_(std::move(place)), policy_(policy) {}
  PolicyReader(const PolicyReader&) = delete;
  PolicyReader& operator=(const PolicyReader&) = delete;

  std::string_view element() const { return node_.name; }
  SourcePos at() const { return node_.at; }
  Section section() const { return place_.section; }
  // The message that set-header, set-body and their like act on here (policies-b.md 2.1).
  bool acts_on_response() const { return section() == Section::outbound || section() == Section::on_error; }
  // Origin of instructions that come from this element; made once.
  const std::shared_ptr<const Origin>& origin();
  // Names of the operation's template parameters, or null when they are not known.
  const std::vector<std::string>* template_parameters() const { return state_.source.template_parameters; }

  bool has(std::string_view attribute);            // also makes it known
  SourcePos at(std::string_view attribute) const;  // of its value; of the element when absent

  // Attributes that may be expressions.
  TextValue required_text(std::string_view name);
  std::optional<TextValue> optional_text(std::string_view name);
  AnyValue required_any(std::string_view name);
  IntegerValue required_integer(std::string_view name, IntegerRange range);
  std::optional<IntegerValue> optional_integer(std::string_view name, IntegerRange range);
  BoolValue required_bool(std::string_view name);
  BoolValue optional_bool(std::string_view name, bool fallback);
  // Attributes that may not.
  std::string required_literal(std::string_view name);
  std::optional<std::string> optional_literal(std::string_view name);
  bool literal_bool(std::string_view name, bool fallback);
  int64_t required_literal_integer(std::string_view name, IntegerRange range);
  std::optional<int64_t> optional_literal_integer(std::string_view name, IntegerRange range);
  // The source of an attribute that is an expression.
  std::optional<std::string> expression_source(std::string_view name) const;
  // The index of the value in `words`, or 0 when the attribute is absent.
  size_t literal_choice(std::string_view name, std::initializer_list<std::string_view> words);

  // The element's own text without surrounding blanks.
  TextValue content();
  // The element's content as a body: text as it stands, or its inner XML as it stands in the source (policies-b.md 3.6).
  TextValue body();
  // The same for a body that is a template: never an expression, and only the named values that exist are put in.
  TemplateText template_body();
  // Of a place in that text, counted from 1:1, the place in the document.
  SourcePos at(const TemplateText& text, SourcePos inside) const;
  // The content is not looked at.
  void ignore_content();
  // Elements of that name in this one, in order. Each is finished with this one.
  std::vector<PolicyReader*> children(std::string_view name, ChildCount count = {});
  // The texts of the elements of that name.
  std::vector<TextValue> texts(std::string_view name);
  // Reports child elements with other names.
  void allow_children(std::initializer_list<std::string_view> names);
  // Reads the policies in `child` (an element got from children()) as the statement's next block.
  void block(PolicyReader& child);
  std::vector<Block> take_blocks() { return std::move(blocks_); }

  // The upstream of a backend resource; reports an unknown one.
  std::shared_ptr<const Upstream> backend(const std::string& id, SourcePos at);

  // Reports that there is no such logger resource, which keeps nothing from running.
  void look_up_logger(const std::string& id, SourcePos at);

  void error(DiagnosticCode code, std::string message, SourcePos at) { state_.error(code, std::move(message), place_, at); }
  void warning(DiagnosticCode code, std::string message, SourcePos at) { state_.warning(code, std::move(message), place_, at); }
  // Reports what nobody asked for, here and in the children.
  void finish();

 private:
  std::optional<PolicyText> read_attribute(std::string_view name);
  std::optional<PolicyText> read_required(std::string_view name);
  std::optional<PolicyText> read_literal(std::string_view name);
  std::string quoted(std::string_view attribute) const;
  std::unique_ptr<const Expression> compile(const PolicyText& text, ExpressionType wanted);
  TextValue text_from(PolicyText text);
  IntegerValue integer_from(std::string_view name, const PolicyText& text, IntegerRange range);
  BoolValue bool_from(std::string_view name, const PolicyText& text, bool fallback);
  void finish_attributes();
  void finish_children();

  ReadState& state_;
  const XmlNode& node_;
  ReadPlace place_;
  std::string_view policy_;
  PolicyReader* parent_ = nullptr;  // of a child element
  std::shared_ptr<const Origin> origin_;
  std::vector<std::string_view> known_attributes_;
  std::vector<std::string_view> known_children_;
  std::deque<PolicyReader> children_;
  std::vector<Block> blocks_;
  bool takes_text_ = false;
  bool takes_children_ = false;  // any: policies, or markup of a body
};

// Reads the elements of `node` as policies (document.cpp).
Block read_block(ReadState& state, const XmlNode& node, const ReadPlace& place);

// The element whose content is the body: the given one, or the <value> that is all it holds. With elements in it the content is markup.
const XmlNode& body_holder(const XmlNode& node);

// xmlns or xmlns:x, allowed anywhere and without meaning here.
bool is_namespace_declaration(const XmlAttribute& attribute);

// A step of LastError.Path: "choose", or "choose[2]" where several siblings have the name; the index counts from 1.
std::string path_step(std::string_view name, size_t index, size_t count);

}  // namespace gatelet
