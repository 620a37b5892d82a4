#!/usr/bin/env python3
"""Expressions by the program: `gatelet eval`, its batch, and the limits as settings, in eval and in a gateway."""
import json
import pathlib
import subprocess
import tempfile

from harness import BINARY, PATIENCE, Backend, Gateway, api, case, contains, equal, policy, run_cases

FAILURE = "ExpressionValueEvaluationFailure"


def run(*arguments, lines=None):
    text = "".join(line + "\n" for line in lines) if lines is not None else None
    return subprocess.run([BINARY, *arguments], input=text, capture_output=True, text=True, timeout=PATIENCE * 4, check=False)


def evaluated(*arguments):
    done = run("eval", *arguments)
    return done.returncode, json.loads(done.stdout)


BODY = "a body of twenty-six bytes"

# A setting, a value below its default, and an expression that needs more than that and less than the default.
LIMITS = [
    ("expression.limits.steps", 500, "@{ var sum = 0; for (var i = 0; i < 1000; i++) { sum += i; } return sum; }"),
    ("expression.limits.memory", 2000, "@(new string('x', 4000).Length)"),
    ("expression.limits.string", 100, "@(new string('x', 101).Length)"),
    ("expression.limits.string", 100, "@{ var text = new StringBuilder(); for (var i = 0; i < 101; i++) { text.Append('x'); } return text.Length; }"),
    ("expression.limits.regex-steps", 100, '@(Regex.IsMatch("aaaaaaaaaaaa!", "^(a+)+$"))'),
    ("expression.limits.body", 10, "@(context.Request.Body.As<string>(true))"),
    ("expression.limits.elements", 10, "@(new int[11].Length)"),
    ("expression.limits.call-depth", 3, "@{ int down(int n) { return n == 0 ? 0 : down(n - 1); } return down(5); }"),
    ("expression.limits.json-depth", 3, '@(JToken.Parse("[[[[1]]]]").ToString())'),
    ("expression.limits.xml-depth", 3, '@(XElement.Parse("<a><b><c><d/></c></b></a>").Name.LocalName)'),
]
SOURCE_LIMITS = [
    ("expression.limits.source", 20, "@(1 + 2 + 3 + 4 + 5 + 6 + 7)", "at most 20 are allowed"),
    ("expression.limits.source-depth", 5, "@(((((((1)))))))", "at most 5 levels are allowed"),
]


@case("eval: type, value and text; exit 1 for an expression that fails, 2 for wrong use")
def _():
    equal(evaluated("@(2 + 3)"), (0, {"type": "Int32", "value": 5, "text": "5"}))
    equal(evaluated("@(context.Nothing)"), (1, {"error": {"reason": "ExpressionCompilationFailed", "message": "'IContext' does not contain a definition for 'Nothing'", "line": 1, "column": 11}}))
    code, answer = evaluated('@(int.Parse("x"))')
    equal((code, answer["error"]["reason"], answer["error"]["exception"]), (1, FAILURE, "FormatException"))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write('{"request": {"method": "PATCH"}}')
        file.flush()
        equal(evaluated("--context", file.name, "@(context.Request.Method)")[1]["text"], "PATCH")
    for arguments, word in (
        (["eval"], "EXPRESSION"),
        (["eval", "--batch", "@(1)"], "EXPRESSION"),
        (["eval", "@(1)", "@(2)"], "@(2)"),
        (["eval", "--context", "/nonexistent", "@(1)"], "/nonexistent"),
        (["eval", "--set", "expression.limits.steps", "@(1)"], "name=value"),
        (["eval", "--set", "expression.limits.call-depth=65", "@(1)"], "'65' is not a number from 1 to 64"),
        (["eval", "--set", "expression.limits.steps=0", "@(1)"], "'0' is not a number from 1 on"),
        (["eval", "--set", "expression.limits.string=many", "@(1)"], "'many' is not a number from 1 to 8388608"),
    ):
        done = run(*arguments)
        equal((done.returncode, done.stdout), (2, ""), str(arguments))
        contains(done.stderr, word, str(arguments))
    contains(run("eval", "--set", "expression.limits.stepps=5", "@(1)").stderr, "did you mean 'expression.limits.steps'")


@case("eval --batch: each line is answered by one with its id; a line that is none is answered by its number")
def _():
    lines = [
        '{"id": 1, "expression": "@(1 + 1)"}',
        "",
        "{oops",
        '{"id": "b", "expression": "@(context.Variables[\\"x\\"])", "context": {"variables": {"x": "y"}}}',
        '{"id": 3}',
        '{"id": 4, "expression": "@(1 +)"}',
    ]
    done = run("eval", "--batch", lines=lines)
    equal(done.returncode, 0, done.stderr)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    equal([answer.get("id") for answer in answers], [1, None, "b", None, 4])
    equal([answer.get("text") for answer in answers], ["2", None, "y", None, None])
    for answer, number in ((answers[1], 3), (answers[3], 5)):
        equal((answer["error"]["reason"], answer["error"]["line"]), ("InvalidLine", number))
        contains(answer["error"]["message"], f"input line {number}: ")
    equal(answers[4]["error"]["reason"], "ExpressionCompilationFailed")


@case("eval --batch: a thousand expressions in one process")
def _():
    done = run("eval", "--batch", lines=[json.dumps({"id": n, "expression": f"@({n} * 2)"}) for n in range(1000)])
    equal([json.loads(line)["value"] for line in done.stdout.splitlines()], [n * 2 for n in range(1000)])


