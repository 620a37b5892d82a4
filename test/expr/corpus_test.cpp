// Expressions of public policies: what compiles, and that what is broken in its repository is refused.
#include "corpora.hpp"
#include "evaluate.hpp"

using namespace gatelet;

// Named values stand for text before C# is read.
static std::string with_named_values(std::string text) {
  for (size_t start = text.find("{{"); start != std::string::npos; start = text.find("{{", start)) {
    const size_t end = text.find("}}", start);
    if (end == std::string::npos) break;
    text.replace(start, end + 2 - start, "1");
  }
  return text;
}

// Of the 1,368 valid ones: one uses XmlDocument, which is outside the allow-list.
static constexpr int compiled_least = 1367;

TEST_CASE("expressions of public policies compile, broken ones are refused with a place") {
  const test::CorpusJson json = test::read_corpus_json("expressions.json", 1381);
  if (!json.document) return;
  int compiled_count = 0;
  for (yyjson_val* item : test::items(json.root())) {
    const std::string text = with_named_values(test::text_of(item, "text"));
    const auto compiled = compile_expression(text, ExpressionType::any, {1, 1});
    if (test::text_of(item, "status").starts_with("valid")) {
      compiled_count += static_cast<bool>(compiled);
      continue;
    }
    CAPTURE(text);
    CHECK_FALSE(compiled);
    if (!compiled) CHECK(compiled.error().at.line >= 1);
  }
  CHECK(compiled_count >= compiled_least);
}
