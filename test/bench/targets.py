"""What is measured: the backend, the peers and the gateway as processes, and the targets (ways through them) that load is sent to."""

import grp
import os
import pwd
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import measure

HERE = Path(__file__).resolve().parent
BODY = (
    '{"id":1042,"name":"A small answer of one hundred and fifty-seven bytes",'
    '"tags":["gateway","benchmark","keep-alive"],"price":19.95,"inStock":true,"rating":45}'
)
assert len(BODY) == 157
KEY_HEADER = "Ocp-Apim-Subscription-Key: k-alpha"
READY_S = 20
READY_UNDER_VALGRIND_S = 120
STOP_S = 10


@dataclass
class Setup:
    """What every target needs to know of this run."""

    directory: Path  # configurations and logs
    build: Path
    gateway_place: measure.Place
    load_place: measure.Place
    connections: int
    keepalive: int  # size of nginx's pool of upstream connections
    gatelet_settings: list
    backend_port: int = 0
    prefix: list = field(default_factory=list)  # put before the command of a target, e.g. valgrind


def free_ports(count):
    """Ports that nobody listens on; all are held until the last is found, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def is_listening(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A child that is certain to end: asked first, then killed with all it started."""

    def __init__(self, name, argv, directory, place):
        self.name = name
        self.log_path = directory / f"{name}.log"
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                          preexec_fn=place.settle)
        self.pid = self.child.pid

    def wait_until_listening(self, ports, seconds):
        """Stops the process and raises when it does not listen in time."""
        deadline = time.monotonic() + seconds
        while not all(is_listening(port) for port in ports):
            if self.child.poll() is not None:
                raise RuntimeError(f"{self.name} ended at its start with status {self.child.returncode}:\n{self.log()}")
            if time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{self.name} does not listen after {seconds} s:\n{self.log()}")
            time.sleep(0.02)

    def log(self):
        return self.log_path.read_text(errors="replace")[-4000:]

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(STOP_S)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait()


def own_user():
    """User and group for nginx's workers, so that they may write where the harness does."""
    return f"{pwd.getpwuid(os.getuid()).pw_name} {grp.getgrgid(os.getgid()).gr_name}"


def rendered(setup, file_name, values):
    """A file of conf/ with its @NAMES@ filled in."""
    text = (HERE / "conf" / file_name).read_text()
    for name, value in {"DIR": setup.directory, "USER": own_user(), "BACKEND_PORT": setup.backend_port, **values}.items():
        text = text.replace(f"@{name}@", str(value))
    path = setup.directory / file_name
    path.write_text(text)
    return str(path)


class Backend:
    def __init__(self, setup):
        self.port, self.status_port = free_ports(2)
        path = rendered(setup, "backend.conf", {"PORT": self.port, "STATUS_PORT": self.status_port, "BODY": BODY})
        self.process = Process("backend", nginx_argv(setup, path), setup.directory, setup.load_place)
        self.process.wait_until_listening([self.port], READY_S)
        self.asked = 0

    def accepted(self):
        """Connections accepted so far without those of this question; nginx keeps one counter for all its ports."""
        self.asked += 1
        with measure.Client(self.status_port) as client:
            return int(client.get("/").body.split(b"\n")[2].split()[0]) - self.asked

    def stop(self):
        self.process.stop()


class Proxy:
    """One program between client and backend, with a port for the plain way and one for the bundle (which may be the same)."""

    def __init__(self, name, setup, argv, plain_port, bundle_port):
        self.ports = {"plain": plain_port, "bundle": bundle_port}
        self.process = Process(name, [*setup.prefix, *argv], setup.directory, setup.gateway_place)
        self.process.wait_until_listening(set(self.ports.values()), READY_UNDER_VALGRIND_S if setup.prefix else READY_S)
        self.pid = self.process.pid

    def stop(self):
        self.process.stop()


def nginx_argv(setup, path):
    return ["nginx", "-p", str(setup.directory), "-e", "stderr", "-c", path]


def start_floor(setup):
    (port,) = free_ports(1)
    return Proxy("floor", setup, [str(setup.build / "test/bench/floor"), str(port), str(setup.backend_port)], port, port)


