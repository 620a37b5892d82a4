/*
 * gatelet_expression: policy expressions, "@(…)" and "@{…}" in C#, evaluated without a gateway: for trying them out and for tests.
 */
#ifndef GATELET_EXPRESSION_H
#define GATELET_EXPRESSION_H

#include "gatelet/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether texts of JSON that look like ISO dates become dates, as in API Management, or stay texts: the setting json.date_parse. */
enum {
  GATELET_JSON_DATES_DATETIME = 0, /* as Json.NET does; such a text prints as MM/dd/yyyy HH:mm:ss */
  GATELET_JSON_DATES_NONE = 1,
};

/*
 * The limits of expressions, the settings expression.limits.*. Zero is the default, which is also the most unless said otherwise. An
 * evaluation that exceeds one fails with ExpressionValueEvaluationFailure; a source that does is refused when it is compiled.
 */
typedef struct gatelet_expression_limits {
  size_t size;
  uint64_t steps;        /* of one evaluation; default 1,000,000, may be more */
  uint64_t memory_bytes; /* of one evaluation, four times the body that it reads on top; default 16 MiB, may be more */
  uint64_t body_bytes;   /* of a body that As<T> reads; default 10 MiB */
  uint32_t string_units; /* of a string, in UTF-16 units; default 8 Mi */
  uint32_t elements;     /* of an array; default 1,000,000 */
  uint32_t call_depth;   /* of lambdas and local functions; default 64 */
  uint32_t regex_steps;  /* of one search of a regular expression; default 1,000,000 */
  uint32_t json_depth;   /* default 64 */
  uint32_t xml_depth;    /* default 128 */
  uint32_t source_bytes; /* of one expression; default 32 KiB, at most 256 KiB */
  uint32_t source_depth; /* of brackets, operators and statements in one another; default 200 */
  uint32_t json_dates;   /* GATELET_JSON_DATES_* */
} gatelet_expression_limits;
#define GATELET_EXPRESSION_LIMITS_INIT \
  { sizeof(gatelet_expression_limits), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/*
 * Evaluates one expression.
 *
 * expression  "@(…)" or "@{…}"
 * context     a JSON object: request, response, variables, api, … as `context` has them, in camelCase, and namedValues; empty: GET
 *             https://gateway.test/ and nothing else
 * failed      may be NULL; receives 1 when the expression did not compile or ended with an exception, else 0
 * out         receives {"type","value","text"} or {"error":{"reason","exception","message","line","column"}} as JSON; the text belongs to
 *             the caller: gatelet_text_destroy() of gatelet/config.h
 *
 * Errors:  GATELET_ERR_ARGUMENT (also a context that is no JSON object), GATELET_ERR_MEMORY. An expression that fails is no error here.
 * Threads: any; runs no longer than the limits of expressions allow.   Since: 1
 */
GATELET_API gatelet_status gatelet_expression_evaluate(gatelet_str expression, gatelet_str context, int32_t* failed, gatelet_str* out,
                                                       gatelet_error** error);

/*
 * The same for one JSON line {"id","expression","context"}; the result has the same id. Since: 1
 */
GATELET_API gatelet_status gatelet_expression_evaluate_line(gatelet_str line, int32_t* failed, gatelet_str* out, gatelet_error** error);

/* Both with limits of the caller's; NULL: the defaults. GATELET_ERR_ARGUMENT also when one is more than is allowed. Since: 1 */
GATELET_API gatelet_status gatelet_expression_evaluate_within(const gatelet_expression_limits* limits, gatelet_str expression,
                                                              gatelet_str context, int32_t* failed, gatelet_str* out,
                                                              gatelet_error** error);
GATELET_API gatelet_status gatelet_expression_evaluate_line_within(const gatelet_expression_limits* limits, gatelet_str line,
                                                                   int32_t* failed, gatelet_str* out, gatelet_error** error);

/* An expression that is compiled once and evaluated often. Immutable. */
typedef struct gatelet_expression gatelet_expression;

/*
 * Compiles an expression.
 *
 * text          "@(…)" or "@{…}"
 * named_values  a JSON object of texts: {{name}} in the expression stands for them; empty: none
 * limits        of the source and of each evaluation; NULL: the defaults
 * out           receives the expression; gatelet_expression_destroy()
 *
 * Errors:  GATELET_ERR_CONFIG (it does not compile: message, line and column say where and why), GATELET_ERR_ARGUMENT, GATELET_ERR_MEMORY
 * Threads: any.   Since: 1
 */
GATELET_API gatelet_status gatelet_expression_compile(gatelet_str text, gatelet_str named_values, const gatelet_expression_limits* limits,
                                                      gatelet_expression** out, gatelet_error** error);
/* Evaluates it: context, failed, out and errors as of gatelet_expression_evaluate(). Threads: any, also several at once. Since: 1 */
GATELET_API gatelet_status gatelet_expression_run(const gatelet_expression* expression, gatelet_str context, int32_t* failed,
                                                  gatelet_str* out, gatelet_error** error);
GATELET_API void gatelet_expression_destroy(gatelet_expression* expression);

#ifdef __cplusplus
}
#endif
#endif
