#include <doctest/doctest.h>

#include "route/naive_matcher.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

// A fixed sequence (xorshift64*), so that a failure comes again.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  size_t below(size_t limit) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<size_t>((state_ * 0x2545F4914F6CDD1D) >> 33) % limit;
  }
  const std::string& of(const Texts& texts) { return texts[below(texts.size())]; }

 private:
  uint64_t state_;
};

const Texts patterns = {"a",        "b",     "A", "v1",  "longer-literal-1", "longer-literal-2", "{#}", "{#}", "v{#}",
                        "v{#}-{#}", "{#}.x", "*", "{*#}"};
const Texts segments = {"a",
                        "b",
                        "B",
                        "v1",
                        "v",
                        "V1-2",
                        "v-",
                        "v1-2.x",
                        "m.X",
                        ".x",
                        "c",
                        "longer-literal-1",
                        "LONGER-literal-2",
                        "longer-literal-3",
                        "",
                        "a;rev=2",
                        "b;rev=1",
                        "%2F",
                        ";rev=2"};
const Texts template_queries = {"", "", "", "?x={x}", "?x=1", "?y={y}", "?x={x}&y=2"};
const Texts request_queries = {"", "", "x=1", "x=2&y=2", "y=", "Y=2&x", "z=1", "x=2&x=1"};
const Texts methods = {"GET", "GET", "POST", "LOCK"};

std::string some_template(Dice& dice) {
  std::string text;
  int parameters = 0;
  for (size_t depth = dice.below(5); depth > 0; --depth) {
    std::string pattern = dice.of(patterns);
    const bool is_rest = pattern.find('*') != std::string::npos;
    for (size_t at = pattern.find('#'); at != std::string::npos; at = pattern.find('#'))
      pattern.replace(at, 1, "p" + std::to_string(parameters++));
    text += "/" + pattern;
    if (is_rest) break;
  }
  if (text.empty() || dice.below(6) == 0)
    text += text.empty() ? "/" : text.back() == '*' || text.find("{*") != std::string::npos ? "" : "/";
  return text + dice.of(template_queries);
}

std::vector<RouteApi> some_apis(Dice& dice) {
  std::vector<RouteApi> apis;
  for (const char* path : {"", "a", "b", "a/b", "b/longer-literal-1/a"}) {
    if (dice.below(3) == 0) continue;
    for (const char* revision : {"1", "2"}) {
      if (revision[0] == '2' && dice.below(3) != 0) continue;
      std::vector<std::string> operations;
      for (size_t count = dice.below(14); count > 0; --count) {
        std::string operation = dice.of(methods) + " ";
        operation += some_template(dice);
        operations.push_back(operation);
      }
      apis.push_back(api("at-" + std::string(path) + ";rev=" + revision, path, operations));
      apis.back().revision = revision;
      apis.back().is_current = revision[0] == '1';
    }
  }
  return apis;
}

// The templates' own path with something in the place of parameters.
std::string filled(const std::string& url_template, const std::string& value) {
  std::string path;
  for (size_t at = 0; at < url_template.size(); ++at) {
    if (url_template[at] != '{') {
      path += url_template[at];
      continue;
    }
    path += value;
    at = url_template.find('}', at);
  }
  return path;
}

// Half of the paths are made of segments, half of a template of one of the APIs.
std::string some_path(Dice& dice, const std::vector<RouteApi>& apis) {
  std::string path;
  const RouteApi* api = apis.empty() || dice.below(2) == 0 ? nullptr : &apis[dice.below(apis.size())];
  if (api && !api->operations.empty()) {
    const std::string& text = api->operations[dice.below(api->operations.size())].url_template;
    path = (api->path.empty() ? "" : "/" + api->path) + filled(text.substr(0, text.find('?')), dice.of(segments));
  } else {
    for (size_t count = 1 + dice.below(6); count > 0; --count) path += "/" + dice.of(segments);
  }
  return path + (dice.below(4) == 0 ? "/" : "");
}

std::vector<std::string> many_operations(size_t count) {
  Dice dice(7);
  std::vector<std::string> operations;
  for (size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    const std::string shapes[] = {"/common/prefix/of/all/leaf-" + number, "/common/{a}/r" + number + "/{b}",
                                  "/common/prefix/r" + number + "/{*rest}",
                                  "/tenants/{tenant}/collection-" + number + "/items/{item}/part"};
    operations.push_back((i % 2 ? "GET " : "PUT ") + shapes[dice.below(4)]);
  }
  return operations;
}

}  // namespace

TEST_CASE("router: agrees with a naive matcher on 40,000 random requests to 200 random configurations") {
  Dice dice(42);
  size_t matched = 0;
  for (int round = 0; round < 200; ++round) {
    const Routes routes(some_apis(dice));
    for (int i = 0; i < 200; ++i) {
      const std::string method = dice.of(methods);
      const std::string path = some_path(dice, routes.apis);
      const std::string query = dice.of(request_queries);
      const std::string text = method + " " + path + (query.empty() ? "" : "?" + query);
      const std::string expected = naive_match(routes.apis, method, path, query);
      const std::string actual = routes.match(text);
      matched += actual[0] != '-';
      if (actual == expected) continue;
      CAPTURE(round);
      CAPTURE(text);
      REQUIRE(actual == expected);
    }
  }
  CHECK(matched > 8'000);
}

TEST_CASE("router: finds each of 10,000 operations of one API, and agrees with a naive matcher on their neighbours") {
  const Routes routes({api("big", "big", many_operations(10'000))});
  REQUIRE(routes.diagnostics.count() == 0);
  for (const RouteOperation& operation : routes.apis[0].operations) {
    const std::string text = operation.method + " /big" + filled(operation.url_template, "x");
    const std::string expected = "big " + operation.name;
    CAPTURE(text);
    REQUIRE(routes.match(text).substr(0, expected.size()) == expected);
  }
  for (size_t i = 0; i < routes.apis[0].operations.size(); i += 1000) {
    const std::string path = filled(routes.apis[0].operations[i].url_template, "prefix");
    for (const char* end : {"", "/", "/more", "9"}) {
      const std::string text = "GET /big" + path + end;
      CAPTURE(text);
      CHECK(routes.match(text) == naive_match(routes.apis, "GET", "/big" + path + end, ""));
    }
  }
}
