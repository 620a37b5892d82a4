#include "policy/reader.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "policy/source_place.hpp"

namespace gatelet {

static bool is_among(std::string_view name, const std::vector<std::string_view>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// " did you mean 'x'?" or the list of what there is.
static std::string hint_for(std::string_view name, const std::vector<std::string_view>& known) {
  const std::string_view near = nearest(name, known);
  if (!near.empty()) return "; did you mean '" + std::string(near) + "'?";
  if (known.empty()) return "; remove it";
  std::string list;
  for (std::string_view one : known) list += (list.empty() ? "; it knows " : ", ") + std::string(one);
  return list;
}

std::string path_step(std::string_view name, size_t index, size_t count) {
  return count > 1 ? std::string(name) + "[" + std::to_string(index) + "]" : std::string(name);
}

const std::shared_ptr<const Origin>& PolicyReader::origin() {
  if (origin_) return origin_;
  auto made = std::make_shared<Origin>();
  made->element = policy_;
  made->path = place_.path;
  made->policy_id = parent_ ? parent_->origin()->policy_id : optional_literal("id").value_or("");
  made->scope = state_.source.scope;
  made->section = place_.section;
  made->at = node_.at;
  made->file = state_.kept_name(place_.file);
  return origin_ = std::move(made);
}

std::string PolicyReader::quoted(std::string_view attribute) const { return "'" + std::string(attribute) + "' of '" + node_.name + "'"; }

bool PolicyReader::has(std::string_view attribute) {
  if (!is_among(attribute, known_attributes_)) known_attributes_.push_back(attribute);
  return node_.attribute(attribute) != nullptr;
}

SourcePos PolicyReader::at(std::string_view attribute) const {
  const XmlAttribute* found = node_.attribute(attribute);
  return found ? found->value_at : node_.at;
}

std::optional<PolicyText> PolicyReader::read_attribute(std::string_view name) {
  if (!has(name)) return std::nullopt;
  const XmlAttribute* found = node_.attribute(name);
  PolicyText text = state_.read_text(found->value, found->value_at, place_);
  if (!text.is_expression && has_embedded_expression(text.text))
    warning(DiagnosticCode::invalid_value,
            "text around an expression makes the whole value literal; make " + quoted(name) + " one expression", text.at);
  return text;
}

std::optional<PolicyText> PolicyReader::read_required(std::string_view name) {
  auto text = read_attribute(name);
  if (!text) error(DiagnosticCode::missing_value, "'" + node_.name + "' needs the attribute '" + std::string(name) + "'", node_.at);
  return text;
}

static std::string_view document_of(const ReadState& state, const ReadPlace& place) {
  for (const auto& [id, fragment] : state.fragments)
    if (place.in_fragment && fragment.source->file == place.file) return fragment.source->text;
  return state.source.text;
}

// A place in a value that was read, counted from text.at.
static SourcePos place_of(const ReadState& state, const ReadPlace& place, const PolicyText& text, SourcePos at) {
  if (!at) return text.at;
  const uint32_t column = at.line == text.at.line ? at.column - text.at.column + 1 : at.column;
  return place_in_document(document_of(state, place), text.at, trim(text.text), {at.line - text.at.line + 1, column},
                           state.environment.named_value)
      .value_or(at);
}

std::unique_ptr<const Expression> PolicyReader::compile(const PolicyText& text, ExpressionType wanted) {
  if (!state_.environment.expressions) {
    error(DiagnosticCode::expression_unsupported, "policy expressions are not supported by this build; write a literal value", text.at);
    return nullptr;
  }
  auto compiled =
      state_.environment.expressions->compile(trim(text.text), wanted, text.at, state_.environment.expression_limits, text.written);
  if (compiled) return *std::move(compiled);
  error(DiagnosticCode::invalid_expression, compiled.error().message, place_of(state_, place_, text, compiled.error().at));
  return nullptr;
}

TextValue PolicyReader::text_from(PolicyText text) {
  if (!text.is_expression) return TextValue(std::move(text.text), text.is_certain);
  auto compiled = compile(text, ExpressionType::text);
  return compiled ? TextValue(std::move(compiled)) : TextValue();
}

IntegerValue PolicyReader::integer_from(std::string_view name, const PolicyText& text, IntegerRange range) {
  if (text.is_expression) {
    auto compiled = compile(text, ExpressionType::integer);
    return compiled ? IntegerValue(std::move(compiled), range) : IntegerValue();
  }
  const auto number = parse_signed(trim(text.text));
  if (number && range.contains(*number)) return IntegerValue(*number, text.is_certain);
  if (!text.is_certain) return IntegerValue(range.least, false);
  error(DiagnosticCode::invalid_value,
        quoted(name) + " must be an integer from " + std::to_string(range.least) + " to " + std::to_string(range.most) + ", not '" +
            text.text + "'",
        text.at);
  return IntegerValue();
}

BoolValue PolicyReader::bool_from(std::string_view name, const PolicyText& text, bool fallback) {
  if (text.is_expression) {
    auto compiled = compile(text, ExpressionType::boolean);
    return compiled ? BoolValue(std::move(compiled)) : BoolValue();
  }
  const auto value = parse_bool(trim(text.text));
  if (value) return BoolValue(*value, text.is_certain);
  if (!text.is_certain) return BoolValue(fallback, false);
  error(DiagnosticCode::invalid_value, quoted(name) + " must be true or false, not '" + text.text + "'", text.at);
  return BoolValue();
}

TextValue PolicyReader::required_text(std::string_view name) {
  auto text = read_required(name);
  return text ? text_from(*std::move(text)) : TextValue();
}

AnyValue PolicyReader::required_any(std::string_view name) {
  auto text = read_required(name);
  if (!text) return AnyValue();
  if (!text->is_expression) return AnyValue(std::move(text->text), text->is_certain);
  auto compiled = compile(*text, ExpressionType::any);
  return compiled ? AnyValue(std::move(compiled)) : AnyValue();
}

std::optional<TextValue> PolicyReader::optional_text(std::string_view name) {
  auto text = read_attribute(name);
  if (!text) return std::nullopt;
  return text_from(*std::move(text));
}

IntegerValue PolicyReader::required_integer(std::string_view name, IntegerRange range) {
  const auto text = read_required(name);
  return text ? integer_from(name, *text, range) : IntegerValue();
}

std::optional<IntegerValue> PolicyReader::optional_integer(std::string_view name, IntegerRange range) {
  const auto text = read_attribute(name);
  if (!text) return std::nullopt;
  return integer_from(name, *text, range);
}

BoolValue PolicyReader::required_bool(std::string_view name) {
  const auto text = read_required(name);
  return text ? bool_from(name, *text, false) : BoolValue();
}

BoolValue PolicyReader::optional_bool(std::string_view name, bool fallback) {
  const auto text = read_attribute(name);
  return text ? bool_from(name, *text, fallback) : BoolValue(fallback);
}

// Nullopt also for an expression, which is reported.
std::optional<PolicyText> PolicyReader::read_literal(std::string_view name) {
  auto text = read_attribute(name);
  if (!text || !text->is_expression) return text;
  error(DiagnosticCode::invalid_value, quoted(name) + " cannot be an expression; write a literal value", text->at);
  return std::nullopt;
}

std::optional<std::string> PolicyReader::optional_literal(std::string_view name) {
  auto text = read_literal(name);
  if (!text) return std::nullopt;
  return std::move(text->text);
}

std::string PolicyReader::required_literal(std::string_view name) {
  if (!has(name)) {
    read_required(name);
    return {};
  }
  auto text = read_literal(name);
  if (text && trim(text->text).empty()) error(DiagnosticCode::invalid_value, quoted(name) + " is empty; write a value", text->at);
  return text ? std::move(text->text) : std::string();
}

bool PolicyReader::literal_bool(std::string_view name, bool fallback) {
  const auto text = read_literal(name);
  if (!text) return fallback;
  const BoolValue value = bool_from(name, *text, fallback);
  return value.literal() ? *value.literal() : fallback;
}

std::optional<int64_t> PolicyReader::optional_literal_integer(std::string_view name, IntegerRange range) {
  const auto text = read_literal(name);
  if (!text) return std::nullopt;
  const IntegerValue value = integer_from(name, *text, range);
  return value.literal() ? *value.literal() : range.least;
}

int64_t PolicyReader::required_literal_integer(std::string_view name, IntegerRange range) {
  if (!has(name)) read_required(name);
  return optional_literal_integer(name, range).value_or(range.least);
}

std::optional<std::string> PolicyReader::expression_source(std::string_view name) const {
  const XmlAttribute* found = node_.attribute(name);
  if (!found || !is_expression(found->value)) return std::nullopt;
  return found->value;
}

size_t PolicyReader::literal_choice(std::string_view name, std::initializer_list<std::string_view> words) {
  const auto text = read_literal(name);
  if (!text) return 0;
  const auto found = std::find(words.begin(), words.end(), trim(text->text));
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  if (!text->is_certain) return 0;
  std::string list;
  for (std::string_view word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  error(DiagnosticCode::invalid_value, quoted(name) + " must be one of " + list + ", not '" + text->text + "'", text->at);
  return 0;
}

TextValue PolicyReader::content() {
  takes_text_ = true;
  PolicyText text = state_.read_text(trim(node_.text), node_.text_at, place_);
  if (text.is_expression && node_.has_comment_in_text)
    error(DiagnosticCode::invalid_policy_xml, "an XML comment stands beside an expression; make it a C# comment inside the expression",
          text.at);
  if (!text.is_expression && has_embedded_expression(text.text))
    warning(DiagnosticCode::invalid_value,
            "text around an expression makes the whole value literal; make the text of '" + node_.name + "' one expression", text.at);
  return text_from(std::move(text));
}

const XmlNode& body_holder(const XmlNode& node) {
  const bool has_value_form = node.children.size() == 1 && node.children[0].name == "value" && trim(node.text).empty();
  return has_value_form ? node.children[0] : node;
}

TextValue PolicyReader::body() {
  takes_text_ = takes_children_ = true;
  const XmlNode& holder = body_holder(node_);
  const bool is_markup = !holder.children.empty();
  const NamedValues rule = is_markup && place_.form == XmlForm::escaped ? NamedValues::markup : NamedValues::required;
  PolicyText text = state_.read_text(is_markup ? holder.inner : std::string_view(holder.text), holder.text_at, place_, rule);
  if (!text.is_expression && has_embedded_expression(text.text))
    warning(DiagnosticCode::invalid_value, "text around an expression makes the whole body literal; make the body one expression", text.at);
  return text_from(std::move(text));
}

TemplateText PolicyReader::template_body() {
  takes_text_ = takes_children_ = true;
  const XmlNode& holder = body_holder(node_);
  const bool is_markup = !holder.children.empty();
  const NamedValues rule = is_markup && place_.form == XmlForm::escaped ? NamedValues::optional_markup : NamedValues::optional;
  PolicyText text = state_.read_text(is_markup ? holder.inner : std::string_view(holder.text), holder.text_at, place_, rule);
  return {std::move(text.text), holder.text_at, is_markup, text.is_certain};
}

SourcePos PolicyReader::at(const TemplateText& text, SourcePos inside) const {
  const std::string_view document = document_of(state_, place_);
  size_t offset = offset_of(text.text, inside);
  if (text.is_markup) {
    const size_t begin = document.find(text.text, offset_of(document, node_.at));
    return begin == std::string_view::npos ? node_.at : position_in(document, begin + offset, {1, 1});
  }
  // text.at is the place of the first character that is not blank.
  const size_t blanks = std::min(text.text.find_first_not_of(" \t\r\n"), text.text.size());
  offset = std::max(offset, blanks) - blanks;
  const std::string_view trimmed = std::string_view(text.text).substr(blanks);
  return place_in_document(document, text.at, trimmed, position_in(trimmed, offset, {1, 1}), state_.environment.named_value)
      .value_or(text.at);
}

void PolicyReader::ignore_content() { takes_text_ = takes_children_ = true; }

std::vector<PolicyReader*> PolicyReader::children(std::string_view name, ChildCount count) {
  known_children_.push_back(name);
  std::vector<PolicyReader*> found;
  const auto has_name = [&](const XmlNode& child) { return child.name == name; };
  const size_t total = static_cast<size_t>(std::count_if(node_.children.begin(), node_.children.end(), has_name));
  for (const XmlNode& child : node_.children) {
    if (!has_name(child)) continue;
    if (found.size() == count.most)
      error(DiagnosticCode::misplaced_policy,
            "'" + node_.name + "' may hold '" + child.name + "' only " + (count.most == 1 ? "once" : std::to_string(count.most) + " times"),
            child.at);
    ReadPlace place = place_;
    place.path += "\\" + path_step(name, found.size() + 1, total);
    found.push_back(&children_.emplace_back(state_, child, std::move(place), policy_));
    found.back()->parent_ = this;
  }
  if (found.size() < count.least)
    error(DiagnosticCode::missing_value, "'" + node_.name + "' needs the element '" + std::string(name) + "'", node_.at);
  return found;
}

std::vector<TextValue> PolicyReader::texts(std::string_view name) {
  std::vector<TextValue> values;
  for (PolicyReader* child : children(name)) values.push_back(child->content());
  return values;
}

void PolicyReader::allow_children(std::initializer_list<std::string_view> names) {
  for (const XmlNode& child : node_.children) {
    if (std::find(names.begin(), names.end(), child.name) != names.end()) continue;
    std::string known;
    for (std::string_view name : names) known += (known.empty() ? "" : ", ") + std::string(name);
    error(DiagnosticCode::misplaced_policy, "'" + child.name + "' cannot stand in '" + std::string(policy_) + "'; it may hold " + known,
          child.at);
  }
}

void PolicyReader::block(PolicyReader& child) {
  child.takes_children_ = true;
  blocks_.push_back(read_block(state_, child.node_, child.place_));
}

std::shared_ptr<const Upstream> PolicyReader::backend(const std::string& id, SourcePos where) {
  auto found = state_.environment.backend ? state_.environment.backend(id) : nullptr;
  if (!found) state_.unknown_reference("the backend '" + id + "' does not exist; add it, or correct the id", place_, where);
  return found;
}

void PolicyReader::look_up_logger(const std::string& id, SourcePos where) {
  if (state_.environment.logger && !state_.environment.logger(id))
    warning(DiagnosticCode::unknown_reference,
            "the logger '" + id + "' does not exist, so its events reach nobody; add it, or correct the id", where);
}

void PolicyReader::finish() {
  finish_attributes();
  finish_children();
  if (!takes_text_ && !trim(node_.text).empty())
    error(DiagnosticCode::invalid_value,
          "'" + node_.name + "' cannot contain text" +
              (known_children_.empty() ? std::string("; remove it") : "; put it into '" + std::string(known_children_.front()) + "'"),
          node_.text_at);
  for (PolicyReader& child : children_) child.finish();
}

void PolicyReader::finish_attributes() {
  for (const XmlAttribute& attribute : node_.attributes) {
    if (is_among(attribute.name, known_attributes_) || is_namespace_declaration(attribute)) continue;
    error(DiagnosticCode::unknown_attribute,
          "'" + node_.name + "' has no attribute '" + attribute.name + "'" + hint_for(attribute.name, known_attributes_), attribute.at);
  }
}

void PolicyReader::finish_children() {
  if (takes_children_) return;
  for (const XmlNode& child : node_.children) {
    if (is_among(child.name, known_children_)) continue;
    if (state_.environment.policies->find(child.name))
      error(DiagnosticCode::misplaced_policy, "'" + child.name + "' may not stand in '" + node_.name + "'; move it out of it", child.at);
    else
      error(DiagnosticCode::unknown_element,
            "'" + child.name + "' is not known in '" + node_.name + "'" + hint_for(child.name, known_children_), child.at);
  }
}

bool is_namespace_declaration(const XmlAttribute& attribute) {
  return attribute.name == "xmlns" || starts_with_ignoring_case(attribute.name, "xmlns:");
}

}  // namespace gatelet
