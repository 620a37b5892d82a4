"""An identity provider of the tests: metadata, keys, tokens of all algorithms, rotation, and failures on demand. What it does with a request
says its path, `/MODE/.../.well-known/openid-configuration` and `/MODE/.../keys`, so that one gateway meets many providers; see Provider.MODES."""
import base64
import hashlib
import hmac
import json
import os
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

from harness import Backend, respond


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], input=data, check=True, capture_output=True).stdout


class Signer:
    """A key pair that openssl has made, for RS256 (and RS384, RS512, PS256 ...) or ES256."""

    def __init__(self, folder, kid, algorithm="RS256"):
        self.kid, self.algorithm = kid, algorithm
        self.path = os.path.join(folder, kid + ".pem")
        if algorithm == "ES256":
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.path)
            point = openssl("ec", "-in", self.path, "-pubout", "-outform", "DER")[-64:]
            self.jwk = {"kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "x": b64(point[:32]), "y": b64(point[32:])}
        else:
            openssl("genrsa", "-out", self.path, "2048")
            modulus = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode()
            self.jwk = {"kty": "RSA", "use": "sig", "kid": kid, "n": b64(bytes.fromhex(modulus.strip().split("=")[1])), "e": "AQAB"}

    def sign(self, text):
        digest = ["dgst", "-sha" + self.algorithm[2:], "-sign", self.path]
        if self.algorithm.startswith("PS"):
            digest += ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        signature = openssl(*digest, data=text)
        return signature if self.algorithm != "ES256" else b"".join(number.to_bytes(32, "big") for number in read_der_numbers(signature))

    def token(self, issuer, **claims):
        return token(self, issuer, **claims)


class Secret:
    """A shared secret, for HS256."""

    def __init__(self, secret, kid=None):
        self.secret, self.kid, self.algorithm = secret, kid, "HS256"

    def sign(self, text):
        return hmac.new(self.secret, text, hashlib.sha256).digest()

    def token(self, issuer, **claims):
        return token(self, issuer, **claims)


def token(signer, issuer, kid=None, **claims):
    header = {"alg": signer.algorithm, "typ": "JWT", "kid": kid or signer.kid}
    claims = {"iss": issuer, "exp": int(time.time()) + 600, **claims}
    text = ".".join(b64(json.dumps({name: value for name, value in part.items() if value is not None}).encode()) for part in (header, claims))
    return text + "." + b64(signer.sign(text.encode()))


def read_der_numbers(der):
    """r and s of an ECDSA signature."""
    at, numbers = 2, []
    for _ in range(2):
        size = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2 : at + 2 + size], "big"))
        at += 2 + size
    return numbers


class TlsBackend(Backend):
    """A backend that speaks TLS when it has a certificate and its key."""

    def __init__(self, answer=None, port=0, tls=None):
        self.tls = tls
        super().__init__(answer, port)
        if tls:
            self.url = f"https://localhost:{self.port}"

    def _serve(self, connection):
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.tls)
            try:
                connection = context.wrap_socket(connection, server_side=True)
            except OSError:
                return connection.close()
        return super()._serve(connection)


