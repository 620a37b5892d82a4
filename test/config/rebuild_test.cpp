// Building a configuration from the one before it: the result is the same as from nothing, and only what changed is compiled.
#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

#include "base/arena.hpp"
#include "config/build.hpp"
#include "config/compiled_policies.hpp"
#include "fake_context.hpp"

using namespace gatelet;

namespace {

using Resources = std::map<std::string, std::string>;  // key → properties as JSON

std::shared_ptr<const Config> build(const Resources& resources, std::shared_ptr<const Config> previous = nullptr) {
  std::string items;
  for (const auto& [key, value] : resources) items += std::string(items.empty() ? "" : ",") + "{\"k\":\"" + key + "\",\"v\":" + value + "}";
  Diagnostics diagnostics;
  const ResourceSet set = resources_from_document("{\"resources\":[" + items + "]}", "test.json", diagnostics);
  BuildOptions options;
  options.policies = builtin_policies();
  options.previous = std::move(previous);
  return build_config(set, options, std::move(diagnostics));
}

std::string policy_text(const std::string& text) { return R"({"format":"rawxml","value":")" + text + "\"}"; }
std::string inbound(const std::string& policies) { return policy_text("<policies><inbound><base />" + policies + "</inbound></policies>"); }
std::string header(const std::string& name, const std::string& value) {
  return "<set-header name='" + name + "'><value>" + value + "</value></set-header>";
}

// Everything one can see of a configuration, in words; also what the programs do.
class Description {
 public:
  explicit Description(const Config& config) : config_(config) {
    text += "revision " + config.revision + (config.usable ? " usable\n" : " not usable\n");
    for (const Diagnostic& problem : config.diagnostics.items()) text += problem.scope + " " + format(problem) + "\n";
    for (const std::string& key : config.quarantined) text += "quarantined " + key + "\n";
    for (const auto& [id, upstream] : config.backends) text += "backend " + id + " " + upstream->url.text() + "\n";
    add("unmatched", config.unmatched.get());
    for (const Api& api : config.apis) add(api);
    for (const std::string path : {"/a0/x", "/a1/x/1", "/a1/y", "/a2/z/1/2", "/b", "/nothing"}) add_route(path);
  }
  std::string text;

 private:
  void add(const std::string& name, const Program* program) {
    text += name + (program ? "\n" : " without a program\n");
    if (!program) return;
    for (const Program::Range& range : program->sections) text += std::to_string(range.first) + "-" + std::to_string(range.last) + " ";
    for (const Instruction& step : program->code)
      text += "\n  " + step.origin->path + " " + std::string(text_of(step.origin->scope)) + " " + std::to_string(step.origin->at.line) +
              ":" + std::to_string(step.origin->at.column) + " jump " + std::to_string(step.jump) + " needs " + std::to_string(step.needs);
    test::FakeContext context;
    context.run(*program, Section::inbound);
    for (const HeaderField& line : context.request.headers.fields())
      text += "\n  " + std::string(line.name) + ": " + std::string(line.value);
    text += "\n  " + std::string(context.request.target.path) + " to " + context.upstream->url.text() + "\n";
  }

  void add(const Api& api) {
    text += "api " + api.key + " at " + api.facts.path + " to " + (api.upstream ? api.upstream->url.text() : "-") + "\n";
    if (api.is_quarantined) return;
    add("unmatched", api.unmatched.get());
    for (const Operation& operation : api.operations) {
      add(operation.facts.id + " " + operation.facts.method + operation.facts.url_template, operation.program.get());
      for (const auto& program : operation.product_programs) add("in a product", program.get());
      add_effective(api, operation, "");
      for (const uint32_t product : api.products) add_effective(api, operation, config_.products[product].facts.id);
    }
  }

  void add_effective(const Api& api, const Operation& operation, const std::string& product) {
    const auto effective = effective_policy(config_, api.key, operation.facts.id, product);
    text += effective ? *effective : effective.error().message;
  }

  void add_route(const std::string& path) {
    Arena arena;
    Request request(arena);
    request.scheme = "https";
    request.target.path = path;
    const RouteMatch match = config_.router->match(request, arena);
    text += path + " → " + std::to_string(match.api) + "/" + std::to_string(match.operation) + "\n";
  }

  const Config& config_;
};

// Changes a configuration at random: what APIs hold, what they refer to, and what is wrong with them.
class Editor {
 public:
  explicit Editor(uint32_t seed) : random_(seed) {}

  void edit(Resources& resources) {
    const std::string owner = api();
    switch (pick(15)) {
      case 0:
        change(resources, "namedValues/n" + number(3), R"({"displayName":"n)" + number(3) + R"(","value":"v)" + number(4) + "\"}");
        break;
      case 1: change(resources, "policyFragments/f" + number(3), policy_text("<fragment>" + statement() + "</fragment>")); break;
      case 2: change(resources, "backends/b" + number(3), R"({"url":"http://b)" + number(4) + R"(.test"})"); break;
      case 3: change(resources, "policies/policy", policy_text("<policies><inbound>" + statement() + "</inbound></policies>")); break;
      case 4: change(resources, "products/p" + number(2) + "/policies/policy", inbound(statement())); break;
      case 5: change(resources, "products/p" + number(2), R"({"apis":["a)" + number(3) + R"(","a)" + number(3) + R"("]})"); break;
      case 6: change(resources, owner, R"({"path":"a)" + number(3) + R"(","serviceUrl":"http://s)" + number(3) + R"(.test"})"); break;
      case 7:
      case 8: change(resources, owner + "/policies/policy", inbound(statement())); break;
      case 10: change(resources, "loggers/l" + number(3), R"({"loggerType":"azureMonitor"})"); break;
      case 9: change(resources, operation(owner), R"({"method":"GET","urlTemplate":"/)" + template_text() + "\"}"); break;
      default: change(resources, operation(owner) + "/policies/policy", inbound(statement() + statement()));
    }
  }

