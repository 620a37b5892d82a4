// Expression: the seam for policy expressions. A policy holds values that are either literals or compiled expressions; the compiler is
// handed to the reader of documents. Until the room is filled the compiler is null, and an expression is a load error with its place.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/arena.hpp"
#include "base/result.hpp"

namespace gatelet {

class Context;

enum class ExpressionType { text, boolean, integer, any };
enum BodyNeeds : uint8_t { needs_no_body = 0, needs_request_body = 1, needs_response_body = 2 };

class Expression {
 public:
  virtual ~Expression() = default;
  // The value as text of the arena (booleans "True"/"False", numbers invariant); the error becomes ExpressionValueEvaluationFailure.
  virtual Result<std::string_view> evaluate(Context& context) const = 0;
  // Which bodies must be held in memory before it runs.
  virtual uint8_t needs() const = 0;
};

class ExpressionCompiler {
 public:
  virtual ~ExpressionCompiler() = default;
  // `text` with its "@(" or "@{"; `at` is the place of the '@' in its document.
  virtual Result<std::unique_ptr<const Expression>> compile(std::string_view text, ExpressionType wanted, SourcePos at) const = 0;
};

}  // namespace gatelet
