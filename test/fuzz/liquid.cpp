// A Liquid template and, behind a line of three hyphens, the body it sees: what is refused says where; what is rendered stays inside its
// budgets, and comes out the same a second time.
#include "base/limits.hpp"
#include "expr/scratch.hpp"
#include "liquid/template.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

namespace {

constexpr size_t bytes_max = 100'000;
constexpr std::string_view line = "\n---\n";

struct Rendering {
  bool has_failed = false;
  std::string text;
};

Rendering render(const liquid::Template& made, std::string_view body, bool is_option_set) {
  Arena arena;
  cs::NoContext context;
  cs::Budget budget;
  budget.steps = 200'000;
  cs::Evaluation run(arena, context, budget);
  const liquid::Scene scene{run, {is_option_set, is_option_set}};
  liquid::Global globals[] = {{"body", {}}, {"context", liquid::part(liquid::Part::context)}};
  if (const cs::String& text = *cs::view_of(run, body); body.starts_with('<')) {
    if (const cs::XNode* document = cs::parse_document(run, text, false)) globals[0].value = value_of(scene, *document);
  } else if (const cs::JToken* token = cs::read_json(run, text, cs::JsonRoot::any, is_option_set)) {
    globals[0].value = value_of(scene, *token);
  }
  run.take_fault();
  Rendering out;
  SourcePos at;
  out.has_failed = !made.render(scene, globals, bytes_max, out.text, at);
  require(out.has_failed == run.failed());
  require(out.text.size() <= bytes_max);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input = text_of(data, size);
  const std::string_view source = input.substr(0, input.find(line));
  const std::string_view body = source.size() == input.size() ? std::string_view() : input.substr(source.size() + line.size());
  for (const auto naming : {liquid::Naming::csharp, liquid::Naming::ruby}) {
    const bool is_option_set = size % 2 == 0;
    std::vector<liquid::TemplateProblem> problems;
    const auto made = liquid::Template::read(source, {naming, is_option_set}, problems);
    require(made || !problems.empty());
    for (const liquid::TemplateProblem& problem : problems) require(!problem.message.empty() && problem.at);
    if (!made) continue;
    const Rendering first = render(*made, body, is_option_set), second = render(*made, body, is_option_set);
    require(first.has_failed == second.has_failed && first.text == second.text);
  }
  return 0;
}