 private:
  size_t pick(size_t count) { return random_() % count; }
  std::string number(size_t count) { return std::to_string(pick(count)); }
  std::string api() { return "apis/a" + number(3); }
  std::string operation(const std::string& owner) { return owner + "/operations/o" + number(3); }
  std::string template_text() { return std::array{"x", "x/{id}", "y", "z/{id}/{item}"}[pick(4)]; }

  std::string statement() {
    switch (pick(13)) {
      case 8: return "<log-to-eventhub logger-id='l" + number(3) + "'>x</log-to-eventhub>";
      case 0: return "<include-fragment fragment-id='f" + number(3) + "' />";
      case 1: return "<set-backend-service backend-id='b" + number(3) + "' />";
      case 2: return "<rewrite-uri template='/r/{id}' />";
      case 3: return "<xsl-transform />";
      case 4: return "<set-hedaer />";
      case 5: return "<choose><when condition='true'>" + header("C", number(3)) + "</when></choose>";
      case 6: return header("X", "{{n" + number(3) + "}}");
      case 7: return "<set-header";
      default: return header("H" + number(3), number(3));
    }
  }

  void change(Resources& resources, const std::string& key, const std::string& value) {
    if (pick(5) == 0)
      resources.erase(key);
    else
      resources[key] = value;
  }

  std::mt19937 random_;
};

// Two APIs of two operations; all of the second depends on named value, fragment and backend, and it is in a product.
Resources sound_resources() {
  return {{"namedValues/n", R"({"displayName":"n","value":"v"})"},
          {"policyFragments/f", policy_text("<fragment>" + header("F", "f") + "</fragment>")},
          {"backends/b", R"({"url":"http://b.test"})"},
          {"products/p", R"({"apis":["a1"]})"},
          {"products/p/policies/policy", inbound(header("P", "p"))},
          {"apis/a0", R"({"path":"a0"})"},
          {"apis/a0/policies/policy", inbound(header("A", "a"))},
          {"apis/a0/operations/o0", R"({"method":"GET","urlTemplate":"/x"})"},
          {"apis/a0/operations/o0/policies/policy", inbound(header("O", "0"))},
          {"apis/a0/operations/o1", R"({"method":"GET","urlTemplate":"/y"})"},
          {"apis/a1", R"({"path":"a1"})"},
          {"apis/a1/policies/policy",
           inbound("<include-fragment fragment-id='f' /><log-to-eventhub logger-id='l'>x</log-to-eventhub>" + header("N", "{{n}}"))},
          {"apis/a1/operations/o0", R"({"method":"GET","urlTemplate":"/x"})"},
          {"apis/a1/operations/o0/policies/policy", inbound("<set-backend-service backend-id='b' />")},
          {"apis/a1/operations/o1", R"({"method":"GET","urlTemplate":"/y"})"}};
}

}  // namespace

TEST_CASE("rebuild: what comes out does not depend on whether there was a configuration before") {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    Editor editor(seed);
    Resources resources;
    std::shared_ptr<const Config> previous;
    for (int step = 0; step < 150; ++step) {
      editor.edit(resources);
      previous = build(resources, previous);
      const Description anew(*build(resources));
      CAPTURE(seed);
      CAPTURE(step);
      REQUIRE(Description(*previous).text == anew.text);
    }
  }
}

TEST_CASE("rebuild: only what changed, or depends on what changed, is compiled again") {
  struct Row {
    const char* key;
    std::string value;  // empty: the resource is removed
    size_t documents_read, programs_made;
  };
  const Row rows[] = {
      {"apis/a0/operations/o2", R"({"method":"GET","urlTemplate":"/new"})", 0, 0},
      {"apis/a0/operations/o0/policies/policy", inbound(header("O", "1")), 1, 1},
      {"apis/a0/policies/policy", inbound(header("A", "b")), 1, 2},
      {"apis/a0/policies/policy", "", 0, 1},
      {"namedValues/n", R"({"displayName":"n","value":"w"})", 1, 4},
      {"policyFragments/f", policy_text("<fragment>" + header("F", "g") + "</fragment>"), 1, 4},
      {"backends/b", R"({"url":"http://c.test"})", 1, 2},
      {"loggers/l", R"({"loggerType":"azureMonitor"})", 1, 4},
      {"loggers/other", R"({"loggerType":"azureMonitor"})", 0, 0},
      {"products/p/policies/policy", inbound(header("P", "q")), 1, 2},
      {"policies/policy", policy_text("<policies><inbound /></policies>"), 1, 7},
      {"namedValues/other", R"({"displayName":"other","value":"v"})", 0, 0},
      {"apis/a0", R"({"path":"elsewhere","serviceUrl":"http://s.test"})", 0, 0},
  };
  const auto previous = build(sound_resources());
  REQUIRE_FALSE(previous->diagnostics.has_errors());
  CHECK(previous->compiled->documents_read == 5);
  CHECK(previous->compiled->programs_made == 7);
  for (const Row& row : rows) {
    Resources resources = sound_resources();
    resources[row.key] = row.value;
    if (row.value.empty()) resources.erase(row.key);
    const auto next = build(resources, previous);
    CAPTURE(row.key);
    CHECK(next->compiled->documents_read == row.documents_read);
    CHECK(next->compiled->programs_made == row.programs_made);
  }
}

TEST_CASE("rebuild: a configuration lives without the one that it was built from") {
  auto first = build(sound_resources());
  const auto second = build(sound_resources(), first);
  const std::string before = Description(*second).text;
  first.reset();
  CHECK(Description(*second).text == before);
}
