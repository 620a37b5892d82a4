// Micro-benchmarks of expressions: JSON bodies of 4 KB, beside what our own reader of JSON takes for the same text.
#include <cstdlib>
#include <string>

#include "base/json.hpp"
#include "expr/context_model.hpp"
#include "expr/expression.hpp"
#include "expr/json.hpp"
#include "http/message.hpp"
#include "micro.hpp"

using namespace gatelet;

namespace {

class BenchContext final : public cs::ContextModel {
 public:
  explicit BenchContext(Arena& arena) : message(arena) {}
  int64_t utc_ticks() override { return cs::unix_epoch_ticks; }
  void random_bytes(void*, size_t) override {}
  void own(void* object, void (*destroy)(void*)) override { destroy(object); }
  Request* request() override { return &message; }
  Request message;
};

std::string order_body() {
  std::string items;
  for (int i = 0; i < 32; ++i) {
    const std::string number = std::to_string(i);
    items += (i ? "," : "") + std::string("{\"id\":") + number + ",\"name\":\"article " + number + "\",\"price\":" + number +
             ".25,\"tags\":[\"a\",\"b\"],\"stock\":null,\"available\":true,\"note\":\"as ordered\"}";
  }
  return "{\"order\":\"A-1\",\"customer\":{\"name\":\"Ada\",\"city\":\"Turin\"},\"created\":\"2024-02-29T13:05:09Z\",\"items\":[" + items + "]}";
}

// 30 statements: reads, conversions, a loop, changes, a new object, text.
constexpr std::string_view block = R"(@{
  var body = context.Request.Body.As<JObject>(preserveContent: true);
  var order = (string)body["order"];
  var customer = (JObject)body["customer"];
  var name = customer.Value<string>("name");
  var city = customer.Value<string>("city");
  var items = (JArray)body["items"];
  var total = 0.0;
  var count = 0;
  foreach (var item in items) {
    total += (double)item["price"];
    if ((bool)item["available"]) { count++; }
  }
  var first = (JObject)items[0];
  var last = items.Last;
  var id = (int)last["id"];
  first["name"] = name + " " + id;
  first.Remove("note");
  customer["orders"] = count;
  body["total"] = total;
  var missing = body["missing"];
  var has = missing == null ? "no" : "yes";
  var created = (DateTime)body["created"];
  var year = created.Year;
  var tags = string.Join(",", first["tags"].Select(t => (string)t));
  var result = new JObject(new JProperty("order", order), new JProperty("year", year));
  result["customer"] = customer;
  result["tags"] = tags;
  result.Add("has", has);
  result["city"] = city.ToUpper();
  result["first"] = first;
  result["path"] = (string)body.SelectToken("items[1].name");
  return result.ToString(Formatting.None);
})";

}  // namespace

int main(int argc, char** argv) {
  Micro micro(argc, argv);
  const std::string body = order_body();
  const auto expression = compile_expression(block, ExpressionType::text, {1, 1});
  if (!expression) return std::fprintf(stderr, "%s\n", expression.error().message.c_str()), 1;
  Arena arena;
  micro.run("json/own reader, 4 KB", [&] { keep(Json::parse(body)); });
  micro.run("json/read as JToken, 4 KB", [&] {
    BenchContext context(arena);
    cs::Evaluation run(arena, context);
    keep(cs::read_json(run, *cs::view_of(run, body), cs::JsonRoot::any));
    arena.clear();
  });
  const Buffer buffer = Buffer::copy(body);
  micro.run("json/block of 30 statements, 4 KB", [&] {
    BenchContext context(arena);
    context.message.body = Body::from(buffer);
    cs::Evaluation run(arena, context);
    keep((*expression)->run(run));
    if (run.failed()) std::abort();
    arena.clear();
  });
  return micro.finish();
}
