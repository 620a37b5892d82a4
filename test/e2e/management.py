"""A management plane as a process, asked as a client of its API and as a gateway."""
import http.client
import json
import pathlib
import re
import signal
import subprocess
import tempfile

from harness import BINARY, PATIENCE, equal, own_environment

VERSION = "api-version=2024-05-01"
PREFIX = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/r/providers/Microsoft.ApiManagement/service/gatelet"


class Plane:
    """A management plane on a port of its own; the folder outlives it, so that it can be started again."""

    def __init__(self, folder, arguments=()):
        self.folder = pathlib.Path(folder)
        self.arguments = arguments
        self.token = None
        self.start()

    def start(self, port=0):
        self.process = subprocess.Popen([BINARY, "manage", "--listen", f"http://127.0.0.1:{port}", "--data", str(self.folder / "data"), *self.arguments],
                                        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=own_environment(), start_new_session=True)
        self.first_lines = []
        for line in self.process.stdout:
            self.first_lines.append(line)
            if line.startswith("gto_"):
                self.token = line.strip()
            found = re.match(r"listening on http://(\S+)", line)
            if found:
                self.address = found[1].rstrip("/")
                return
        raise AssertionError(f"the plane did not start: {self.process.stderr.read()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, sign=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sign)
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def ask(self, method, path, body=None, headers=None, prefix=PREFIX):
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        try:
            all_headers = {"Authorization": f"Bearer {self.token}", **(headers or {})}
            payload = json.dumps(body) if body is not None and not isinstance(body, (str, bytes)) else body
            mark = "&" if "?" in path else "?"
            connection.request(method, prefix + path + mark + VERSION, payload, all_headers)
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def put(self, path, properties, status=201):
        answer = self.ask("PUT", path, {"properties": properties})
        equal(answer.status, status, f"PUT {path}: {answer.body!r}")
        return answer

    def poll(self, gateway, token, headers=None, query=""):
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        try:
            connection.request("GET", f"/gateway-sync/v1/gateways/{gateway}/config{query}", None,
                               {"Authorization": f"GatewayKey {token}", "Gsp-Version": "1.0", **(headers or {})})
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


def new_plane(*arguments):
    return Plane(tempfile.mkdtemp(prefix="gatelet-manage-"), arguments)
