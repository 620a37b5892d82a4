"""A management plane of the tests, which speaks GSP/1 rightly or wrongly, and a gateway that follows it."""
import gzip
import hashlib
import json
import os
import socket
import ssl
import subprocess
import threading
import time

from harness import Backend, Gateway, api, policy, respond, wait_until

TOKEN = "GatewayKey gw1&203001010000&c2ln"
KIND = ("Content-Type", "application/vnd.gsp.config+json")


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def root_of(resources):
    return sha256("".join(f"{key}\0{sha256(canonical(value))}\n" for key, value in sorted(resources.items())))


def items(resources, keys):
    return [{"k": key, "h": sha256(canonical(resources[key])), "v": resources[key]} for key in sorted(keys)]


def service(mark, broken=False):
    """One open API that answers with `mark`."""
    answer = f'<return-response><set-status code="200" /><set-body>{mark}</set-body></return-response>'
    text = "<policies><inbound><no-such-policy" if broken else f"<policies><inbound><base />{answer}</inbound></policies>"
    resources = [*api("echo", "echo", "http://127.0.0.1:9", [("GET", "/x")]), policy("apis/echo;rev=1/", text)]
    return {item["k"]: item["v"] for item in resources}


class Plane:
    """A management plane that speaks as much of GSP/1 as a gateway hears, rightly or, by `fault`, wrongly."""

    def __init__(self, mark="1", port=0, context=None, token=TOKEN):
        self.changed = threading.Condition()
        self.revision, self.epoch, self.history = 0, 7, {}
        self.fault, self.token, self.context = None, token, context
        self.polls, self.heartbeats = [], []
        self.change(service(mark))
        self.backend = None
        self.port = port
        self.start()

    def start(self):
        self.backend = Backend(self.answer, self.port)
        self.port = self.backend.port
        if self.context:
            self.backend._serve_plain, self.backend._serve = self.backend._serve, self.serve_secured

    def serve_secured(self, connection):
        try:
            secured = self.context.wrap_socket(connection, server_side=True)
        except (ssl.SSLError, OSError):
            connection.close()
            return
        # wrap_socket() leaves an empty shell behind, which close() could not end.
        self.backend.open.discard(connection)
        self.backend.open.add(secured)
        self.backend._serve_plain(secured)

    def stop(self):
        self.backend.close()
        with self.changed:
            self.changed.notify_all()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        return f"{'https' if self.context else 'http'}://localhost:{self.port}"

    def change(self, resources):
        with self.changed:
            self.revision += 1
            self.history[self.revision] = resources
            self.changed.notify_all()

    def etag(self):
        return f'"{self.epoch}.{self.revision}.{root_of(self.history[self.revision])[:16]}"'

    def body(self, base=None):
        resources = self.history[self.revision]
        head = {"gsp": 1, "revision": self.revision, "root": root_of(resources)}
        if base in self.history:
            before = self.history[base]
            changed = [key for key in resources if before.get(key) != resources[key]]
            deleted = [key for key in before if key not in resources]
            return "delta", {**head, "kind": "delta", "from": base, "upsert": items(resources, changed), "delete": deleted}
        service_facts = {"id": "4b1c", "epoch": self.epoch, "name": "svc"}
        return "snapshot", {**head, "kind": "snapshot", "service": service_facts, "gateway": "gw1", "resources": items(resources, resources)}

    def answer(self, request, connection):
        if not request.target.startswith("/gateway-sync/v1/gateways/gw1/"):
            return respond(connection, 404)
        if request.method == "POST":
            self.heartbeats.append(json.loads(request.body))
        else:
            self.polls.append(request)
        if self.fault:
            return self.fault(connection)
        if request.header("Authorization") != self.token:
            return respond(connection, 401, b"", [("Gsp-Poll-Seconds", "5")])
        if request.method == "POST":
            return respond(connection, 200, b'{"pollSeconds":5,"tokenExpiresAt":"2030-01-01T00:00:00Z","commands":[{"id":"c1","type":"report-config-hash"}]}')
        return self.answer_poll(request, connection)

    def answer_poll(self, request, connection):
        known = request.header("If-None-Match")
        seconds = float(request.header("Prefer").partition("wait=")[2] or 0)
        with self.changed:
            deadline = time.monotonic() + seconds
            while known == self.etag() and time.monotonic() < deadline and not self.fault:
                self.changed.wait(0.2)
            if self.fault:
                return self.fault(connection)
            headers = [("ETag", self.etag()), ("Gsp-Revision", str(self.revision)), ("Gsp-Poll-Seconds", "5")]
            if known == self.etag():
                return connection.sendall(("HTTP/1.1 304 Not Modified\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers) + "\r\n").encode())
            base = request.target.partition("base=")[2]
            kind, document = self.body(int(base) if base else None)
        return respond(connection, 200, gzip.compress(json.dumps(document).encode()), [*headers, KIND, ("Gsp-Kind", kind), ("Content-Encoding", "gzip")])


def follow(plane, *, arguments=(), folder=None, expect_exit=False, **more):
    """A gateway that follows the plane; settings by name with '_' for '.'."""
    settings = {
        "config.service.endpoint": plane if isinstance(plane, str) else plane.url,
        "config.service.auth": TOKEN,
        "config.sync.long-poll": "00:00:20",
        "telemetry.logs.std.level": "debug",
        "net.admin.listener": "http://127.0.0.1:0",
        **more,
    }
    if folder:
        settings["config.backup.path"] = str(folder)
    return Gateway(None, *arguments, settings={name: value for name, value in settings.items() if value is not None}, expect_exit=expect_exit)


def serves(gateway, mark):
    return wait_until(lambda: gateway.get("/echo/x").text == mark, f"the gateway answers {mark}")


def instance(gateway):
    url = gateway.wait_log(r"telling how it is on (http://\S+)")[1]
    return json.loads(subprocess.run(["curl", "-sS", url], capture_output=True, check=True).stdout)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def failed_with(gateway, text):
    last = instance(gateway)["lastSync"]
    return not last["ok"] and text in last["error"]


def cut(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    return False


def bomb(connection):
    return respond(connection, 200, gzip.compress(b" " * 5_000_000), [("Content-Encoding", "gzip"), ("Gsp-Poll-Seconds", "5")])


def drip(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(50):
        connection.sendall(b" ")
        time.sleep(0.2)
    return False


def with_status(status, body=b""):
    headers = [("Gsp-Poll-Seconds", "5"), ("Location", "http://127.0.0.1:9/")]
    return lambda connection: respond(connection, status, body, headers)


def not_modified(connection):
    return connection.sendall(b'HTTP/1.1 304 Not Modified\r\nETag: "7.99.0000000000000000"\r\nGsp-Poll-Seconds: 5\r\n\r\n')


def backups(folder):
    return [name for name in os.listdir(folder) if name.endswith(".backup")]


def has_backup(folder, revision):
    """Whether one of the backups, which are not sealed, is of the revision."""
    for name in backups(folder):
        with open(os.path.join(folder, name), "rb") as file:
            if f'"revision":"{revision}"' in file.read().decode("latin-1"):
                return True
    return False
