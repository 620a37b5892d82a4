"""What the end-to-end tests share: the real binary, recording backends on loopback, raw and curl clients, and cases that are sentences."""
import contextlib
import json
import os
import pathlib
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

SOURCE = pathlib.Path(os.environ.get("GATELET_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BINARY = os.environ.get("GATELET_BINARY", str(SOURCE / "build/examples/standalone/gatelet"))
CORPORA = pathlib.Path(os.environ.get("GATELET_CORPORA", SOURCE / "../shared/corpora"))
PATIENCE = 30  # seconds until something that must happen counts as not happening; no test measures time

_cases = []


def case(sentence):
    """Registers a function as a test; the sentence states the rule."""

    def register(function):
        _cases.append((sentence, function))
        return function

    return register


def run_cases():
    """Runs all cases of the file, prints a line for each failure and the closing count."""
    wanted = sys.argv[1:]
    passed = failed = 0
    for sentence, function in _cases:
        if wanted and not any(word in sentence for word in wanted):
            continue
        try:
            function()
            passed += 1
        except Exception:  # the whole point is to report it and go on
            failed += 1
            print(f"FAILED: {sentence}")
            traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
    print(f"{passed} passed, {failed} failed")
    sys.exit(bool(failed or not passed))


def require_corpus(*parts, count="?"):
    """The path of a corpus, or the named skip; CI makes the absence a failure."""
    path = CORPORA.joinpath(*parts)
    if path.exists():
        return path
    name = "/".join(parts)
    print(f"SKIPPED {name}: {count} cases, corpora absent")
    required = os.environ.get("GATELET_REQUIRE_CORPORA") == "1"
    print("0 passed, 1 failed" if required else "1 passed, 0 failed")
    sys.exit(required)


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"did not happen: {what}")


def equal(actual, expected, what=""):
    if actual != expected:
        raise AssertionError(f"{what}: expected {expected!r}, got {actual!r}")


def contains(text, part, what=""):
    if part not in text:
        raise AssertionError(f"{what}: expected {part!r} in {text!r}")


class Backend:
    """A scripted HTTP/1.1 server that records the exact bytes of every request. `answer(request, connection)` writes the response; a Request has
    method, target, headers (a list of pairs), body, raw."""

    class Request:
        def __init__(self, raw_head, body, complete):
            self.raw = raw_head
            lines = raw_head.decode("latin-1").split("\r\n")
            self.method, self.target, self.version = (lines[0].split(" ") + ["", ""])[:3]
            self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if ":" in line]
            self.body = body
            self.complete = complete

        def header(self, name):
            return ", ".join(value for key, value in self.headers if key.lower() == name.lower())

    def __init__(self, answer=None, port=0):
        self.requests = []
        self.aborted = []
        self.connections = 0
        self.answer = answer or (lambda request, connection: respond(connection, 200, b"ok"))
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(256)
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}"
        self.open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pending = b""
        with contextlib.suppress(OSError, ValueError):
            while True:
                request, pending = self._read(connection, pending)
                if request is None:
                    break
                if not request.complete:
                    self.aborted.append(request)
                    break
                self.requests.append(request)
                if self.answer(request, connection) is False:
                    break
        self.open.discard(connection)
        connection.close()

    def _read(self, connection, pending):
        while b"\r\n\r\n" not in pending:
            more = connection.recv(65536)
            if not more:
                return None, b""
            pending += more
        head, rest = pending.split(b"\r\n\r\n", 1)
        request = Backend.Request(head, b"", False)
        if "chunked" in request.header("Transfer-Encoding").lower():
            request.body, rest, request.complete = self._read_chunks(connection, rest)
        else:
            size = int(request.header("Content-Length") or 0)
            while len(rest) < size:
                more = connection.recv(65536)
                if not more:
                    request.body = rest
                    return request, b""
                rest += more
            request.body, rest, request.complete = rest[:size], rest[size:], True
        return request, rest

    def _read_chunks(self, connection, rest):
        body = b""

        def need(size):
            nonlocal rest
            while len(rest) < size:
                more = connection.recv(65536)
                if not more:
                    raise EOFError
                rest += more

        try:
            while True:
                while b"\r\n" not in rest:
                    need(len(rest) + 1)
                line, rest = rest.split(b"\r\n", 1)
                size = int(line, 16)
                need(size + 2)
                body += rest[:size]
                rest = rest[size + 2 :]
                if size == 0:
                    return body, rest, True
        except EOFError:
            return body, b"", False


