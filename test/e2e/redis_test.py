#!/usr/bin/env python3
"""The external cache with a real Redis: what two gateways share, how long it is kept, and a server that is away, slow, full, wrong or not to be
trusted: nothing of that is a failure of a request. redis_faults_test.py does the same under load."""
import os
import signal
import subprocess
import tempfile
import time

from harness import Backend, Gateway, api, case, contains, equal, policy, respond, run_cases, wait_until
from redis_server import FakeRedis, Redis, free_port

RESPONSES = """<policies><inbound><cache-lookup vary-by-developer="false" vary-by-developer-groups="false"/></inbound>
<outbound><cache-store duration="{0}"/></outbound></policies>"""
VALUES = """<policies><inbound><base/><cache-lookup-value key="@(context.Request.Url.Path)" variable-name="v" default-value="none" {0}/>
<choose><when condition='@((string)context.Variables["v"] == "none")'><cache-store-value key="@(context.Request.Url.Path)" value="kept" duration="60" {0}/></when></choose>
<return-response><set-body>@((string)context.Variables["v"])</set-body></return-response></inbound></policies>"""


def gateway(backend, redis, document, more="", settings=None, **options):
    connection = f"127.0.0.1:{redis.port}{more}"
    return Gateway(api("a", "", backend.url, [("GET", "/*")]) + [policy("apis/a;rev=1/", document)],
                   settings={"policy.cache.external": connection, **(settings or {})}, **options)


def counting():
    """A backend whose answers are numbered."""
    count = iter(range(1, 1_000_000))
    return Backend(lambda request, connection: respond(connection, 200, str(next(count)).encode()))


def statuses(gateway, count, path="/x"):
    return [gateway.get(path).status for _ in range(count)]


@case("responses and values that one gateway keeps another one finds, until their time is over")
def shared():
    with Redis() as redis, counting() as backend:
        with gateway(backend, redis, RESPONSES.format(1)) as one, gateway(backend, redis, RESPONSES.format(1)) as two:
            equal(one.get("/x").body, b"1")
            wait_until(lambda: redis.count() == 1, "the response is kept")
            answer = two.get("/x")
            equal((answer.status, answer.body, answer.header("Age") is not None), (200, b"1", True))
            equal(two.get("/y").body, b"2")
            wait_until(lambda: redis.count() == 0, "its time is over")
            equal(two.get("/x").body, b"3")
        with gateway(backend, redis, VALUES.format("")) as one, gateway(backend, redis, VALUES.format("")) as two:
            equal(one.get("/v").body, b"none")
            wait_until(lambda: redis.ask("EXISTS", "gatelet:value:/v") == ":1", "the value is kept")
            equal(two.get("/v").body, b"kept")


@case("caching-type internal stays in the process; external without a server is left out; several look-ups at once")
def types():
    with Redis() as redis, counting() as backend:
        with gateway(backend, redis, VALUES.format("caching-type='internal'")) as one:
            equal([one.get("/v").body, one.get("/v").body], [b"none", b"kept"])
            equal(redis.count(), 0)
        document = VALUES.format("caching-type='external'")
        with Gateway(api("a", "", backend.url, [("GET", "/*")]) + [policy("apis/a;rev=1/", document)]) as one:
            equal([one.get("/v").body, one.get("/v").body], [b"none", b"none"])
        both = """<policies><inbound><cache-store-value key="a" value="1" duration="9"/><cache-store-value key="b" value="2" duration="9"/>
<wait><cache-lookup-value key="a" variable-name="a"/><cache-lookup-value key="b" variable-name="b"/><cache-lookup-value key="c" variable-name="c" default-value="3"/></wait>
<return-response><set-body>@((string)context.Variables["a"] + context.Variables["b"] + context.Variables["c"])</set-body></return-response></inbound></policies>"""
        with gateway(backend, redis, both) as one:
            equal(one.get("/").body, b"123")


@case("the configuration names the cache, with a password out of a named value and a database of its own")
def configured():
    with Redis("--requirepass", "s3cret") as redis, counting() as backend:
        resources = api("a", "", backend.url, [("GET", "/*")]) + [policy("apis/a;rev=1/", RESPONSES.format(60))]
        resources += [{"k": "namedValues/key", "v": {"displayName": "key", "value": "s3cret", "secret": True}},
                      {"k": "caches/default", "v": {"connectionString": f"127.0.0.1:{redis.port},password={{{{key}}}},defaultDatabase=3", "useFromLocation": "default"}}]
        with Gateway(resources) as one:
            equal([one.get("/x").body, one.get("/x").body], [b"1", b"1"])
            equal(redis.count(), 0, "in database 0")
            contains(redis.ask("INFO", "keyspace") and redis.ask("SELECT", "3"), "OK")


