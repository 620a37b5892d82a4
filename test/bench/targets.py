"""What is measured: the backend, the peers and the gateway as processes, and the targets (ways through them) that load is sent to."""

import base64
import functools
import grp
import json
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
TOKENS = 20_000  # more than a gateway remembers, so that each of them is new when its turn comes again
READY_S = 20
READY_UNDER_VALGRIND_S = 120
STOP_S = 10


@dataclass(eq=False)
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

    @functools.cached_property
    def token_keys(self):
        """What verifies the tokens; the files of tokens are made by the way, which takes a minute for those of RS256."""
        command = [self.build / "test/bench/tokens", self.directory, str(TOKENS)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def token_file(self, algorithm):
        assert self.token_keys
        return self.directory / f"{algorithm}.tokens"

    @functools.lru_cache
    def first_token(self, algorithm):
        with open(self.token_file(algorithm)) as file:
            return file.readline().strip()


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


TOKEN_KINDS = {"jwt-hs256": "hs256", "jwt-rs256": "rs256"}  # kind of target: algorithm of its tokens


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
    """One program between client and backend, with a port for each way through it (which may be the same)."""

    def __init__(self, name, setup, argv, ports):
        self.ports = ports  # by kind of target
        self.process = Process(name, [*setup.prefix, *argv], setup.directory, setup.gateway_place)
        self.process.wait_until_listening(set(ports.values()), READY_UNDER_VALGRIND_S if setup.prefix else READY_S)
        self.pid = self.process.pid

    def stop(self):
        self.process.stop()


def nginx_argv(setup, path):
    return ["nginx", "-p", str(setup.directory), "-e", "stderr", "-c", path]


def start_floor(setup):
    (port,) = free_ports(1)
    return Proxy("floor", setup, [str(setup.build / "test/bench/floor"), str(port), str(setup.backend_port)], {"plain": port})


def start_nginx(setup):
    plain, bundle = free_ports(2)
    path = rendered(setup, "nginx.conf", {"PLAIN_PORT": plain, "BUNDLE_PORT": bundle, "KEEPALIVE": setup.keepalive})
    return Proxy("nginx", setup, nginx_argv(setup, path), {"plain": plain, "bundle": bundle})


def haproxy(setup, file_name, ports, values):
    (setup.directory / "haproxy.keys").write_text(KEY_HEADER.split()[1] + "\n")
    return Proxy("haproxy", setup, ["haproxy", "-db", "-f", rendered(setup, file_name, values)], ports)


def start_haproxy(setup):
    plain, bundle = free_ports(2)
    return haproxy(setup, "haproxy.cfg", {"plain": plain, "bundle": bundle}, {"PLAIN_PORT": plain, "BUNDLE_PORT": bundle})


def start_haproxy_with_tokens(setup):
    (port,) = free_ports(1)
    secret = base64.b64decode(setup.token_keys["secret"]).decode()
    return haproxy(setup, "haproxy_jwt.cfg", dict.fromkeys(TOKEN_KINDS, port), {"TOKEN_PORT": port, "SECRET": secret})


def start_gatelet(setup, binary, with_tokens=False):
    (port,) = free_ports(1)
    overrides = setup.directory / "overrides.yaml"
    service = f"    properties:\n      serviceUrl: http://127.0.0.1:{setup.backend_port}\n"
    text = "apis:\n" + "".join(f"  - name: {name}\n{service}" for name in ("plain", "bundle", *TOKEN_KINDS))
    if with_tokens:
        keys = setup.token_keys
        values = {"hs256-secret": keys["secret"], "rs256-n": keys["n"], "rs256-e": keys["e"]}
        text += "namedValues:\n" + "".join(f"  - name: {name}\n    properties:\n      value: {value}\n" for name, value in values.items())
    overrides.write_text(text)
    argv = [str(binary), "run", "--config", str(HERE / "config"), "--overrides", str(overrides),
            "--listen", f"http://127.0.0.1:{port}", "--workers", "1"]
    for setting in ["telemetry.logs.std=none", "telemetry.logs.local=none", *setup.gatelet_settings]:
        argv += ["--set", setting]
    proxy = Proxy("gatelet", setup, argv, dict.fromkeys(["plain", "bundle", *TOKEN_KINDS], port))
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
    kind: str  # plain, bundle, or the bundle with a token (TOKEN_KINDS)
    start: callable  # Setup -> Proxy; None = the backend itself
    new_tokens: bool = False  # each request has another token

    def headers(self, setup):
        headers = [] if self.kind == "plain" else [KEY_HEADER]
        if self.kind in TOKEN_KINDS:
            headers.append(f"Authorization: Bearer {setup.first_token(TOKEN_KINDS[self.kind])}")
        return headers

    def wrk_arguments(self, setup):
        return [setup.token_file(TOKEN_KINDS[self.kind])] if self.new_tokens else []

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
        *(target for kind, algorithm in TOKEN_KINDS.items() for target in token_targets(kind, algorithm.upper(), binary)),
    ]
    return {target.name: target for target in targets}


def gatelet_targets(name, binary):
    return [
        Target(name, f"{name} plain", "plain", lambda setup: start_gatelet(setup, binary)),
        Target(f"{name}-bundle", f"{name} bundle", "bundle", lambda setup: start_gatelet(setup, binary)),
    ]


def token_targets(kind, algorithm, binary):
    def gatelet(setup):
        return start_gatelet(setup, binary, with_tokens=True)

    return [
        Target(f"haproxy-{kind}", f"HAProxy bundle + {algorithm}", kind, start_haproxy_with_tokens),
        Target(f"gatelet-{kind}", f"gatelet bundle + {algorithm}, token seen before", kind, gatelet),
        Target(f"gatelet-{kind}-new", f"gatelet bundle + {algorithm}, token never seen", kind, gatelet, new_tokens=True),
    ]


def refused_headers(target, setup):
    if target.kind == "plain":
        return {}
    refused = {"without key": []}
    if target.kind in TOKEN_KINDS:
        *others, token = target.headers(setup)
        refused |= {"without token": others, "with a damaged token": [*others, token[:-8] + "AAAA" + token[-4:]]}
    return refused


def problems_of(target, setup, port):
    """Single requests that show whether a target does its work; returns what was wrong as sentences, and the size of a right answer."""
    problems = []

    def expect(condition, text):
        if not condition:
            problems.append(f"{target.title}: {text}")

    with measure.Client(port) as client:
        answer = client.get(target.path(), target.headers(setup))
        expect(answer.status == 200, f"the answer has status {answer.status}, not 200")
        expect(answer.body == BODY.encode(), f"the body is not the backend's: {answer.body[:200]!r}")
        expect(answer.headers.get("content-type") == "application/json", f"Content-Type is {answer.headers.get('content-type')!r}")
        if target.kind != "plain":
            expect(answer.headers.get("x-resp") == "v2", f"the answer's X-Resp is {answer.headers.get('x-resp')!r}, not 'v2'")
            seen = client.get(target.path("seen"), target.headers(setup))
            expect(seen.body == b'{"added":"v1"}', f"the backend did not see X-Added: v1 but {seen.body[:200]!r}")
    for what, headers in refused_headers(target, setup).items():
        with measure.Client(port) as client:
            refused = client.get(target.path(), headers)
            expect(refused.status == 401, f"a request {what} has status {refused.status}, not 401")
    return problems, answer.size
