// JSON of configurations: what is refused says where and why, a value knows its place, and what was read is itself when it is written and
// read again, in either form.
#include "base/json.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

static void check_places(const Json& value, size_t lines) {
  require(value.at().line >= 1 && value.at().line <= lines && value.at().column >= 1);
  for (const Json& item : value.items()) check_places(item, lines);
  for (const Json::Member& member : value.members()) {
    require(member.at.line >= 1 && member.at.line <= lines && value.find(member.name));
    check_places(member.value, lines);
  }
}

static void check_same(const Json& json, const std::string& written) {
  const Result<Json> again = Json::parse(written);
  require(again && *again == json && json == *again);
  require(again->canonical() == json.canonical());
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(data, size);
  const Result<Json> json = Json::parse(text, 1 << 20);
  if (!json) return require(!json.error().message.empty() && json.error().at), 0;
  check_places(*json, size + 1);
  check_same(*json, json->text());
  check_same(*json, json->canonical());
  return 0;
}
