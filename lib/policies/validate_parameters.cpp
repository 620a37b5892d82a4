// validate-parameters: headers, query and path of the request against the definition of the operation (policies-a.md 6.2).
#include <algorithm>

#include "base/text.hpp"
#include "policies/elements.hpp"
#include "policies/parameter_check.hpp"

namespace gatelet {

namespace {

// Of all, or of the group of one kind: what is not given is as around it.
struct GroupActions {
  ActionValue specified;
  ActionValue unspecified;
  struct Own {
    std::string name;
    ActionValue action;
  };
  std::vector<Own> own;

  uint8_t needs() const {
    uint8_t needs = specified.needs() | unspecified.needs();
    for (const Own& one : own) needs |= one.action.needs();
    return needs;
  }
};

class ValidateParameters final : public Policy {
 public:
  explicit ValidateParameters(PolicyReader& in) : variable_(in.optional_literal("errors-variable-name").value_or("")) {
    all_.specified = ActionValue::required(in, "specified-parameter-action");
    all_.unspecified = ActionValue::required(in, "unspecified-parameter-action");
    read_group(in, "headers", headers_);
    read_group(in, "query", query_);
    read_group(in, "path", path_);
  }

  bool uses_definition() const override { return true; }
  uint8_t needs() const override { return static_cast<uint8_t>(all_.needs() | headers_.needs() | query_.needs() | path_.needs()); }

  Flow run(Context& context) const override {
    const OperationDefinition* operation = context.operation ? context.operation->definition.get() : nullptr;
    if (!operation) return Flow::next;
    ValidationErrors errors(context, variable_, false);
    const bool is_done =
        check_headers(context, *operation, errors) && check_query(context, *operation, errors) && check_path(context, *operation, errors);
    return is_done ? errors.finish() : Flow::fail;
  }

 private:
  static void read_group(PolicyReader& in, std::string_view name, GroupActions& group) {
    for (PolicyReader* child : in.children(name, {.most = 1})) {
      group.specified = ActionValue::optional(*child, "specified-parameter-action");
      if (name != "path") group.unspecified = ActionValue::optional(*child, "unspecified-parameter-action");
      for (PolicyReader* one : child->children("parameter"))
        group.own.push_back({one->required_literal("name"), ActionValue::required(*one, "action")});
    }
  }

  bool action_for(Context& context, const GroupActions& group, std::string_view name, bool is_specified, ValidationAction& out) const {
    for (const GroupActions::Own& own : group.own)
      if (equal_ignoring_case(trim(own.name), name)) return own.action.get(context, out);
    const ActionValue& of_group = is_specified ? group.specified : group.unspecified;
    return (of_group.is_given() ? of_group : is_specified ? all_.specified : all_.unspecified).get(context, out);
  }

  // False: context.fail() was called. `found`: all there are, decoded.
  struct Found {
    std::string_view name;
    std::string_view value;
  };
  bool check_group(Context& context, const GroupActions& group, const std::vector<ParameterDefinition>& defined,
                   const std::vector<Found>& found, const ParameterKind& kind, ValidationErrors& errors) const {
    ValidationAction action;
    for (const ParameterDefinition& definition : defined) {
      std::vector<std::string_view> values;
      for (const Found& one : found)
        if (equal_ignoring_case(one.name, definition.name)) values.push_back(one.value);
      if (!action_for(context, group, definition.name, true, action)) return false;
      check_parameter(context, definition, kind, values, action, errors);
    }
    for (size_t i = 0; i < found.size(); ++i) {
      const auto has_name = [&](const auto& other) { return equal_ignoring_case(other.name, found[i].name); };
      if (std::ranges::any_of(defined, has_name)) continue;
      if (std::any_of(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(i), has_name)) continue;
      if (!action_for(context, group, found[i].name, false, action)) return false;
      refuse_unspecified(context, found[i].name, kind, action, errors);
    }
    return true;
  }

  // The subscription key is the gateway's own.
  bool check_headers(Context& context, const OperationDefinition& operation, ValidationErrors& errors) const {
    std::vector<Found> found;
    for (const HeaderField& field : context.request.headers.fields())
      if (!context.api || !equal_ignoring_case(field.name, context.api->key_header)) found.push_back({field.name, field.value});
    return check_group(context, headers_, operation.headers, found, request_header, errors);
  }

  bool check_query(Context& context, const OperationDefinition& operation, ValidationErrors& errors) const {
    std::vector<Found> found;
    const Query query(context.original_target.query, context.arena);
    for (const QueryParameter& parameter : query.parameters()) {
      const std::string_view name = query_decoded(parameter.name, context.arena);
      const bool is_key = context.api && equal_ignoring_case(name, context.api->key_query);
      if (!is_key && !is_of_template(context, name)) found.push_back({name, query_decoded(parameter.value, context.arena)});
    }
    return check_group(context, query_, operation.query, found, query_parameter, errors);
  }
  // A parameter of the query that the template of the URL names.
  static bool is_of_template(const Context& context, std::string_view name) {
    return std::ranges::any_of(
        context.matched, [&](const MatchedParameter& matched) { return matched.in_query && equal_ignoring_case(matched.name, name); });
  }

  bool check_path(Context& context, const OperationDefinition& operation, ValidationErrors& errors) const {
    std::vector<Found> found;
    for (const MatchedParameter& matched : context.matched) {
      const std::string_view value =
          matched.in_query ? query_decoded(matched.value, context.arena) : percent_decoded(matched.value, context.arena);
      const auto has_name = [&](const ParameterDefinition& definition) { return equal_ignoring_case(definition.name, matched.name); };
      if (std::ranges::any_of(operation.path, has_name)) found.push_back({matched.name, value});
    }
    return check_group(context, path_, operation.path, found, path_parameter, errors);
  }

  GroupActions all_;
  GroupActions headers_;
  GroupActions query_;
  GroupActions path_;
  std::string variable_;
};

}  // namespace

std::unique_ptr<Policy> read_validate_parameters(PolicyReader& in) { return std::make_unique<ValidateParameters>(in); }

}  // namespace gatelet
