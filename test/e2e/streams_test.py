#!/usr/bin/env python3
"""Answers that stream while policies change, count or keep them: nothing waits for their end, and what breaks off leaves nothing behind."""
import contextlib
import gzip
import threading
import zlib

from harness import Backend, Gateway, api, case, contains, equal, policy, respond, run_cases

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


class Parts(Backend):
    """Sends the parts of its answer one by one, each when the test says go(); then the end, or a broken connection, or nothing until the
    gateway has closed the connection."""

    def __init__(self, *parts, kind=b"text/plain", breaks=False):
        self.may_go = threading.Semaphore(0)
        self.waits_for_close = False
        self.closed = threading.Event()
        self.parts, self.kind, self.breaks = parts, kind, breaks
        super().__init__(self._answer)

    def go(self, count=1):
        for _ in range(count):
            self.may_go.release()

    def _answer(self, _request, connection):
        connection.sendall(HEAD % self.kind)
        for part in self.parts:
            self.may_go.acquire(timeout=20)
            connection.sendall(chunk(part))
        if self.waits_for_close:
            with contextlib.suppress(ConnectionError):
                connection.recv(1)
            self.closed.set()
            return
        self.may_go.acquire(timeout=20)
        connection.close() if self.breaks else connection.sendall(b"0\r\n\r\n")


def gateway(backend, text, **options):
    return Gateway(api("a", "", backend.url, [("GET", "/*"), ("POST", "/*")]) + [policy("apis/a;rev=1/", f"<policies>{text}</policies>")], **options)


def read_until(client, wanted):
    while wanted not in client.pending:
        if not client._more():
            raise AssertionError(f"the answer ended at {client.pending!r}")


GET = "GET /x HTTP/1.1\r\nHost: g\r\n\r\n"


@case("find-and-replace changes a body on its way, also where the text is cut in two, and without a length")
def replaced():
    text = "<outbound><find-and-replace from='secret' to='*'/><find-and-replace from='*' to='(gone)'/></outbound>"
    with Parts(b"first secret sec", b"ret se", b"cond secr") as backend, gateway(backend, text) as one, one.client() as client:
        client.send(GET)
        backend.go()
        read_until(client, b"first (gone)")
        equal(b"sec" in client.pending.split(b"\r\n\r\n", 1)[1], False, "what may be the beginning of the text is kept back")
        backend.go(3)
        answer = client.answer()
        equal((answer.status, answer.header("Content-Length"), answer.body), (200, None, b"first (gone) (gone) second secr"))
    with Backend(lambda request, connection: respond(connection, 200, b"a secret")) as backend, gateway(backend, text) as one, one.client() as client:
        for _ in range(3):
            client.send(GET)
            answer = client.answer()
            equal((answer.status, answer.body), (200, b"a (gone)"))


@case("a body in a coding or charset that cannot be read fails before it is sent")
def unreadable():
    for line in (("Content-Encoding", "gzip"), ("Content-Type", "text/plain; charset=utf-16")):
        with Backend(lambda request, connection: respond(connection, 200, b"xx", [line])) as backend:
            with gateway(backend, "<outbound><find-and-replace from='x' to='y'/></outbound>") as one:
                equal(one.get("/").status, 500)


@case("a compressed answer is held and read, one that would be too large fails; what a policy does not read stays compressed")
def compressed():
    for coding, pack in (("gzip", gzip.compress), ("deflate", zlib.compress)):
        packed = pack(b"first secret")
        with Backend(lambda request, connection: respond(connection, 200, packed, [("Content-Encoding", coding)])) as backend:
            with gateway(backend, "<outbound><find-and-replace from='secret' to='*'/></outbound>") as one:
                answer = one.get("/")
                equal((answer.status, answer.header("Content-Encoding"), answer.body), (200, None, b"first *"))
            with gateway(backend, "<outbound><set-header name='A'><value>b</value></set-header></outbound>") as one:
                answer = one.get("/")
                equal((answer.status, answer.header("Content-Encoding"), answer.body), (200, coding, packed))
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    with Backend(lambda request, connection: respond(connection, 200, bomb, [("Content-Encoding", "gzip")])) as backend:
        with gateway(backend, "<outbound><find-and-replace from='secret' to='*'/></outbound>") as one:
            equal(one.get("/").status, 500)


CACHED = "<inbound><cache-lookup vary-by-developer='false' vary-by-developer-groups='false'/></inbound><outbound><cache-store duration='60'/></outbound>"


@case("a response is kept when it was received in full, and reaches its client before that")
def kept():
    with Parts(b"one ", b"two") as backend, gateway(backend, CACHED) as one, one.client() as client:
        client.send(GET)
        backend.go()
        read_until(client, b"one ")
        backend.go(2)
        equal(client.answer().body, b"one two")
        client.send(GET)
        equal(client.answer().body, b"one two")
        equal(len(backend.requests), 1)


