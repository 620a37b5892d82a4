// JSON of configurations: what is refused says where and why, a value knows its place, and what was read is itself when it is written and
// read again, in either form.
#include "base/json.hpp"
#include "base/json_text.hpp"
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

// The quick reader accepts the same texts, and reads the same out of them.
static void check_quick(const Json& json, const JsonText& quick) {
  require(static_cast<int>(json.kind()) == static_cast<int>(quick.kind) && json.size() == quick.count);
  if (!quick.is_compound() && !quick.is_null()) require(json.scalar_text() == quick.text);
  size_t index = 0;
  for (const JsonText& item : quick.items()) check_quick(json[index++], item);
  for (const JsonText& member : quick.members()) {
    require(json.members()[index].name == member.name);
    check_quick(json.members()[index++].value, member);
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(data, size);
  const Result<Json> json = Json::parse(text, 1 << 20);
  Arena arena;
  const JsonText* const quick = size > 1 << 20 ? nullptr : JsonText::read(text, arena);
  require(static_cast<bool>(json) == (quick != nullptr));
  if (!json) return require(!json.error().message.empty() && json.error().at), 0;
  check_quick(*json, *quick);
  check_places(*json, size + 1);
  check_same(*json, json->text());
  check_same(*json, json->canonical());
  return 0;
}
