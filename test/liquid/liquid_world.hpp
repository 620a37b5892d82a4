// A template rendered without a gateway around it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.hpp"
#include "base/limits.hpp"
#include "expr/scratch.hpp"
#include "liquid/template.hpp"

namespace gatelet::test {

struct LiquidWorld {
  liquid::Naming naming = liquid::Naming::csharp;
  std::string json = {};  // each member of this object is a variable
  std::string xml = {};   // body
  liquid::Conversion conversion = {};
  bool is_markup = false;
  size_t bytes_max = transformed_body_bytes_max;
};

struct LiquidResult {
  std::string text;
  std::string problem;  // of the reading, all of them; else of the rendering
  bool has_failed = false;
  uint64_t steps = 0;
};

// 2024-02-29T13:05:09Z.
class FixedClock final : public cs::ContextModel {
 public:
  int64_t utc_ticks() override { return 638'448'087'090'000'000; }
  void random_bytes(void* out, size_t size) override { std::memset(out, 0, size); }
  void own(void* object, void (*destroy)(void*)) override { owned_.emplace_back(object, destroy); }
  ~FixedClock() override {
    for (const auto& [object, destroy] : owned_) destroy(object);
  }

 private:
  std::vector<std::pair<void*, void (*)(void*)>> owned_;
};

inline std::string text_of(const std::vector<liquid::TemplateProblem>& problems) {
  std::string text;
  for (const auto& problem : problems)
    text += std::to_string(problem.at.line) + ":" + std::to_string(problem.at.column) + (problem.is_warning ? ": warning: " : ": ") +
            problem.message + "\n";
  return text;
}

inline LiquidResult render_liquid(std::string_view source, const LiquidWorld& world = {}) {
  LiquidResult result;
  std::vector<liquid::TemplateProblem> problems;
  const auto made = liquid::Template::read(source, {world.naming, world.is_markup}, problems);
  result.problem = text_of(problems);
  result.has_failed = !made;
  if (!made) return result;
  Arena arena;
  FixedClock clock;
  cs::Budget budget;
  budget.steps = liquid_steps_max;
  cs::Evaluation run(arena, clock, budget);
  const liquid::Scene scene{run, world.conversion};
  std::vector<liquid::Global> globals;
  cs::JToken* root =
      world.json.empty() ? nullptr : cs::read_json(run, *cs::view_of(run, world.json), cs::JsonRoot::object, scene.conversion.reads_dates);
  if (root)
    for (const cs::JToken* child : cs::children(*root)) {
      const auto& property = static_cast<const cs::JProperty&>(*child);
      globals.push_back({cs::utf8(run, *property.name), value_of(scene, *property.content)});
    }
  if (!world.xml.empty())
    if (const cs::XNode* document = cs::parse_document(run, *cs::view_of(run, world.xml), false))
      globals.push_back({"body", value_of(scene, *document)});
  globals.push_back({"context", liquid::part(liquid::Part::context)});
  SourcePos at;
  const uint64_t before = run.steps_left();
  result.has_failed = !made->render(scene, globals, world.bytes_max, result.text, at);
  result.steps = before - run.steps_left();
  if (!result.has_failed) return result;
  result.problem += std::to_string(at.line) + ":" + std::to_string(at.column) + ": " +
                    (run.is_aborted() ? std::string(run.abort_reason()) : cs::utf8(*run.fault()->message));
  return result;
}

}  // namespace gatelet::test
