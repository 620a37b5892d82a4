#!/usr/bin/env python3
"""What policies send themselves, over real sockets: side calls with their timeouts, requests nobody waits for, and keys of an identity provider
that is slow, rotates its keys and goes away."""
import base64
import json
import os
import subprocess
import tempfile
import threading
import time

from harness import Backend, Gateway, api, case, contains, equal, policy, respond, run_cases, wait_until


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Signer:
    """An RSA key, made by openssl."""

    def __init__(self, folder, kid):
        self.kid = kid
        self.path = os.path.join(folder, kid + ".pem")
        subprocess.run(["openssl", "genrsa", "-out", self.path, "2048"], check=True, capture_output=True)
        modulus = subprocess.run(["openssl", "rsa", "-in", self.path, "-noout", "-modulus"], check=True, capture_output=True, text=True).stdout
        self.jwk = {"kty": "RSA", "use": "sig", "kid": kid, "n": b64(bytes.fromhex(modulus.strip().split("=")[1])), "e": "AQAB"}

    def token(self, issuer, **claims):
        header = {"alg": "RS256", "kid": self.kid}
        text = ".".join(b64(json.dumps(part).encode()) for part in (header, {"iss": issuer, "exp": int(time.time()) + 600, **claims}))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.path], input=text.encode(), check=True, capture_output=True).stdout
        return text + "." + b64(signature)


class Provider(Backend):
    """Metadata and keys; `delay` seconds before each answer, `is_away` closes connections instead."""

    def __init__(self, *signers):
        self.signers, self.delay, self.is_away = signers, 0, False
        super().__init__(self._answer)

    def _answer(self, request, connection):
        time.sleep(self.delay)
        if self.is_away:
            return connection.close()
        if request.target == "/keys":
            body = {"keys": [signer.jwk for signer in self.signers]}
        else:
            body = {"issuer": self.url, "jwks_uri": self.url + "/keys"}
        return respond(connection, 200, json.dumps(body).encode())


def inbound(text):
    return policy("apis/a;rev=1/", f"<policies><inbound>{text}</inbound><on-error><set-header name='Why'><value>@(context.LastError.Reason)</value></set-header></on-error></policies>")


def gateway_with(backend, text, **options):
    return Gateway(api("a", "", backend.url, [("GET", "/*"), ("POST", "/*")]) + [inbound(text)], **options)


@case("a side call sends what the policy says and its answer is a variable, several at once in wait")
def side_call():
    def slow(request, connection):
        time.sleep(0.5)
        respond(connection, 201, b"made " + request.body)

    with Backend() as backend, Backend(slow) as side:
        one = "<send-request response-variable-name='{0}'><set-url>{1}/x</set-url><set-method>POST</set-method><set-body>{0}</set-body></send-request>"
        text = "<wait>" + one.format("a", side.url) + one.format("b", side.url) + "</wait>"
        text += "<set-header name='Got'><value>@(((IResponse)context.Variables[\"a\"]).Body.As&lt;string&gt;() + \", \" + ((IResponse)context.Variables[\"b\"]).Body.As&lt;string&gt;())</value></set-header>"
        text = text.replace("&lt;", "<").replace("&gt;", ">")
        with gateway_with(backend, text) as gateway:
            begun = time.monotonic()
            equal(gateway.get("/").status, 200)
            equal(time.monotonic() - begun < 0.95, True, "one after the other")
            equal(backend.requests[0].header("Got"), "made a, made b")


