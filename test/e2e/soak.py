#!/usr/bin/env python3
"""Soak, by hand: a mix of policies under load, a new configuration every 2 seconds, a backend that breaks in every way and is killed now and
then. Every answer must be one that its path can explain; memory, threads and descriptors must stay flat. Ten minutes;
GATELET_SOAK_SECONDS changes that. GATELET_BINARY names the gateway. Prints the memory over time and ends with 1 when anything is wrong."""
import http.client
import os
import random
import statistics
import sys
import sys
import threading
import time

from harness import BINARY, BackendProcess, Gateway, api, policy

SECONDS = float(os.environ.get("GATELET_SOAK_SECONDS", "600"))
CLIENTS = 8
SAMPLE_SECONDS = max(1.0, SECONDS / 60)
GROWTH_MAX = 1.15  # of the last quarter over the second one

# In a process of its own, so that it can be killed as a backend dies. The path says what becomes of the request.
BACKEND = r'''
import socket, struct, sys, threading, time
def serve(s):
    try:
        with s, s.makefile("rb") as reader:
            while True:
                line = reader.readline()
                if not line: return
                size = 0
                while (field := reader.readline()) not in (b"\r\n", b""):
                    if field.lower().startswith(b"content-length:"): size = int(field.split(b":")[1])
                body = reader.read(size)
                path = line.split()[1]
                if b"reset" in path:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); return
                if b"garbage" in path: s.sendall(b"SSH-2.0-x\r\n\r\n"); return
                if b"truncated" in path: s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 50000); return
                if b"hang" in path: time.sleep(60); return
                if b"slow" in path:
                    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong": s.sendall(bytes([byte])); time.sleep(0.001)
                    continue
                if b"chunked" in path: s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\npo\r\n2;x=y\r\nng\r\n0\r\n\r\n"); continue
                if b"large" in path: s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300000); continue
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(body) or 4) + (body or b"pong"))
    except OSError: pass
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=256)
while True: threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
'''

PONG = {(200, b"pong")}
FAILED = {(500, None)}  # None: any body
# path: what it may answer while the backend lives
ANSWERS = {
    "/plain/x": PONG,
    "/plain/chunked": PONG,
    "/plain/slow": PONG,
    "/plain/large": {(200, b"x" * 300000)},
    "/plain/reset": FAILED,
    "/plain/garbage": FAILED,
    "/plain/truncated": {("broken", None)},
    "/plain/nothing": {(404, None)},
    "/held/x": {(200, b"held")},
    "/held/truncated": {(200, b"held")},  # nobody wants the backend's body
    "/hasty/hang": FAILED,
    "/keyed/x": PONG,
    "/keyed/wrong": {(401, None)},
    "/limited/x": PONG | {(429, None)},
    "/alone/x": {(203, b"alone")},
}
NEVER_FORWARDED = {"/plain/nothing", "/keyed/wrong", "/alone/x"}


def resources(version, url):
    stamp = f'<set-header name="X-Version" exists-action="override"><value>{version}</value></set-header>'
    forward = '<backend><forward-request timeout="30"/></backend>'
    names = ["x", "chunked", "slow", "large", "reset", "garbage", "truncated"]
    out = [*api("plain", "plain", url, [(f"{name}{method}", method, f"/{name}") for name in names for method in ("GET", "POST")])]
    out += [policy("apis/plain;rev=1/", f'<policies><inbound>{stamp}</inbound>{forward}<outbound>{stamp}</outbound></policies>')]
    out += api("held", "held", url, [("GET", "/x"), ("GET", "/truncated")])
    out += [policy("apis/held;rev=1/", f'<policies>{forward}<outbound>{stamp}<set-body>held</set-body></outbound></policies>')]
    out += api("hasty", "hasty", url, [("GET", "/hang")])
    out += [policy("apis/hasty;rev=1/", '<policies><backend><forward-request timeout="1"/></backend></policies>')]
    out += api("keyed", "keyed", url, [("GET", "/x"), ("GET", "/wrong")], subscriptionRequired=True)
    out += [{"k": "subscriptions/s", "v": {"displayName": "s", "scope": "/apis", "state": "active", "primaryKey": "key"}}]
    out += api("limited", "limited", url, [("GET", "/x")])
    out += [policy("apis/limited;rev=1/", '<policies><inbound><rate-limit-by-key calls="20" renewal-period="1" counter-key="all"/></inbound>'
                   f'{forward}</policies>')]
    out += api("alone", "alone", url, [("GET", "/x")])
    out += [policy("apis/alone;rev=1/", f'<policies><inbound><choose><when condition="true"><return-response><set-status code="203"/>'
                   f'{stamp}<set-body>alone</set-body></return-response></when></choose></inbound></policies>')]
    # A broken API in every third version: it is held back, and nothing else changes.
    if version % 3 == 0:
        out += [*api("broken", "broken", url, [("GET", "/x")]), policy("apis/broken;rev=1/", "<policies><inbound><frobnicate/></inbound></policies>")]
    return out


