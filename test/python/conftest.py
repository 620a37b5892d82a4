"""What the tests of the Python package share: a small shop behind a gateway, and a real wsgiref server with a client that sees the bytes."""
import http.client
import json
import os
import pathlib
import socketserver
import sys
import threading
import wsgiref.simple_server
import wsgiref.validate

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = SOURCE / "bindings" / "python"
sys.path.insert(0, str(PACKAGE))

import gatelet  # noqa: E402
from gatelet.wsgi import Middleware  # noqa: E402

PATIENCE = 60  # seconds until something that must happen counts as not happening


def api(name, operations, policy="", path=None, **properties):
    """The resources of one open API without a service URL; `operations` maps names to "METHOD /template"."""
    key = f"apis/{name};rev=1"
    base = {"displayName": name, "path": name if path is None else path, "protocols": ["http"], "isCurrent": True, "subscriptionRequired": False}
    resources = [{"k": key, "v": {**base, **properties}}]
    for operation, line in operations.items():
        method, template = line.split(" ")
        resources.append({"k": f"{key}/operations/{operation}", "v": {"displayName": operation, "method": method, "urlTemplate": template}})
    if policy:
        resources.append({"k": f"{key}/policies/policy", "v": {"format": "rawxml", "value": policy}})
    return resources


def document(*apis):
    return {"resources": [resource for resources in apis for resource in resources]}


SHOP = document(api("shop", {"get": "GET /items/{id}", "head": "HEAD /items/{id}", "add": "POST /items", "put": "PUT /items/{id}"}))


@pytest.fixture
def shop():
    """A gateway over the shop; its log lines are in `shop.lines`."""
    lines = []
    with gatelet.Gateway(gatelet.Config.from_document(SHOP), log=lambda level, line: lines.append(line), request_log="all") as gateway:
        gateway.lines = lines
        yield gateway


class Handler(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


class Wsgi(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


class Site:
    """An application behind a gateway behind wsgiref, on a free port of loopback. Both borders are checked by wsgiref's own validator."""

    def __init__(self, application, resources, validate=True, **options):
        self.lines = []
        options.setdefault("request_log", "all")
        self.gateway = gatelet.Gateway(gatelet.Config.from_document(resources, strict=True), log=lambda level, line: self.lines.append(line), **options)
        inner = wsgiref.validate.validator(application) if validate else application
        outer = Middleware(inner, self.gateway)
        self.application = wsgiref.validate.validator(outer) if validate else outer
        self.server = wsgiref.simple_server.make_server("127.0.0.1", 0, self.application, Wsgi, Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.gateway.close()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=PATIENCE)

    def get(self, path, method="GET", body=None, headers=None):
        """One request; the answer has `status`, `headers` and `body`."""
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.body = answer.read()
            return answer
        finally:
            connection.close()


def error_of(answer):
    return json.loads(answer.body)


@pytest.fixture
def library_path():
    return os.environ["GATELET_LIBRARY"]
