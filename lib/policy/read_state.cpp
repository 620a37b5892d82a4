#include "policy/read_state.hpp"

#include "base/text.hpp"
#include "policy/named_values.hpp"

namespace gatelet {

void ReadState::report(Severity severity, DiagnosticCode code, std::string message, const ReadPlace& place, SourcePos at) {
  if (severity == Severity::error) ++error_count_;
  Diagnostic diagnostic{severity, code, std::move(message), std::string(place.file), at, std::string(source.scope_text)};
  if (place.in_fragment && !fragment_problems_.insert(format(diagnostic)).second) return;
  diagnostics_.add(std::move(diagnostic));
}

void ReadState::error(DiagnosticCode code, std::string message, const ReadPlace& place, SourcePos at) {
  report(Severity::error, code, std::move(message), place, at);
}

void ReadState::warning(DiagnosticCode code, std::string message, const ReadPlace& place, SourcePos at) {
  report(Severity::warning, code, std::move(message), place, at);
}

void ReadState::unknown_reference(std::string message, const ReadPlace& place, SourcePos at) {
  report(environment.lenient ? Severity::warning : Severity::error, DiagnosticCode::unknown_reference, std::move(message), place, at);
}

void ReadState::skipped(const PolicyType& type, const ReadPlace& place, SourcePos at) {
  if (!skipped_.insert(type.element).second) return;
  std::string message = "'" + std::string(type.element) + "' is known to API Management but not to this build; it is skipped";
  message += type.holds_policies ? ", and the policies in it run once, in order" : " when requests run";
  for (const Diagnostic& known : diagnostics_.items())
    if (known.code == DiagnosticCode::unsupported_policy && known.message == message) return;
  warning(DiagnosticCode::unsupported_policy, std::move(message), place, at);
}

std::shared_ptr<const std::string> ReadState::kept_name(std::string_view file) {
  std::shared_ptr<const std::string>& kept = kept_names_[file];
  if (!kept) kept = std::make_shared<const std::string>(file);
  return kept;
}

PolicyText ReadState::read_text(std::string_view raw, SourcePos at, const ReadPlace& place, NamedValues rule) {
  PolicyText out{std::string(raw), at, is_expression(raw), true};
  if (!may_hold_named_value(raw)) return out;
  const bool in_expression = out.is_expression;
  out.text = replace_named_values(raw, [&](const NamedValueToken& token) -> std::optional<std::string> {
    auto value = environment.named_value ? environment.named_value(token.name) : std::nullopt;
    if (value && (rule == NamedValues::markup || rule == NamedValues::optional_markup)) value = text_for_markup(raw, token.offset, *value);
    const bool is_optional = rule == NamedValues::optional || rule == NamedValues::optional_markup;
    if (value || is_optional || (in_expression && token.is_in_more_braces)) {
      if (value) bytes_put_in_ += value->size();
      return bytes_put_in_ > named_values_inserted_bytes_max ? std::nullopt : std::move(value);
    }
    unknown_reference("the named value '" + std::string(token.name) + "' does not exist; add it, or correct the name in {{" +
                          std::string(token.name) + "}}",
                      place, position_in(raw, token.offset, at));
    out.is_certain = false;
    return "1";
  });
  if (out.text != raw) out.written = raw;
  if (bytes_put_in_ > named_values_inserted_bytes_max)
    error(DiagnosticCode::limit_exceeded,
          "the named values put into this document are longer than " + std::to_string(named_values_inserted_bytes_max) +
              " bytes in all; use fewer or shorter ones",
          place, at);
  // A value that was an expression stays one, and one that begins like an expression was meant to be: the compiler says what is wrong.
  const std::string_view trimmed = trim(out.text);
  out.is_expression =
      in_expression || is_expression(trimmed) || (starts_expression(trimmed, 0) && expression_end(trimmed, 0) == std::string_view::npos);
  return out;
}

}  // namespace gatelet