class Acceptor:
    """A server that is only sockets: each connection is served on a thread of its own, by `serve`."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.url = f"http://{self.address}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()


class BackendProcess:
    """A backend that is a Python program of its own, so that it can be killed and started again: `source` gets its port as argument."""

    def __init__(self, source):
        self.source = source
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        self.process = subprocess.Popen([sys.executable, "-c", self.source, str(self.port)])

        def up():
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return True
            except OSError:
                return False

        wait_until(up, "the backend listens")

    def kill(self):
        self.process.kill()
        self.process.wait()


def respond(connection, status, body=b"", headers=(), reason="OK"):
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Length: {len(body)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers)
    connection.sendall(head.encode("latin-1") + b"\r\n" + body)


class Answer:
    """A parsed response of the gateway."""

    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.version, status, *reason = lines[0].split(" ", 2)
        self.status = int(status)
        self.reason = reason[0] if reason else ""
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if ":" in line]
        self.body = body

    def header(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")


class RawClient:
    """One connection, bytes in and answers out."""

    def __init__(self, address, patience=PATIENCE):
        host, port = address
        self.socket = socket.create_connection((host, port), timeout=patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def reset(self):
        """Goes without a goodbye; one that only closes its side may still be waiting for the answer."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.pending += data
        return bool(data)

    def answer(self, to_head=False):
        """The next answer, or None when the connection ended before one began."""
        while b"\r\n\r\n" not in self.pending:
            if not self._more():
                if self.pending:
                    raise AssertionError(f"connection ended inside an answer: {self.pending!r}")
                return None
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        answer = Answer(head, b"")
        if to_head or answer.status in (204, 304) or answer.status < 200:
            return answer
        if (answer.header("Transfer-Encoding") or "").lower() == "chunked":
            answer.body = self._chunks()
        elif answer.header("Content-Length") is not None:
            size = int(answer.header("Content-Length"))
            while len(self.pending) < size and self._more():
                pass
            answer.body, self.pending = self.pending[:size], self.pending[size:]
        else:
            while self._more():
                pass
            answer.body, self.pending = self.pending, b""
        return answer

    def _chunks(self):
        body = b""
        while True:
            while b"\r\n" not in self.pending:
                if not self._more():
                    raise AssertionError("connection ended inside a chunked body")
            line, self.pending = self.pending.split(b"\r\n", 1)
            size = int(line, 16)
            while len(self.pending) < size + 2:
                if not self._more():
                    raise AssertionError("connection ended inside a chunk")
            body, self.pending = body + self.pending[:size], self.pending[size + 2 :]
            if size == 0:
                return body

    def is_closed(self):
        """Waits until the other side has closed; False when it sends something instead or stays open."""
        if self.pending:
            return False
        try:
            return self.socket.recv(65536) == b""
        except ConnectionResetError:
            return True
        except socket.timeout:
            return False

    def stays_open(self):
        """True when nothing arrives for a moment and the connection lives."""
        poller = select.poll()  # select knows the first 1,024 descriptors only
        poller.register(self.socket, select.POLLIN)
        return not poller.poll(50)


def own_environment():
    """The environment without the proxies of the machine: backends are on this one."""
    return {name: value for name, value in os.environ.items() if name.lower() not in ("http_proxy", "https_proxy", "no_proxy")}


