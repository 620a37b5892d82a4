"""Policy expressions without a gateway, and their limits in one."""
import threading

import gatelet
import pytest
from conftest import api, document
from gatelet import Expression, ExpressionError, ExpressionLimits, ExpressionResult

CONTEXT = {"request": {"method": "POST", "url": "https://shop.test/items?size=7", "headers": {"X-Tag": ["a", "b"]}, "body": '{"n": 12345678901234567890}'}}


@pytest.mark.parametrize(
    "source, result",
    [
        ("@(2 + 3)", ExpressionResult("Int32", 5, "5")),
        ("@(context.Request.Method)", ExpressionResult("String", "POST", "POST")),
        ("@(context.Request.Headers[\"X-Tag\"])", ExpressionResult("String[]", ["a", "b"], "System.String[]")),
        ("@(context.Request.Body.As<JObject>(true)[\"n\"])", ExpressionResult("JValue", 12345678901234567890, "12345678901234567890")),
        ("@(context.Product)", ExpressionResult(None, None, "")),
        ("@{ var text = \"ü\"; return text + text; }", ExpressionResult("String", "üü", "üü")),
    ],
)
def test_an_expression_has_type_value_and_text(source, result):
    assert Expression(source).evaluate(CONTEXT) == result
    assert gatelet.evaluate(source, CONTEXT) == result


def test_it_is_compiled_once_and_evaluated_often_by_any_thread():
    expression = Expression('@(context.Request.Url.Query.GetValueOrDefault("size", "none"))')
    sizes = []

    def use(size):
        sizes.extend(expression.evaluate({"request": {"url": f"https://shop.test/?size={size}"}}).value == str(size) for _ in range(50))

    threads = [threading.Thread(target=use, args=(size,)) for size in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [True] * 200
    assert expression.evaluate().value == "none"


def test_what_does_not_compile_says_where_and_why():
    with pytest.raises(ExpressionError) as raised:
        Expression("@{\n  return context.Nothing;\n}")
    error = raised.value
    assert (error.reason, error.exception, error.line, error.column) == ("ExpressionCompilationFailed", "", 2, 18)
    assert error.message == "'IContext' does not contain a definition for 'Nothing'"
    assert str(error) == f"ExpressionCompilationFailed: 2:18: {error.message}"
    assert isinstance(error, gatelet.GateletError)
    with pytest.raises(ExpressionError, match="ExpressionCompilationFailed: 2:18"):
        gatelet.evaluate("@{\n  return context.Nothing;\n}")


def test_an_exception_is_told_by_its_name():
    expression = Expression('@(int.Parse("x"))')
    for evaluate in (expression.evaluate, lambda: gatelet.evaluate('@(int.Parse("x"))')):
        with pytest.raises(ExpressionError) as raised:
            evaluate()
        assert (raised.value.reason, raised.value.exception) == ("ExpressionValueEvaluationFailure", "FormatException")
        assert raised.value.message == "Input string was not in a correct format."
    assert Expression("@(1)").evaluate().value == 1


def test_named_values_stand_for_their_text():
    assert Expression("@({{count}} + 1)", named_values={"count": "41"}).evaluate().value == 42
    assert gatelet.evaluate('@("{{name}}")', {"namedValues": {"name": "shop"}}).value == "shop"
    with pytest.raises(ExpressionError):
        Expression("@({{count}} + 1)")


def test_a_batch_goes_on_behind_an_error():
    rows = [("@(context.Request.Method)", CONTEXT), ("@(1 +)", None), ('@(int.Parse("x"))', None), ("@(3)", None)]
    results = list(gatelet.evaluate_batch(rows))
    assert [getattr(result, "value", getattr(result, "reason", "")) for result in results] == [
        "POST",
        "ExpressionCompilationFailed",
        "ExpressionValueEvaluationFailure",
        3,
    ]
    assert len(list(gatelet.evaluate_batch((f"@({n} * 2)", None) for n in range(1000)))) == 1000


@pytest.mark.parametrize(
    "use, error, words",
    [
        (lambda: Expression(7), TypeError, "source must be str or bytes"),
        (lambda: Expression("@(1)", named_values=["a"]), TypeError, "named_values must be a mapping"),
        (lambda: Expression("@(1)", limits=7), TypeError, "limits must be a gatelet.ExpressionLimits"),
        (lambda: Expression("@(1)", limits=ExpressionLimits(call_depth=-1)), ValueError, "call_depth must be between 0"),
        (lambda: Expression("@(1)", limits=ExpressionLimits(call_depth=65)), gatelet.ArgumentError, "call_depth of the limits is 65; at most 64 is allowed"),
        (lambda: Expression("@(1)").evaluate([1]), TypeError, "context must be a mapping"),
        (lambda: Expression("@(1)").evaluate({"request": object()}), TypeError, "JSON serializable"),
    ],
)
def test_misuse_says_what_to_do(use, error, words):
    with pytest.raises(error, match=words):
        use()


def test_a_closed_expression():
    with Expression("@(1)") as expression:
        assert repr(expression) == "<gatelet.Expression '@(1)'>"
    expression.close()
    assert repr(expression) == "<gatelet.Expression '@(1)' closed>"
    with pytest.raises(gatelet.ClosedError, match="the expression is closed"):
        expression.evaluate()


LOOP = "@{ var sum = 0; for (var i = 0; i < 1000; i++) { sum += i; } return sum; }"


def test_limits_of_one_expression():
    assert Expression(LOOP).evaluate().value == 499500
    with pytest.raises(ExpressionError, match="ExecutionLimitException: Expression exceeded its execution limit."):
        Expression(LOOP, limits=ExpressionLimits(steps=100)).evaluate()
    with pytest.raises(ExpressionError, match="at most 20 are allowed"):
        Expression(LOOP, limits=ExpressionLimits(source_bytes=20))


def test_dates_of_json_stay_texts_where_the_limits_say_so():
    source = """@((string)JArray.Parse("['2024-02-29T13:05:09Z']")[0])"""
    assert Expression(source).evaluate().value == "02/29/2024 13:05:09"
    assert Expression(source, limits=ExpressionLimits(json_dates=False)).evaluate().value == "2024-02-29T13:05:09Z"


def test_limits_of_a_gateway_fail_the_request_and_the_next_is_served():
    policy = f"<policies><inbound><choose><when condition='@(context.Request.Method == \"GET\")'><set-variable name='sum' value='{LOOP}'/></when></choose></inbound></policies>"
    resources = document(api("shop", {"get": "GET /items", "add": "POST /items"}, policy))
    config = gatelet.Config.from_document(resources, strict=True)

    def serve(method, limits):
        with gatelet.Gateway(config, expression_limits=limits) as gateway:
            exchange = gateway.exchange()
            exchange.begin(gatelet.Request(method, "/shop/items", host="shop.test"))
            return exchange.next(), exchange.last_error

    action, _ = serve("GET", None)
    assert isinstance(action, gatelet.Send)
    action, error = serve("GET", ExpressionLimits(steps=500))
    assert (action.status, error.reason) == (500, "ExpressionValueEvaluationFailure")
    action, _ = serve("POST", ExpressionLimits(steps=500))
    assert isinstance(action, gatelet.Send)
    with pytest.raises(gatelet.ConfigError, match="at most 40 are allowed"):
        gatelet.Config.from_document(resources, gatelet.ConfigOptions(expression_limits=ExpressionLimits(source_bytes=40)), strict=True)
    with pytest.raises(gatelet.ArgumentError, match="elements of the limits"):
        gatelet.Gateway(config, expression_limits=ExpressionLimits(elements=2_000_000))
