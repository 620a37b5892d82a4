// validate-content: size, content type, and JSON, XML or SOAP of a body against the definition of the operation (policies-a.md 6.1).
#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "expr/xml.hpp"
#include "policies/body_text.hpp"
#include "policies/elements.hpp"
#include "policies/validation.hpp"
#include "policy/definition.hpp"
#include "policy/expression_context.hpp"
#include "policy/json_schema.hpp"
#include "policy/xml_schema.hpp"

namespace gatelet {

namespace {

// What a schema that is looked up gave: it, or the error that says why there is none.
struct FoundSchema {
  std::shared_ptr<const JsonSchema> schema = nullptr;
  std::string_view definition = {};
  std::string_view problem = {};
  bool is_missing_definition = false;
};

class ContentTypeMap {
 public:
  void read(PolicyReader& in) {
    any_ = in.optional_literal("any-content-type-value").value_or("");
    missing_ = in.optional_literal("missing-content-type-value").value_or("");
    for (PolicyReader* child : in.children("type")) {
      Rule rule{lower(trim(child->optional_literal("from").value_or(""))), std::nullopt, lower(trim(child->required_literal("to")))};
      if (child->has("when")) rule.when = child->required_bool("when");
      if (rule.from.empty() == !rule.when)
        child->error(DiagnosticCode::missing_value, "'type' needs either the attribute 'from' or the attribute 'when'", child->at());
      rules_.push_back(std::move(rule));
    }
  }
  uint8_t needs() const {
    uint8_t needs = needs_no_body;
    for (const Rule& rule : rules_) needs |= rule.when ? rule.when->needs() : static_cast<uint8_t>(needs_no_body);
    return needs;
  }
  // False: context.fail() was called. `type` in lower case.
  bool apply(Context& context, std::string_view& type) const {
    for (const Rule& rule : rules_) {
      bool holds = !rule.from.empty() && rule.from == type;
      if (rule.when && !rule.when->get(context, holds)) return false;
      if (holds) return type = rule.to, true;
    }
    if (type.empty() && !missing_.empty())
      type = missing_;
    else if (!type.empty() && !any_.empty())
      type = any_;
    return true;
  }

 private:
  struct Rule {
    std::string from;
    std::optional<BoolValue> when;
    std::string to;
  };
  std::string any_;
  std::string missing_;
  std::vector<Rule> rules_;
};

class ValidateContent final : public Policy {
 public:
  explicit ValidateContent(PolicyReader& in)
      : unspecified_(ActionValue::required(in, "unspecified-content-type-action")),
        size_max_(in.required_integer("max-size", {1, validated_content_bytes_max})),
        too_large_(ActionValue::required(in, "size-exceeded-action")),
        variable_(in.optional_literal("errors-variable-name").value_or("")),
        is_response_(in.acts_on_response()) {
    for (PolicyReader* child : in.children("content-type-map", {.most = 1})) map_.read(*child);
    for (PolicyReader* child : in.children("content")) read_content(*child);
  }

  bool uses_definition() const override { return true; }
  uint8_t needs() const override {
    uint8_t needs = unspecified_.needs() | size_max_.needs() | too_large_.needs() | map_.needs() | body_need(is_response_);
    for (const Content& content : contents_) needs |= content.action.needs();
    return needs;
  }

  Flow run(Context& context) const override {
    const OperationDefinition* operation = context.operation ? context.operation->definition.get() : nullptr;
    const BodyTarget target = body_target(context, is_response_);
    if (!operation || target.body.bytes.empty()) return Flow::next;
    std::string_view type = context.arena.copy(lower(media_type(target.headers.get(HeaderId::content_type))));
    ValidationErrors errors(context, variable_, is_response_);
    if (!map_.apply(context, type)) return Flow::fail;
    std::string_view plain;
    const bool is_readable = read_body_bytes(context, target, plain);
    if (!is_readable) plain = target.body.bytes.view();
    if (!check_size(context, static_cast<int64_t>(plain.size()), errors)) return Flow::fail;
    const auto& representations = representations_of(context, *operation);
    const auto representation = std::ranges::find(representations, type, &RepresentationDefinition::content_type);
    const RepresentationDefinition* promised = representation == representations.end() ? nullptr : &*representation;
    const Content* content = content_for(type);
    ValidationAction action;
    if (!content || (!promised && content->schema_id.empty())) {
      if (!unspecified_.get(context, action)) return Flow::fail;
      const std::string_view details = context.arena.concat("Unspecified content type ", type, " is not allowed.");
      errors.add({type, body_type(), "Unspecified", details, told(details)}, action);
      return errors.finish();
    }
    if (!content->action.get(context, action)) return Flow::fail;
    if (action == ValidationAction::ignore) return errors.finish();
    const Checked checked{type, action};
    std::string_view text;
    if (is_readable && read_as_text(context, target.headers, plain, text))
      check_body(context, text, *content, *operation, promised, checked, errors);
    else
      add_exception(context, "The body cannot be read as text.", checked, errors);
    return errors.finish();
  }

