#include "policy/document.hpp"

#include <array>
#include <unordered_map>

#include "base/text.hpp"
#include "policy/reader.hpp"

namespace gatelet {

// The default document of the global scope (policies-a.md 2.1).
const std::string_view default_global_text =
    "<policies>\n"
    "  <inbound />\n"
    "  <backend>\n"
    "    <forward-request />\n"
    "  </backend>\n"
    "  <outbound />\n"
    "  <on-error />\n"
    "</policies>\n";

static std::optional<Section> section_from(std::string_view name) {
  for (Section section : {Section::inbound, Section::backend, Section::outbound, Section::on_error})
    if (text_of(section) == name) return section;
  return std::nullopt;
}

template <class E>
static uint8_t bit_of(E value) {
  return static_cast<uint8_t>(1 << static_cast<unsigned>(value));
}

// "inbound or outbound": what a mask allows.
template <class E>
static std::string names_in(uint8_t mask) {
  std::string names;
  for (unsigned i = 0; i < 4; ++i)
    if (mask & (1 << i)) names += (names.empty() ? "" : " or ") + std::string(text_of(static_cast<E>(i)));
  return names;
}

namespace {

// One pass over the elements of a section, a branch or a fragment.
class BlockReader {
 public:
  BlockReader(ReadState& state, const XmlNode& node, const ReadPlace& place) : state_(state), node_(node), place_(place) {}
  void read(Block& out);

 private:
  std::string child_path(const XmlNode& child);
  void read_base(const XmlNode& child, Block& out);
  void read_statement(const XmlNode& child, Block& out);
  void include_fragment(const XmlNode& child, ReadPlace place, Block& out);
  const XmlNode* fragment_root(const std::string& id, const XmlNode& site);
  bool may_stand(const PolicyType& type, const XmlNode& child);
  bool is_within_limits(const XmlNode& child);