def start_nginx(setup):
    plain, bundle = free_ports(2)
    path = rendered(setup, "nginx.conf", {"PLAIN_PORT": plain, "BUNDLE_PORT": bundle, "KEEPALIVE": setup.keepalive})
    return Proxy("nginx", setup, nginx_argv(setup, path), plain, bundle)


def start_haproxy(setup):
    plain, bundle = free_ports(2)
    (setup.directory / "haproxy.keys").write_text(KEY_HEADER.split()[1] + "\n")
    path = rendered(setup, "haproxy.cfg", {"PLAIN_PORT": plain, "BUNDLE_PORT": bundle})
    return Proxy("haproxy", setup, ["haproxy", "-db", "-f", path], plain, bundle)


def start_gatelet(setup, binary):
    (port,) = free_ports(1)
    overrides = setup.directory / "overrides.yaml"
    service = f"    properties:\n      serviceUrl: http://127.0.0.1:{setup.backend_port}\n"
    overrides.write_text(f"apis:\n  - name: plain\n{service}  - name: bundle\n{service}")
    argv = [str(binary), "run", "--config", str(HERE / "config"), "--overrides", str(overrides),
            "--listen", f"http://127.0.0.1:{port}", "--workers", "1"]
    for setting in ["telemetry.logs.std=none", "telemetry.logs.local=none", *setup.gatelet_settings]:
        argv += ["--set", setting]
    proxy = Proxy("gatelet", setup, argv, port, port)
    deadline = time.monotonic() + READY_S
    while status_of(port) == 503 and time.monotonic() < deadline:  # it listens before its configuration is loaded
        time.sleep(0.02)
    return proxy


def status_of(port):
    with measure.Client(port) as client:
        return client.get("/plain/item").status


@dataclass
class Target:
    name: str
    title: str
    kind: str  # plain or bundle
    start: callable  # Setup -> Proxy; None = the backend itself

    @property
    def headers(self):
        return [KEY_HEADER] if self.kind == "bundle" else []

    def path(self, operation="item"):
        return f"/{self.kind}/{operation}"


def gatelet_binary(build):
    return build / "examples/standalone/gatelet"


def all_targets(binary):
    """Every target by name, in the order of the table."""
    targets = [
        Target("direct", "direct, no proxy", "plain", None),
        Target("floor", "floor (copies bytes)", "plain", start_floor),
        Target("nginx", "nginx plain", "plain", start_nginx),
        Target("haproxy", "HAProxy plain", "plain", start_haproxy),
        Target("nginx-bundle", "nginx key + limit + headers", "bundle", start_nginx),
        Target("haproxy-bundle", "HAProxy key + limit + headers", "bundle", start_haproxy),
        *gatelet_targets("gatelet", binary),
    ]
    return {target.name: target for target in targets}


def gatelet_targets(name, binary):
    return [
        Target(name, f"{name} plain", "plain", lambda setup: start_gatelet(setup, binary)),
        Target(f"{name}-bundle", f"{name} bundle", "bundle", lambda setup: start_gatelet(setup, binary)),
    ]


def problems_of(target, port):
    """Single requests that show whether a target does its work; returns what was wrong as sentences, and the size of a right answer."""
    problems = []

    def expect(condition, text):
        if not condition:
            problems.append(f"{target.title}: {text}")

    with measure.Client(port) as client:
        answer = client.get(target.path(), target.headers)
        expect(answer.status == 200, f"the answer has status {answer.status}, not 200")
        expect(answer.body == BODY.encode(), f"the body is not the backend's: {answer.body[:200]!r}")
        expect(answer.headers.get("content-type") == "application/json", f"Content-Type is {answer.headers.get('content-type')!r}")
        if target.kind == "bundle":
            expect(answer.headers.get("x-resp") == "v2", f"the answer's X-Resp is {answer.headers.get('x-resp')!r}, not 'v2'")
            seen = client.get(target.path("seen"), target.headers)
            expect(seen.body == b'{"added":"v1"}', f"the backend did not see X-Added: v1 but {seen.body[:200]!r}")
    if target.kind == "bundle":
        with measure.Client(port) as client:
            refused = client.get(target.path())
            expect(refused.status == 401, f"a request without key has status {refused.status}, not 401")
    return problems, answer.size
