/*
 * gatelet_expression: policy expressions, "@(…)" and "@{…}" in C#, evaluated without a gateway: for trying them out and for tests.
 */
#ifndef GATELET_EXPRESSION_H
#define GATELET_EXPRESSION_H

#include "gatelet/base.h"

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
}
#endif
#endif