class Gateway:
    """The real binary on a free port. `config` is a folder, or a list of resources written as a document; None: settings name a plane."""

    def __init__(self, config, *arguments, settings=None, environment=None, expect_exit=False, preexec=None):
        self.folder = tempfile.TemporaryDirectory()
        if isinstance(config, list):
            self.config = os.path.join(self.folder.name, "gateway.json")
            self.write(config)
        else:
            self.config = config and str(config)
        self.log_path = os.path.join(self.folder.name, "log")
        command = [BINARY, "run", *(["--config", self.config] if self.config else []), "--listen", "http://127.0.0.1:0", *arguments]
        for name, value in (settings or {}).items():
            command += ["--set", f"{name}={value}"]
        self.log_file = open(self.log_path, "wb")
        self.process = subprocess.Popen(command, stdout=self.log_file, stderr=subprocess.STDOUT, env={**own_environment(), **(environment or {})}, preexec_fn=preexec)
        self.port = None
        if not expect_exit:
            try:
                self.port = int(self.wait_log(r"listening on http://127\.0\.0\.1:(\d+)")[1])
            except AssertionError:
                self.stop()
                raise
            self.url = f"http://127.0.0.1:{self.port}"
            self.address = ("127.0.0.1", self.port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        code = self.stop()
        self.folder.cleanup()
        # A sanitizer's report or a crash fails the case, whatever it was about.
        if code not in (0, -signal.SIGKILL):
            raise AssertionError(f"the gateway ended with {code}:\n{self.last_log[-4000:]}")

    def write(self, resources):
        """Replaces the document as a deployment would: write beside, rename."""
        beside = self.config + ".new"
        with open(beside, "w", encoding="utf-8") as file:
            json.dump({"resources": resources}, file)
        os.rename(beside, self.config)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_log(self, pattern):
        def look():
            found = re.search(pattern, self.log())
            if not found and self.process.poll() is not None:
                raise AssertionError(f"the gateway ended with {self.process.returncode}:\n{self.log()[-4000:]}")
            return found

        return wait_until(look, f"log line {pattern!r}")

    def client(self, patience=PATIENCE):
        return RawClient(self.address, patience)

    def stop(self, sign=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sign)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log_file.close()
        self.last_log = self.log()
        return self.process.returncode

    def get(self, path, headers=(), method="GET", body=None, http="1.1"):
        """One request over curl, as a user would send it."""
        return curl(self.url + path, headers, method, body, http)


def curl(url, headers=(), method="GET", body=None, http="1.1"):
    command = ["curl", "-sS", "-i", "--path-as-is", "--max-time", str(PATIENCE), f"--http{http}", "--raw"]
    command += ["--head"] if method == "HEAD" else ["-X", method]
    for header in headers:
        command += ["-H", header]
    if body is not None:
        command += ["--data-binary", "@-"]
    done = subprocess.run([*command, url], input=body, capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"curl {url}: {done.stderr.decode()}")
    head, _, rest = done.stdout.partition(b"\r\n\r\n")
    while head.startswith(b"HTTP/1.1 100"):
        head, _, rest = rest.partition(b"\r\n\r\n")
    return Answer(head, rest)


def api(name, path, service_url, operations, revision="1", **properties):
    """The resources of one API revision; operations are (method, template) pairs or (name, method, template)."""
    key = f"apis/{name};rev={revision}"
    base = {"displayName": name, "path": path, "protocols": ["http"], "isCurrent": True, "apiRevision": revision, "subscriptionRequired": False}
    if service_url:
        base["serviceUrl"] = service_url
    resources = [{"k": key, "v": {**base, **properties}}]
    for index, operation in enumerate(operations):
        op_name, method, template = operation if len(operation) == 3 else (f"op{index}", *operation)
        resources.append({"k": f"{key}/operations/{op_name}", "v": {"displayName": op_name, "method": method, "urlTemplate": template}})
    return resources


def policy(owner, text):
    """`owner` is "" (global), "apis/echo;rev=1/", "products/p/" or an operation's key with a slash."""
    return {"k": f"{owner}policies/policy", "v": {"format": "rawxml", "value": text}}


def error_body(status, message):
    return f'{{ "statusCode": {status}, "message": "{message}" }}'