class Provider(TlsBackend):
    """`signers` are those whose keys it publishes now: replace them to rotate. `delay` seconds before each answer; `mode` is what it does with
    requests whose path names none. A mode behind `keys-` concerns the keys alone, the metadata being good then."""

    MODES = ("good", "down", "slow", "error", "garbage", "huge", "endless", "trickle", "empty", "many", "issuer", "kind", "deep", "moved", "lost")
    HUGE = 100 * 1024 * 1024

    def __init__(self, *signers, tls=None, port=0):
        self.signers, self.delay, self.mode = signers, 0, "good"
        self.client = ("client", "s3cret")  # of the token endpoint
        self.token_lifetime = 3600
        self.tokens_given = 0
        self.is_ended = threading.Event()
        super().__init__(self._answer, port, tls)

    def close(self):
        self.is_ended.set()
        super().close()

    def metadata(self, mode="good", name="x"):
        return f"{self.url}/{mode}/{name}/.well-known/openid-configuration"

    def requested(self, end):
        return sum(request.target.endswith(end) for request in self.requests)

    def _answer(self, request, connection):
        path, _, query = request.target.partition("?")
        if path in ("/token", "/msi/token", "/metadata/identity/oauth2/token"):
            return self._give_token(path, request, dict(urllib.parse.parse_qsl(query)), connection)
        mode = path.split("/")[1]
        base = self.url + path.rsplit("/.well-known" if ".well-known" in path else "/keys", 1)[0]
        is_keys = path.endswith("/keys")
        if mode not in self.MODES and mode.removeprefix("keys-") not in self.MODES:
            mode = self.mode
        if mode.startswith("keys-"):
            mode = mode.removeprefix("keys-") if is_keys else "good"
        time.sleep(self.delay)
        good = {"keys": [signer.jwk for signer in self.signers]} if is_keys else {"issuer": self.url, "jwks_uri": base + "/keys"}
        return getattr(self, "_" + mode)(connection, good, is_keys)

    def _good(self, connection, good, _):
        respond(connection, 200, json.dumps(good).encode(), [("Content-Type", "application/json")])

    def _down(self, *_):
        return False

    def _slow(self, *_):
        self.is_ended.wait(60)
        return False

    def _error(self, connection, *_):
        respond(connection, 500, b"no", reason="Internal Server Error")

    def _garbage(self, connection, *_):
        respond(connection, 200, b"<html>\x00\xff not json")

    def _huge(self, connection, *_):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % self.HUGE)
        for _ in range(self.HUGE // 65536):
            connection.sendall(b" " * 65536)
        return False

    def _endless(self, connection, *_):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not self.is_ended.is_set():
            connection.sendall(b"10000\r\n" + b"[" * 65536 + b"\r\n")
        return False

    def _trickle(self, connection, *_):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not self.is_ended.wait(0.2):
            connection.sendall(b" ")
        return False

    def _empty(self, connection, good, is_keys):
        self._good(connection, {"keys": []} if is_keys else {}, is_keys)

    def _many(self, connection, good, is_keys):
        keys = [{**self.signers[0].jwk, "kid": f"{self.signers[0].kid}{i or ''}"} for i in range(101)]
        self._good(connection, {"keys": keys} if is_keys else good, is_keys)

    def _issuer(self, connection, good, is_keys):
        self._good(connection, good if is_keys else {**good, "issuer": "https://elsewhere.test"}, is_keys)

    # The same key id, but a key of another kind.
    def _kind(self, connection, good, is_keys):
        x, y = "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296", "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5"
        point = {"kty": "EC", "crv": "P-256", "use": "sig", "x": b64(bytes.fromhex(x)), "y": b64(bytes.fromhex(y))}
        self._good(connection, {"keys": [{**point, "kid": signer.kid} for signer in self.signers]} if is_keys else good, is_keys)

    def _deep(self, connection, *_):
        respond(connection, 200, b'{"keys":' + b"[" * 500_000 + b"]" * 500_000 + b"}")

    # Both lead elsewhere, `lost` to itself.
    def _moved(self, connection, _, is_keys):
        respond(connection, 301, b"", [("Location", "/good/moved/" + ("keys" if is_keys else ".well-known/openid-configuration"))], "Moved Permanently")

    def _lost(self, connection, _, is_keys):
        respond(connection, 302, b"", [("Location", "keys" if is_keys else "openid-configuration")], "Found")

    # The token endpoints: OAuth 2.0 with a secret or an assertion, that of App Service, that of a virtual machine.
    def _give_token(self, path, request, query, connection):
        time.sleep(self.delay)
        if self.mode in ("down", "error"):
            return getattr(self, "_" + self.mode)(connection)
        if path == "/token":
            form = dict(urllib.parse.parse_qsl(request.body.decode()))
            resource = form.get("scope", "").removesuffix("/.default")
            allowed = request.method == "POST" and form.get("grant_type") == "client_credentials" and form.get("client_id") == self.client[0]
            allowed = allowed and self.client[1] == (form.get("client_assertion") if "client_assertion_type" in form else form.get("client_secret"))
        else:
            resource = query.get("resource")
            allowed = request.header("Metadata") == "true" and ("metadata" in path or request.header("X-IDENTITY-HEADER") == self.client[1])
        if not allowed:
            return respond(connection, 401, b'{"error":"invalid_client"}', reason="Unauthorized")
        self.tokens_given += 1
        text = f"token{self.tokens_given} for {resource} as {query.get('client_id', '')}".replace(" ", "_")
        return respond(connection, 200, json.dumps({"access_token": text, "token_type": "Bearer", "expires_in": self.token_lifetime}).encode())


def certificate(folder, *names):
    """A certificate of localhost and its key, trusted by nobody."""
    key, path = os.path.join(folder, "tls.key"), os.path.join(folder, "tls.pem")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", path, "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=" + ",".join(["IP:127.0.0.1", *("DNS:" + name for name in ("localhost", *names))]))
    return path, key


class Keys:
    """Signers by their key ids, made once for all cases."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self._made = {}

    def __getitem__(self, name):
        kid, _, algorithm = name.partition(" ")
        if name not in self._made:
            self._made[name] = Signer(self._folder.name, kid, algorithm or "RS256")
        return self._made[name]
