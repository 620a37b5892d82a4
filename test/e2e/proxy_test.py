#!/usr/bin/env python3
"""Backends behind an HTTP proxy that is a program of its own: the variables of the environment, backend resources, what the log says."""
import base64
import contextlib
import http.client
import select
import socket
from urllib.parse import urlsplit

from harness import Acceptor, Backend, Gateway, api, case, contains, equal, policy, run_cases


class Proxy(Acceptor):
    """A forward proxy: absolute-form requests and CONNECT, with a password when it has one."""

    def __init__(self, password=None):
        self.expected = "Basic " + base64.b64encode(password.encode()).decode() if password else None
        self.lines = []
        super().__init__()

    def serve(self, client):
        with client, contextlib.suppress(OSError, ValueError):
            while True:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    byte = client.recv(1)
                    if not byte:
                        return
                    head += byte
                line, *fields = head.decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in fields if ":" in field)}
                self.lines.append(line)
                if self.expected and headers.get("proxy-authorization") != self.expected:
                    client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
                    continue
                method, target, _ = line.split(" ")
                if method == "CONNECT":
                    return self._tunnel(client, target)
                self._forward(client, method, urlsplit(target), headers)

    def _tunnel(self, client, target):
        host, port = target.rsplit(":", 1)
        try:
            there = socket.create_connection((host, int(port)), 5)
        except OSError:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        with there:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            while True:
                for ready in select.select([client, there], [], [], 30)[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    (there if ready is client else client).sendall(data)

    @staticmethod
    def _forward(client, method, url, headers):
        there = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=5)
        there.request(method, url.path + ("?" + url.query if url.query else ""), headers={name: value for name, value in headers.items() if not name.startswith("proxy-")})
        answer = there.getresponse()
        body = answer.read()
        there.close()
        client.sendall(f"HTTP/1.1 {answer.status} {answer.reason}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


WHY = """<policies><inbound><set-backend-service backend-id="{0}" /></inbound><backend><forward-request /></backend><on-error>
  <set-header name="Why" exists-action="override"><value>@(context.LastError.Reason + ": " + context.LastError.Message)</value></set-header>
  </on-error></policies>"""


def behind(name, url, **properties):
    return [
        {"k": f"backends/{name}", "v": {"url": url, "protocol": "http", "tls": {"validateCertificateChain": False, "validateCertificateName": False}, **properties}},
        *api(name, name, "http://127.0.0.1:1", [("GET", "/x"), ("POST", "/x")]),
        policy(f"apis/{name};rev=1/", WHY.format(name)),
    ]


ANSWER = '<policies><inbound><return-response><set-body>secure</set-body></return-response></inbound></policies>'


class Secure(Gateway):
    """A backend over https with a certificate that it makes itself."""

    def __init__(self):
        super().__init__(api("a", "", "http://127.0.0.1:1", [("GET", "/*")], protocols=["https"]) + [policy("apis/a;rev=1/", ANSWER)], "--listen", "https://127.0.0.1:0")
        self.tls_port = int(self.wait_log(r"listening on https://127\.0\.0\.1:(\d+)")[1])


@case("HTTP_PROXY and HTTPS_PROXY are used for all backends but those of NO_PROXY: http by name in the request, https through a tunnel")
def environment():
    with Backend() as backend, Secure() as secure, Proxy() as proxy:
        resources = behind("plain", backend.url + "/base") + behind("secure", f"https://127.0.0.1:{secure.tls_port}")
        resources += behind("near", f"http://localhost:{backend.port}")
        variables = {"HTTP_PROXY": f"http://{proxy.address}", "https_proxy": proxy.address, "NO_PROXY": ".internal,localhost"}
        with Gateway(resources, environment=variables) as gateway:
            equal(gateway.get("/plain/x?y=1").text, "ok")
            equal(gateway.get("/secure/x").text, "secure")
            equal(gateway.get("/secure/x").text, "secure", "through the same tunnel")
            equal(gateway.get("/near/x").text, "ok")
            equal(proxy.lines, [f"GET http://{backend.address}/base/x?y=1 HTTP/1.1", f"CONNECT 127.0.0.1:{secure.tls_port} HTTP/1.1"])


@case("a backend's own proxy gets its user and password, which are in no log; a wrong one is a 500 with the reason")
def own_proxy():
    with Backend() as backend, Secure() as secure, Proxy("me:s3cr3t") as proxy:
        resources = [{"k": "namedValues/pass", "v": {"displayName": "pass", "value": "s3cr3t", "secret": True}}]
        for name, url in (("plain", backend.url), ("secure", f"https://127.0.0.1:{secure.tls_port}")):
            resources += behind(name, url, proxy={"url": f"http://{proxy.address}", "username": "me", "password": "{{pass}}"})
            resources += behind(name + "-wrong", url, proxy={"url": f"http://{proxy.address}", "username": "me", "password": "other"})
        resources += behind("unreachable", "https://127.0.0.1:1", proxy={"url": f"http://me:s3cr3t@{proxy.address}"})
        with Gateway(resources) as gateway:
            equal(gateway.get("/plain/x").text, "ok")
            equal(gateway.get("/secure/x").text, "secure")
            for name in ("plain-wrong", "secure-wrong"):
                answer = gateway.get(f"/{name}/x")
                equal(answer.status, 500, name)
                contains(answer.header("Why"), f"BackendConnectionFailure: the proxy {proxy.address}")
                contains(answer.header("Why"), "answered 407 Proxy Authentication Required; correct its user or password")
            answer = gateway.get("/unreachable/x")
            equal(answer.header("Why"), f"BackendConnectionFailure: the proxy {proxy.address} was asked for a tunnel to 127.0.0.1:1 and answered 502 Bad Gateway")
            equal("s3cr3t" in gateway.log(), False, "the password in the log")


@case("a gateway does not start with a proxy that it cannot use, and says which")
def bad_proxy():
    gateway = Gateway(behind("a", "http://127.0.0.1:1"), environment={"HTTPS_PROXY": "socks5://me:s3cr3t@127.0.0.1:1080"}, expect_exit=True)
    equal(gateway.process.wait(30), 1)
    gateway.stop()
    contains(gateway.last_log, "HTTPS_PROXY: the proxy's URL is not usable: write http://host:port")
    equal("s3cr3t" in gateway.last_log, False, "the password in the log")


run_cases()
