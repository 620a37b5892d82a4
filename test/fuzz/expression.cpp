// Code of expressions, as @(…) and as @{…}: it compiles, or is refused with a reason and a place inside the text. The same twice.
#include <algorithm>
#include <string>

#include "expr/expression.hpp"
#include "property.hpp"

using namespace gatelet;
using namespace gatelet::fuzz;

// A column is a byte; one past the end of its line is where something is missing.
static void require_inside(std::string_view text, SourcePos at) {
  require(at.line >= 1 && at.column >= 1);
  for (uint32_t line = 1; line < at.line; ++line) {
    const size_t end = text.find('\n');
    require(end != std::string_view::npos);
    text.remove_prefix(end + 1);
  }
  require(at.column <= std::min(text.find('\n'), text.size()) + 1);
}

static void check(const std::string& text, ExpressionType wanted) {
  const auto compiled = compile_expression(text, wanted, {1, 1});
  const auto again = compile_expression(text, wanted, {1, 1});
  require(static_cast<bool>(compiled) == static_cast<bool>(again));
  if (compiled) {
    require((*compiled)->needs() == (*again)->needs());
    return;
  }
  const Error& error = compiled.error();
  require(!error.message.empty() && error.message == again.error().message);
  require_inside(text, error.at);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string code(text_of(data, size));
  const ExpressionType wanted = size % 2 ? ExpressionType::any : ExpressionType::boolean;
  check("@(" + code + ")", wanted);
  check("@{" + code + "}", wanted);
  if (code.starts_with('@')) check(code, wanted);  // files that hold whole expressions
  return 0;
}
