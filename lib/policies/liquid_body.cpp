#include "policies/liquid_body.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "policies/body_text.hpp"
#include "policy/expression_context.hpp"

namespace gatelet {

namespace liquid_body_rows {

constexpr std::string_view body_name = "body";

// Templates go over whole bodies, so that they have more steps than expressions.
static cs::Budget budget_of(const Context& context) {
  cs::Budget budget = context.services ? context.services->expression_budget : cs::Budget();
  budget.steps = std::max(budget.steps, liquid_steps_max);
  return budget;
}

}  // namespace liquid_body_rows

void LiquidBody::read(PolicyReader& in) {
  is_response_ = in.acts_on_response();
  at_ = in.at();
  const TemplateText text = in.template_body();
  std::vector<liquid::TemplateProblem> problems;
  template_ = liquid::Template::read(text.text, {liquid::Naming::csharp, text.is_markup}, problems);
  for (const liquid::TemplateProblem& problem : problems) {
    const std::string message = "Liquid: " + problem.message;
    if (problem.is_warning)
      in.warning(DiagnosticCode::invalid_value, message, in.at(text, problem.at));
    else
      in.error(DiagnosticCode::invalid_value, message, in.at(text, problem.at));
  }
}

uint8_t LiquidBody::needs() const {
  return sees_body_ && template_ && template_->uses(liquid_body_rows::body_name) ? body_need(is_response_)
                                                                                 : static_cast<uint8_t>(needs_no_body);
}

// By the type of its content; of another type it is nil.
bool LiquidBody::read_body(Context& context, const liquid::Scene& scene, liquid::Value& out) const {
  const BodyTarget target = body_target(context, is_response_);
  const std::string_view type = media_type(target.headers.get(HeaderId::content_type));
  const bool is_json = is_json_type(type), is_xml = is_xml_type(type);
  std::string_view text;
  if (!is_json && !is_xml) return true;
  if (!read_body_text(context, target, text)) return false;
  if (text.empty()) return true;
  scene.run.grant_memory(text.size() * expression_memory_body_factor);
  const cs::String& units = *cs::view_of(scene.run, text);
  if (is_json) {
    const cs::JToken* token = cs::read_json(scene.run, units, cs::JsonRoot::any, scene.conversion.reads_dates);
    if (token && !scene.run.failed()) return out = value_of(scene, *token), true;
  } else {
    const cs::XNode* document = cs::parse_document(scene.run, units, false);
    if (document && !scene.run.failed()) return out = value_of(scene, *document), true;
  }
  return fail_body(context, context.arena.concat("The body is no ", is_json ? "JSON: " : "XML: ", fault_message(scene.run)));
}

bool LiquidBody::render(Context& context, Buffer& out) const {
  ExpressionContext model(context);
  cs::Evaluation run(context.arena, model, liquid_body_rows::budget_of(context));
  const liquid::Scene scene{run, conversion_};
  liquid::Global globals[] = {{liquid_body_rows::body_name, {}}, {"context", liquid::part(liquid::Part::context)}};
  if (needs() != needs_no_body && !read_body(context, scene, globals[0].value)) return false;
  std::string text;
  SourcePos at;
  if (!template_->render(scene, globals, transformed_body_bytes_max, text, at))
    return fail_transformation(context,
                               context.arena.concat("Liquid, line ", std::to_string(at.line), " of the template: ", fault_message(run)));
  out = Buffer::copy(text);
  context.tell("The body was made by the Liquid template.");
  return true;
}

}  // namespace gatelet