@case("the timeout of a side call is until the last byte of its answer, and a body without end is given up")
def timeout():
    def trickle(_request, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            time.sleep(0.1)
            connection.sendall(b"x")

    with Backend() as backend, Backend(trickle) as side:
        with gateway_with(backend, f"<send-request response-variable-name='r' timeout='1'><set-url>{side.url}/</set-url></send-request>") as gateway:
            begun = time.monotonic()
            answer = gateway.get("/")
            equal((answer.status, answer.header("Why")), (500, "Timeout"))
            equal(time.monotonic() - begun < 3, True, "the timeout")


@case("requests nobody waits for are sent beside the client's, all of them, and a place that is away delays nobody")
def one_way():
    def slow(request, connection):
        time.sleep(0.2)
        respond(connection, 500)

    with Backend() as backend, Backend(slow) as hook:
        text = f"<send-one-way-request><set-url>{hook.url}/x</set-url><set-method>POST</set-method><set-body>@(context.Request.Url.Path)</set-body></send-one-way-request>"
        text += "<send-one-way-request><set-url>http://127.0.0.1:1/</set-url></send-one-way-request>"
        with gateway_with(backend, text) as gateway:
            for i in range(40):
                equal(gateway.get(f"/{i}").status, 200)
            wait_until(lambda: len(hook.requests) == 40, "40 requests")
            equal(sorted(int(request.body[1:]) for request in hook.requests), list(range(40)))


@case("what was accepted is still sent when the gateway is told to end")
def drained():
    with Backend() as backend, Backend(lambda request, connection: (time.sleep(0.3), respond(connection, 200))) as hook:
        with gateway_with(backend, f"<send-one-way-request><set-url>{hook.url}/</set-url></send-one-way-request>") as gateway:
            for _ in range(20):
                equal(gateway.get("/").status, 200)
            equal(gateway.stop(), 0)
            equal(len(hook.requests), 20)


@case("keys are fetched once for many waiters, a new key is looked for once, and a provider that is away does not matter then")
def provider():
    with tempfile.TemporaryDirectory() as folder:
        old, new, unknown = (Signer(folder, kid) for kid in ("old", "new", "unknown"))
        with Backend() as backend, Provider(old) as idp:
            idp.delay = 0.3
            text = f"<validate-jwt header-name='Authorization'><openid-config url='{idp.url}/.well-known/openid-configuration'/></validate-jwt>"
            with gateway_with(backend, text) as gateway:
                def status(token):
                    return gateway.get("/", ["Authorization: Bearer " + token]).status

                statuses = []
                threads = [threading.Thread(target=lambda: statuses.append(status(old.token(idp.url)))) for _ in range(20)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                equal(statuses, [200] * 20)
                equal(len(idp.requests), 2, "metadata and keys")
                idp.signers = (old, new)
                equal(status(new.token(idp.url)), 200)
                equal(len(idp.requests), 4)
                for _ in range(20):
                    equal(status(unknown.token(idp.url)), 401)
                equal(len(idp.requests), 4, "no storm")
                idp.is_away = True
                equal(status(new.token(idp.url)), 200)
                equal(status(new.token("https://other.test")), 401)


@case("a provider that is away leaves 401 with the reason, and is not asked again at once")
def provider_away():
    with tempfile.TemporaryDirectory() as folder:
        signer = Signer(folder, "k")
        with Backend() as backend, Provider(signer) as idp:
            idp.is_away = True
            with gateway_with(backend, f"<validate-jwt header-name='Authorization'><openid-config url='{idp.url}/metadata'/></validate-jwt>") as gateway:
                for _ in range(5):
                    answer = gateway.get("/", ["Authorization: Bearer " + signer.token(idp.url)])
                    equal((answer.status, answer.header("Why")), (401, "TokenSignatureKeyNotFound"))
                equal(len(idp.requests), 1)
                equal(backend.requests, [])


@case("metrics and events are lines of the log")
def log_lines():
    with Backend() as backend:
        text = "<emit-metric name='orders' value='2'><dimension name='API ID'/></emit-metric><log-to-eventhub logger-id='audit'>hello hub</log-to-eventhub>"
        with gateway_with(backend, text) as gateway:
            equal(gateway.get("/").status, 200)
            gateway.wait_log("hello hub")
            contains(gateway.log(), "orders")


run_cases()
