#!/usr/bin/env python3
"""A folder as the source: loading, watching, quarantine, exit codes, and the commands check, test and --help-settings."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from harness import BINARY, PATIENCE, SOURCE, Backend, Gateway, case, contains, equal, error_body, require_corpus, run_cases, wait_until

STORE = SOURCE / "examples/store"
KEY = ["Ocp-Apim-Subscription-Key: store-demo-key"]
QUICK = {"config.reload.period": "00:00:01"}


def run(*arguments, environment=None):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=PATIENCE * 4, check=False, env={**os.environ, **(environment or {})})


class Store:
    """A copy of the sample store with a recording backend behind it."""

    def __init__(self, settings=None):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name) / "store"
        shutil.copytree(STORE, self.path)
        self.backend = Backend()
        self.gateway = Gateway(self.path, settings={**QUICK, **(settings or {})}, environment={"STORE_BACKEND": self.backend.address})

    def __enter__(self):
        return self

    def __exit__(self, *arguments):
        self.gateway.__exit__(*arguments)
        self.backend.close()
        self.folder.cleanup()


@case("the sample store: policies of every scope, a fragment, named values, a backend resource")
def _():
    with Store() as store:
        answer = store.gateway.get("/catalog/v1/items/4711")
        equal(answer.status, 200)
        equal(answer.header("X-Store"), "Gatelet Sample Store")
        equal(store.backend.requests[-1].target, "/catalog/items/4711")
        store.gateway.get("/catalog/v2/products/4711?lang=en")
        equal(store.backend.requests[-1].target, "/catalog/items/4711?fields=full&lang=en")
        equal(store.backend.requests[-1].header("X-Catalog-Version"), "v2")
        answer = store.gateway.get("/orders/42", KEY)
        equal(store.backend.requests[-1].target, "/orders/42?expand=lines")
        equal(store.backend.requests[-1].header("Ocp-Apim-Subscription-Key"), "")
        equal(answer.header("Cache-Control"), "private, max-age=5")
        equal(answer.header("X-Calls-Left"), "4")
        answer = store.gateway.get("/stock/levels/1", KEY)
        equal(answer.status, 400)
        equal(answer.text, error_body(400, "Say which warehouse: X-Warehouse is north or south."))
        equal(answer.header("X-Store"), "Gatelet Sample Store")
        store.gateway.get("/stock/levels/1", [*KEY, "X-Warehouse: North"])
        equal(store.backend.requests[-1].target, "/warehouse/levels/1")
        answer = store.gateway.get("/stock/levels/1", [*KEY, "X-Warehouse: north"], "PUT")
        equal((answer.status, answer.header("Allow")), (405, "GET"))
        equal(store.gateway.get("/orders/1", KEY).status, 200)
        answer = store.gateway.get("/orders/1", KEY)
        equal(answer.status, 429)
        seconds = answer.header("Retry-After")
        equal(answer.text, error_body(429, f"Rate limit is exceeded. Try again in {seconds} seconds."))


@case("a changed folder is put in force by itself, a broken one leaves the old in force, a mended one follows")
def _():
    with Store() as store:
        value = store.path / "named values/store-name/namedValueInformation.json"
        name = lambda: store.gateway.get("/catalog/v1/items/1").header("X-Store")
        equal(name(), "Gatelet Sample Store")
        value.write_text('{ "properties": { "displayName": "store-name", "value": "Second" } }')
        wait_until(lambda: name() == "Second", "the new value is in force")
        (store.path / "policy.xml").write_text("<policies><inbound><frobnicate/></inbound></policies>")
        store.gateway.wait_log("unknown-element|frobnicate")
        equal(name(), "Second")
        (store.path / "policy.xml").write_text((STORE / "policy.xml").read_text())
        value.write_text('{ "properties": { "displayName": "store-name", "value": "Third" } }')
        wait_until(lambda: name() == "Third", "the mended folder is in force")


@case("a broken API is quarantined: it is not served without its policy, the others are")
def _():
    with Store() as store:
        (store.path / "apis/orders/policy.xml").write_text("<policies><inbound><set-heder/></inbound></policies>")
        store.gateway.wait_log("set-heder")
        equal(store.gateway.get("/catalog/v1/items/1").status, 200)
    # From the start, without an older version to keep.
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "store"
        shutil.copytree(STORE, path)
        (path / "apis/orders/policy.xml").write_text("<policies><inbound><set-heder/></inbound></policies>")
        with Backend() as backend, Gateway(path, environment={"STORE_BACKEND": backend.address}) as gateway:
            equal(gateway.get("/catalog/v1/items/1").status, 200)
            assert gateway.get("/orders/1", KEY).status in (404, 500, 503)
            equal([r.target for r in backend.requests], ["/catalog/items/1"])


@case("run: exit 1 for an unreadable path, no source, an address that is taken; exit 2 for wrong use")
def _():
    rows = [
        (["run", "--config", "/nonexistent/folder"], 1, "/nonexistent/folder"),
        (["run"], 1, "--config"),
        (["run", "--config", str(STORE), "--overrides", "/nonexistent.yaml"], 1, "nonexistent"),
        (["run", "--config", str(STORE), "--listen", "ftp://x"], 1, "ftp://x"),
        (["run", "--frobnicate"], 2, "--frobnicate"),
        (["run", "--config"], 2, "--config"),
        (["run", "--config", str(STORE), "--set", "keys.foreign=maybe"], 2, "strict, lenient"),
        (["frobnicate"], 2, "frobnicate"),
        ([], 2, "usage"),
        (["check"], 2, "PATH"),
        (["check", "/nonexistent"], 1, "/nonexistent"),
        (["test", "/nonexistent"], 1, "/nonexistent"),
    ]
    for arguments, code, word in rows:
        done = run(*arguments, environment={"STORE_BACKEND": "127.0.0.1:1"})
        equal(done.returncode, code, f"{arguments}: {done.stderr}")
        contains(done.stderr, word, str(arguments))
    with Backend() as backend:
        done = run("run", "--config", str(STORE), "--listen", backend.url, environment={"STORE_BACKEND": "127.0.0.1:1"})
        equal(done.returncode, 1)
        contains(done.stderr, str(backend.port))


@case("run: an unknown setting is a warning with the nearest name; environment below flags, env file below environment")
def _():
    with tempfile.NamedTemporaryFile("w", suffix=".env") as file:
        file.write("# comment\nrouting.debug-header=true\ntelemetry.logs.requests=off\n")
        file.flush()
        with Backend() as backend, Gateway(STORE, "--env-file", file.name, "--set", "routing.debug-haeder=true", settings={"telemetry.logs.std": "json"},
                                           environment={"STORE_BACKEND": backend.address, "TELEMETRY_LOGS_REQUESTS": "all", "TELEMETRY_LOGS_STD": "text"}) as gateway:
            contains(gateway.log(), "did you mean 'routing.debug-header'")
            assert gateway.get("/nowhere", ["Gatelet-Debug-Route: 1"]).header("Gatelet-Route-Miss")
            line = gateway.wait_log(r"(?m)^\{.*GatewayLogs.*\}$")[0]
            equal(json.loads(line)["responseCode"], 404)


@case("check: the sample store has no problem; an unset placeholder names itself")
def _():
    done = run("check", str(STORE), "--define", "STORE_BACKEND=127.0.0.1:9")
    equal((done.returncode, done.stdout), (0, ""))
    done = run("check", str(STORE))
    equal(done.returncode, 1)
    contains(done.stdout, "STORE_BACKEND")


@case("check: every problem of a folder with place and code, as text and as JSON")
def _():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "store"
        shutil.copytree(STORE, path)
        (path / "apis/orders/policy.xml").write_text("<policies>\n  <inbound>\n    <set-heder name='a'/>\n  </inbound>\n</policies>")
        (path / "apis/stock/apiInformation.json").write_text('{ "properties": {\n  "path": "stock",\n  oops } }')
        (path / "apis/catalog-v1/specification.yaml").write_text("openapi: 3.0.1\npaths:\n  - wrong\n")
        done = run("check", str(path), "--define", "STORE_BACKEND=127.0.0.1:9")
        equal(done.returncode, 1)
        for wanted in ("apis/orders/policy.xml:3:5: error: ", "[unknown-element]", "apis/stock/apiInformation.json:3:3: error: ", "[invalid-json]",
                       "apis/catalog-v1/specification.yaml:"):
            contains(done.stdout, wanted)
        lines = [json.loads(line) for line in run("check", str(path), "--json", "--define", "STORE_BACKEND=127.0.0.1:9").stdout.splitlines()]
        assert len(lines) >= 3
        for line in lines:
            equal(sorted(line), ["code", "column", "file", "line", "message", "scope", "severity"])


@case("check: below an error stands the line of the file with a caret under the place; a long line is cut around it")
def _():
    rows = [
        # tabs stay, columns are bytes but the caret counts characters
        ("<policies>\n\t<inbound>\n\t\tää\t<set-heder/></inbound></policies>", "3:8", "\t\tää\t<set-heder/></inbound></policies>", "\t\t  \t^"),
        ("\ufeff<policies><inbound>\r\n  <set-heder/>\r\n</inbound></policies>", "2:3", "  <set-heder/>", "  ^"),
        ("<policies><inbound>" + " " * 200 + "<set-heder/>" + " " * 200 + "</inbound></policies>", "1:220", " " * 60 + "<set-heder/>" + " " * 48, " " * 60 + "^"),
        ("<policies><inbound><set-header name='X' exists-action='@(1 +'/></inbound></policies>", "1:56",
         "<policies><inbound><set-header name='X' exists-action='@(1 +'/></inbound></policies>", " " * 55 + "^"),
        # references and what they stand for differ in length
        ("<policies><inbound><base/>\r\n<set-variable name='a' value='@(&quot;a&quot; ==&#10;&quot;ü&quot; &amp;&amp; oops)'/></inbound></policies>", "2:80",
         "<set-variable name='a' value='@(&quot;a&quot; ==&#10;&quot;ü&quot; &amp;&amp; oops)'/></inbound></policies>", " " * 78 + "^"),
        ("<policies><inbound><set-body><![CDATA[@{\r\n  return {{unknown-name}} + oops; }]]></set-body></inbound></policies>", "2:29",
         "  return {{unknown-name}} + oops; }]]></set-body></inbound></policies>", " " * 28 + "^"),
        ("<policies><inbound><base></inbound></policies>\x1b", "1:26", "<policies><inbound><base></inbound></policies> ", " " * 25 + "^"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "policy.xml"
        for text, place, line, caret in rows:
            path.write_bytes(text.encode())
            lines = run("check", str(path)).stdout.split("\n")
            found = [i for i, each in enumerate(lines) if each.startswith(f"{path}:{place}: error: ")]
            assert found, (place, lines)
            equal(lines[found[0] + 1 : found[0] + 3], [line, caret])
            for each in run("check", str(path), "--json").stdout.splitlines():
                json.loads(each)
    # A policy of a resource document shows the line of its own text; a warning has no excerpt.
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"resources": [{"k": "policies/policy", "v": {"format": "rawxml", "value": "<policies>\n\t<inbound><set-heder/></inbound>\n</policies>"}}]}, file)
        file.flush()
        lines = run("check", file.name).stdout.splitlines()
        contains(lines[0], "policies/policy:2:11: error: ")
        equal(lines[1:], ["\t<inbound><set-heder/></inbound>", "\t         ^"])


@case("check: --set takes the settings of run that change what loads, for a document, a folder and a single policy")
def _():
    policies = "<policies><inbound><set-variable name='a' value='@(1 + 2 + 3 + 4 + 5)'/></inbound></policies>"
    with tempfile.TemporaryDirectory() as folder:
        policy, document = pathlib.Path(folder) / "policy.xml", pathlib.Path(folder) / "document.json"
        policy.write_text(policies)
        document.write_text(json.dumps({"resources": [
            {"k": "gateways/g", "v": {"apis": ["a"]}},
            *({"k": f"apis/{name};rev=1", "v": {"path": name, "protocols": ["https"], "serviceUrl": "http://x"}} for name in "ab"),
            {"k": "apis/b;rev=1/policies/policy", "v": {"format": "rawxml", "value": policies}},
        ]}))
        for path in (policy, document):
            equal(run("check", str(path)).returncode, 0, path)
            done = run("check", str(path), "--set", "expression.limits.source=10")
            equal(done.returncode, 1, path)
            contains(done.stdout, "at most 10 are allowed")
        equal(run("check", str(document), "--set", "expression.limits.source=10", "--set", "gateway.name=g").returncode, 0)
        done = run("check", str(document), "--set", "expression.limits.source")
        equal((done.returncode, done.stdout), (2, ""))
        contains(run("check", str(policy), "--set", "gateway.nam=g").stderr, "did you mean 'gateway.name'")


@case("check: a note names each body that an operation holds in memory, and the policy that needs it; none for those that stream")
def _():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "store"
        shutil.copytree(STORE, path)
        text = (path / "apis/orders/operations/getorder/policy.xml").read_text()
        (path / "apis/orders/operations/getorder/policy.xml").write_text(
            text.replace("<inbound>", "<inbound>\n<set-variable name='b' value='@(context.Request.Body.As<string>(true))'/>", 1))
        done = run("check", str(path), "--define", "STORE_BACKEND=127.0.0.1:9")
        equal((done.returncode, len(done.stdout.splitlines())), (0, 1), done.stdout)
        contains(done.stdout, "apis/orders/operations/getorder/policy.xml:")
        contains(done.stdout, ": note: orders/getorder holds the request body in memory, because 'set-variable' needs it whole [buffered-body]")
        equal(run("check", str(path), "--json", "--define", "STORE_BACKEND=127.0.0.1:9").stdout, "")


@case("check --effective prints the merged policy of an operation")
def _():
    done = run("check", str(STORE), "--define", "STORE_BACKEND=127.0.0.1:9", "--effective", "orders/getorder/starter")
    equal(done.returncode, 0)
    for wanted in ("rate-limit-by-key", "Ocp-Apim-Subscription-Key", "expand", "forward-request", "X-Store"):
        contains(done.stdout, wanted)


@case("check: every document of the policy corpus: no crash, no unknown element of the catalogue, every problem with its place")
def _():
    corpus = require_corpus("policies", count=296)
    documents = sorted(path for path in corpus.rglob("*.xml"))
    assert len(documents) >= 290, len(documents)
    clean = 0
    for document in documents:
        done = run("check", str(document))
        assert done.returncode in (0, 1), f"{document}: {done.returncode} {done.stderr}"
        clean += done.returncode == 0
        for line in done.stdout.splitlines():
            assert ":0:0:" not in line, line
            assert "[unknown-element]" not in line, f"{document.name}: {line}"
    print(f"policy corpus: {len(documents)} documents, {clean} without an error, the rest need policy expressions or are broken")


@case("test: the behaviour files hold, and a rule that does not hold is named with its line")
def _():
    done = run("test", str(SOURCE / "test/policies"))
    equal(done.returncode, 0, done.stdout[-2000:])
    with tempfile.NamedTemporaryFile("w", suffix=".test") as file:
        file.write("# a wrong rule\n[client sends]\nGET /a HTTP/1.1\n\n[client receives]\nHTTP/1.1 418\n")
        file.flush()
        done = run("test", file.name)
        equal(done.returncode, 1)
        contains(done.stdout, f"{file.name}:6: should be 'HTTP/1.1 418', it is 'HTTP/1.1 200 OK'")


@case("--version and --help-settings")
def _():
    contains(run("--version").stdout, "gatelet 0.1")
    text = run("--help-settings").stdout
    for name in ("routing.scheme-check", "keys.foreign", "telemetry.logs.requests"):
        contains(text, name)


run_cases()
