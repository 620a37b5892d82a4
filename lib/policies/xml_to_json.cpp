// xml-to-json: the body of the current message from XML to JSON (policies-b.md 3.12, 9.1): Json.NET's mapping as API Management prints it.
// Comments are left out, so that what comes out is JSON.
#include <algorithm>
#include <unordered_map>
#include <vector>

#include "base/text.hpp"
#include "expr/xml.hpp"
#include "policies/body_text.hpp"
#include "policies/elements.hpp"
#include "policies/word_value.hpp"
#include "policy/expression_context.hpp"

namespace gatelet {

namespace {

using cs::XNode;

constexpr std::string_view xml_applications[] = {"always", "content-type-xml"};
constexpr std::string_view json_kinds[] = {"javascript-friendly", "direct"};
constexpr std::string_view json_namespace = "http://james.newtonking.com/projects/json";
constexpr size_t members_searched_max = 8;  // more are found by a table

// What the kinds call things. Only `direct` was ever seen; the other is made for names that are identifiers (policies-b.md 14, 1).
struct NameProfile {
  std::string_view attribute;  // before the name
  std::string_view clashing_attribute;
  std::string_view text;
  std::string_view cdata;
};
constexpr NameProfile profiles[] = {{"", "$", "$t", "$cdata"}, {"@", "@", "#text", "#cdata-section"}};

class JsonWriter {
 public:
  JsonWriter(cs::Evaluation& run, const NameProfile& profile, bool lists_children)
      : run_(run), profile_(profile), lists_children_(lists_children) {}

  void document(const XNode& document) {
    out_.put("{");
    const cs::XDeclaration none, &declaration = document.declaration ? *document.declaration : none;
    for (const auto& [name, value] :
         {std::pair("version", declaration.version), {"encoding", declaration.encoding}, {"standalone", declaration.standalone}})
      if (value) member(name), string(cs::utf8(run_, *value));
    for (const XNode* node = document.first; node; node = node->next) {
      if (node->kind == XNode::Kind::instruction) member(instruction_name(*node)), string(cs::utf8(run_, *node->value));
      if (node->kind == XNode::Kind::element) member(member_name(*node, true)), element(*node);
    }
    out_.put("}");
  }
  BodyWriter& out() { return out_; }

 private:
  struct Child {
    std::string_view name;
    const XNode* node = nullptr;  // null: a text
    std::string_view text;
    uint32_t next = 0;  // the following one of the same name; 0: none
  };
  struct Group {
    std::string_view name;
    uint32_t first;
    uint32_t last;
  };

  void element(const XNode& node) {
    if (run_.failed()) return;
    const size_t mark = declared_.size();
    note_declarations(node);
    std::vector<Child> children;
    std::vector<Group> groups;
    collect(node, children, groups);
    const bool has_attributes = has_shown_attribute(node);
    const bool is_text = groups.size() == 1 && children.size() == 1 && !children[0].node;
    if (!has_attributes && children.empty()) {
      out_.put(node.has_empty_text ? "\"\"" : "null");
    } else if (!has_attributes && is_text) {
      string(children[0].text);
    } else {
      object(node, children, groups);
    }
    declared_.resize(mark);
  }

  void object(const XNode& node, const std::vector<Child>& children, const std::vector<Group>& groups) {
    const bool outer_first = std::exchange(is_first_, true);
    out_.put("{");
    for (const XNode* attribute = node.first_attribute; attribute; attribute = attribute->next) {
      if (!is_shown(*attribute)) continue;
      const std::string_view name = name_of(*attribute);
      const bool clashes = profile_.attribute.empty() && has_group(groups, name);
      member(run_.arena.concat(clashes ? profile_.clashing_attribute : profile_.attribute, name));
      string(cs::utf8(run_, *attribute->value));
    }
    for (const Group& group : groups) {
      member(group.name);
      const Child& first = children[group.first];
      const bool is_list = group.first != group.last ||
                           (first.node && first.node->kind == XNode::Kind::element && (lists_children_ || wants_list(*first.node)));
      if (is_list) out_.put("[");
      for (uint32_t at = group.first;; at = children[at].next) {
        value(children[at]);
        if (at == group.last) break;
        out_.put(",");
      }
      if (is_list) out_.put("]");
    }
    out_.put("}");
    is_first_ = outer_first;
  }

  void value(const Child& child) {
    if (!child.node)
      string(child.text);
    else if (child.node->kind == XNode::Kind::instruction)
      string(cs::utf8(run_, *child.node->value));
    else
      element(*child.node);
  }

