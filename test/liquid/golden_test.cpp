// golden-liquid, as DotLiquid uses it: what it skips and what it fails is left out by its own list (dotliquid_rules.json), and of the rest
// what needs files or Ruby's dates, which API Management's Liquid has not.
#include <algorithm>
#include <set>

#include "corpora.hpp"
#include "liquid_world.hpp"

using namespace gatelet;
using namespace gatelet::test;

namespace {

// JSON with comments: those of whole lines, and those behind a comma.
std::string without_comments(const std::string& text) {
  std::string out;
  bool is_quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') is_quoted = !is_quoted;
    if (!is_quoted && text.compare(i, 2, "//") == 0) i = std::min(text.find('\n', i), text.size() - 1);
    out += text[i];
  }
  return out;
}

struct Rules {
  std::set<std::string> left_out;  // groups and cases
  CorpusJson json;
  std::string other_result(const std::string& name) const {
    return text_of(yyjson_obj_get(json.root(), "alternate_test_expectations"), name.c_str());
  }
  bool has_other_result(const std::string& name) const {
    return yyjson_obj_get(yyjson_obj_get(json.root(), "alternate_test_expectations"), name.c_str()) != nullptr;
  }
};

Rules read_rules(const std::filesystem::path& path) {
  Rules rules;
  const std::string text = without_comments(read_bytes(path));
  rules.json.document.reset(yyjson_read(text.data(), text.size(), YYJSON_READ_ALLOW_TRAILING_COMMAS));
  for (const char* list : {"skipped_groups", "skipped_tests", "failing_tests"})
    for (yyjson_val* name : items(yyjson_obj_get(rules.json.root(), list))) rules.left_out.insert(yyjson_get_str(name));
  return rules;
}

std::string json_text(yyjson_val* value) {
  size_t size = 0;
  char* text = yyjson_val_write(value, 0, &size);
  const std::string copy(text, size);
  std::free(text);
  return copy;
}

// With an error of either kind; or, where only a strict reading is one, with what is printed otherwise.
bool is_passed(yyjson_val* test, const std::string& wanted, const LiquidResult& result) {
  const bool must_fail = yyjson_is_true(yyjson_obj_get(test, "error"));
  if (!must_fail) return !result.has_failed && result.text == wanted;
  const bool is_strict = yyjson_is_true(yyjson_obj_get(test, "strict")), has_other = !wanted.empty();
  return result.has_failed || ((is_strict || has_other) && result.text == wanted);
}

}  // namespace

TEST_CASE("golden-liquid: what DotLiquid passes is passed") {
  const auto folder = find_corpus("golden-liquid/golden_liquid_as_used_by_dotliquid.json", 991);
  if (!folder) return;
  const Rules rules = read_rules(folder->parent_path() / "dotliquid_rules.json");
  REQUIRE(rules.left_out.size() > 200);
  const CorpusJson corpus = read_corpus_json("golden-liquid/golden_liquid_as_used_by_dotliquid.json", 991);
  int count = 0, passed = 0;
  std::string failed;
  for (yyjson_val* group : items(yyjson_obj_get(corpus.root(), "test_groups"))) {
    const std::string group_name = text_of(group, "name");
    if (rules.left_out.count(group_name)) continue;
    for (yyjson_val* test : items(yyjson_obj_get(group, "tests"))) {
      const std::string name = group_name + " - " + text_of(test, "name"), source = text_of(test, "template");
      const bool needs_files = source.find("{% include") != std::string::npos || source.find("{% render") != std::string::npos;
      const bool has_ruby_format = group_name == "liquid.golden.date_filter" && source.find("'%") != std::string::npos;
      if (rules.left_out.count(name) || needs_files || has_ruby_format) continue;
      const std::string wanted = rules.has_other_result(name) ? rules.other_result(name) : text_of(test, "want");
      const LiquidResult result =
          render_liquid(source, {.naming = liquid::Naming::ruby, .json = json_text(yyjson_obj_get(test, "context"))});
      ++count;
      if (is_passed(test, wanted, result))
        ++passed;
      else
        failed += name + "\n  " + source + "\n  wanted " + wanted + "\n  got    " + result.text + result.problem + "\n";
    }
  }
  MESSAGE("golden-liquid: " << passed << " of " << count << " passed\n" << failed);
  CHECK(count > 600);
  CHECK(passed * 100 >= count * 98);
}
