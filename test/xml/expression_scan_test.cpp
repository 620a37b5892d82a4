#include "xml/expression_scan.hpp"

#include <doctest/doctest.h>

#include "corpora.hpp"
#include "xml_outline.hpp"

using namespace gatelet;

TEST_CASE("expression scan: an expression ends at the bracket that closes it") {
  struct Row {
    std::string expression, behind;
  };
  for (const Row& row : {
           Row{"@(1)", ""},
           Row{"@()", ""},
           Row{"@{ return 1; }", "\"/>"},
           Row{"@(a(b)(c))", ")"},
           Row{"@{ if (a) { b(); } }", " }"},
           Row{"@(a < b && c > d)", "</value>"},
           Row{"@(x.As<JObject>(true))", "</set-body>"},
           Row{R"~(@(a["}"] + '('))~", ")"},
           Row{R"~(@("\")" + "\\"))~", ")"},
           Row{R"~(@('\'' + ')' + '\\' + '"' + '\u0029' + '\x29'))~", ")"},
           Row{"@('\xC3\xA4' + '\xF0\x9F\x98\x80' + ')')", ")"},
           Row{R"~(@(@"c:\" + ")"))~", ")"},
           Row{R"~(@(@"a "")"" b"))~", ")"},
           Row{"@(\"a\nb)\")", ")"},  // the compiler refuses it, with a better message
           Row{"@{ // don't }\n return 1; }", "}"},
           Row{"@{ // \"\r return 1; }", "}"},
           Row{"@{ /* } \" ' */ return 1; }", "}"},
           Row{"@(a / b)", ""},
           Row{"@(\"</value>\" + '<')", "</value>"},
           Row{"@(a </* c */ b)", ""},
           Row{"@{ return (a]); }", ""},  // other brackets are the compiler's business
           Row{"@(a } b)", ""},
           Row{"@(x == 'text')", ""},  // no C#, but its end is clear
           Row{"@(x == '')", ""},
           Row{"@(@class.$name)", ""},
           Row{"@(@(1))", ")"},
       }) {
    CAPTURE(row.expression);
    const std::string& expression = row.expression;
    const std::string text = "ab" + expression + row.behind;
    CHECK(expression_end(text, 2) == 2 + expression.size());
  }
}

TEST_CASE("expression scan: holes of interpolated strings are code") {
  for (const std::string expression : {
           R"~(@($"{a}"))~",
           R"~(@($"{context.Variables["x"]}"))~",
           R"~(@($"{(a ? ")" : "}")}"))~",
           R"~(@($"({{"))~",
           R"~(@($"}})"))~",
           R"~(@($"\")"))~",
           R"~(@($@"\{a}"")"))~",
           R"~(@(@$"\{a}"")"))~",
           R"~(@($"{$"{$"{b[")"]}"}"}"))~",
           R"~(@($"{new { a = 1 }}"))~",
           R"~(@($"{a:HH:mm//}"))~",
           R"~(@($"{a:yyyy'T'HH}"))~",
           R"~(@($"{a,-10:N2}"))~",
           R"~(@($"{global::System.Guid.Empty}"))~",
           R"~(@{ return $"{a}" + "}"; })~",
       }) {
    CAPTURE(expression);
    CHECK(expression_end(expression + ")}", 0) == expression.size());
  }
}

TEST_CASE("expression scan: what has no end has none") {
  for (const std::string text : {
           "@(",
           "@{",
           "@(a",
           "@(\")",
           "@(\"\\",
           "@('\\",
           "@(@\")",
           "@($\"{",
           "@($\"{)",
           "@($\"{a:",
           "@($@\")",
           "@(//)",
           "@(/*)",
           "@(a</value><value>)</value>",  // no C# has "</" before a letter
           "@[a]",
           "@",
           "",
       }) {
    CAPTURE(text);
    CHECK(expression_end(text, 0) == std::string::npos);
  }
  CHECK(expression_end("(a)", 0) == std::string::npos);
  CHECK(expression_end("@(a)", 4) == std::string::npos);
  CHECK(expression_end("@(a)", 40) == std::string::npos);
}

TEST_CASE("expression scan: interpolated strings nest to a limit") {
  const std::string open = "@($\"";
  const std::string inside = test::repeated("{$\"", expression_holes_max) + test::repeated("\"}", expression_holes_max);
  CHECK(expression_end(open + inside + "\")", 0) == open.size() + inside.size() + 2);
  CHECK(expression_end(open + "{$\"" + inside + "\"}\")", 0) == std::string::npos);
}

TEST_CASE("expression scan: a value is an expression, holds one, or neither") {
  struct Row {
    std::string value;
    bool is, has;
  };
  for (const Row& row : {
           Row{"@(1)", true, false},
           Row{" \r\n\t@{ return 1; }\n ", true, false},
           Row{"@(1) ", true, false},
           Row{"@(1)x", false, true},
           Row{"@(1)@(2)", false, true},
           Row{"Bearer @(a[\"b\"])", false, true},
           Row{"a@(b @(c)", false, true},
           Row{"@(1", false, false},
           Row{"a@(b", false, false},
           Row{"me@example.org", false, false},
           Row{"{{name}}", false, false},
           Row{"", false, false},
           Row{"@", false, false},
       }) {
    CAPTURE(row.value);
    CHECK(is_expression(row.value) == row.is);
    CHECK(has_embedded_expression(row.value) == row.has);
  }
}

TEST_CASE("expression scan: every published expression is one, to its last bracket") {
  const test::CorpusJson json = test::read_corpus_json("expressions.json", 1381);
  if (!json.document) return;
  size_t count = 0;
  for (yyjson_val* entry : test::items(json.root())) {
    const std::string text = test::text_of(entry, "text");
    CAPTURE(text);
    CHECK(is_expression(text));
    CHECK(expression_end(text + ")}\"'", 0) == text.size());
    ++count;
  }
  CHECK(count == 1381);
}
