#include "policies/parameter_check.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "policy/json_schema.hpp"

namespace gatelet {

namespace {

struct Checking {
  Context& context;
  const ParameterDefinition& definition;
  const ParameterKind& kind;
  ValidationAction action;
  ValidationErrors& errors;

  // `details` is told to the caller as well unless it is of the definition or of a response.
  void add(std::string_view rule, std::string_view details, std::string_view public_response) const {
    errors.add({definition.name, kind.type, rule, details, kind.is_response ? validation_internal_error : public_response}, action);
  }
  std::string_view words() const { return context.arena.concat("the ", kind.words, " ", definition.name); }
  void differ(std::string_view problem) const {
    const std::string_view rest = context.arena.concat(words(), " does not conform to the definition. ", problem, " Line: 0, Position: 0");
    add("IncorrectMessage", context.arena.concat("Value of ", rest), context.arena.concat("The value of ", rest));
  }
  void fail_parsing(std::string_view text, std::string_view type) const {
    const std::string_view why = context.arena.concat("'", text, "' is not of the type ", type, ".");
    if (kind.is_response)
      return add("IncorrectMessage", context.arena.concat("Value of ", words(), " couldn't be parsed according to the definition."), {});
    add("IncorrectMessage", context.arena.concat("Value of ", words(), " cannot be parsed according to the definition. ", why),
        context.arena.concat("The value of ", words(), " couldn't be parsed according to the definition. ", why));
  }
};

std::optional<Json> number_from(std::string_view text, bool is_integer) {
  double number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (is_integer && text.find_first_of(".eEnN") != std::string_view::npos) return std::nullopt;
  return Json::from(number);
}

// The value that a text is of a type; a type that is not known is text.
std::optional<Json> scalar_from(std::string_view text, std::string_view type) {
  if (type == "integer" || type == "number") return number_from(text, type == "integer");
  if (type == "boolean") {
    const auto flag = text == "true" || text == "false" ? parse_bool(text) : std::nullopt;
    return flag ? std::optional(Json::from(*flag)) : std::nullopt;
  }
  if (type != "object") return Json::from(text);
  Result<Json> parsed = Json::parse(text, text.size());
  return parsed && parsed->is_object() ? std::optional(*std::move(parsed)) : std::nullopt;
}

// A list is written with commas, or as several values.
std::vector<std::string_view> items_of(std::span<const std::string_view> values) {
  if (values.size() > 1) return {values.begin(), values.end()};
  std::vector<std::string_view> items;
  if (values.empty() || values[0].empty()) return items;
  for (std::string_view item : split(values[0], ',')) items.push_back(trim(item));
  return items;
}

std::optional<Json> value_from(const Checking& checking, std::span<const std::string_view> values, std::string_view type) {
  if (type != "array") {
    auto value = scalar_from(values[0], type);
    if (!value) checking.fail_parsing(values[0], type);
    return value;
  }
  const std::string_view item_type = checking.definition.schema ? checking.definition.schema->item_type() : std::string_view();
  std::vector<Json> items;
  for (std::string_view text : items_of(values)) {
    auto item = scalar_from(text, item_type);
    if (!item) return checking.fail_parsing(text, item_type), std::nullopt;
    items.push_back(*std::move(item));
  }
  return Json::array(std::move(items));
}

}  // namespace

void check_parameter(Context& context, const ParameterDefinition& definition, const ParameterKind& kind,
                     std::span<const std::string_view> values, ValidationAction action, ValidationErrors& errors) {
  const Checking checking{context, definition, kind, action, errors};
  Arena& arena = context.arena;
  if (action == ValidationAction::ignore) return;
  if (values.empty()) return definition.is_required ? checking.differ("A required value is missing.") : void();
  if (!definition.schema && !definition.type_name.empty())
    return errors.add({definition.name, kind.type, "MissingDefinition",
                       arena.concat("API's schema does not contain definition ", definition.type_name, ", which is associated with ",
                                    checking.words(), ".")},
                      action);
  std::string_view type = definition.schema ? definition.schema->type() : std::string_view();
  if (type.empty()) type = definition.type;
  if (values.size() > 1 && type != "array") {
    const std::string_view details =
        arena.concat(kind.is_response ? "Response" : "Request", " cannot contain multiple values for ", checking.words(), ".");
    return checking.add("IncorrectMessage", details, details);
  }
  const auto value = value_from(checking, values, type);
  if (!value) return;
  for (const Json& item : value->is_array() ? value->items() : std::vector<Json>{*value})
    if (!definition.values.empty() && std::ranges::find(definition.values, item.scalar_text()) == definition.values.end())
      return checking.differ(arena.concat("Value ", item.text(), " is not defined in enum."));
  if (!definition.schema) return;
  const SchemaCheck check = definition.schema->check(*value);
  for (const SchemaProblem& problem : check.problems) {
    if (check.outcome == SchemaCheck::Outcome::differs) {
      checking.differ(arena.copy(problem.message));
      continue;
    }
    const std::string_view first = kind.is_response || kind.type == request_header.type ? "Header"
                                   : kind.type == path_parameter.type                   ? "Path parameter"
                                                                                        : "Query parameter";
    errors.add({definition.name, kind.type, "ValidationError",
                arena.concat(first, " ", definition.name, " cannot be validated. ", problem.message)},
               action);
  }
}

void refuse_unspecified(Context& context, std::string_view name, const ParameterKind& kind, ValidationAction action,
                        ValidationErrors& errors) {
  const std::string_view details = context.arena.concat("Unspecified ", kind.words, " ", name, " is not allowed.");
  errors.add({name, kind.type, "Unspecified", details, kind.is_response ? validation_internal_error : details}, action);
}

}  // namespace gatelet