@case("eval: each limit is a setting; what exceeds a lowered one fails")
def _():
    context = {"request": {"method": "POST", "body": BODY}}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(context, file)
        file.flush()
        for name, value, expression in LIMITS:
            equal(evaluated("--context", file.name, expression)[0], 0, name)
            code, answer = evaluated("--context", file.name, "--set", f"{name}={value}", expression)
            equal((code, answer.get("error", {}).get("reason")), (1, FAILURE), name)
            lines = [json.dumps({"expression": expression, "context": context}), '{"expression": "@(1)"}']
            batch = run("eval", "--batch", "--set", f"{name}={value}", lines=lines)
            equal([json.loads(line).get("error", {}).get("reason") for line in batch.stdout.splitlines()], [FAILURE, None], name)
    for name, value, expression, words in SOURCE_LIMITS:
        equal(evaluated(expression)[0], 0, name)
        code, answer = evaluated("--set", f"{name}={value}", expression)
        equal((code, answer["error"]["reason"]), (1, "ExpressionCompilationFailed"), name)
        contains(answer["error"]["message"], words, name)
    equal(evaluated("--set", "expression.limits.steps=100000000", "@{ var n = 0; for (var i = 0; i < 1000000; i++) { n++; } return n; }")[1]["value"], 1000000)


DATE = '{"d": "2024-02-29T13:05:09Z"}'
DATE_READ = '@((string)context.Request.Body.As<JObject>(true)["d"])'


@case("json.date_parse: texts of JSON that look like dates become dates, or stay texts; in eval, behaviour files and a gateway")
def _():
    with tempfile.TemporaryDirectory() as folder:
        context = pathlib.Path(folder) / "context.json"
        context.write_text(json.dumps({"request": {"method": "POST", "body": DATE}}))
        for value, text in (("datetime", "02/29/2024 13:05:09"), ("none", "2024-02-29T13:05:09Z")):
            equal(evaluated("--context", context, "--set", f"json.date_parse={value}", DATE_READ)[1]["text"], text)
            file = pathlib.Path(folder) / f"{value}.test"
            file.write_text(
                f"# json.date_parse = {value}\n[settings]\njson.date_parse = {value}\n[policy api inbound]\n<return-response><set-body>{DATE_READ}</set-body></return-response>\n"
                f"[client sends]\nPOST / HTTP/1.1\n\n{DATE}\n[client receives]\nHTTP/1.1 200 OK\n\n{text}\n"
            )
        equal(evaluated("--context", context, DATE_READ)[1]["text"], "02/29/2024 13:05:09")
        done = run("test", folder)
        equal(done.returncode, 0, done.stdout + done.stderr)
    answer = policy("apis/a;rev=1/", f"<policies><inbound><return-response><set-body>{DATE_READ}</set-body></return-response></inbound></policies>")
    resources = [*api("a", "a", "http://127.0.0.1:1", [("POST", "/x")]), answer]
    with Gateway(resources, settings={"json.date_parse": "none"}) as served:
        equal(served.get("/a/x", method="POST", body=DATE.encode()).body, b"2024-02-29T13:05:09Z")
    done = run("eval", "--set", "json.date_parse=never", "@(1)")
    equal((done.returncode, done.stdout), (2, ""))
    contains(done.stderr, "json.date_parse")


def behaviour(name, value, expression):
    """The expression runs in a gateway for POST only."""
    quoted = expression.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f"""# {name} = {value}
[settings]
{name} = {value}
[policy api inbound]
<choose>
  <when condition='@(context.Request.Method == "POST")'>
    <set-variable name="v" value="{quoted}" />
  </when>
</choose>
<return-response>
  <set-status code="204" />
</return-response>
"""


@case("a gateway: each limit is a setting; a request that exceeds a lowered one fails, and the next is served")
def _():
    refused = f"[client sends]\nPOST / HTTP/1.1\n\n{BODY}\n[client receives partly]\nHTTP/1.1 500 Internal Server Error\n\n[error]\nreason: {FAILURE}\n\n"
    served = "[client sends]\n{} / HTTP/1.1\n\n[client receives]\nHTTP/1.1 204 No Content\n\n"
    with tempfile.TemporaryDirectory() as folder:
        for name, value, expression in LIMITS:
            default = 16777216 if name.endswith("memory") else 1000000 if name.endswith("steps") else 64
            file = pathlib.Path(folder) / name
            file.with_suffix(".lowered.test").write_text(behaviour(name, value, expression) + refused + served.format("GET"))
            if name.endswith(("memory", "steps", "depth")):
                file.with_suffix(".default.test").write_text(behaviour(name, default, expression) + served.format("POST"))
        done = run("test", folder)
        equal(done.returncode, 0, done.stdout)


@case("run: the limits are settings of the gateway, also those of sources, which quarantine an API")
def _():
    loop = policy("apis/a;rev=1/", f"<policies><inbound><set-variable name='v' value='{LIMITS[0][2]}'/></inbound></policies>")
    with Backend() as backend:
        resources = [*api("a", "a", backend.url, [("GET", "/x")]), loop, *api("b", "b", backend.url, [("GET", "/x")])]
        for settings, wanted in (({}, [200, 200]), ({"expression.limits.steps": "500"}, [500, 200]), ({"expression.limits.source": "40"}, [500, 200])):
            with Gateway(resources, settings=settings) as served:
                equal([served.get(path).status for path in ("/a/x", "/b/x")], wanted, str(settings))
    done = run("run", "--config", "/nonexistent", "--set", "expression.limits.json-depth=65")
    equal(done.returncode, 2)
    contains(done.stderr, "setting 'expression.limits.json-depth': '65' is not a number from 1 to 64")


run_cases()
