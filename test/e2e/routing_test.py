#!/usr/bin/env python3
"""Routing over HTTP: versions, revisions, templates, methods, schemes, and the bodies of what is not found."""
from harness import Backend, Gateway, api, case, contains, equal, error_body, policy, run_cases

NOT_FOUND = error_body(404, "Resource not found")


def version_set(name, scheme, **properties):
    return {"k": f"apiVersionSets/{name}", "v": {"displayName": name, "versioningScheme": scheme, **properties}}


def versioned(name, path, version, url, scheme):
    return api(name, path, f"{url}/{name}", [("GET", "/x")], apiVersion=version, apiVersionSetId=f"/apiVersionSets/{scheme}")


def resources(url):
    out = [version_set("seg", "Segment"), version_set("head", "Header", versionHeaderName="Api-Version"), version_set("query", "Query", versionQueryName="api-version")]
    out += versioned("seg0", "seg", "", url, "seg") + versioned("seg1", "seg", "v1", url, "seg") + versioned("seg2", "seg", "v2", url, "seg")
    out += versioned("head1", "head", "v1", url, "head") + versioned("head2", "head", "v2", url, "head")
    out += versioned("query1", "query", "2024-01", url, "query") + versioned("query0", "query", "", url, "query")
    out += api("rev", "rev", f"{url}/one", [("GET", "/x")], isCurrent=False)
    out += api("rev", "rev", f"{url}/two", [("GET", "/x"), ("GET", "/new")], revision="2")
    out += api("shop", "shop", f"{url}/base/", [
        ("GET", "/orders/{id}"), ("mine", "GET", "/orders/mine"), ("files", "GET", "/files/*"), ("POST", "/orders"), ("by", "GET", "/search?by={by}"), ("plain", "GET", "/search"),
        ("rest", "GET", "/rest/{*path}")])
    out += api("deep", "shop/deep", f"{url}/deep", [("GET", "/x")])
    out += api("tls", "tls", f"{url}/tls", [("GET", "/x")], protocols=["https"])
    for operation in ("mine", "files", "by", "plain", "rest"):
        out.append(policy(f"apis/shop;rev=1/operations/{operation}/", f'<policies><inbound><base/><set-header name="X-Op"><value>{operation}</value></set-header></inbound></policies>'))
    return out


class World:
    def __init__(self):
        self.backend = Backend()
        self.gateway = Gateway(resources(self.backend.url), settings={"routing.debug-header": "true", "telemetry.logs.requests": "all"})

    def target(self, path, headers=(), method="GET", **rest):
        """What the backend was asked, and by which operation."""
        seen = len(self.backend.requests)
        answer = self.gateway.get(path, headers, method, **rest)
        if answer.status != 200:
            return answer
        return self.backend.requests[seen]


world = World()


def not_found(answer):
    equal(answer.status, 404)
    equal(answer.text, NOT_FOUND)
    equal(answer.header("Content-Type"), "application/json")
    equal(answer.header("Content-Length"), "54")


# (request, headers) -> the target at the backend, or None for 404
ROWS = [
    ("a path segment names the version", "/seg/v1/x", [], "/seg1/x"),
    ("the other version", "/seg/v2/x", [], "/seg2/x"),
    ("without a version the original answers", "/seg/x", [], "/seg0/x"),
    ("a version in another case", "/seg/V2/x", [], "/seg2/x"),
    ("an unknown version is a segment of the original, which has no such operation", "/seg/v9/x", [], None),
    ("a header names the version", "/head/x", ["Api-Version: v2"], "/head2/x"),
    ("a missing header without an original", "/head/x", [], None),
    ("an unknown version in the header", "/head/x", ["Api-Version: v9"], None),
    ("a query parameter names the version and is forwarded", "/query/x?api-version=2024-01", [], "/query1/x?api-version=2024-01"),
    ("without the parameter the original answers", "/query/x", [], "/query0/x"),
    ("an unknown version in the query", "/query/x?api-version=1999-01", [], None),
    ("without a revision the current one", "/rev/x", [], "/two/x"),
    ("another revision by number", "/rev;rev=1/x", [], "/one/x"),
    ("the current revision by number", "/rev;rev=2/new", [], "/two/new"),
    ("an operation that a revision lacks", "/rev;rev=1/new", [], None),
    ("an unknown revision", "/rev;rev=9/x", [], None),
    ("a revision after a version", "/seg/v1;rev=1/x", [], "/seg1/x"),
    ("the longest API path wins", "/shop/deep/x", [], "/deep/x"),
    ("base paths join with one slash", "/shop/orders/42", [], "/base/orders/42"),
    ("paths are compared without case and sent as received", "/SHOP/Orders/42", [], "/base/Orders/42"),
    ("a trailing slash matches and is kept", "/shop/orders/42/", [], "/base/orders/42/"),
    ("an empty parameter does not match", "/shop/orders/", [], None),
    ("an escaped slash stays inside its segment", "/shop/orders/a%2fb", [], "/base/orders/a%2Fb"),
    ("a template does not reach over a slash", "/shop/orders/42/lines", [], None),
    ("an https API does not answer over http", "/tls/x", [], None),
    ("a path of nobody", "/nowhere", [], None),
    ("the query is sent byte for byte", "/shop/orders/1?b=%7e&a=+&&c", [], "/base/orders/1?b=%7e&a=+&&c"),
]

