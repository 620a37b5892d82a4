#!/usr/bin/env python3
"""More than there is room for: idle clients, slow clients (slowhttptest), too few descriptors, requests beyond every limit, bodies beyond the memory that
may be used. Probes are answered all the time, memory stays bounded, and service is back within 2 s."""
import concurrent.futures
import contextlib
import os
import re
import resource
import select
import shutil
import socket
import subprocess
import threading
import time

from harness import Backend, Gateway, RawClient, api, case, contains, equal, policy, respond, run_cases, wait_until

PROBES = ("/status-0123456789abcdef", "/internal-status-0123456789abcdef")
MEGABYTE = 1024 * 1024
RECOVERY_S = 2  # reliability.md 4.3
GROWTH_MB = 72  # what the allocator may keep: with limits.memory.bytes of 96 MB the gateway makes it give back until 72 MB are left
LARGE = b"x" * 16384
HELD = '<policies><inbound><base/></inbound><backend><forward-request buffer-request-body="true"/></backend></policies>'


def raise_descriptors():
    """As many as this process may have; the gateway inherits them."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


DESCRIPTORS = raise_descriptors()


def answer_large(request, connection):
    respond(connection, 200, LARGE)


def gateway_before(backend, settings=None, policies="", **more):
    """A gateway with the API `a` before the backend."""
    resources = api("a", "a", backend.url, [("GET", "/*"), ("POST", "/*")])
    if policies:
        resources.append(policy("apis/a;rev=1/", policies))
    return Gateway(resources, settings={"telemetry.logs.requests": "off", **(settings or {})}, **more)


def get(path="/a/x"):
    return f"GET {path} HTTP/1.1\r\nHost: gateway.test\r\n\r\n"


def ask(client, path="/a/x"):
    """The answer to a GET on an open connection; None when it was closed."""
    client.send(get(path))
    return client.answer()


def status_of(gateway, path="/a/x"):
    """The status that a new client sees; 0 when its connection is closed without an answer."""
    with contextlib.suppress(OSError), gateway.client(patience=5) as client:
        answer = ask(client, path)
        return answer.status if answer else 0
    return 0


def memory_mb(gateway, field="VmRSS"):
    with open(f"/proc/{gateway.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field + ":")) / 1024


def descriptors(gateway):
    return len(os.listdir(f"/proc/{gateway.process.pid}/fd"))


class Probing:
    """Asks both probes over new connections, as an orchestrator does, while the block runs; at its end service must be back."""

    def __init__(self, gateway, timeout=1):
        self.gateway, self.timeout, self.over, self.answers, self.failures = gateway, timeout, threading.Event(), 0, []
        self.memory = memory_mb(gateway)

    def __enter__(self):
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def run(self):
        while not self.over.is_set():
            for path in PROBES:
                started = time.monotonic()
                try:
                    with self.gateway.client(patience=self.timeout) as client:
                        status = ask(client, path).status
                except (OSError, AttributeError) as error:
                    status = repr(error)
                self.answers += 1
                if status != 200 or time.monotonic() - started > self.timeout:
                    self.failures.append((status, round(time.monotonic() - started, 2)))
            self.over.wait(0.05)

    def __exit__(self, kind, *_):
        self.over.set()
        self.thread.join()
        if kind:
            return
        equal(self.failures, [], f"of {self.answers} probes these were not answered")
        assert self.answers, "no probes were asked"
        ended = time.monotonic()
        wait_until(lambda: status_of(self.gateway) == 200, "clients are served again")
        assert time.monotonic() - ended < RECOVERY_S, f"service was back after {time.monotonic() - ended:.1f} s"
        wait_until(lambda: memory_mb(self.gateway) < self.memory + GROWTH_MB, f"memory is near the {self.memory} MB from before again")


@case("above net.server.connections.max requests are refused with 503 and Retry-After, probes are answered, and a free place is given again")
def _():
    held = threading.Event()
    with Backend(lambda request, connection: held.wait(20) and respond(connection, 200, b"ok")) as backend:
        with gateway_before(backend, {"net.server.connections.max": 4}) as gateway, contextlib.ExitStack() as stack:
            clients = [stack.enter_context(gateway.client()) for _ in range(4)]
            for client in clients:
                client.send(get())
            wait_until(lambda: len(backend.requests) == 4, "all places are taken")
            with Probing(gateway):
                for _ in range(20):
                    with gateway.client() as client:
                        refused = ask(client)
                        equal(refused.status, 503)
                        equal(refused.header("Retry-After"), "1")
                        contains(refused.text, "Too many connections are open.")
                        assert client.is_closed(), "a refused client's connection is closed"
                held.set()
                for client in clients:
                    equal(client.answer().status, 200)


IDLE = min(10_000, (DESCRIPTORS - max(64, DESCRIPTORS // 128)) // 2 - 100)


@case(f"{IDLE:,} idle clients cost little memory, stay connected, and others are served as always")
def _():
    if IDLE < 10_000:
        print(f"NOTE {IDLE:,} idle clients instead of 10,000: {DESCRIPTORS} descriptors are allowed here")
    with Backend() as backend, gateway_before(backend, {"net.server.connections.max": IDLE + 100}) as gateway, contextlib.ExitStack() as stack:
        equal(status_of(gateway), 200)
        before, open_before = memory_mb(gateway), descriptors(gateway)
        with Probing(gateway):
            clients = [stack.enter_context(gateway.client()) for _ in range(IDLE)]
            for client in clients[::2]:
                equal(ask(client).status, 200)
            for _ in range(100):
                equal(status_of(gateway), 200)
            assert memory_mb(gateway) < before + 150, f"memory grew from {before} to {memory_mb(gateway)} MB"
            poller = select.poll()
            for client in clients:
                poller.register(client.socket, select.POLLIN)
            equal(poller.poll(50), [], "idle clients that were closed")
            stack.close()
        wait_until(lambda: descriptors(gateway) <= open_before + 32, "descriptors are given back")


@case("3,000 silent clients where 200 have room: those who ask are served all the time")
def _():
    with Backend() as backend, gateway_before(backend, {"net.server.connections.max": 200}) as gateway, contextlib.ExitStack() as stack:
        with Probing(gateway):
            for index in range(min(3000, DESCRIPTORS - 500)):
                stack.enter_context(gateway.client())
                if index % 50 == 49:
                    equal(status_of(gateway), 200, f"after {index} silent clients")
            stack.close()


@case("with 256 descriptors 1,000 clients at once are answered or refused, the process lives, and service is back")
def _():
    with Backend() as backend, gateway_before(backend, preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))) as gateway:
        equal(status_of(gateway), 200)
        before = descriptors(gateway)
        with contextlib.ExitStack() as stack:
            with Probing(gateway, timeout=3):  # a thousand clients stand in the queue before a probe
                clients, statuses = [], []
                for _ in range(1000):
                    clients.append(stack.enter_context(gateway.client(patience=10)))
                for client in clients:
                    with contextlib.suppress(OSError):  # who said nothing for long was refused already
                        client.send(get())
                    answer = client.answer()
                    statuses.append(answer.status if answer else 0)
                print(f"1,000 clients with 256 descriptors: {({status: statuses.count(status) for status in sorted(set(statuses))})}")
                equal(set(statuses) - {200, 503}, set(), "answers")
                assert statuses.count(200) >= 64, "hardly anybody was served"
                # Those who come now find idle clients that make room.
                for index in range(200):
                    equal(ask(stack.enter_context(gateway.client())).status, 200, f"client {index} after the flood")
                assert descriptors(gateway) < 250, "the reserve is used up"
                stack.close()
        wait_until(lambda: descriptors(gateway) <= before + 32, "descriptors are given back")


SLOW = 400
ATTACKS = {
    "heads": ("-H", "-i", "1", "-t", "GET", "-x", "24"),
    "bodies": ("-B", "-i", "1", "-s", "8192", "-t", "POST", "-x", "10"),
    "readers": ("-X", "-w", "512", "-y", "1024", "-n", "1", "-z", "32", "-k", "3"),
}


def attack(gateway, kind, meanwhile):
    """slowhttptest for a few seconds; its own client must have found the service available all the time, unless places were short."""
    if not shutil.which("slowhttptest"):
        print("SKIPPED slowhttptest: 1 case, the program is not installed; test/setup.sh test installs it")
        return ""
    open_before = descriptors(gateway)
    command = ["slowhttptest", "-c", str(SLOW), "-r", str(SLOW), "-l", "3", "-p", "3", *ATTACKS[kind], "-u", gateway.url + "/a/x"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    reader = threading.Thread(target=lambda: setattr(running, "report", running.stdout.read()))
    reader.start()
    most = 0
    with Probing(gateway):
        while running.poll() is None:
            meanwhile()
            most = max(most, descriptors(gateway) - open_before)
            time.sleep(0.02)
        reader.join()
    assert most > SLOW / 4, f"the attack never had more than {most} connections"
    wait_until(lambda: descriptors(gateway) <= open_before + 32, "the slow clients' descriptors are given back")
    return running.report


for slow_kind in ATTACKS:

    @case(f"{SLOW} clients with slow {slow_kind} leave other clients, probes and memory alone")
    def _(kind=slow_kind):
        with Backend(answer_large) as backend, gateway_before(backend) as gateway, gateway.client() as old:

            def meanwhile():
                equal(ask(old).status, 200, "a client that was there before")
                equal(status_of(gateway), 200, "a new client")

            report = attack(gateway, kind, meanwhile)
            equal(re.findall(r"service available:\S*\s+\S*NO", report), [], "slowhttptest's own client")


@case("slow heads that take all places: probes are answered, and clients as soon as the attack is over")
def _():
    with Backend() as backend, gateway_before(backend, {"net.server.connections.max": 200}) as gateway:
        statuses = set()
        attack(gateway, "heads", lambda: statuses.add(status_of(gateway)))
        equal(statuses - {200, 503}, set())


@case("a client that sends requests and reads no answers is stopped by its own connection")
def _():
    with Backend(answer_large) as backend, gateway_before(backend) as gateway:
        before = memory_mb(gateway)
        with gateway.client(patience=1) as client, contextlib.suppress(OSError):
            for _ in range(2000):
                client.send(get() * 100)
        equal(status_of(gateway), 200)
        assert memory_mb(gateway) < before + 32, f"memory grew from {before} to {memory_mb(gateway)} MB"


def request(line="GET /a/x HTTP/1.1", lines=(), body=b""):
    return "\r\n".join([line, "Host: gateway.test", *lines, "", ""]).encode() + body


def header_lines(count):
    """With Host as one of them."""
    return [f"X-{number}: v" for number in range(count - 1)]


# (what, request, status): reliability.md 1.2 and limits.hpp. Each limit from both sides.
LIMITS = [
    ("100 header lines", request(lines=header_lines(100)), 200),
    ("101 header lines", request(lines=header_lines(101)), 431),
    ("2,000 header lines", request(lines=header_lines(2000)), 431),
    ("a head of 31 KiB", request(lines=["X-A: " + "v" * 31 * 1024]), 200),
    ("a head of 33 KiB", request(lines=["X-A: " + "v" * 33 * 1024]), 431),
    ("a header name of 100 KB", request(lines=["X" * 100_000 + ": v"]), 431),
    ("a target of 8 KiB", request(f"GET /a/{'x' * (8192 - 3)} HTTP/1.1"), 200),
    ("a longer target", request(f"GET /a/{'x' * (8192 - 2)} HTTP/1.1"), 414),
    ("a target of 100 KB", request(f"GET /a/{'x' * 100_000} HTTP/1.1"), 414),
    ("1,000 query parameters", request(f"GET /a/x?{'&'.join(['p'] * 1000)} HTTP/1.1"), 200),
    ("1,001 query parameters", request(f"GET /a/x?{'&'.join(['p'] * 1001)} HTTP/1.1"), 400),
    ("a body as large as may be held", request("POST /held/x HTTP/1.1", ["Content-Length: 1000"], b"x" * 1000), 200),
    ("a body that is larger", request("POST /held/x HTTP/1.1", ["Content-Length: 1001"], b"x" * 1001), 413),
    ("a chunked body that is larger", request("POST /held/x HTTP/1.1", ["Transfer-Encoding: chunked"], b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n"), 413),
    ("a body of 1 EB, announced", request("POST /held/x HTTP/1.1", ["Content-Length: 1152921504606846976"]), 413),
    ("a body of more than 2^63 bytes", request("POST /a/x HTTP/1.1", ["Content-Length: 9223372036854775808"]), 400),
    ("a chunk of more than 2^64 bytes", request("POST /a/x HTTP/1.1", ["Transfer-Encoding: chunked"], b"1" * 17 + b"\r\n"), 400),
    ("a chunk extension of 5 KB", request("POST /a/x HTTP/1.1", ["Transfer-Encoding: chunked"], b"1;" + b"e" * 5000 + b"\r\nx\r\n0\r\n\r\n"), 400),
    ("trailers of 33 KiB", request("POST /a/x HTTP/1.1", ["Transfer-Encoding: chunked"], b"0\r\nX-A: " + b"v" * 33 * 1024 + b"\r\n\r\n"), 431),
    ("a head that never ends", b"GET /a/x HTTP/1.1\r\nHost: gateway.test\r\n", 408),
    ("a held body that never ends", request("POST /held/x HTTP/1.1", ["Content-Length: 100"], b"x"), 408),
    ("a body that never ends", request("POST /a/x HTTP/1.1", ["Content-Length: 100"], b"x"), 408),
]


@case("requests over every limit get its status, from eight clients again and again, and then all is as before")
def _():
    with Backend() as backend:
        resources = api("a", "a", backend.url, [("GET", "/*"), ("POST", "/*")]) + api("held", "held", backend.url, [("POST", "/*")])
        settings = {"telemetry.logs.requests": "off", "limits.body.buffer-bytes": 1000}
        settings.update({"net.server.timeout.header": "00:00:01", "net.server.timeout.body": "00:00:01"})
        with Gateway([*resources, policy("apis/held;rev=1/", HELD)], settings=settings) as gateway:

            def one(row):
                _, sent, _ = row
                with gateway.client() as client:
                    with contextlib.suppress(OSError):  # a refusal may come before all of it is sent
                        client.send(sent)
                    answer = client.answer()
                    return answer.status if answer else 0

            equal(status_of(gateway), 200)
            before = descriptors(gateway)
            rows = [row for row in LIMITS for _ in range(2 if row[2] == 408 else 20)]
            with Probing(gateway), concurrent.futures.ThreadPoolExecutor(8) as pool:
                wrong = {(what, status, answered) for (what, _, status), answered in zip(rows, pool.map(one, rows)) if answered != status}
                equal(wrong, set(), "(request, status, what came)")
            wait_until(lambda: descriptors(gateway) <= before + 32, "descriptors are given back")


@case("1,000 pipelined requests are answered one after the other, in order, without being gathered")
def _():
    with Backend(lambda request, connection: respond(connection, 200, request.target.encode())) as backend, gateway_before(backend) as gateway:
        with gateway.client() as client:
            sender = threading.Thread(target=client.send, args=("".join(get(f"/a/{number}") for number in range(1000)),))
            sender.start()
            for number in range(1000):
                answer = client.answer()
                equal((answer.status, answer.text), (200, f"/{number}"))
            sender.join()
            assert client.stays_open()


def flood(gateway, stop):
    """Clients that send large bodies and never end them, again and again."""

    def client():
        while not stop.is_set():
            with contextlib.suppress(OSError), RawClient(gateway.address, 5) as raw:
                raw.send(f"POST /a/x HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: {8 * MEGABYTE}\r\n\r\n")
                for _ in range(28):
                    raw.send(b"x" * (MEGABYTE // 4))
                while not stop.is_set() and raw.stays_open():
                    pass

    threads = [threading.Thread(target=client) for _ in range(48)]
    for thread in threads:
        thread.start()
    return threads


@case("bodies beyond limits.memory.bytes are refused with 503 while probes are answered, memory stays bounded, and service is back afterwards")
def _():
    with Backend() as backend, gateway_before(backend, {"limits.memory.bytes": 96 * MEGABYTE}, HELD) as gateway:
        equal(status_of(gateway), 200)
        stop = threading.Event()
        with Probing(gateway):
            threads = flood(gateway, stop)
            try:
                gateway.wait_log("Overload.*above 95 %")
                statuses = {status_of(gateway) for _ in range(50)}
                assert 503 in statuses and statuses <= {0, 200, 503}, statuses
                time.sleep(2)
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
        gateway.wait_log("Overload.*below its soft mark")
        offered = 48 * 7
        print(f"bodies: {memory_mb(gateway, 'VmHWM'):.0f} MB at most, {offered} MB were offered at once")
        assert memory_mb(gateway, "VmHWM") < offered * 3 / 4, f"{memory_mb(gateway, 'VmHWM')} MB were used"


@case("above 80 % of limits.memory.bytes one request log of 100 is written, the others are counted, and afterwards each is written again")
def _():
    settings = {"limits.memory.bytes": 96 * MEGABYTE, "telemetry.logs.requests": "all"}
    with Backend() as backend, gateway_before(backend, settings, HELD) as gateway, contextlib.ExitStack() as stack:

        def told():
            return gateway.log().count("/a/told")

        with gateway.client() as old:
            for _ in range(20):
                equal(ask(old, "/a/told").status, 200)
            wait_until(lambda: told() == 20, "every request is logged")
            while "RequestLogsSampled" not in gateway.log():
                holder = stack.enter_context(gateway.client())
                holder.send(f"POST /a/x HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: {8 * MEGABYTE}\r\n\r\n" + "x" * 4 * MEGABYTE)
                time.sleep(0.2)  # until the memory was looked at
            for _ in range(200):
                equal(ask(old, "/a/told").status, 200, "a client that was there before")
            stack.close()
            left_out = int(gateway.wait_log(r"Every request log is written again.*leftOut: (\d+)")[1])
            assert told() < 20 + 10, f"{told() - 20} of 200 requests were logged while memory was short"
            assert left_out >= 200 - (told() - 20), f"only {left_out} are said to be left out"
            before = told()
            for _ in range(20):
                equal(ask(old, "/a/told").status, 200)
            wait_until(lambda: told() == before + 20, "every request is logged again")


run_cases()