  // Texts that only a comment divides are one.
  void collect(const XNode& node, std::vector<Child>& children, std::vector<Group>& groups) {
    std::unordered_map<std::string_view, uint32_t> table;
    bool is_after_text = false;
    bool has_other = false;
    for (const XNode* child = node.first; child; child = child->next) has_other |= child->kind != XNode::Kind::cdata;
    for (const XNode* child = node.first; child; child = child->next) {
      if (child->kind == XNode::Kind::comment || child->kind == XNode::Kind::doctype) continue;
      if (child->kind == XNode::Kind::text && is_after_text) {
        children.back().text = run_.arena.concat(children.back().text, cs::utf8(run_, *child->value));
        continue;
      }
      is_after_text = child->kind == XNode::Kind::text;
      Child made{member_name(*child, has_other), child, {}, 0};
      if (child->is_text()) made.text = cs::utf8(run_, *child->value), made.node = nullptr;
      add(made, children, groups, table);
    }
  }

  static void add(const Child& child, std::vector<Child>& children, std::vector<Group>& groups,
                  std::unordered_map<std::string_view, uint32_t>& table) {
    const auto at = static_cast<uint32_t>(children.size());
    children.push_back(child);
    Group* known = find_group(groups, child.name, table);
    if (known) {
      children[known->last].next = at;
      known->last = at;
      return;
    }
    groups.push_back({child.name, at, at});
    if (groups.size() == members_searched_max)
      for (uint32_t i = 0; i < groups.size(); ++i) table.emplace(groups[i].name, i);
    else if (groups.size() > members_searched_max)
      table.emplace(child.name, static_cast<uint32_t>(groups.size() - 1));
  }
  static Group* find_group(std::vector<Group>& groups, std::string_view name, const std::unordered_map<std::string_view, uint32_t>& table) {
    if (groups.size() >= members_searched_max) {
      const auto found = table.find(name);
      return found == table.end() ? nullptr : &groups[found->second];
    }
    for (Group& group : groups)
      if (group.name == name) return &group;
    return nullptr;
  }
  static bool has_group(const std::vector<Group>& groups, std::string_view name) {
    for (const Group& group : groups)
      if (group.name == name) return true;
    return false;
  }

  std::string_view member_name(const XNode& child, bool has_other) {
    if (child.kind == XNode::Kind::text) return profile_.text;
    if (child.kind == XNode::Kind::cdata) return has_other ? profile_.cdata : profile_.text;
    if (child.kind == XNode::Kind::instruction) return instruction_name(child);
    note_declarations(child);
    const std::string_view name = name_of(child);
    forget_declarations(child);
    return name;
  }
  std::string_view instruction_name(const XNode& node) { return run_.arena.concat("?", cs::utf8(run_, *node.name)); }

  // "p$n" with the prefix that is declared for the namespace, the innermost one.
  std::string_view name_of(const XNode& node) {
    const std::string_view local = cs::utf8(run_, *node.name);
    if (node.kind == XNode::Kind::attribute && cs::is_namespace_declaration(node))
      return node.space->empty() ? local : run_.arena.concat("xmlns$", local);
    if (node.space->empty()) return local;
    const std::string_view prefix = prefix_of(node);
    return prefix.empty() ? local : run_.arena.concat(prefix, "$", local);
  }
  std::string_view prefix_of(const XNode& node) {
    if (cs::equal(*node.space, cs::xml_space_uri)) return "xml";
    if (!run_.charge(declared_.size() / 4)) return {};
    for (size_t i = declared_.size(); i-- > 0;) {
      const XNode& declaration = *declared_[i];
      const bool is_default = declaration.space->empty();
      if (!cs::equal(*declaration.value, *node.space) || (is_default && node.kind == XNode::Kind::attribute)) continue;
      return is_default ? std::string_view() : cs::utf8(run_, *declaration.name);
    }
    return {};
  }
  void note_declarations(const XNode& element) {
    for (const XNode* attribute = element.first_attribute; attribute; attribute = attribute->next)
      if (cs::is_namespace_declaration(*attribute)) declared_.push_back(attribute);
  }
  void forget_declarations(const XNode& element) {
    for (const XNode* attribute = element.first_attribute; attribute; attribute = attribute->next)
      if (cs::is_namespace_declaration(*attribute)) declared_.pop_back();
  }

