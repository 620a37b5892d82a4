#include "liquid/template.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "expr/registry.hpp"
#include "liquid/markup.hpp"
#include "liquid/nodes.hpp"
#include "liquid/tokens.hpp"

namespace gatelet::liquid {

class TemplateTree {
 public:
  explicit TemplateTree(Naming naming) : names(arena, naming) {}
  Arena arena;
  Names names;
  Nodes nodes;
};

namespace template_rows {

using Words = std::initializer_list<std::string_view>;

static bool is_one_of(std::string_view word, Words words) { return std::find(words.begin(), words.end(), word) != words.end(); }
static std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

class TemplateReader {
 public:
  TemplateReader(std::string_view source, const TemplateOptions& options, TemplateTree& tree, std::vector<TemplateProblem>& problems)
      : tokens_(source, options.is_markup), tree_(tree), problems_(problems) {}

  void read() { read_nodes(tree_.nodes, {}, {}); }

 private:
  using TagReader = void (TemplateReader::*)(Nodes& out, const Token& tag);
  struct Tag {
    std::string_view name;
    TagReader read;
  };
  static const Tag tags[];

  void problem(SourcePos at, std::string message) { problems_.push_back({std::move(message), at, false}); }
  bool is_over() const { return problems_.size() >= liquid_problems_max; }
  // Reports what is wrong with it.
  bool check(bool is_read, const Markup& markup, const Token& tag);
  template <class NodeType>
  NodeType& add(Nodes& out, const Token& tag) {
    auto node = std::make_unique<NodeType>();
    node->at = tag.at;
    NodeType& added = *node;
    out.push_back(std::move(node));
    return added;
  }

  // Up to one of the tags; its name is empty at the end of the text, which was reported when a tag is open.
  Token read_nodes(Nodes& out, Words ends, const Token& open);
  void read_output(Nodes& out, const Token& token);
  void read_tag(Nodes& out, const Token& tag, const Token& open);
  void read_body(Nodes& out, const Token& tag, std::string_view end) { read_nodes(out, {end}, tag); }

  void read_assign(Nodes& out, const Token& tag);
  void read_capture(Nodes& out, const Token& tag);
  void read_if(Nodes& out, const Token& tag);
  void read_case(Nodes& out, const Token& tag);
  void read_when(CaseNode::Branch& branch, const Token& tag);
  void read_loop(Nodes& out, const Token& tag);
  void read_loop_head(LoopNode& loop, const Token& tag);
  bool read_loop_attribute(LoopNode& loop, Markup& markup);
  void read_cycle(Nodes& out, const Token& tag);
  void read_counter(Nodes& out, const Token& tag);
  void read_if_changed(Nodes& out, const Token& tag);
  void read_interrupt(Nodes& out, const Token& tag);
  void read_raw(Nodes& out, const Token& tag);
  void refuse_include(Nodes& out, const Token& tag);

