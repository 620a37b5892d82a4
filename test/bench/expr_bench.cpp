// Micro-benchmarks of expressions: conditions over headers, JSON bodies of 4 KB beside what our own reader of JSON takes for the same text, and
// the compilation of the expressions of a corpus.
#include <yyjson.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

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

// Conditions as documents have them; the request has 12 headers, X-Mode among them.
constexpr std::string_view conditions[][2] = {
    {"header comparison (P-5)", R"(@(context.Request.Headers.GetValueOrDefault("X-Mode","") == "a"))"},
    {"comparison of an absent header", R"(@(context.Request.Headers.GetValueOrDefault("X-Absent","") == "a"))"},
    {"method and status", R"(@(context.Request.Method == "POST" || context.Request.Method == "PUT"))"},
    {"text of two headers", R"(@(context.Request.Headers.GetValueOrDefault("X-Mode","") + "/" + context.Request.Headers.GetValueOrDefault("Accept","")))"},
    {"bearer token cut off", R"(@(context.Request.Headers.GetValueOrDefault("Authorization","").Split(' ').Last()))"},
    {"integer arithmetic in a loop of 100", R"(@{ var n = 0; for (int i = 0; i < 100; i++) { n += i % 7; } return n; })"},
};

void add_headers(Request& request) {
  constexpr std::string_view headers[][2] = {
      {"Host", "api.example.com"},          {"User-Agent", "client/1.0"},
      {"Accept", "application/json"},       {"Accept-Encoding", "gzip"},
      {"Authorization", "Bearer abc.d.ef"}, {"Cache-Control", "no-cache"},
      {"Content-Type", "application/json"}, {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
      {"X-Forwarded-For", "203.0.113.7"},   {"X-Request-Id", "17"},
      {"X-Mode", "a"},                      {"X-Tenant", "north"}};
  for (const auto& [name, value] : headers) request.headers.append(name, value);
}

void bench_conditions(Micro& micro, Arena& arena) {
  for (const auto& [name, text] : conditions) {
    const auto expression = compile_expression(text, ExpressionType::any, {1, 1});
    if (!expression) std::fprintf(stderr, "%s\n", expression.error().message.c_str()), std::exit(1);
    Arena request_arena;
    BenchContext context(request_arena);
    add_headers(context.message);
    micro.run("condition/" + std::string(name), [&] {
      cs::Evaluation run(arena, context);
      keep((*expression)->run(run));
      if (run.failed()) std::abort();
      arena.clear();
    });
  }
}

// The valid expressions of the corpus, as they stand there.
std::vector<std::string> corpus() {
  std::vector<std::string> expressions;
  const char* root = std::getenv("GATELET_CORPORA");
  std::ifstream file(std::string(root ? root : "../shared/corpora") + "/expressions.json", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::unique_ptr<yyjson_doc, decltype(&yyjson_doc_free)> document(yyjson_read(text.data(), text.size(), 0), yyjson_doc_free);
  size_t index, count;
  yyjson_val* row;
  yyjson_arr_foreach(yyjson_doc_get_root(document.get()), index, count, row) {
    if (yyjson_equals_str(yyjson_obj_get(row, "status"), "valid")) expressions.emplace_back(yyjson_get_str(yyjson_obj_get(row, "text")));
  }
  return expressions;
}

void bench_compilation(Micro& micro) {
  const std::vector<std::string> expressions = corpus();
  if (expressions.empty()) return std::puts("SKIPPED compile/corpus: no corpora"), void();
  micro.run("compile/all " + std::to_string(expressions.size()) + " valid expressions of the corpus", [&] {
    for (const std::string& text : expressions) keep(compile_expression(text, ExpressionType::any, {1, 1}));
  });
}

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
  bench_conditions(micro, arena);
  bench_compilation(micro);
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