  // What is Json.NET's own: the attribute that asks for a list, and the declaration of its namespace.
  static bool is_shown(const XNode& attribute) {
    return !cs::equal(*attribute.space, json_namespace) &&
           !(cs::is_namespace_declaration(attribute) && cs::equal(*attribute.value, json_namespace));
  }
  static bool has_shown_attribute(const XNode& node) {
    for (const XNode* attribute = node.first_attribute; attribute; attribute = attribute->next)
      if (is_shown(*attribute)) return true;
    return false;
  }
  static bool wants_list(const XNode& node) {
    for (const XNode* attribute = node.first_attribute; attribute; attribute = attribute->next)
      if (cs::equal(*attribute->space, json_namespace) && cs::equal(*attribute->name, "Array")) return cs::equal(*attribute->value, "true");
    return false;
  }

  void member(std::string_view name) {
    if (!std::exchange(is_first_, false)) out_.put(",");
    string(name);
    out_.put(":");
  }
  void string(std::string_view text) {
    const auto is_plain = [](char c) { return c >= 0x20 && c != '"' && c != '\\' && c != 0x7F; };
    out_.put("\"");
    if (std::all_of(text.begin(), text.end(), is_plain))
      out_.put(text);
    else
      out_.put(json_escape(text));
    out_.put("\"");
  }

  cs::Evaluation& run_;
  const NameProfile& profile_;
  const bool lists_children_;
  BodyWriter out_;
  std::vector<const XNode*> declared_;  // namespace declarations around the place
  bool is_first_ = true;                // member of its object
};

class XmlToJson final : public Policy {
 public:
  explicit XmlToJson(PolicyReader& in)
      : kind_(WordValue::required(in, "kind", json_kinds)),
        apply_(WordValue::required(in, "apply", xml_applications)),
        considers_accept_(in.optional_bool("consider-accept-header", true)),
        lists_children_(in.optional_bool("always-array-child-elements", false)),
        acts_on_response_(in.acts_on_response()) {}

  uint8_t needs() const override {
    return static_cast<uint8_t>(kind_.needs() | apply_.needs() | considers_accept_.needs() | lists_children_.needs() |
                                body_need(acts_on_response_));
  }

  Flow run(Context& context) const override {
    size_t kind, application;
    bool considers_accept, lists_children;
    if (!kind_.get(context, kind) || !apply_.get(context, application)) return Flow::fail;
    if (!considers_accept_.get(context, considers_accept) || !lists_children_.get(context, lists_children)) return Flow::fail;
    const BodyTarget target = body_target(context, acts_on_response_);
    const bool is_xml = is_xml_type(media_type(target.headers.get(HeaderId::content_type)));
    if (target.body.bytes.empty() || (application == 1 && !is_xml)) return Flow::next;
    if (considers_accept && accepted_type(context, is_json_type).empty()) return Flow::next;
    return convert(context, target, profiles[kind], lists_children);
  }

 private:
  static Flow convert(Context& context, const BodyTarget& target, const NameProfile& profile, bool lists_children) {
    std::string_view text;
    if (!read_body_text(context, target, text)) return Flow::fail;
    ContextRun run(context);
    run.evaluation.grant_memory(text.size() * expression_memory_body_factor);
    const XNode* document = cs::parse_document(run.evaluation, *cs::view_of(run.evaluation, text), false);
    if (!document || run.evaluation.failed())
      return fail_body(context, context.arena.concat("The body is no XML: ", fault_message(run.evaluation))), Flow::fail;
    JsonWriter writer(run.evaluation, profile, lists_children);
    writer.document(*document);
    if (run.evaluation.failed()) return fail_transformation(context, fault_message(run.evaluation)), Flow::fail;
    if (writer.out().is_too_large()) return fail_transformation(context, "The JSON of the body is beyond the limit."), Flow::fail;
    target.headers.set(text_of(HeaderId::content_type), "application/json");
    replace_body(context, target, writer.out().finish());
    context.tell(
        "XML-to-JSON policy was applied. Original Content-Length header was removed as its value was invalidated. "
        "Content-Type header was set to 'application/json'.");
    return Flow::next;
  }

  WordValue kind_;
  WordValue apply_;
  BoolValue considers_accept_;
  BoolValue lists_children_;
  bool acts_on_response_;
};

}  // namespace

std::unique_ptr<Policy> read_xml_to_json(PolicyReader& in) { return std::make_unique<XmlToJson>(in); }

}  // namespace gatelet
