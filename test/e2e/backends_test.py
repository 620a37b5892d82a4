#!/usr/bin/env python3
"""Backend resources over real sockets: backends that die and come back, breakers that several workers share, pools, sessions, credentials."""
import contextlib
import http.server
import subprocess
import sys
import threading

from harness import Acceptor, Backend, Gateway, api, case, contains, equal, error_body, policy, respond, run_cases, wait_until

UNAVAILABLE = error_body(503, "Service temporarily unavailable")

# A backend in a process of its own, so that it can be killed as a backend dies. It prints its port and answers with its name.
MORTAL = """
import http.server, sys
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = sys.argv[1].encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *a): pass
class S(http.server.ThreadingHTTPServer):
    allow_reuse_address = True
server = S(("127.0.0.1", int(sys.argv[2])), H)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


class Mortal:
    def __init__(self, name):
        self.name, self.port = name, 0
        self.start()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen([sys.executable, "-c", MORTAL, self.name, str(self.port)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()


def backend(name, url, rule=None, **properties):
    value = {"url": url, "protocol": "http", **properties}
    if rule:
        value["circuitBreaker"] = {"rules": [{"name": "rule", **rule}]}
    return {"k": f"backends/{name}", "v": value}


def rule(count, trip="PT1H", **more):
    return {"failureCondition": {"count": count, "interval": "PT1H", "statusCodeRanges": [{"min": 500, "max": 599}]}, "tripDuration": trip, **more}


def pool(name, *members, **more):
    services = [{"id": f"/backends/{member}"} if isinstance(member, str) else member for member in members]
    return {"k": f"backends/{name}", "v": {"type": "Pool", "pool": {"services": services, **more}}}


def served_by(name, *backends, forward="<forward-request/>"):
    """An API at /x whose requests go to the backend of that name."""
    text = f'<policies><inbound><base/><set-backend-service backend-id="{name}"/></inbound><backend>{forward}</backend></policies>'
    return [*backends, *api("x", "x", "http://127.0.0.1:9", [("GET", "/*"), ("POST", "/*")]), policy("apis/x;rev=1/", text)]


def failing(status=500, headers=()):
    return lambda request, connection: respond(connection, status, b"broken", headers)


@case("a backend that died is left alone once its breaker tripped, and is served again after the trip")
def _():
    with Mortal("a") as a, Gateway(served_by("a", backend("a", a.url, rule(3, "PT10S")))) as gateway:
        equal(gateway.get("/x/1").text, "a")
        a.kill()
        equal([gateway.get("/x/2").status for _ in range(3)], [500, 500, 500])
        tripped = gateway.get("/x/3")
        equal((tripped.status, tripped.text), (503, UNAVAILABLE))
        assert 1 <= int(tripped.header("Retry-After")) <= 10, tripped.headers
        a.start()
        back = wait_until(lambda: (answer := gateway.get("/x/4")).status == 200 and answer, "the backend is served again")
        equal(back.text, "a")


@case("a tripped backend receives nothing, however many ask")
def _():
    with Backend(failing()) as a, Gateway(served_by("a", backend("a", a.url, rule(2)))) as gateway:
        equal([gateway.get("/x/1").status for _ in range(12)], [500] * 2 + [503] * 10)
        equal(len(a.requests), 2)


@case("several workers share one breaker: exactly as many failures reach the backend as the rule says")
def _():
    with Backend(failing()) as a, Gateway(served_by("a", backend("a", a.url, rule(25))), "--workers", "2") as gateway:
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(gateway.client()) for _ in range(10)]  # connections of both workers
            statuses = []
            for turn in range(40):
                client = clients[turn % len(clients)]
                client.send("GET /x/1 HTTP/1.1\r\nHost: gateway.test\r\n\r\n")
                statuses.append(client.answer().status)
        equal(statuses, [500] * 25 + [503] * 15)
        equal(len(a.requests), 25)


@case("a new configuration with the same rule leaves the breaker open; a changed rule begins anew")
def _():
    with Backend(failing()) as a:
        with Gateway(served_by("a", backend("a", a.url, rule(1))), settings={"config.reload.period": "00:00:01"}) as gateway:
            equal([gateway.get("/x/1").status for _ in range(2)], [500, 503])

            def put_in_force(stamp, its_rule):
                gateway.write([*served_by("a", backend("a", a.url, its_rule)), *api(stamp, stamp, a.url, [("GET", "/")])])
                wait_until(lambda: gateway.get(f"/{stamp}").status != 404, f"configuration {stamp} is in force")

            put_in_force("second", rule(1))
            equal(gateway.get("/x/1").status, 503)
            put_in_force("third", rule(2))
            equal([gateway.get("/x/1").status for _ in range(3)], [500, 500, 503])


@case("the backend's Retry-After is how long it is left alone")
def _():
    with Backend(failing(429, [("Retry-After", "3000")])) as a:
        breaker = {"failureCondition": {"count": 1, "interval": "PT1M", "statusCodeRanges": [{"min": 429, "max": 429}]},
                   "tripDuration": "PT1S", "acceptRetryAfter": True}
        with Gateway(served_by("a", backend("a", a.url, breaker))) as gateway:
            equal(gateway.get("/x/1").status, 429)
            answer = gateway.get("/x/1")
            equal(answer.status, 503)
            assert 2900 < int(answer.header("Retry-After")) <= 3000, answer.headers


@case("a pool goes on with who is left when a member dies, and takes it back when it lives again")
def _():
    with Mortal("a") as a, Mortal("b") as b:
        resources = served_by("p", backend("a", a.url, rule(1, "PT10S")), backend("b", b.url, rule(1, "PT10S")), pool("p", "a", "b"))
        with Gateway(resources, "--workers", "2") as gateway:
            equal({gateway.get("/x/1").text for _ in range(4)}, {"a", "b"})
            a.kill()
            statuses = [gateway.get("/x/2").status for _ in range(2)]
            equal(sorted(statuses), [200, 500])
            a.start()
            wait_until(lambda: gateway.get("/x/3").text == "a", "the member is taken back")
            a.kill()
            b.kill()
            unavailable = wait_until(lambda: (answer := gateway.get("/x/4")).status == 503 and answer, "both are tripped")
            equal(unavailable.text, UNAVAILABLE)
            assert 1 <= int(unavailable.header("Retry-After")) <= 10, unavailable.headers


@case("under load a dying member costs each worker's requests at most one failure a trip, the other member takes the rest")
def _():
    with Mortal("a") as a, Backend() as b:
        resources = served_by("p", backend("a", a.url, rule(1)), backend("b", b.url, rule(1)), pool("p", "a", "b"))
        with Gateway(resources, "--workers", "2") as gateway:
            statuses, lock, half = [], threading.Lock(), threading.Barrier(5)

            def ask():
                with gateway.client() as client:
                    for turn in range(100):
                        if turn == 50:
                            half.wait()
                            half.wait()
                        client.send("GET /x/1 HTTP/1.1\r\nHost: gateway.test\r\n\r\n")
                        status = client.answer().status
                        with lock:
                            statuses.append(status)

            threads = [threading.Thread(target=ask) for _ in range(4)]
            for thread in threads:
                thread.start()
            half.wait()
            equal(statuses, [200] * 200)
            a.kill()
            half.wait()
            for thread in threads:
                thread.join()
            failures = statuses.count(500)
            equal(statuses.count(200) + failures, 400)
            assert 1 <= failures <= 4, failures  # who was on the way to it when it tripped


@case("a client with a session cookie stays at its member, whichever worker serves it")
def _():
    with Mortal("a") as a, Mortal("b") as b:
        affinity = {"sessionAffinity": {"sessionId": {"source": "cookie", "name": "Member"}}}
        with Gateway(served_by("p", backend("a", a.url), backend("b", b.url), pool("p", "a", "b", **affinity)), "--workers", "2") as gateway:
            first = gateway.get("/x/1")
            cookie = first.header("Set-Cookie").split(";")[0]
            contains(first.header("Set-Cookie"), "; Path=/; HttpOnly")
            answers = [gateway.get("/x/2", [f"Cookie: {cookie}"]) for _ in range(8)]
            equal({answer.text for answer in answers}, {first.text})
            equal({answer.header("Set-Cookie") for answer in answers}, {None})


@case("credentials reach the backend and no log")
def _():
    secrets = {"header": {"X-Key": ["{{key}}"]}, "query": {"code": ["{{key}}"]}, "authorization": {"scheme": "Bearer", "parameter": "{{key}}"}}
    key = {"k": "namedValues/key", "v": {"displayName": "key", "value": "s3cr3t-of-the-backend", "secret": True}}
    with Backend() as a:
        with Gateway([key, *served_by("a", backend("a", a.url, credentials=secrets))], settings={"telemetry.logs.requests": "all"}) as gateway:
            equal(gateway.get("/x/1?page=2").status, 200)
            request = a.requests[0]
            equal(request.target, "/1?page=2&code=s3cr3t-of-the-backend")
            equal((request.header("X-Key"), request.header("Authorization")), ("s3cr3t-of-the-backend", "Bearer s3cr3t-of-the-backend"))
            gateway.wait_log("page=2")
        assert "s3cr3t" not in gateway.last_log, gateway.last_log


FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"


class Expecting(Acceptor):
    """Says the next of `words` after each head. After a final answer it reads what else comes; otherwise it reads five bytes and says that all is
    fine."""

    def __init__(self, *words):
        self.words, self.heads, self.bodies = list(words), [], []
        super().__init__()

    def serve(self, client):
        with contextlib.suppress(ConnectionError), client, client.makefile("rb") as file:
            while True:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    line = file.readline()
                    if not line:
                        return
                    head += line
                self.heads.append(head)
                word = self.words.pop(0)
                client.sendall(word)
                if word and not word.startswith(b"HTTP/1.1 1"):
                    return self.bodies.append(file.read())
                self.bodies.append(file.read(5))
                client.sendall(FINE)


def continuing(url, attributes, around="{}"):
    return Gateway(served_by("a", backend("a", url), forward=around.format(f"<forward-request {attributes}/>")))


def refusal(status):
    return f"HTTP/1.1 {status} No\r\nContent-Length: 2\r\n\r\nno".encode()


@case("with continue-timeout a body goes when the backend wants it, after the time when it is silent, and never when it answers instead")
def _():
    for attributes in ("continue-timeout='1'", "continue-timeout='1' buffer-request-body='true'"):
        words = [b"HTTP/1.1 100 Continue\r\n\r\n", b"", refusal(417), b"", refusal(401), b"HTTP/1.1 100 Continue\r\n\r\n"]
        with Expecting(*words) as a, continuing(a.url, attributes) as gateway, gateway.client() as client:
            for index, (status, body) in enumerate(((200, b"hello"), (200, b"hello"), (417, b""), (200, b"hello"), (401, b""), (200, b"hello"))):
                client.send("POST /x/1 HTTP/1.1\r\nHost: g\r\nContent-Length: 5\r\n\r\nhello")
                equal(client.answer().status, status)
                wait_until(lambda: len(a.bodies) > index, "the backend has read all")
                equal(a.bodies[index], body)
                contains(a.heads[index], b"\r\nExpect: 100-continue\r\n")


@case("a body that the backend did not want goes with the next attempt, although nothing keeps it")
def _():
    around = "<retry condition='@(context.Response.StatusCode == 401)' count='1' interval='0'>{}</retry>"
    with Expecting(refusal(401), b"HTTP/1.1 100 Continue\r\n\r\n") as a, continuing(a.url, "continue-timeout='20'", around) as gateway:
        answer = gateway.get("/x/1", method="POST", body=b"hello")
        equal((answer.status, answer.body), (200, b"fine"))
        wait_until(lambda: len(a.bodies) == 2, "both connections have ended")
        equal(sorted(a.bodies), [b"", b"hello"])


@case("continue-timeout works with a client and a backend that both know 100 Continue")
def _():
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def handle_expect_100(self):
            expected.append(self.headers["Expect"])
            return super().handle_expect_100()

        def log_message(self, *_):
            pass

    expected = []
    large = bytes(range(256)) * 4096
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with continuing(f"http://127.0.0.1:{server.server_address[1]}", "continue-timeout='20'") as gateway:
            for body in (b"hello", large):
                equal(gateway.get("/x/1", ["Expect: 100-continue"], "POST", body).body, body)
        server.shutdown()
    equal(expected, ["100-continue"] * 2)


run_cases()
