#!/usr/bin/env python3
"""Limits over HTTP: exact counts with several workers, quotas over restarts, places that are given back in every end."""
import os
import signal
import tempfile
import threading

from harness import Backend, Gateway, api, case, contains, equal, error_body, policy, respond, run_cases, wait_until

QUOTA = '<quota-by-key calls="{}" renewal-period="0" counter-key="all" />'
OUT_OF_CALLS = error_body(403, "Out of call volume quota.")


def inbound(text):
    return policy("apis/a;rev=1/", f"<policies><inbound>{text}</inbound></policies>")


def gateway(backend, text, **settings):
    return Gateway(api("a", "a", backend.url, [("GET", "/x")]) + [inbound(text)], settings=settings)


def statuses(served, count):
    return [served.get("/a/x").status for _ in range(count)]


def hammer(served, connections, each):
    """How many of all answers were 200."""
    passed = []

    def client():
        with served.client() as connection:
            for _ in range(each):
                connection.send("GET /a/x HTTP/1.1\r\nHost: gateway\r\n\r\n")
                passed.append(connection.answer().status == 200)

    threads = [threading.Thread(target=client) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(len(passed), connections * each, "answers")
    return sum(passed)


@case("64 connections on two workers get exactly as many calls through as each limit allows")
def _():
    for text in ('<rate-limit-by-key calls="100" renewal-period="300" counter-key="all" />', QUOTA.format(100)):
        with Backend() as backend, gateway(backend, text, **{"net.server.workers": "2"}) as served:
            equal(hammer(served, 64, 10), 100, text)
            equal(len(backend.requests), 100, "calls of the backend")


@case("a quota that is used up stays so over a restart, and one that is not goes on where it was")
def _():
    with Backend() as backend, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "quotas")
        with gateway(backend, QUOTA.format(3), **{"policy.quota.file": path}) as served:
            equal(statuses(served, 2), [200, 200])
        equal(os.stat(path).st_mode & 0o777, 0o600, "mode of the file")
        with gateway(backend, QUOTA.format(3), **{"policy.quota.file": path}) as served:
            equal(statuses(served, 2), [200, 403])
        with gateway(backend, QUOTA.format(3), **{"policy.quota.file": path}) as served:
            equal(served.get("/a/x").text, OUT_OF_CALLS)
        equal(os.listdir(folder), ["quotas"], "what was left behind")


@case("a gateway that is killed has lost no more than what was counted since the last write")
def _():
    with Backend() as backend, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "quotas")
        with gateway(backend, QUOTA.format(2), **{"policy.quota.file": path}) as served:
            equal(statuses(served, 2), [200, 200])
            # Of the only counter: its calls, its bytes, and then the checksum of the file, 8 bytes each.
            written_calls = lambda: int.from_bytes(open(path, "rb").read()[-24:-16], "little")
            wait_until(lambda: written_calls() == 2, "a write with both calls")
            served.stop(signal.SIGKILL)
        with gateway(backend, QUOTA.format(2), **{"policy.quota.file": path}) as served:
            equal(statuses(served, 1), [403])


@case("without a file a restart begins anew")
def _():
    with Backend() as backend:
        for _ in range(2):
            with gateway(backend, QUOTA.format(1)) as served:
                equal(statuses(served, 2), [200, 403])


@case("a damaged file is put aside with a line in the log, and counting begins anew")
def _():
    with Backend() as backend, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "quotas")
        with gateway(backend, QUOTA.format(1), **{"policy.quota.file": path}) as served:
            equal(statuses(served, 1), [200])
        for damage in (b"", b"hello", bytes(range(256)) * 64, open(path, "rb").read()[:-1]):
            with open(path, "wb") as file:
                file.write(damage)
            with gateway(backend, QUOTA.format(1), **{"policy.quota.file": path}) as served:
                line = served.wait_log("QuotaFileDamaged.*")[0]
                contains(line, path)
                contains(line, path + ".damaged")
                equal(statuses(served, 2), [200, 403])
            equal(open(path + ".damaged", "rb").read(), damage, "what was put aside")


@case("a path that cannot be written keeps the gateway from starting, and the message names it")
def _():
    with Backend() as backend, tempfile.TemporaryDirectory() as folder:
        for path in (os.path.join(folder, "absent", "quotas"), folder):
            settings = {"policy.quota.file": path}
            refused = Gateway(api("a", "a", backend.url, [("GET", "/x")]), settings=settings, expect_exit=True)
            equal(refused.process.wait(), 1, "exit code")
            refused.stop()
            contains(refused.last_log, "policy.quota.file")
            contains(refused.last_log, path)
            refused.folder.cleanup()


@case("a disk that fails later is told once, and quotas count on")
def _():
    with Backend() as backend, tempfile.TemporaryDirectory() as folder:
        inner = os.path.join(folder, "state")
        os.mkdir(inner)
        with gateway(backend, QUOTA.format(3), **{"policy.quota.file": os.path.join(inner, "quotas")}) as served:
            os.rename(inner, inner + ".gone")
            equal(statuses(served, 1), [200])
            served.wait_log("QuotaFileNotWritten")
            equal(statuses(served, 3), [200, 200, 403])
            os.rename(inner + ".gone", inner)
            served.wait_log("QuotaFileWritten")
        equal(served.last_log.count("QuotaFileNotWritten"), 1, "lines of the failure")


HELD = '<policies><backend><limit-concurrency key="k" max-count="1"><forward-request timeout="{}" /></limit-concurrency></backend></policies>'


class SlowBackend(Backend):
    """Answers only when it is let go."""

    def __init__(self):
        self.go = threading.Event()
        super().__init__(self.hold)

    def hold(self, request, connection):
        self.go.wait(30)
        respond(connection, 200, b"ok")


@case("the place of limit-concurrency is held while the backend works, and free after its answer, a timeout, and a client that leaves")
def _():
    def leave(client, backend):
        client.socket.close()

    def answer(client, backend):
        backend.go.set()
        equal(client.answer().status, 200)

    def time_out(client, backend):
        equal(client.answer().status, 500)

    for timeout, end in ((60, leave), (60, answer), (1, time_out)):
        with SlowBackend() as backend:
            resources = api("a", "a", backend.url, [("GET", "/x")]) + [policy("apis/a;rev=1/", HELD.format(timeout))]
            with Gateway(resources, settings={"net.server.workers": "2"}) as served:
                client = served.client()
                client.send("GET /a/x HTTP/1.1\r\nHost: gateway\r\n\r\n")
                wait_until(lambda: backend.requests, "the first call")
                if end is not time_out:
                    for _ in range(5):
                        refused = served.get("/a/x")
                        equal(refused.status, 429)
                        equal(refused.text, error_body(429, "Concurrency limit is exceeded."))
                end(client, backend)
                backend.go.set()
                wait_until(lambda: served.get("/a/x").status == 200, "a place that is free again")
                equal(statuses(served, 5), [200] * 5)


run_cases()