@case("a wrong password is told in the log, without the password, and requests go to the backend")
def wrong_password():
    with Redis("--requirepass", "s3cret") as redis, counting() as backend:
        for more in (",password=guess", ""):
            with gateway(backend, redis, RESPONSES.format(60), more) as one:
                equal(statuses(one, 5), [200] * 5)
                one.wait_log("ExternalCacheLost")
                contains(one.log(), "refuses the gateway")
                equal("guess" in one.log(), False)
            equal(len(backend.requests), 5 if more else 10)


@case("TLS with an authority that is trusted, and not without")
def tls():
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = os.path.join(folder, "k.pem"), os.path.join(folder, "c.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=cache",
                        "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"], check=True, capture_output=True)
        options = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no"]
        with Redis(tls=options) as redis, counting() as backend:
            with gateway(backend, redis, RESPONSES.format(60), ",ssl=True", {"net.client.tls.authorities": certificate}) as one:
                equal([one.get("/x").body, one.get("/x").body], [b"1", b"1"])
            with gateway(backend, redis, RESPONSES.format(60), ",ssl=True") as one:
                equal([one.get("/x").body, one.get("/x").body], [b"2", b"3"])
                one.wait_log("ExternalCacheLost")


@case("a server that stops answering delays only those who had asked by then")
def slow():
    with Redis() as redis, counting() as backend:
        with gateway(backend, redis, RESPONSES.format(60), ",syncTimeout=500") as one:
            equal([one.get("/x").body, one.get("/x").body], [b"1", b"1"])
            redis.signal(signal.SIGSTOP)
            begun = time.monotonic()
            equal(one.get("/x").status, 200)
            equal(0.4 < time.monotonic() - begun < 4, True, "the first one waits for half a second")
            begun = time.monotonic()
            equal(statuses(one, 20), [200] * 20)
            equal(time.monotonic() - begun < 5, True, "nobody else waits, which would be ten seconds")
            redis.signal(signal.SIGCONT)
            one.wait_log("ExternalCacheConnected")
            equal(one.get("/x").body, b"1")


@case("a full server keeps nothing more, which the log tells once, and what it has is found")
def full():
    with Redis("--maxmemory", "3mb", "--maxmemory-policy", "noeviction") as redis:
        with Backend(lambda request, connection: respond(connection, 200, b"x" * 200_000)) as backend:
            with gateway(backend, redis, RESPONSES.format(60)) as one:
                equal([one.get(f"/{i}").status for i in range(60)], [200] * 60)
                one.wait_log("ExternalCacheRefused")
                equal(one.log().count("ExternalCacheRefused"), 1)
                contains(one.log(), "OOM")
                asked = len(backend.requests)
                equal(one.get("/0").status, 200)
                equal(len(backend.requests), asked, "the first one is found")


@case("what errs, speaks something else, sends too much or nothing, or is not there, is a miss")
def hostile():
    answers = {
        "errors": lambda line: b"-ERR no\r\n" if b"GET" in line or b"SET" in line else b"+PONG\r\n",
        "loading": lambda line: b"-LOADING Redis is loading the dataset in memory\r\n",
        "http": lambda line: b"HTTP/1.1 400 Bad Request\r\n\r\n",
        "lists": lambda line: b"*100000000\r\n",
        "huge": lambda line: b"+PONG\r\n" if b"PING" in line else b"$9999999999\r\n" + b"x" * 65536,
        "garbage": lambda line: b"+PONG\r\n" if b"PING" in line else b"$4\r\nabcd\r\n",
        "unasked": lambda line: b"+PONG\r\n+PONG\r\n+PONG\r\n",
        "closing": lambda line: None,
    }
    for name, answer in answers.items():
        with FakeRedis(answer) as place, counting() as backend, gateway(backend, place, RESPONSES.format(60), ",syncTimeout=300") as one:
            equal(statuses(one, 10), [200] * 10, name)
            equal(one.stop(), 0, name)

    class Nowhere:
        port = free_port()

    with counting() as backend, gateway(backend, Nowhere, RESPONSES.format(60)) as one:
        equal(statuses(one, 10), [200] * 10)


run_cases()
