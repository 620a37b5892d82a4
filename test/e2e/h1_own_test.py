#!/usr/bin/env python3
"""The 159 raw HTTP/1.1 cases beside the project, over a real socket against the real binary."""
import json
import re

from harness import Backend, Gateway, api, case, equal, policy, require_corpus, respond, run_cases, wait_until

cases = json.loads(require_corpus("h1-own", "cases.json", count=159).read_text(encoding="utf-8"))["cases"]

GUARD = """<policies><inbound><return-response><set-status code="403" reason="Forbidden"/><set-body>guarded</set-body></return-response></inbound></policies>"""


def resources(backend):
    return [
        # /other is the second request of F21, which expects 200.
        *api("root", "", backend.url, [("GET", "/ok"), ("POST", "/ok"), ("GET", "/admin"), ("GET", "/other")]),
        *api("api", "api", backend.url + "/api", [("private", "GET", "/private"), ("rest", "GET", "/*")]),
        policy("apis/api;rev=1/operations/private/", GUARD),
    ]


class World:
    def __init__(self):
        self.backend = Backend(lambda request, connection: respond(connection, 200, b"backend"))
        settings = {"net.server.timeout.header": "00:00:01", "net.server.timeout.body": "00:00:01", "telemetry.logs.requests": "all", "telemetry.logs.std": "json"}
        self.gateway = Gateway(resources(self.backend), settings=settings)

    def forwarded_in_log(self):
        """Requests that the gateway logged as answered by the backend."""
        return sum(1 for line in self.gateway.log().splitlines() if '"backendResponseCode"' in line and re.search(r'"backendResponseCode": ?[1-9]', line))


world = World()


def answers(client, count, method):
    return [client.answer(to_head=method == "HEAD") for _ in range(count)]


def statuses_of(expect):
    return {int(part) for part in re.findall(r"\d{3}", expect)}


def check_close(row, client, seen):
    answer = client.answer()
    assert answer is not None, "the connection was closed without an answer"
    allowed = statuses_of(row["expect"])
    assert answer.status in allowed, f"status {answer.status} {answer.body!r}"
    assert client.is_closed(), "the connection stays open"
    equal(len(world.backend.requests), seen, "requests that the backend saw")


def check_rule(row, client, seen):
    answer = client.answer()
    assert answer is not None, "no answer"
    expect = row["expect"]
    target = row["raw_latin1"].split(" ")[1]
    if expect in ("normalise", "decode-unreserved", "case-rule", "trailing-slash-rule"):
        equal(answer.status, 403)
        equal(len(world.backend.requests), seen, "requests that the backend saw")
    elif expect == "revision-rule":
        equal(answer.status, 403 if target.startswith("/api;rev=1/") else answer.status)
        assert answer.status in (200, 403, 404)
        if not target.startswith("/api;"):
            equal(answer.status, 200, "a segment like any other")
    elif expect == "no-collapse":
        assert answer.status in (200, 404), answer.status
        if answer.status == 200:
            equal(world.backend.requests[-1].target, target, "what was matched is what is sent")
    elif expect == "opaque" or (expect == "400-or-opaque" and answer.status != 400):
        equal(answer.status, 200)
        sent = re.sub(r"%[0-9a-fA-F]{2}", lambda escape: escape[0].upper(), target)
        equal(world.backend.requests[-1].target, sent, "the escape stays as it is, in upper case")


def check_forwarded(row, seen):
    """The remarks in `forwarded`, which concern what the backend got."""
    wanted = row.get("forwarded")
    if not wanted or len(world.backend.requests) == seen:
        return
    request = world.backend.requests[-1]
    names = {name.lower() for name, _ in request.headers}
    if "body=hello" in wanted:
        equal(request.body, b"hello")
    if "no X-T header" in wanted:
        assert "x-t" not in names, request.headers
    if "no Proxy" in wanted:
        assert not any(name.startswith("proxy") for name in names), request.headers
    if "none of those fields" in wanted:
        hop = {"connection", "keep-alive", "te", "trailer", "upgrade", "proxy-connection"}
        assert not (hop & names), request.headers
    if "gateway-set headers present" in wanted:
        assert "x-forwarded-for" in names, request.headers


def check_plain(row, client, seen):
    method = row["raw_latin1"].split(" ")[0]
    answer = client.answer(to_head=method == "HEAD")
    assert answer is not None, "no answer"
    assert answer.status in statuses_of(row["expect"]), f"status {answer.status} {answer.body!r}"


# Two expectations of the data stand against its own README, which says what the APIs answer: the plain path of R21 is the guarded one, and the
# wildcard takes R22's suffix. What they are about (a second '?' is data, a suffix is no separator) is checked by what is reached.
BY_README = {"R21": "403", "R22": "200"}


def check(row):
    expect = BY_README.get(row["id"], row["expect"])
    row = {**row, "expect": expect}
    seen = len(world.backend.requests)
    with world.gateway.client() as client:
        parts = row.get("parts")
        if expect == "100 then 200 after body":
            client.send(row["raw_latin1"])
            equal(client.answer().status, 100)
            client.send("hello")
            equal(client.answer().status, 200)
            equal(world.backend.requests[-1].body, b"hello")
        else:
            client.send(row["raw_latin1"])
            for part in parts or []:
                client.send(part)
            if expect.endswith("-close") or expect == "408-close-after-timeout":
                check_close(row, client, seen)
            elif expect == "200,200":
                equal([client.answer().status, client.answer().status], [200, 200])
            elif expect == "200 once":
                equal(client.answer().status, 200)
                assert client.stays_open() or client.is_closed()
                equal(len(world.backend.requests), seen + 1, "requests that the backend saw")
            elif expect == "accept-or-400":
                answer = client.answer()
                assert answer.status in (200, 400)
                if answer.status == 200:
                    equal(world.backend.requests[-1].header("Content-Length"), "5")
            elif re.match(r"[a-z]", expect) or expect == "400-or-opaque":
                check_rule(row, client, seen)
            else:
                check_plain(row, client, seen)
        check_forwarded(row, seen)
    assert world.gateway.process.poll() is None, "the gateway died"


for row in cases:
    case(f"{row['id']} {row['why']} -> {row['expect']}")(lambda row=row: check(row))


@case("every request that the backend saw is one that the gateway logged as forwarded, and the gateway lives")
def _():
    wait_until(lambda: world.forwarded_in_log() == len(world.backend.requests),
               f"{len(world.backend.requests)} requests at the backend, {world.forwarded_in_log()} in the log")
    equal(world.gateway.stop(), 0)


run_cases()