for sentence, path, headers, wanted in ROWS:

    @case(f"routing: {sentence}")
    def _(path=path, headers=headers, wanted=wanted):
        seen = world.target(path, headers)
        if wanted is None:
            not_found(seen)
        else:
            equal(getattr(seen, "target", seen), wanted)


@case("routing: a literal beats a parameter, a wildcard takes the rest, also an empty one")
def _():
    for path, operation in [("/shop/orders/mine", "mine"), ("/shop/files/a/b", "files"), ("/shop/files/", "files"), ("/shop/files", "files"), ("/shop/rest/a/b", "rest")]:
        equal(world.target(path).header("X-Op"), operation, path)


@case("routing: a required query parameter decides between operations of one path")
def _():
    equal(world.target("/shop/search?by=name").header("X-Op"), "by")
    equal(world.target("/shop/search?other=name").header("X-Op"), "plain")


@case("routing: methods are exact; HEAD, OPTIONS and unknown methods are not implied")
def _():
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PURGE"):
        not_found(world.target("/shop/orders/42", method=method))
    equal(world.gateway.get("/shop/orders/42", method="HEAD").status, 404)
    equal(world.gateway.get("/shop/orders/42", method="FROB").status, 501, "a method that HTTP does not know")
    equal(world.target("/shop/orders", method="POST").target, "/base/orders")


@case("routing: the answer to a request with the debug header, and the log of every request, say why nothing matched")
def _():
    for path, word in [("/nowhere", "path"), ("/tls/x", "https"), ("/shop/orders/42/lines", "operation"), ("/rev;rev=9/x", "revision"), ("/head/x", "version")]:
        answer = world.gateway.get(path, ["Gatelet-Debug-Route: 1"])
        contains((answer.header("Gatelet-Route-Miss") or "").lower(), word, path)
        not_found(answer)
    equal(world.gateway.get("/nowhere/unasked").header("Gatelet-Route-Miss"), None)
    world.gateway.wait_log("routeMiss: .*'/nowhere/unasked'")


@case("routing: the debug header is never forwarded while it means something")
def _():
    equal(world.target("/shop/orders/1", ["Gatelet-Debug-Route: 1"]).header("Gatelet-Debug-Route"), "")
    with Gateway(resources(world.backend.url)) as plain:
        equal(plain.get("/nowhere", ["Gatelet-Debug-Route: 1"]).header("Gatelet-Route-Miss"), None)
        plain.get("/shop/orders/1", ["Gatelet-Debug-Route: 1"])
        equal(world.backend.requests[-1].header("Gatelet-Debug-Route"), "1")


@case("routing: the caller's address is appended to X-Forwarded-For, the Host is the backend's")
def _():
    request = world.target("/shop/orders/1", ["X-Forwarded-For: 198.51.100.7"])
    equal(request.header("X-Forwarded-For"), "198.51.100.7, 127.0.0.1")
    equal(request.header("Host"), world.backend.address)


@case("probes: both status paths answer 200 for any Host, before routing and without a key")
def _():
    for path in ("/status-0123456789abcdef", "/internal-status-0123456789abcdef"):
        equal(world.gateway.get(path, ["Host: whoever.test"]).status, 200)


@case("probes: 503 while no configuration is usable, and so is everything else")
def _():
    with Gateway([{"k": "apis/bad;rev=1", "v": {"displayName": "bad", "path": 7}}]) as gateway:
        equal(gateway.get("/status-0123456789abcdef").status, 503)
        equal(gateway.get("/anything").status, 503)


@case("the gateway drains")
def _():
    equal(world.gateway.stop(), 0)


run_cases()
