// JSON as expressions read it: what is refused says where; what was read, written and read again is written the same.
#include "expr/json.hpp"
#include "expr/registry.hpp"
#include "expr/scratch.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cs::registry();  // links the types
  Arena arena;
  cs::NoContext context;
  cs::Evaluation run(arena, context);
  const cs::JToken* token = cs::read_json(run, *cs::view_of(run, text_of(data, size)), cs::JsonRoot::any);
  if (!token) return require(run.failed() && (run.is_aborted() || cs::utf8(*run.fault()->message).find(" Path '") != cs::npos)), 0;
  const cs::String* once = cs::json_text(run, *token, size % 2 != 0);
  const cs::JToken* again = run.failed() ? nullptr : cs::read_json(run, *once, cs::JsonRoot::any);
  if (run.is_aborted()) return 0;
  require(again);
  require(cs::equal(*once, *cs::json_text(run, *again, size % 2 != 0)) || run.is_aborted());
  require(cs::deep_equals(run, again, cs::clone(run, *again)) || run.is_aborted());
  return 0;
}
