// XML of C# expressions: what is parsed can be written, and what is written is parsed to the same again; what is refused says why.
#include "expr/scratch.hpp"
#include "expr/xml.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

static std::string written(cs::Evaluation& run, const cs::XNode& node, bool indents) {
  const cs::String* text = cs::xml_text(run, node, {.indents = indents});
  require(!run.failed());
  return cs::utf8(*text);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t bytes_max = 64 * 1024;
  Arena arena;
  cs::Scratch scratch(arena);
  cs::Evaluation& run = scratch.run;
  const bool keeps_white_space = size % 2;
  const cs::String& text = *cs::view_of(run, text_of(data, std::min(size, bytes_max)));
  const cs::XNode* document = cs::parse_document(run, text, keeps_white_space);
  if (!document) return require(run.is_aborted() || !run.fault()->message->empty()), 0;
  const std::string first = written(run, *document, false);
  const cs::XNode* again = cs::parse_document(run, *cs::view_of(run, first), true);
  require(again && !run.failed());
  require(written(run, *again, false) == first);
  written(run, *document, true);
  require(cs::deep_equals(run, document, cs::clone(run, *document)));
  return 0;
}