 private:
  struct Content {
    std::string type;  // in lower case; empty: any of the definition
    size_t language;   // of `languages`
    ActionValue action;
    std::string schema_id;
    std::string schema_ref;
    SchemaOverrides overrides;
  };
  struct Checked {
    std::string_view type;
    ValidationAction action;
  };
  enum Language : size_t { json, xml, soap };
  static constexpr std::string_view unknown_schema = "API's schema does not exist or it could not be resolved.";

  void read_content(PolicyReader& in) {
    Content content;
    content.type = lower(trim(in.optional_literal("type").value_or("")));
    if (!in.has("validate-as")) in.error(DiagnosticCode::missing_value, "'content' needs the attribute 'validate-as'", in.at());
    content.language = in.literal_choice("validate-as", {"json", "xml", "soap"});
    if (content.language != json && !XmlSchema::is_supported())
      in.warning(DiagnosticCode::unsupported_feature, "this build has no XML Schema, so that no body conforms; build it with libxml2",
                 in.at("validate-as"));
    content.action = ActionValue::required(in, "action");
    content.schema_id = lower(trim(in.optional_literal("schema-id").value_or("")));
    content.schema_ref = in.optional_literal("schema-ref").value_or("#");
    if (in.has("allow-additional-properties")) content.overrides.allows_additional = in.literal_bool("allow-additional-properties", true);
    content.overrides.ignores_case = in.literal_bool("case-insensitive-property-names", false);
    contents_.push_back(std::move(content));
  }

  std::string_view body_type() const { return is_response_ ? "ResponseBody" : "RequestBody"; }
  std::string_view told(std::string_view details) const { return is_response_ ? validation_internal_error : details; }

  const std::vector<RepresentationDefinition>& representations_of(const Context& context, const OperationDefinition& operation) const {
    static const std::vector<RepresentationDefinition> none;
    if (!is_response_) return operation.representations;
    const ResponseDefinition* promised = operation.response(context.response.status);
    return promised ? promised->representations : none;
  }

  // The one of the type, else the one of all types.
  const Content* content_for(std::string_view type) const {
    const auto own = std::ranges::find(contents_, type, &Content::type);
    const auto found = own != contents_.end() ? own : std::ranges::find(contents_, std::string_view(), &Content::type);
    return found == contents_.end() ? nullptr : &*found;
  }

  // Of a compressed body the bytes count that it stands for.
  bool check_size(Context& context, int64_t size, ValidationErrors& errors) const {
    int64_t size_max = 0;
    ValidationAction action;
    if (!size_max_.get(context, size_max) || !too_large_.get(context, action)) return false;
    if (size <= size_max) return true;
    Arena& arena = context.arena;
    const std::string_view start =
        arena.concat(is_response_ ? "Response" : "Request", "'s body is ", decimal(arena, size), " bytes long and it exceeds the ");
    const std::string_view end = arena.concat("limit of ", decimal(arena, size_max), " bytes.");
    errors.add({"", body_type(), "SizeLimit", arena.concat(start, "configured ", end), told(arena.concat(start, end))}, action);
    return true;
  }

  FoundSchema schema_for(Context& context, const Content& content, const OperationDefinition& operation,
                         const RepresentationDefinition* promised) const {
    if (content.schema_id.empty()) {
      if (promised->schema) return {promised->schema, promised->type_name};
      if (promised->type_name.empty()) return {.problem = "API's schema does not specify definitions."};
      return {.definition = promised->type_name, .is_missing_definition = true};
    }
    const SchemaDocument* document = document_for(content.schema_id, operation);
    if (!document || !document->json) return {.problem = unknown_schema};
    const std::string_view definition = content.schema_ref == "#" ? std::string_view(content.schema_id) : content.schema_ref;
    auto schema = document->json->find(content.schema_ref);
    const bool is_missing = schema == nullptr;
    return {std::move(schema), context.arena.copy(definition), {}, is_missing};
  }

  // A schema of the service, else of the API.
  static const SchemaDocument* document_for(std::string_view id, const OperationDefinition& operation) {
    for (const auto* documents : {operation.service_schemas.get(), operation.api_schemas.get()})
      if (const auto found = documents->find(id); found != documents->end()) return &found->second;
    return nullptr;
  }