@case("one that breaks off, or whose client goes, is not kept")
def broken():
    with Parts(b"one ", breaks=True) as backend, gateway(backend, CACHED) as one:
        with one.client() as client:
            client.send(GET)
            backend.go(2)
            read_until(client, b"one ")
            equal(client._more(), False)
        backend.breaks, backend.waits_for_close = False, True
        with one.client() as client:
            client.send(GET)
            backend.go()
            read_until(client, b"one ")
            client.reset()
        equal(backend.closed.wait(20), True)
        backend.waits_for_close = False
        with one.client() as client:
            client.send(GET)
            backend.go(2)
            equal(client.answer().body, b"one ")
        equal(len(backend.requests), 3)


@case("events of a language model pass as they come, and their tokens are counted at the end")
def events():
    events = [b'data: {"choices":[{"delta":{"content":"hello wor"}}]}\n\n', b'data: {"choices":[{"delta":{"content":"ld"}}]}\n\nda',
              b'ta: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":95,"total_tokens":100}}\n\ndata: [DONE]\n\n']
    text = "<inbound><llm-token-limit counter-key='k' tokens-per-minute='50' estimate-prompt-tokens='false'/><llm-emit-token-metric><dimension name='API ID'/></llm-emit-token-metric></inbound>"
    body = '{"stream":true,"messages":[{"role":"user","content":"hi"}]}'
    post = f"POST /x HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    with Parts(*events, kind=b"text/event-stream") as backend, gateway(backend, text) as one, one.client() as client:
        client.send(post)
        backend.go()
        read_until(client, b"hello wor")
        backend.go(3)
        equal(client.answer().body, b"".join(events))
        one.wait_log("Total Tokens")
        contains(one.log(), "100")
        client.send(post)
        equal(client.answer().status, 429)
        equal(len(backend.requests), 1)


@case("the tokens of compressed answers are counted, whole ones and those of events")
def compressed_tokens():
    usage = b'{"usage":{"prompt_tokens":5,"completion_tokens":35,"total_tokens":40}}'
    text = "<inbound><llm-token-limit counter-key='k' tokens-per-minute='100' estimate-prompt-tokens='false'/></inbound>"
    events = b'data: {"choices":[{"delta":{"content":"hello"}}]}\n\n' * 1000 + b"data: " + usage + b"\n\n"
    for kind, body in (("application/json", usage), ("text/event-stream", events)):
        packed = gzip.compress(body)
        with Backend(lambda request, connection: respond(connection, 200, packed, [("Content-Encoding", "gzip"), ("Content-Type", kind)])) as backend:
            with gateway(backend, text) as one:
                for status in (200, 200, 200, 429):
                    answer = one.get("/x", method="POST", body=b"{}")
                    equal(answer.status, status)
                    equal(answer.body == packed, status == 200, "the answer is as it was")


@case("nothing is sent to denied addresses where a policy took the URL from a text, however they are written; backends of the service may be there")
def egress():
    with Backend() as backend, Backend() as inner:
        text = """<inbound><send-request mode="new" response-variable-name="r" ignore-error="false" timeout="5"><set-url>@(context.Request.Headers.GetValueOrDefault("To",""))</set-url></send-request></inbound>
<on-error><set-header name="Why" exists-action="override"><value>@(context.LastError.Message)</value></set-header></on-error>"""
        port = inner.url.rsplit(":", 1)[1]
        places = ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "0"]
        with gateway(backend, text, settings={"net.client.egress.denied": "loopback,link-local"}) as one:
            for place in places:
                answer = one.get("/", [f"To: http://{place}:{port}/x"])
                equal(answer.status, 500, place)
                equal(inner.requests, [], place)
            contains(one.get("/", [f"To: http://127.0.0.1:{port}/"]).header("Why"), "net.client.egress.denied")
            contains(one.get("/", ["To: http://169.254.169.254/latest/meta-data"]).header("Why"), "net.client.egress.denied")
            # Also where there is a connection of the service's own to the same place.
            equal(one.get("/", [f"To: {backend.url}/side"]).status, 500)
            equal(backend.requests, [])
        with gateway(backend, text, settings={"net.client.egress.denied": "own"}) as one:
            for place in places:
                contains(one.get("/", [f"To: http://{place}:{one.port}/x"]).header("Why"), "net.client.egress.denied", place)
            equal(one.get("/", [f"To: {backend.url}/x"]).status, 200)
            backend.requests.clear()
        plain = "<backend><forward-request/></backend>"
        with gateway(backend, plain, settings={"net.client.egress.denied": "loopback"}) as one:
            equal(one.get("/").status, 200)
        with gateway(backend, text, settings={"net.client.egress.denied": "loopback,!127.0.0.1"}) as one:
            equal(one.get("/", [f"To: {inner.url}/x"]).status, 200)
            equal(len(inner.requests), 1)
        chosen = """<inbound><set-backend-service base-url="@(context.Request.Headers.GetValueOrDefault("To",""))"/></inbound>"""
        with gateway(backend, chosen, settings={"net.client.egress.denied": "loopback"}) as one:
            equal(one.get("/", [f"To: {inner.url}"]).status, 500)
            equal(len(inner.requests), 1)
        wrong = gateway(backend, plain, settings={"net.client.egress.denied": "lopback"}, expect_exit=True)
        equal(wrong.process.wait(20), 1)
        contains(wrong.log(), "lopback")
        wrong.stop()


run_cases()