  Tokens tokens_;
  TemplateTree& tree_;
  std::vector<TemplateProblem>& problems_;
  uint32_t depth_ = 0;
};

const TemplateReader::Tag TemplateReader::tags[] = {
    {"JSONArrayFor", &TemplateReader::read_loop},
    {"assign", &TemplateReader::read_assign},
    {"block", &TemplateReader::refuse_include},
    {"break", &TemplateReader::read_interrupt},
    {"capture", &TemplateReader::read_capture},
    {"case", &TemplateReader::read_case},
    {"comment", &TemplateReader::read_raw},
    {"continue", &TemplateReader::read_interrupt},
    {"cycle", &TemplateReader::read_cycle},
    {"decrement", &TemplateReader::read_counter},
    {"extends", &TemplateReader::refuse_include},
    {"for", &TemplateReader::read_loop},
    {"if", &TemplateReader::read_if},
    {"ifchanged", &TemplateReader::read_if_changed},
    {"include", &TemplateReader::refuse_include},
    {"increment", &TemplateReader::read_counter},
    {"literal", &TemplateReader::read_raw},
    {"raw", &TemplateReader::read_raw},
    {"render", &TemplateReader::refuse_include},
    {"tablerow", &TemplateReader::read_loop},
    {"unless", &TemplateReader::read_if},
};

bool TemplateReader::check(bool is_read, const Markup& markup, const Token& tag) {
  for (const std::string& warning : markup.warnings()) problems_.push_back({warning, tag.at, true});
  if (!is_read) problem(tag.at, (tag.name.empty() ? "" : quoted(tag.name) + ": ") + markup.problem());
  return is_read;
}

Token TemplateReader::read_nodes(Nodes& out, Words ends, const Token& open) {
  // A name outlives the token that the next one overwrites.
  const std::string open_name(open.name);
  const SourcePos open_at = open.at;
  for (;;) {
    const Token token = tokens_.next();
    if (is_over()) return {};
    switch (token.kind) {
      case Token::Kind::text: add<TextNode>(out, token).text = token.markup; break;
      case Token::Kind::output: read_output(out, token); break;
      case Token::Kind::problem: problem(token.at, std::string(token.markup)); break;
      case Token::Kind::tag:
        if (is_one_of(token.name, ends)) return token;
        read_tag(out, token, {Token::Kind::tag, open_name, {}, open_at});
        break;
      case Token::Kind::end:
        if (!open_name.empty()) problem(open_at, quoted(open_name) + " is not closed; add {% end" + open_name + " %}");
        return {};
    }
  }
}

void TemplateReader::read_output(Nodes& out, const Token& token) {
  Markup markup(token.markup, tree_.names);
  if (markup.at_end()) return;
  check(markup.pipeline(add<OutputNode>(out, token).pipeline), markup, token);
}

void TemplateReader::read_tag(Nodes& out, const Token& tag, const Token& open) {
  if (tag.name.empty()) return problem(tag.at, "the name of the tag is missing");
  const auto found = std::find_if(std::begin(tags), std::end(tags), [&](const Tag& known) { return known.name == tag.name; });
  if (found == std::end(tags)) {
    const bool is_part = tag.name.starts_with("end") || is_one_of(tag.name, {"else", "elsif", "elseif", "when"});
    return problem(
        tag.at, is_part ? quoted(tag.name) + " has no place here" + (open.name.empty() ? "" : ", where " + quoted(open.name) + " is open")
                        : "there is no tag " + quoted(tag.name) + "; look for its right name or take it out");
  }
  if (++depth_ > liquid_depth_max)
    problem(tag.at, "tags are nested too deeply; at most " + std::to_string(liquid_depth_max) + " may stand in one another");
  else
    (this->*found->read)(out, tag);
  --depth_;
}

void TemplateReader::read_assign(Nodes& out, const Token& tag) {
  auto& node = add<AssignNode>(out, tag);
  Markup markup(tag.markup, tree_.names);
  std::string_view name;
  const bool has_name = markup.name(name) && markup.character('=');
  if (!has_name) return void(check(markup.fail("write {% assign name = value %}"), markup, tag));
  node.slot = tree_.names.slot(name);
  check(markup.pipeline(node.pipeline), markup, tag);
}

void TemplateReader::read_capture(Nodes& out, const Token& tag) {
  auto& node = add<CaptureNode>(out, tag);
  Markup markup(tag.markup, tree_.names);
  std::string_view name;
  // The name may stand in quotes.
  const bool is_quoted = markup.character('\'') || markup.character('"');
  if (check(markup.name(name) || markup.fail("write {% capture name %}"), markup, tag)) node.slot = tree_.names.slot(name);
  if (is_quoted && !markup.character('\'')) markup.character('"');
  read_body(node.body, tag, "endcapture");
}

void TemplateReader::read_if(Nodes& out, const Token& tag) {
  auto& node = add<IfNode>(out, tag);
  const bool is_unless = tag.name == "unless";
  const std::string_view end = is_unless ? "endunless" : "endif";
  const std::string name(tag.name);
  Token branch_tag = tag;
  do {
    IfNode::Branch& branch = node.branches.emplace_back();
    branch.is_inverted = is_unless && node.branches.size() == 1;
    if (branch_tag.name != "else") {
      Markup markup(branch_tag.markup, tree_.names);
      check(markup.condition(branch.condition), markup, branch_tag);
    }
    branch_tag = read_nodes(branch.body, {"elsif", "elseif", "else", end}, {Token::Kind::tag, name, {}, node.at});
  } while (branch_tag.kind == Token::Kind::tag && branch_tag.name != end);
}

void TemplateReader::read_when(CaseNode::Branch& branch, const Token& tag) {
  Markup markup(tag.markup, tree_.names);
  do {
    if (!check(markup.operand(branch.values.emplace_back()), markup, tag)) return;
  } while (markup.character(',') || markup.word("or"));
  if (!markup.at_end())
    problems_.push_back({"'when': " + quoted(markup.rest()) + " has no effect; values are separated by commas or 'or'", tag.at, true});
}

void TemplateReader::read_case(Nodes& out, const Token& tag) {
  auto& node = add<CaseNode>(out, tag);
  Markup markup(tag.markup, tree_.names);
  check(markup.operand(node.subject) && markup.expect_end("the value"), markup, tag);
  const Token open{Token::Kind::tag, "case", {}, tag.at};
  Nodes nowhere;  // what stands before the first branch is not rendered
  Token branch_tag = read_nodes(nowhere, {"when", "else", "endcase"}, open);
  while (branch_tag.kind == Token::Kind::tag && branch_tag.name != "endcase") {
    CaseNode::Branch& branch = node.branches.emplace_back();
    if (branch_tag.name == "when") read_when(branch, branch_tag);
    branch_tag = read_nodes(branch.body, {"when", "else", "endcase"}, open);
  }
}

bool TemplateReader::read_loop_attribute(LoopNode& loop, Markup& markup) {
  std::string_view name;
  if (!markup.name(name)) return markup.fail("this is no part of a loop: " + quoted(markup.rest()) + "; take it out");
  if (name == "reversed" && loop.form != LoopNode::Form::table) return loop.is_reversed = true;
  const bool is_columns = name == "cols" && loop.form == LoopNode::Form::table;
  if (!is_columns && name != "limit" && name != "offset")
    return markup.fail(quoted(name) + " is no part of a loop; there are limit, offset and " +
                       (loop.form == LoopNode::Form::table ? "cols" : "reversed"));
  if (!markup.character(':')) return markup.fail("write " + std::string(name) + ": value");
  if (name == "offset" && markup.word("continue")) return loop.continues = true;
  auto& value = is_columns ? loop.columns : name == "limit" ? loop.limit : loop.offset;
  value = std::make_unique<Operand>();
  return markup.operand(*value);
}

void TemplateReader::read_loop_head(LoopNode& loop, const Token& tag) {
  Markup markup(tag.markup, tree_.names);
  std::string_view variable;
  if (!markup.name(variable) || !markup.word("in"))
    return void(check(markup.fail("write {% " + std::string(tag.name) + " item in list %}"), markup, tag));
  markup.at_end();
  const std::string_view before = markup.rest();
  if (!check(markup.operand(loop.collection), markup, tag)) return;
  const std::string_view collection = before.substr(0, before.size() - markup.rest().size());
  loop.slot = tree_.names.slot(variable);
  loop.loop_slot = tree_.names.slot(loop.form == LoopNode::Form::table ? "tablerowloop" : "forloop");
  loop.name = tree_.names.text(std::string(variable) + "-" + std::string(collection));
  markup.character(',');
  while (!markup.at_end()) {
    if (!check(read_loop_attribute(loop, markup), markup, tag)) return;
    markup.character(',');
  }
}

void TemplateReader::read_loop(Nodes& out, const Token& tag) {
  auto& node = add<LoopNode>(out, tag);
  const std::string name(tag.name), end = "end" + name;
  node.form = name == "tablerow" ? LoopNode::Form::table : name == "for" ? LoopNode::Form::plain : LoopNode::Form::json_array;
  node.name = &cs::empty_string;
  read_loop_head(node, tag);
  const Token open{Token::Kind::tag, name, {}, tag.at};
  const Token last = node.form == LoopNode::Form::table ? read_nodes(node.body, {end}, open) : read_nodes(node.body, {"else", end}, open);
  if (last.name == "else") read_nodes(node.otherwise, {end}, open);
}

void TemplateReader::read_cycle(Nodes& out, const Token& tag) {
  auto& node = add<CycleNode>(out, tag);
  Markup markup(tag.markup, tree_.names);
  std::string_view before = markup.rest();
  if (!check(markup.operand(node.values.emplace_back()), markup, tag)) return;
  const bool is_named = markup.character(':');
  if (is_named) {
    node.name = std::move(node.values.back());
    node.values.clear();
    before = {};
  } else {
    node.name.literal = text_value(tree_.names.text(before));
  }
  while (is_named ? node.values.empty() || markup.character(',') : markup.character(','))
    if (!check(markup.operand(node.values.emplace_back()), markup, tag)) return;
  check(markup.expect_end("the values"), markup, tag);
}

void TemplateReader::read_counter(Nodes& out, const Token& tag) {
  auto& node = add<CounterNode>(out, tag);
  Markup markup(tag.markup, tree_.names);
  std::string_view name;
  if (!check(markup.name(name) || markup.fail("the name of the counter is missing"), markup, tag)) return;
  node.slot = tree_.names.slot(name);
  node.is_up = tag.name == "increment";
}

void TemplateReader::read_if_changed(Nodes& out, const Token& tag) { read_body(add<IfChangedNode>(out, tag).body, tag, "endifchanged"); }

void TemplateReader::read_interrupt(Nodes& out, const Token& tag) {
  add<InterruptNode>(out, tag).flow = tag.name == "break" ? Flow::break_ : Flow::continue_;
}

void TemplateReader::read_raw(Nodes& out, const Token& tag) {
  const std::string name(tag.name);
  std::string_view text;
  if (!tokens_.raw(name, text)) return problem(tag.at, quoted(name) + " is not closed; add {% end" + name + " %}");
  if (name != "comment") add<TextNode>(out, tag).text = text;
}

void TemplateReader::refuse_include(Nodes&, const Token& tag) {
  problem(tag.at, quoted(tag.name) + " needs other templates, and there are none; put the text here");
}

}  // namespace template_rows

Template::Template() = default;
Template::~Template() = default;

std::shared_ptr<const Template> Template::read(std::string_view source, const TemplateOptions& options,
                                               std::vector<TemplateProblem>& problems) {
  cs::registry();  // links the types whose values templates see
  const std::shared_ptr<Template> made(new Template());
  made->tree_ = std::make_unique<TemplateTree>(options.naming);
  template_rows::TemplateReader(source, options, *made->tree_, problems).read();
  const bool has_error = std::any_of(problems.begin(), problems.end(), [](const TemplateProblem& problem) { return !problem.is_warning; });
  return has_error ? nullptr : made;
}

bool Template::uses(std::string_view name) const { return tree_->names.computes_names || tree_->names.has(name); }

bool Template::render(const Scene& scene, std::span<const Global> globals, size_t bytes_max, std::string& out, SourcePos& failed_at) const {
  Render render(scene, tree_->names.all(), out, bytes_max);
  for (const Global& global : globals) render.set_global(*cs::view_of(scene.run, global.name), global.value);
  render_all(tree_->nodes, render);
  failed_at = render.failed_at;
  return !scene.run.failed();
}

}  // namespace gatelet::liquid
