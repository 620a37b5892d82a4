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

// The one marked so uses XmlDocument, which is known here, and gives a string to AddSeconds, which C# refuses.
static constexpr std::string_view has_wrong_argument = "valid-type-outside-allowlist";

TEST_CASE("expressions of public policies compile, broken ones are refused with a place") {
  const test::CorpusJson json = test::read_corpus_json("expressions.json", 1381);
  if (!json.document) return;
  for (yyjson_val* item : test::items(json.root())) {
    const std::string text = with_named_values(test::text_of(item, "text"));
    const auto compiled = compile_expression(text, ExpressionType::any, {1, 1});
    const std::string status = test::text_of(item, "status");
    CAPTURE(text);
    CHECK(static_cast<bool>(compiled) == (status.starts_with("valid") && status != has_wrong_argument));
    if (!compiled) CHECK(compiled.error().at.line >= 1);
    if (!compiled && status == has_wrong_argument)
      CHECK(compiled.error().message == "Argument 1: cannot convert from 'string' to 'double'");
  }
}