class Soak:
    def __init__(self):
        self.backend = BackendProcess(BACKEND)
        self.url = self.backend.url
        self.version = 1
        self.gateway = Gateway(resources(1, self.url), "--workers", "2",
                               settings={"config.reload.period": "00:00:01", "telemetry.logs.requests": "off"})
        self.stop = threading.Event()
        self.last_death = 0.0
        self.lock = threading.Lock()
        self.counts, self.problems, self.samples = {}, [], []

    def swap(self):
        while not self.stop.wait(2):
            self.version += 1
            self.gateway.write(resources(self.version, self.url))

    def kill(self):
        while not self.stop.wait(7):
            self.last_death = float("inf")  # until it is back
            self.backend.kill()
            self.stop.wait(0.3)
            self.backend.start()
            self.last_death = time.monotonic()

    def sample(self):
        begun = time.monotonic()
        while not self.stop.wait(SAMPLE_SECONDS):
            with open(f"/proc/{self.gateway.process.pid}/status", encoding="ascii") as file:
                fields = dict(line.split(":", 1) for line in file)
            files = len(os.listdir(f"/proc/{self.gateway.process.pid}/fd"))
            row = (time.monotonic() - begun, int(fields["VmRSS"].split()[0]), int(fields["Threads"]), files)
            self.samples.append(row)
            print(f"{row[0]:6.0f} s  {row[1]:8d} kB  {row[2]:3d} threads  {row[3]:4d} descriptors  {sum(self.counts.values()):9d} answers  "
                  f"{len(self.problems)} unexplained", flush=True)

    def note(self, path, status, body, begun):
        explained = any(status == expected and text in (None, body) for expected, text in ANSWERS[path])
        # A request that was under way when the backend died, or came before it was back.
        if not explained and path not in NEVER_FORWARDED and self.last_death > begun - 1.5 and status in (500, "broken"):
            explained = True
        with self.lock:
            self.counts[status] = self.counts.get(status, 0) + 1
            if not explained:
                self.problems.append(f"{path}: {status} {body[:80]!r}")

    def client(self, seed):
        chance = random.Random(seed)
        connection = None
        while not self.stop.is_set():
            path = chance.choice(list(ANSWERS))
            if path == "/hasty/hang" and chance.random() < 0.9:
                continue
            begun = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=30)
                headers = {"Ocp-Apim-Subscription-Key": "key" if path == "/keyed/x" else "none"} if path.startswith("/keyed") else {}
                if path.startswith("/plain") and chance.random() < 0.3:
                    connection.request("POST", path, body=b"pong", headers=headers)
                else:
                    connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                body = answer.read()
                self.note(path, answer.status, body, begun)
            except (OSError, http.client.HTTPException) as error:
                self.note(path, "broken", repr(error).encode(), begun)
                connection.close()
                connection = None
            if connection and chance.random() < 0.05:
                connection.close()
                connection = None

    def run(self):
        acts = [self.swap, self.kill, self.sample, *[lambda seed=seed: self.client(seed) for seed in range(CLIENTS)]]
        threads = [threading.Thread(target=act) for act in acts]
        for thread in threads:
            thread.start()
        time.sleep(SECONDS)
        self.stop.set()
        for thread in threads:
            thread.join()
        code = self.gateway.stop()
        self.backend.kill()
        return self.judge(code)

    def judge(self, code):
        quarter = len(self.samples) // 4
        second, last = self.samples[quarter:2 * quarter], self.samples[-quarter:]
        memory = [statistics.median(row[1] for row in part) for part in (second, last)] if quarter else [1, 1]
        threads = {row[2] for row in self.samples[quarter:]}
        print(f"soak: {BINARY}: {sum(self.counts.values())} answers {self.counts}, {self.version} configurations, memory {memory[0]:.0f} -> "
              f"{memory[1]:.0f} kB, threads {sorted(threads)}, unexplained: {len(self.problems)}, exit {code}")
        for problem in self.problems[:20]:
            print("  " + problem)
        return bool(self.problems) or memory[1] > memory[0] * GROWTH_MAX or len(threads) > 1 or code != 0


if __name__ == "__main__":
    sys.exit(Soak().run())
