#!/usr/bin/env python3
"""Load while the configuration changes every 2 seconds and the backend is killed and restarted: every answer must be explained by a configuration
that was in force and by the backend's state. Two minutes; GATELET_LOAD_SECONDS changes that."""
import http.client
import os
import random
import threading
import time

from harness import BINARY, BackendProcess, Gateway, api, case, equal, policy, run_cases

SECONDS = float(os.environ.get("GATELET_LOAD_SECONDS", "120"))
CLIENTS = 8

# A backend in a process of its own, so that it can be killed as a backend dies.
BACKEND = """
import http.server, sys
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = self.headers.get("X-Version", "?").encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0)); self.do_GET()
    def log_message(self, *a): pass
class S(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    allow_reuse_address = True
S(("127.0.0.1", int(sys.argv[1])), H).serve_forever()
"""


def resources(version, url):
    """Version n sends and answers with its number on both sides; an operation exists only in even ones."""
    stamp = f'<policies><inbound><base/><set-header name="X-Version"><value>{version}</value></set-header></inbound>' \
            f'<outbound><base/><set-header name="X-Answer-Version"><value>{version}</value></set-header></outbound>' \
            f'<on-error><base/><set-header name="X-Answer-Version"><value>{version}</value></set-header></on-error></policies>'
    operations = [("get", "GET", "/x"), ("post", "POST", "/x")] + ([("even", "GET", "/even")] if version % 2 == 0 else [])
    return [*api("load", "load", url, operations), policy("apis/load;rev=1/", stamp)]


class Load:
    def __init__(self):
        self.backend = BackendProcess(BACKEND)
        self.url = self.backend.url
        self.version = 1
        self.in_force = 1  # at least this one was written long enough ago
        self.gateway = Gateway(resources(1, self.url), "--workers", "2", settings={"config.reload.period": "00:00:01", "telemetry.logs.requests": "off"})
        self.stop = threading.Event()
        self.kills_begun = 0
        self.kills_done = 0
        self.problems = []
        self.counts = {}
        self.lock = threading.Lock()

    def change(self):
        while not self.stop.wait(2):
            self.version += 1
            self.gateway.write(resources(self.version, self.url))

    def kill(self):
        while not self.stop.wait(5):
            self.kills_begun += 1
            self.backend.kill()
            self.kills_done += 1
            if self.stop.wait(0.5):
                return
            self.backend.start()

    def note(self, status, problem=None):
        with self.lock:
            self.counts[status] = self.counts.get(status, 0) + 1
            if problem and len(self.problems) < 20:
                self.problems.append(problem)

    def judge(self, path, answer, body, before, after):
        stamp = answer.getheader("X-Answer-Version")
        status = answer.status
        if stamp is None and status != 404:
            return f"{path}: {status} without a stamp: {body!r}"
        # A version may be in force from the moment it is written, and at most a few periods after the next one was.
        if stamp is not None and not before - 4 <= int(stamp) <= after:
            return f"{path}: version {stamp} answered, between {before} and {after} were written"
        if status == 200:
            return None if body.decode() == stamp else f"{path}: mixed versions: sent {body!r}, answered {stamp}"
        if status == 404:
            return None if path == "/load/even" and (stamp is None or int(stamp) % 2) else f"{path}: 404 of version {stamp}"
        if status == 500:
            return None if self.kills_begun and b'"Internal server error"' in body else f"{path}: 500 although the backend lives: {body!r}"
        return f"{path}: status {status} {body!r}"

    def client(self, seed):
        chance = random.Random(seed)
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=30)
        while not self.stop.is_set():
            path = chance.choice(["/load/x", "/load/x", "/load/even"])
            before = self.version
            kills_before = self.kills_done
            try:
                if path == "/load/x" and chance.random() < 0.3:
                    connection.request("POST", path, body=b"x" * chance.randrange(5000))
                else:
                    connection.request("GET", path)
                answer = connection.getresponse()
                body = answer.read()
            except http.client.IncompleteRead as error:
                # A backend that dies between its head and its body: what was sent on cannot be taken back, so the gateway must close early too.
                self.note("cut", None if kills_before < self.kills_begun else f"{path}: cut although the backend lives: {error!r}")
                connection.close()
                continue
            except (OSError, http.client.HTTPException) as error:
                self.note("broken", f"{path}: {error!r}")
                connection.close()
                continue
            self.note(answer.status, self.judge(path, answer, body, before, self.version))
        connection.close()

    def run(self):
        threads = [threading.Thread(target=self.client, args=(seed,)) for seed in range(CLIENTS)]
        threads += [threading.Thread(target=self.change), threading.Thread(target=self.kill)]
        for thread in threads:
            thread.start()
        time.sleep(SECONDS)
        self.stop.set()
        for thread in threads:
            thread.join()
        self.backend.kill()


@case(f"{SECONDS:g} s of load with a change every 2 s and a dying backend: no answer that the configuration in force does not explain")
def _():
    load = Load()
    load.run()
    print(f"load: {sum(load.counts.values())} answers {load.counts}, {load.version} configurations, unexplained: {len(load.problems)}")
    equal(load.problems, [])
    assert load.counts.get(200, 0) > 100, load.counts
    equal(load.gateway.stop(), 0)


run_cases()
