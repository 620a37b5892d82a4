#!/usr/bin/env python3
"""The management plane: writes a second beside bare commits of SQLite, and P-14: what 10,000 gateways that poll every 10 seconds and send heartbeats
cost it. One line each.

    test/bench/plane.py writes [--seconds 5]
    test/bench/plane.py polls [--gateways 10000] [--seconds 60]        # as root, for the descriptors
"""
import argparse
import base64
import hashlib
import heapq
import hmac
import http.client
import json
import os
import pathlib
import random
import re
import resource
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = "api-version=2024-05-01"
POLL_S, HEARTBEAT_S, JITTER = 10, 60, 0.1
GOAL_CORE, GOAL_WRITES = 0.20, 500


class Plane:
    def __init__(self, binary):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gatelet-plane-bench-", dir=os.environ.get("GATELET_BENCH_DIR")))
        self.binary = binary
        self.process = None
        self.token = None

    def start(self):
        self.process = subprocess.Popen([self.binary, "manage", "--listen", "http://127.0.0.1:0", "--data", str(self.folder / "data")], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        for line in self.process.stdout:
            if line.startswith("gto_"):
                self.token = line.strip()
            found = re.match(r"listening on http://127.0.0.1:(\d+)", line)
            if found:
                self.port = int(found[1])
                return
        sys.exit("plane.py: the plane did not start")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def client(self):
        return Client(self)


class Client:
    def __init__(self, plane):
        self.connection = http.client.HTTPConnection("127.0.0.1", plane.port, timeout=60)
        self.headers = {"Authorization": f"Bearer {plane.token}"}

    def ask(self, method, path, properties=None):
        body = None if properties is None else json.dumps({"properties": properties})
        self.connection.request(method, f"{path}?{VERSION}", body, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 201, 204):
            sys.exit(f"plane.py: {method} {path}: {answer.status} {text[:300]}")
        return json.loads(text) if text else None


def bare_commits_a_second(folder, seconds):
    store = sqlite3.connect(folder / "bare.db", isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.execute("CREATE TABLE row(name TEXT PRIMARY KEY, value TEXT)")
    count, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        store.execute("INSERT INTO row VALUES(?, ?)", (f"row-{count}", "x" * 300))
        count += 1
    return count / seconds


def writes_a_second(plane, clients, seconds):
    counts = [0] * clients
    until = time.monotonic() + seconds

    def write(index):
        client = plane.client()
        while time.monotonic() < until:
            name = f"value-{clients}-{index}-{counts[index]}"
            client.ask("PUT", f"/namedValues/{name}", {"displayName": name, "value": "x" * 100})
            counts[index] += 1

    threads = [threading.Thread(target=write, args=(index,)) for index in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def writes(options):
    plane = Plane(options.binary)
    plane.start()
    bare = bare_commits_a_second(plane.folder, options.seconds)
    alone, together = (writes_a_second(plane, clients, options.seconds) for clients in (1, 8))
    plane.stop()
    goal = min(GOAL_WRITES, bare / 2)
    print(f"writes: {together:.0f}/s from 8 clients, {alone:.0f}/s from one; bare commits {bare:.0f}/s; goal {goal:.0f}/s: "
          f"{'reached' if together >= goal else 'missed'}")
    return together >= goal


def gateway_folder(folder, count):
    """One API that all gateways have, as an APIOps folder."""
    api = folder / "apis/echo"
    (api / "operations").mkdir(parents=True)
    (api / "apiInformation.json").write_text(json.dumps({"properties": {"displayName": "Echo", "path": "echo", "serviceUrl": "http://b.test"}}))
    for index in range(20):
        (api / f"operations/o{index}").mkdir()
        (api / f"operations/o{index}/operationInformation.json").write_text(
            json.dumps({"properties": {"displayName": f"O{index}", "method": "GET", "urlTemplate": f"/o{index}"}}))
    for index in range(count):
        gateway = folder / f"gateways/g{index}"
        (gateway / "apis/echo").mkdir(parents=True)
        (gateway / "gatewayInformation.json").write_text('{"properties":{}}')
        (gateway / "apis/echo/gatewayApiInformation.json").write_text("{}")


class Fleet:
    """Gateways on one keep-alive connection each; one thread, epoll, a heap of what is due when."""

    def __init__(self, plane, tokens):
        self.plane = plane
        self.epoll = select.epoll()
        self.due = []
        self.gateways = []
        self.by_descriptor = {}
        self.statuses = {}
        self.waits_ms = []
        for name, token in tokens:
            self.gateways.append({"name": name, "token": token, "socket": None, "etag": "", "base": "", "sent": None, "received": b"", "next": []})
        now = time.monotonic()
        for index, gateway in enumerate(self.gateways):
            self.due.append((now + random.random() * POLL_S, 2 * index, gateway, "poll"))
            self.due.append((now + random.random() * HEARTBEAT_S, 2 * index + 1, gateway, "beat"))
        heapq.heapify(self.due)

    def connect(self, gateway):
        connection = socket.create_connection(("127.0.0.1", self.plane.port))
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        gateway["socket"] = connection
        self.by_descriptor[connection.fileno()] = gateway
        self.epoll.register(connection, select.EPOLLIN)

    def close(self, gateway):
        """The plane ended the connection: the next request makes another one."""
        self.statuses[("closed", 0)] = self.statuses.get(("closed", 0), 0) + 1
        self.epoll.unregister(gateway["socket"])
        gateway["socket"].close()
        gateway.update(socket=None, sent=None, received=b"", next=[])

    def send(self, gateway, what):
        if not gateway["socket"]:
            self.connect(gateway)
        if gateway["sent"]:  # one after the other on the connection
            gateway["next"].append(what)
            return
        head = f"Host: plane\r\nAuthorization: GatewayKey {gateway['token']}\r\nGsp-Version: 1.0\r\nGsp-Instance: i-{gateway['name']}\r\n"
        path = f"/gateway-sync/v1/gateways/{gateway['name']}"
        if what == "poll":
            held = f"If-None-Match: {gateway['etag']}\r\n" if gateway["etag"] else ""
            text = f"GET {path}/config{gateway['base']} HTTP/1.1\r\n{head}Accept-Encoding: gzip\r\n{held}\r\n"
        else:
            body = json.dumps({"instance": f"i-{gateway['name']}", "state": "serving-fresh", "errors": [], "gatewayVersion": "0.1.0",
                               "config": {"etag": gateway["etag"]}, "load": {"rps1m": 1.5, "inflight": 0, "cpuPct": 3, "rssBytes": 20000000}})
            text = f"POST {path}/heartbeat HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}"
        gateway["sent"] = (what, time.monotonic())
        gateway["socket"].send(text.encode())

    def receive(self, gateway):
        received = gateway["socket"].recv(1 << 20)
        if not received:
            return self.close(gateway)
        gateway["received"] += received
        end = gateway["received"].find(b"\r\n\r\n")
        if end < 0:
            return None
        head = gateway["received"][:end].decode("latin-1")
        status = int(head[9:12])
        fields = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in head.split("\r\n")[1:])}
        size = 0 if status == 304 else int(fields.get("content-length", 0))
        if len(gateway["received"]) < end + 4 + size:
            return None
        gateway["received"] = b""
        what, sent = gateway["sent"]
        gateway["sent"] = None
        self.statuses[(what, status)] = self.statuses.get((what, status), 0) + 1
        if status == 304:
            self.waits_ms.append((time.monotonic() - sent) * 1000)
        if what == "poll" and "etag" in fields:
            gateway["etag"], gateway["base"] = fields["etag"], f"?base={fields['gsp-revision']}"
        if gateway["next"]:
            self.send(gateway, gateway["next"].pop(0))
        return None

    def run(self, seconds, is_over=lambda: False):
        until = time.monotonic() + seconds
        while time.monotonic() < until and not is_over():
            now = time.monotonic()
            while self.due and self.due[0][0] <= now:
                at, order, gateway, what = heapq.heappop(self.due)
                self.send(gateway, what)
                period = POLL_S if what == "poll" else HEARTBEAT_S
                heapq.heappush(self.due, (max(at, now - 1) + period * random.uniform(1 - JITTER, 1 + JITTER), order, gateway, what))
            for descriptor, _ in self.epoll.poll(max(0.0, min(0.05, self.due[0][0] - time.monotonic()))):
                self.receive(self.by_descriptor[descriptor])

    def reset(self):
        self.statuses, self.waits_ms = {}, []


def tokens_of(plane, count):
    client = plane.client()
    expiry = time.strftime("%Y%m%d%H%M", time.gmtime(time.time() + 86400))
    for index in range(count):
        name = f"g{index}"
        key = client.ask("POST", f"/gateways/{name}/listKeys")["primary"]
        signature = base64.b64encode(hmac.new(key.encode(), f"{name}\n{expiry}".encode(), hashlib.sha512).digest()).decode()
        yield name, f"{name}&{expiry}&{signature}"


def raise_descriptor_limit(wanted):
    """For this program and the plane, which inherits it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, hard), max(wanted, hard)))
    except ValueError:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def polls(options):
    count = min(options.gateways, (raise_descriptor_limit(2 * options.gateways + 1000) - 300) // 2)  # the plane counts two for each client
    plane = Plane(options.binary)
    gateway_folder(plane.folder / "apis-folder", count)
    subprocess.run([options.binary, "manage", "import", str(plane.folder / "apis-folder"), "--data", str(plane.folder / "data")], check=True,
                   stdout=subprocess.DEVNULL)
    plane.start()
    fleet = Fleet(plane, list(tokens_of(plane, count)))
    fleet.run(POLL_S * (1 + JITTER) + 5)  # until each has its configuration
    fleet.reset()
    before, began = plane.cpu_s(), time.monotonic()
    fleet.run(options.seconds)
    took = time.monotonic() - began
    core = (plane.cpu_s() - before) / took
    waits, statuses = sorted(fleet.waits_ms), dict(fleet.statuses)
    etags = {gateway["etag"] for gateway in fleet.gateways}
    plane.client().ask("PUT", "/apis/echo/operations/o1", {"displayName": "changed", "method": "GET", "urlTemplate": "/o1"})
    changed = time.monotonic()
    fleet.run(30, lambda: not any(gateway["etag"] in etags for gateway in fleet.gateways))
    arrived = time.monotonic() - changed
    behind = sum(gateway["etag"] in etags for gateway in fleet.gateways)
    others = {f"{what} {status}": number for (what, status), number in statuses.items() if (what, status) not in (("poll", 304), ("beat", 200))}
    is_good = core <= GOAL_CORE and not others and not behind
    print(f"P-14: {count:,} gateways, {statuses.get(('poll', 304), 0) / took:.0f} polls/s and {statuses.get(('beat', 200), 0) / took:.0f} heartbeats/s: "
          f"{core:.1%} of one core (goal {GOAL_CORE:.0%}: {'reached' if core <= GOAL_CORE else 'missed'}), 304 p50 {waits[len(waits) // 2]:.2f} ms, "
          f"p99 {waits[len(waits) * 99 // 100]:.2f} ms, RSS {plane.resident_mb():.0f} MB; other answers {others or 'none'}; "
          f"a change for all was with {'all' if not behind else count - behind} after {arrived:.1f} s")
    plane.stop()
    return is_good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["writes", "polls"])
    parser.add_argument("--binary", default=str(ROOT / "build/examples/standalone/gatelet"))
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--gateways", type=int, default=10_000)
    options = parser.parse_args()
    options.seconds = options.seconds or (5 if options.what == "writes" else 60)
    sys.exit(not (writes if options.what == "writes" else polls)(options))


if __name__ == "__main__":
    main()
