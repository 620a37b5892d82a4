#include "config/buffered_bodies.hpp"

#include <algorithm>

namespace gatelet {

static void add_notes(Diagnostics& notes, const Api& api, const std::string& name, const Program& program, uint8_t needs) {
  for (const BodyNeeds body : {needs_request_body, needs_response_body}) {
    if (!(needs & body)) continue;
    const auto first = std::ranges::find_if(program.code, [&](const Instruction& step) { return step.needs & body; });
    const Origin& origin = *first->origin;
    notes.add({Severity::note, DiagnosticCode::buffered_body,
               name + " holds the " + (body == needs_request_body ? "request" : "response") + " body in memory, because '" +
                   origin.element + "' needs it whole",
               origin.file ? *origin.file : std::string(), origin.at, "api " + api.key});
  }
}

Diagnostics buffered_bodies(const Config& config) {
  Diagnostics notes;
  for (const Api& api : config.apis) {
    for (const Operation& operation : api.operations) {
      const std::string name = (api.facts.is_current_revision ? api.facts.id : api.key) + "/" + operation.facts.id;
      const uint8_t needs = operation.program ? operation.program->needs : static_cast<uint8_t>(needs_no_body);
      if (operation.program) add_notes(notes, api, name, *operation.program, needs);
      for (size_t i = 0; i < operation.product_programs.size(); ++i)
        if (const auto& program = operation.product_programs[i])
          add_notes(notes, api, name + "/" + config.products[api.products[i]].facts.id, *program, program->needs & ~needs);
    }
  }
  return notes;
}

}  // namespace gatelet
