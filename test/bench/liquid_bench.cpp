// Micro-benchmarks of Liquid: a body of 100 orders read, and read and rendered. Both together are to stay below three times the reading.
#include <cstdlib>
#include <string>

#include "liquid/liquid_world.hpp"
#include "micro.hpp"
#include "orders.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

constexpr std::string_view head = "<orders>{% for o in body.orders.order %}";
constexpr std::string_view turn =
    "<order id=\"{{ o.id }}\"><name>{{ o.customer.name }}</name><street>{{ o.customer.street | Escape }}</street><price>{{ o.price "
    "}}</price>"
    "{% if o.open %}<open/>{% endif %}{% for t in o.tags %}<tag>{{ t | Upcase }}</tag>{% endfor %}</order>{% endfor %}</orders>";

void bench_body(Micro& micro, const std::string& name, const std::string& body, bool is_xml) {
  std::vector<liquid::TemplateProblem> problems;
  const auto made = liquid::Template::read(std::string(head) + std::string(turn), {}, problems);
  if (!made) std::abort();
  Arena arena;
  for (const bool renders : {false, true})
    micro.run("liquid: " + name + (renders ? " read and rendered" : " read"), [&] {
      arena.clear();
      FixedClock clock;
      cs::Evaluation run(arena, clock, {.steps = liquid_steps_max});
      const liquid::Scene scene{run, {}};
      const cs::String& text = *cs::view_of(run, body);
      liquid::Global globals[] = {{"body", is_xml ? value_of(scene, *cs::parse_document(run, text, false))
                                                  : value_of(scene, *cs::read_json(run, text, cs::JsonRoot::any))}};
      std::string out;
      SourcePos at;
      if (renders && !made->render(scene, globals, transformed_body_bytes_max, out, at)) std::abort();
      keep(out);
    });
}

}  // namespace

int main(int argc, char** argv) {
  Micro micro(argc, argv);
  bench_body(micro, "JSON of 100 orders", json_orders(), false);
  bench_body(micro, "XML of 100 orders", xml_orders(), true);
  return micro.finish();
}
