// YAML of configurations: what is refused says where and why, and what was read can be written as JSON and is the same value then.
#include "base/json.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Result<Json> yaml = Json::parse_yaml(text_of(data, size), 1 << 20);
  if (!yaml) return require(!yaml.error().message.empty() && yaml.error().at), 0;
  const Result<Json> json = Json::parse(yaml->text());
  require(json && *json == *yaml && json->canonical() == yaml->canonical());
  return 0;
}
