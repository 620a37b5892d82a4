#include "policies/message_edit.hpp"

#include "base/text.hpp"
#include "policies/body_text.hpp"
#include "policies/elements.hpp"

namespace gatelet {

void HeaderEdit::read(PolicyReader& in) {
  name_value_ = in.required_text("name");
  if (const std::string* name = name_value_.literal()) {
    name_ = HeaderName(std::string(trim(*name)));
    if (!is_token(name_.text))
      in.error(DiagnosticCode::invalid_value, "'" + *name + "' cannot be the name of a header; use letters, digits and -", in.at("name"));
  }
  action_.read(in);
  const std::vector<PolicyReader*> children = in.children("value");
  std::string joined;
  bool is_literal = true;
  for (PolicyReader* child : children) {
    values_.push_back(child->content());
    const std::string* value = values_.back().literal();
    is_literal &= value != nullptr;
    if (!value) continue;
    if (!is_field_value(*value))
      in.error(DiagnosticCode::invalid_value, "the value of a header cannot hold line breaks or control characters; write it in one line",
               child->at());
    joined += (&values_.back() == &values_.front() ? "" : ", ") + *value;
  }
  if (is_literal) joined_ = std::move(joined);
}

uint8_t HeaderEdit::needs() const {
  uint8_t needs = name_value_.needs() | action_.needs();
  for (const TextValue& value : values_) needs |= value.needs();
  return needs;
}

bool HeaderEdit::apply(Context& context, Headers& headers, HeaderId& changed) const {
  changed = name_.id;
  if (!name_.text.empty()) return edit(context, headers, name_.text, changed);
  std::string_view name;
  if (!name_value_.get(context, name)) return false;
  name = trim(name);
  if (!is_token(name)) return refuse(context, context.arena.concat("'", name, "' cannot be the name of a header."));
  changed = header_id(name);
  return edit(context, headers, name, changed);
}

bool HeaderEdit::edit(Context& context, Headers& headers, std::string_view name, HeaderId& changed) const {
  ExistsAction action;
  if (!action_.get(context, action)) return false;
  const HeaderId id = std::exchange(changed, HeaderId::other);
  const uint8_t flags = flags_of(id);
  const bool is_deletion = action == ExistsAction::delete_ || (action == ExistsAction::override_ && values_.empty());
  if (flags & header_fixed || (is_deletion && flags & header_kept))
    return context.tell("Header '", name, "' is the gateway's own: it was left as it is."), true;
  if (is_deletion) {
    if (headers.remove(name)) changed = id;
    return context.tell("Header '", name, "' was removed."), true;
  }
  if (values_.empty() || (action == ExistsAction::skip && headers.contains(name)))
    return context.tell("Header '", name, "' was left as it is."), true;
  if (!write(context, headers, name, id, action)) return false;
  changed = id;
  if (context.trace) context.tell("Header '", name, "' was set; it is '", headers.get(name), "'.");
  return true;
}

bool HeaderEdit::write(Context& context, Headers& headers, std::string_view name, HeaderId id, ExistsAction action) const {
  bool is_valid = true;
  if (flags_of(id) & header_lines) {
    // All values first: they may be expressions that read the header.
    const std::span<std::string_view> texts{
        static_cast<std::string_view*>(context.arena.allocate(values_.size() * sizeof(std::string_view))), values_.size()};
    for (size_t i = 0; i < values_.size(); ++i)
      if (!values_[i].get(context, *new (&texts[i]) std::string_view)) return false;
    if (action == ExistsAction::override_) headers.remove(name);
    for (std::string_view text : texts) is_valid &= headers.append(name, text);
  } else {
    std::string_view joined;
    if (!join_values(context, joined)) return false;
    is_valid = action == ExistsAction::append ? headers.append_value(name, joined) : headers.set(name, id, joined);
  }
  return is_valid || refuse(context, context.arena.concat("The value of header ", name, " holds a line break or a control character."));
}

bool HeaderEdit::join_values(Context& context, std::string_view& out) const {
  if (joined_) {
    out = *joined_;
    return true;
  }
  for (const TextValue& value : values_) {
    std::string_view text;
    if (!value.get(context, text)) return false;
    out = &value == &values_.front() ? text : context.arena.concat(out, ", ", text);
  }
  return true;
}

void StatusEdit::read(PolicyReader& in) {
  code_ = in.required_integer("code", answer_statuses);
  reason_ = in.optional_text("reason");
  const std::string* phrase = reason_ ? reason_->literal() : nullptr;
  if (phrase && !is_field_value(*phrase))
    in.error(DiagnosticCode::invalid_value, "'reason' cannot hold line breaks or control characters; write it in one line",
             in.at("reason"));
}

bool StatusEdit::apply(Context& context, Response& response) const {
  int64_t code = 0;
  std::optional<std::string_view> phrase;
  if (!code_.get(context, code)) return false;
  if (reason_) {
    if (!reason_->get(context, phrase.emplace())) return false;
    if (!is_field_value(*phrase)) return refuse(context, "The reason phrase holds a line break or a control character.");
  }
  response.status = static_cast<int>(code);
  response.reason = phrase;
  return true;
}

void BodyEdit::read(PolicyReader& in, bool sees_body) {
  const bool is_liquid = in.literal_choice("template", {"none", "liquid"}) == 1;
  const bool is_nil_null = in.literal_choice("xsi-nil", {"blank", "null"}) == 1;
  const bool reads_dates = in.literal_bool("parse-date", true);
  if (is_liquid) return liquid_.emplace(sees_body, liquid::Conversion{reads_dates, is_nil_null}).read(in);
  text_ = in.body();
  if (const std::string* literal = text_.literal()) bytes_ = Buffer::copy(*literal);
}

bool BodyEdit::apply(Context& context, Body& body, Headers& headers) const {
  if (liquid_) {
    Buffer made;
    if (!liquid_->render(context, made)) return false;
    replace_body(context, {body, headers}, std::move(made));
  } else if (text_.is_expression()) {
    std::string_view bytes;
    if (!evaluate_body(context, *text_.expression(), bytes)) return false;
    replace_body(context, {body, headers}, Buffer::copy(bytes));
  } else {
    replace_body(context, {body, headers}, bytes_);
  }
  return true;
}

}  // namespace gatelet