  // Null: `problem` says why there is none. The definition of an API names the one of a representation, or has just one.
  static const XmlSchema* xml_schema_for(const Content& content, const OperationDefinition& operation,
                                         const RepresentationDefinition* promised, std::string_view& problem) {
    if (!content.schema_id.empty()) {
      const SchemaDocument* document = document_for(content.schema_id, operation);
      if (!document || !document->xml) problem = unknown_schema;
      return document ? document->xml.get() : nullptr;
    }
    const auto is_fit = [&](const auto& one) {
      return one.second.xml && (promised->schema_id.empty() || promised->schema_id == one.first);
    };
    const auto found = std::ranges::find_if(*operation.api_schemas, is_fit);
    if (found != operation.api_schemas->end()) return found->second.xml.get();
    problem = "API's schema does not specify definitions.";
    return nullptr;
  }

  void check_body(Context& context, std::string_view text, const Content& content, const OperationDefinition& operation,
                  const RepresentationDefinition* promised, const Checked& checked, ValidationErrors& errors) const {
    Arena& arena = context.arena;
    if (content.language != json) {
      std::string_view problem;
      const XmlSchema* schema = xml_schema_for(content, operation, promised, problem);
      return schema ? check_xml(context, text, *schema, content, checked, errors)
                    : errors.add({"", "ApiSchema", "", problem}, checked.action);
    }
    const FoundSchema found = schema_for(context, content, operation, promised);
    if (!found.problem.empty()) return errors.add({"", "ApiSchema", "", found.problem}, checked.action);
    if (found.is_missing_definition)
      return errors.add({checked.type, body_type(), "MissingDefinition",
                         arena.concat("API's schema does not contain definition ", found.definition,
                                      ", which is associated with the content type ", checked.type, ".")},
                        checked.action);
    const Result<Json> value = Json::parse(text, text.size());
    if (!value) return differ(context, found.definition, {value.error().message + ".", value.error().at}, checked, errors);
    tell_check(context, found.schema->check(*value, content.overrides), found.definition, checked, errors);
  }

  void tell_check(Context& context, const SchemaCheck& check, std::string_view definition, const Checked& checked,
                  ValidationErrors& errors) const {
    for (const SchemaProblem& problem : check.problems) {
      if (check.outcome == SchemaCheck::Outcome::impossible) return add_exception(context, problem.message, checked, errors);
      differ(context, definition, problem, checked, errors);
    }
  }

  void differ(Context& context, std::string_view definition, const SchemaProblem& problem, const Checked& checked,
              ValidationErrors& errors) const {
    Arena& arena = context.arena;
    const std::string_view place =
        arena.concat(" Line: ", decimal(arena, problem.at.line), ", Position: ", decimal(arena, problem.at.column));
    const std::string_view details =
        arena.concat("Body of the ", is_response_ ? "response" : "request", " does not conform to the definition ", definition,
                     ", which is associated with the content type ", checked.type, ". ", problem.message, place);
    errors.add({checked.type, body_type(), "IncorrectMessage", details, told(details)}, checked.action);
  }

  void add_exception(Context& context, std::string_view why, const Checked& checked, ValidationErrors& errors) const {
    const std::string_view details = context.arena.concat("Body of the ", is_response_ ? "response" : "request",
                                                          " cannot be validated for the content type ", checked.type, ". ", why);
    errors.add({"", body_type(), "ValidationException", details}, checked.action);
  }

  // Our own reader first: its limits hold, and what both readers take is no riddle.
  void check_xml(Context& context, std::string_view text, const XmlSchema& schema, const Content& content, const Checked& checked,
                 ValidationErrors& errors) const {
    ContextRun run(context);
    run.evaluation.grant_memory(text.size() * expression_memory_body_factor);
    if (cs::parse_document(run.evaluation, *cs::view_of(run.evaluation, text), false)) {
      const auto form = content.language == soap ? XmlSchema::Form::soap : XmlSchema::Form::document;
      const std::string_view definition = content.schema_id.empty() ? std::string_view("of the API") : content.schema_id;
      return tell_check(context, schema.check(text, form), context.arena.copy(definition), checked, errors);
    }
    const std::string_view details =
        context.arena.concat("Body of the ", is_response_ ? "response" : "request", " is no XML. ", fault_message(run.evaluation));
    errors.add({checked.type, body_type(), "IncorrectMessage", details, told(details)}, checked.action);
  }

  ActionValue unspecified_;
  IntegerValue size_max_;
  ActionValue too_large_;
  std::string variable_;
  bool is_response_;
  ContentTypeMap map_;
  std::vector<Content> contents_;
};

}  // namespace

std::unique_ptr<Policy> read_validate_content(PolicyReader& in) { return std::make_unique<ValidateContent>(in); }

}  // namespace gatelet
