// JSON as expressions read it: what is refused says where; what was read, written and read again is written the same. And the text as a
// path.
#include "expr/json.hpp"
#include "expr/registry.hpp"
#include "expr/scratch.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

static void select_below(cs::Evaluation& run, const cs::String& path) {
  static constexpr std::string_view tree = R"({"a":[{"b":1,"c":"x"},{"b":2.5,"c":null}],"b":{"c":"2024-02-29T13:05:09Z","d e":true}})";
  const auto parsed = cs::JsonPath::parse(path);
  if (!parsed) return require(!parsed.error().message.empty());
  const cs::JToken* root = cs::read_json(run, *cs::view_of(run, tree), cs::JsonRoot::any);
  for (bool is_strict : {false, true}) {
    const auto found = (*parsed)->select(run, *root, is_strict);
    require(found.empty() || !run.failed());
    run.take_fault();
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cs::registry();  // links the types
  Arena arena;
  cs::NoContext context;
  cs::Evaluation run(arena, context);
  const cs::String& text = *cs::view_of(run, text_of(data, size));
  select_below(run, text);
  if (run.is_aborted()) return 0;
  const cs::JToken* token = cs::read_json(run, text, cs::JsonRoot::any);
  if (!token) return require(run.failed() && (run.is_aborted() || cs::utf8(*run.fault()->message).find(" Path '") != cs::npos)), 0;
  const cs::String* once = cs::json_text(run, *token, size % 2 != 0);
  const cs::JToken* again = run.failed() ? nullptr : cs::read_json(run, *once, cs::JsonRoot::any);
  if (run.is_aborted()) return 0;
  require(again);
  require(cs::equal(*once, *cs::json_text(run, *again, size % 2 != 0)) || run.is_aborted());
  require(cs::deep_equals(run, again, cs::clone(run, *again)) || run.is_aborted());
  return 0;
}
