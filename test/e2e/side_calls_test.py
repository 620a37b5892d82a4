#!/usr/bin/env python3
"""What policies send themselves, over real sockets: side calls with their timeouts, and requests nobody waits for."""
import time

from harness import Backend, Gateway, api, case, contains, equal, policy, respond, run_cases, wait_until


def inbound(text):
    return policy("apis/a;rev=1/", f"<policies><inbound>{text}</inbound><on-error><set-header name='Why'><value>@(context.LastError.Reason)</value></set-header></on-error></policies>")


def gateway_with(backend, text, **options):
    return Gateway(api("a", "", backend.url, [("GET", "/*"), ("POST", "/*")]) + [inbound(text)], **options)


@case("a side call sends what the policy says and its answer is a variable, several at once in wait")
def side_call():
    def slow(request, connection):
        time.sleep(0.5)
        respond(connection, 201, b"made " + request.body)

    with Backend() as backend, Backend(slow) as side:
        one = "<send-request response-variable-name='{0}'><set-url>{1}/x</set-url><set-method>POST</set-method><set-body>{0}</set-body></send-request>"
        text = "<wait>" + one.format("a", side.url) + one.format("b", side.url) + "</wait>"
        text += "<set-header name='Got'><value>@(((IResponse)context.Variables[\"a\"]).Body.As&lt;string&gt;() + \", \" + ((IResponse)context.Variables[\"b\"]).Body.As&lt;string&gt;())</value></set-header>"
        text = text.replace("&lt;", "<").replace("&gt;", ">")
        with gateway_with(backend, text) as gateway:
            begun = time.monotonic()
            equal(gateway.get("/").status, 200)
            equal(time.monotonic() - begun < 0.95, True, "one after the other")
            equal(backend.requests[0].header("Got"), "made a, made b")


@case("what a wait for any no longer wants ends on the wire; what is nested in it, too")
def wait_any():
    closed = []

    def never(_request, connection):
        if connection.recv(1) == b"":
            closed.append(time.monotonic())

    one = "<send-request response-variable-name='{0}'><set-url>{1}/{0}</set-url></send-request>"
    with Backend(lambda request, connection: (time.sleep(1.5), respond(connection, 200))) as backend, Backend(never) as slow, Backend() as fast:
        nested = "<choose><when condition='@(true)'><wait for='all'>" + one.format("b", slow.url) + one.format("c", slow.url) + "</wait></when></choose>"
        text = "<wait for='any'>" + one.format("a", slow.url) + nested + one.format("d", fast.url) + "</wait>"
        with gateway_with(backend, text) as gateway:
            equal(gateway.get("/").status, 200)
            answered = time.monotonic()
            wait_until(lambda: len(closed) == 3, "three connections are closed")
            equal(max(closed) < answered - 0.5, True, "they end while the backend is still asked")


@case("the timeout of a side call is until the last byte of its answer, and a body without end is given up")
def timeout():
    def trickle(_request, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            time.sleep(0.1)
            connection.sendall(b"x")

    with Backend() as backend, Backend(trickle) as side:
        with gateway_with(backend, f"<send-request response-variable-name='r' timeout='1'><set-url>{side.url}/</set-url></send-request>") as gateway:
            begun = time.monotonic()
            answer = gateway.get("/")
            equal((answer.status, answer.header("Why")), (500, "Timeout"))
            equal(time.monotonic() - begun < 3, True, "the timeout")


@case("requests nobody waits for are sent beside the client's, all of them, and a place that is away delays nobody")
def one_way():
    def slow(request, connection):
        time.sleep(0.2)
        respond(connection, 500)

    with Backend() as backend, Backend(slow) as hook:
        text = f"<send-one-way-request><set-url>{hook.url}/x</set-url><set-method>POST</set-method><set-body>@(context.Request.Url.Path)</set-body></send-one-way-request>"
        text += "<send-one-way-request><set-url>http://127.0.0.1:1/</set-url></send-one-way-request>"
        with gateway_with(backend, text) as gateway:
            for i in range(40):
                equal(gateway.get(f"/{i}").status, 200)
            wait_until(lambda: len(hook.requests) == 40, "40 requests")
            equal(sorted(int(request.body[1:]) for request in hook.requests), list(range(40)))


@case("what was accepted is still sent when the gateway is told to end")
def drained():
    with Backend() as backend, Backend(lambda request, connection: (time.sleep(0.3), respond(connection, 200))) as hook:
        with gateway_with(backend, f"<send-one-way-request><set-url>{hook.url}/</set-url></send-one-way-request>") as gateway:
            for _ in range(20):
                equal(gateway.get("/").status, 200)
            equal(gateway.stop(), 0)
            equal(len(hook.requests), 20)


@case("metrics and events are lines of the log")
def log_lines():
    with Backend() as backend:
        text = "<emit-metric name='orders' value='2'><dimension name='API ID'/></emit-metric><log-to-eventhub logger-id='audit'>hello hub</log-to-eventhub>"
        with gateway_with(backend, text) as gateway:
            equal(gateway.get("/").status, 200)
            gateway.wait_log("hello hub")
            contains(gateway.log(), "orders")


run_cases()