  ReadState& state_;
  const XmlNode& node_;
  const ReadPlace& place_;
  struct Names {
    size_t count = 0;
    size_t seen = 0;
  };
  std::unordered_map<std::string_view, Names> names_;
  bool has_base_ = false;
};

void BlockReader::read(Block& out) {
  if (place_.depth > policy_depth_max)
    return state_.error(DiagnosticCode::limit_exceeded,
                        "policies are nested deeper than " + std::to_string(policy_depth_max) + " levels; simplify the branches", place_,
                        node_.at);
  if (!trim(node_.text).empty())
    state_.error(DiagnosticCode::invalid_value, "'" + node_.name + "' holds policies and cannot contain text; remove it", place_,
                 node_.text_at);
  for (const XmlNode& child : node_.children) ++names_[child.name].count;
  for (const XmlNode& child : node_.children) {
    if (child.name == "base")
      read_base(child, out);
    else
      read_statement(child, out);
  }
}

std::string BlockReader::child_path(const XmlNode& child) {
  Names& names = names_[child.name];
  return (place_.path.empty() ? "" : place_.path + "\\") + path_step(child.name, ++names.seen, names.count);
}

void BlockReader::read_base(const XmlNode& child, Block& out) {
  PolicyReader in(state_, child, place_, child.name);
  in.finish();
  if (place_.in_fragment) return in.error(DiagnosticCode::misplaced_policy, "'base' may not stand in a fragment; remove it", child.at);
  if (has_base_) return in.error(DiagnosticCode::misplaced_policy, "'base' stands here a second time; keep one of them", child.at);
  has_base_ = true;
  out.emplace_back();
}

bool BlockReader::is_within_limits(const XmlNode& child) {
  if (++state_.statement_count <= program_instructions_max) return true;
  if (state_.statement_count == program_instructions_max + 1)
    state_.error(DiagnosticCode::limit_exceeded,
                 "the document and its fragments hold more than " + std::to_string(program_instructions_max) + " policies", place_,
                 child.at);
  return false;
}

bool BlockReader::may_stand(const PolicyType& type, const XmlNode& child) {
  const Scope scope = state_.source.scope;
  const std::string name = "'" + child.name + "' may not stand in ";
  if (place_.is_section_known && !(type.sections & bit_of(place_.section))) {
    std::string message = name + "the " + std::string(text_of(place_.section)) + " section; ";
    message += type.sections ? "move it to " + names_in<Section>(type.sections) : "it belongs to GraphQL resolvers; remove it";
    state_.error(DiagnosticCode::misplaced_policy, std::move(message), place_, child.at);
    return false;
  }
  if (state_.source.is_scope_known && !(type.scopes & bit_of(scope))) {
    state_.error(DiagnosticCode::misplaced_policy,
                 name + "a document of " + std::string(text_of(scope)) + " scope; move it to " + names_in<Scope>(type.scopes) + " scope",
                 place_, child.at);
    return false;
  }
  const bool is_second = (type.once == Once::in_document && !state_.used_once.insert(type.element).second) ||
                         (type.once == Once::in_block && names_[child.name].seen > 1);
  if (is_second) {
    const std::string where = type.once == Once::in_document ? "in this document" : "here";
    state_.error(DiagnosticCode::misplaced_policy, "'" + child.name + "' stands " + where + " a second time; keep one of them", place_,
                 child.at);
    return false;
  }
  return true;
}

void BlockReader::read_statement(const XmlNode& child, Block& out) {
  ReadPlace place = place_;
  place.path = child_path(child);
  if (!is_within_limits(child)) return;
  const PolicyTable& policies = *state_.environment.policies;
  const PolicyType* type = policies.find(child.name);
  if (!type) {
    const std::string_view near = nearest(child.name, policies.elements());
    return state_.error(DiagnosticCode::unknown_element,
                        "'" + child.name + "' is not a policy" +
                            (near.empty() ? std::string("; remove it") : "; did you mean '" + std::string(near) + "'?"),
                        place_, child.at);
  }
  const bool is_placed = may_stand(*type, child);
  if (child.name == include_fragment_element) return include_fragment(child, std::move(place), out);
  if (!type->read) {
    if (is_placed) state_.skipped(*type, place_, child.at);
    if (!type->holds_policies) return;
    ++place.depth;
    for (Statement& inner : read_block(state_, child, place)) out.push_back(std::move(inner));
    return;
  }
  const size_t errors_before = state_.error_count();
  ++place.depth;
  PolicyReader in(state_, child, std::move(place), child.name);
  Statement statement;
  statement.origin = in.origin();
  statement.policy = type->read(in);
  in.finish();
  statement.blocks = in.take_blocks();
  if (statement.policy && state_.error_count() == errors_before) out.push_back(std::move(statement));
}

const XmlNode* BlockReader::fragment_root(const std::string& id, const XmlNode& site) {
  const ReadEnvironment::Fragment* fragment = state_.environment.fragment ? state_.environment.fragment(id) : nullptr;
  if (!fragment) {
    state_.unknown_reference("the fragment '" + id + "' does not exist; add it, or correct the fragment-id", place_, site.at);
    return nullptr;
  }
  const auto [known, is_new] = state_.fragments.try_emplace(id);
  ReadFragment& read = known->second;
  if (!is_new) return read.root();
  read.source = fragment;
  read.document = read_policy_xml(fragment->text, policy_fragment_bytes_max, fragment->form);
  ReadPlace place = place_;
  place.file = fragment->file;
  for (const XmlProblem& problem : read.document.problems)
    state_.error(DiagnosticCode::invalid_policy_xml, problem.message, place, problem.at);
  if (read.root() && read.root()->name != "fragment") {
    state_.error(DiagnosticCode::invalid_policy_xml, "the root of a fragment must be 'fragment', not '" + read.root()->name + "'", place,
                 read.root()->at);
    read.document.root.reset();
  }
  return read.root();
}

void BlockReader::include_fragment(const XmlNode& child, ReadPlace place, Block& out) {
  PolicyReader in(state_, child, place, child.name);
  in.has("id");
  const std::string id = in.required_literal("fragment-id");
  in.finish();
  if (place_.in_fragment)
    return in.error(DiagnosticCode::misplaced_policy, "a fragment may not include another fragment; include both in the document",
                    child.at);
  if (id.empty()) return;
  const XmlNode* root = fragment_root(id, child);
  if (!root) return;
  const ReadEnvironment::Fragment& fragment = *state_.fragments.find(id)->second.source;
  place.file = fragment.file;
  place.form = fragment.form;
  place.in_fragment = true;
  ++place.depth;
  for (Statement& inner : read_block(state_, *root, place)) out.push_back(std::move(inner));
}

}  // namespace

Block read_block(ReadState& state, const XmlNode& node, const ReadPlace& place) {
  Block block;
  BlockReader(state, node, place).read(block);
  return block;
}

// The root's children are sections, each at most once.
static void read_sections(ReadState& state, const XmlNode& root, ReadPlace place, Document& out) {
  static const std::vector<std::string_view> names = {"inbound", "backend", "outbound", "on-error"};
  for (const XmlNode& child : root.children) {
    const auto section = section_from(child.name);
    if (!section) {
      const bool is_policy = child.name == "base" || state.environment.policies->find(child.name);
      const std::string_view near = nearest(child.name, names);
      state.error(is_policy ? DiagnosticCode::misplaced_policy : DiagnosticCode::unknown_element,
                  "'" + child.name + "' stands outside of a section; " +
                      (near.empty() ? std::string("move it into inbound, backend, outbound or on-error")
                                    : "did you mean '" + std::string(near) + "'?"),
                  place, child.at);
      continue;
    }
    place.section = *section;
    auto& block = out.sections[static_cast<size_t>(*section)];
    if (block)
      state.error(DiagnosticCode::invalid_policy_xml, "the section '" + child.name + "' stands here a second time; merge the two", place,
                  child.at);
    PolicyReader attributes(state, child, place, child.name);
    attributes.ignore_content();
    attributes.finish();
    block = read_block(state, child, place);
  }
}

static void read_root(ReadState& state, const XmlNode& root, bool as_fragment, Document& out) {
  ReadPlace place;
  place.file = state.source.file;
  place.form = state.source.form;
  const std::string_view wanted = as_fragment ? "fragment" : "policies";
  if (root.name != wanted) {
    const std::string name = "'" + std::string(wanted) + "'";
    return state.error(DiagnosticCode::invalid_policy_xml, "the root must be " + name + ", not '" + root.name + "'; put this into " + name,
                       place, root.at);
  }
  PolicyReader attributes(state, root, place, root.name);
  attributes.ignore_content();
  attributes.finish();
  if (as_fragment) {
    place.is_section_known = false;
    place.in_fragment = true;
    read_block(state, root, place);
    return;
  }
  if (!trim(root.text).empty())
    state.error(DiagnosticCode::invalid_value, "'policies' holds sections and cannot contain text; remove it", place, root.text_at);
  read_sections(state, root, place, out);
}

std::shared_ptr<const Document> read_document(const DocumentSource& source, const ReadEnvironment& environment, Diagnostics& diagnostics,
                                              bool as_fragment) {
  ReadState state(source, environment, diagnostics);
  ReadPlace place;
  place.file = source.file;
  const XmlDocument xml = read_policy_xml(source.text, as_fragment ? policy_fragment_bytes_max : policy_document_bytes_max, source.form);
  for (const XmlProblem& problem : xml.problems) state.error(DiagnosticCode::invalid_policy_xml, problem.message, place, problem.at);
  if (!xml.root) return nullptr;
  auto document = std::make_shared<Document>();
  document->scope = source.scope;
  read_root(state, *xml.root, as_fragment, *document);
  if (state.error_count() != 0) return nullptr;
  document->source = {std::string(source.text), source.form};
  for (const auto& [id, fragment] : state.fragments)
    document->fragments.emplace(id, Document::Source{fragment.source->text, fragment.source->form});
  auto& forwarding = document->sections[static_cast<size_t>(Section::backend)];
  if (source.scope == Scope::global && source.is_scope_known && !as_fragment && !forwarding)
    if (const auto fallback = default_global_document(*environment.policies))
      forwarding = fallback->sections[static_cast<size_t>(Section::backend)];
  return document;
}

std::shared_ptr<const Document> default_global_document(const PolicyTable& policies) {
  ReadEnvironment environment;
  environment.policies = &policies;
  Diagnostics diagnostics;
  return read_document({.text = default_global_text, .file = {}, .scope = Scope::global, .scope_text = "global"}, environment, diagnostics);
}

}  // namespace gatelet
