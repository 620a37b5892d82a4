#!/usr/bin/env python3
"""A public policy document, read in place and not changed, end to end: a token is validated and exchanged for another one, with a managed identity
and two side calls, and what comes out of it is cached for the user. Its hosts are reached through a proxy, which leads to servers of the test."""
import base64
import json
import socket
import tempfile
import threading
import time
import urllib.parse

from harness import Acceptor, Backend, Gateway, api, case, contains, equal, policy, require_corpus, respond, run_cases, wait_until
from identity_provider import Keys, Provider, TlsBackend, certificate
from redis_server import Redis

DOCUMENT = require_corpus("policies", "Azure+api-management-policy-snippets", "examples_Request_OAuth2_access_token_from_SAP_using_AAD_JWT_token.xml", count=3)
LOGIN, SAP, TENANT = "login.microsoftonline.com", "sap.test", "11111111-2222-3333-4444-555555555555"
ISSUER = f"https://{LOGIN}/{TENANT}/v2.0"
NAMED = {"AADTenantId": TENANT, "APIMAADRegisteredAppClientId": "gateway-app", "APIMUserAssignedManagedIdentityId": "identity-1", "AADSAPResource": "FS1",
         "SAPOAuthClientID": "sap-client", "SAPOAuthClientSecret": "sap-secret", "SAPOAuthScope": "ORDERS_0001", "SAPOAuthRefreshExpiry": "36000",
         "SAPOAuthServerAdressForTokenEndpoint": SAP}
KEYS = Keys()


class Proxy(Acceptor):
    """Leads CONNECT to the ports of this machine that `places` names by host."""

    def __init__(self, places):
        self.places = places
        super().__init__()

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65536) or b"\r\n\r\n"
        host = head.split(b" ")[1].decode().rsplit(":", 1)[0]
        with client:
            try:
                with socket.create_connection(("127.0.0.1", self.places[host])) as server:
                    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
                    back.start()
                    self._copy(client, server)
                    back.join()
            except OSError:
                pass

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Login(Provider):
    """The provider, which also exchanges tokens of users on behalf of the gateway's identity."""

    def _answer(self, request, connection):
        if not request.target.endswith("/oauth2/v2.0/token") or self.mode != "good":
            return super()._answer(request, connection)
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        equal((form["client_id"], form["scope"], form["requested_token_use"]), ("gateway-app", "FS1/.default", "on_behalf_of"))
        contains(form["client_assertion"], "api://azureadtokenexchange")
        return respond(connection, 200, json.dumps({"access_token": "saml-of-" + subject_of(form["assertion"])}).encode())


def subject_of(text):
    return json.loads(base64.urlsafe_b64decode(text.split(".")[1] + "=="))["sub"]


def sap_tokens(lifetime):
    def answer(request, connection):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        equal(request.header("Authorization"), "Basic " + base64.b64encode(b"sap-client:sap-secret").decode())
        user = form.get("assertion", form.get("refresh_token", "")).rsplit("-", 1)[-1]
        body = {"access_token": "sap-of-" + user, "refresh_token": "refresh-of-" + user, "expires_in": lifetime}
        respond(connection, 200, json.dumps(body).encode())

    return answer


class Stage:
    """All servers around one gateway."""

    def __init__(self, lifetime=3600, settings=None):
        self.settings, self.lifetime = settings or {}, lifetime

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        tls = certificate(self.folder.name, LOGIN, SAP)
        self.signer = KEYS["user"]
        self.login, self.identity = Login(self.signer, tls=tls), Provider()
        self.login.url = f"https://{LOGIN}"
        self.sap = TlsBackend(sap_tokens(self.lifetime), tls=tls)
        self.backend = Backend(lambda request, connection: respond(connection, 200, f"see {self.backend.address}/x".encode()))
        self.proxy = Proxy({LOGIN: self.login.port, SAP: self.sap.port})
        resources = api("sap", "sap", self.backend.url, [("GET", "/*"), ("POST", "/*")])
        resources.append(policy("apis/sap;rev=1/", DOCUMENT.read_text(encoding="utf-8")))
        resources += [{"k": f"namedValues/{name}", "v": {"displayName": name, "value": value}} for name, value in NAMED.items()]
        settings = {"https.proxy": self.proxy.url, "net.client.tls.authorities": tls[0], "policy.identity.endpoint": self.identity.url + "/msi/token",
                    "policy.identity.secret": "s3cret", **self.settings}
        self.gateway = Gateway(resources, settings=settings)
        return self

    def __exit__(self, *failure):
        self.gateway.__exit__(*failure)
        for server in (self.proxy, self.login, self.identity, self.sap, self.backend):
            server.__exit__(*failure)
        self.folder.cleanup()

    def token(self, **claims):
        return self.signer.token(ISSUER, **{"aud": "api://gateway-app", "sub": "ann", "scp": "read user_impersonation", **claims})

    def ask(self, text=None, path="/sap/orders"):
        return self.gateway.get(path, ["Authorization: Bearer " + text] if text else [])

    def side_calls(self):
        exchanged = sum(request.target.endswith("/oauth2/v2.0/token") for request in self.login.requests)
        return self.identity.tokens_given, exchanged, len(self.sap.requests)


def play(stage):
    answer = stage.ask()
    equal((answer.status, answer.header("ErrorSource"), answer.header("ErrorReason")), (401, "validate-jwt", "TokenNotPresent"))
    for claims, reason in (({"aud": "other"}, "TokenAudienceNotAllowed"), ({"scp": "read"}, "TokenClaimValueNotAllowed"), ({"scp": None}, "TokenClaimNotFound"),
                           ({"exp": int(time.time()) - 9}, "TokenExpired")):
        answer = stage.ask(stage.token(**claims))
        equal((answer.status, answer.header("ErrorReason")), (401, reason))
    equal((stage.side_calls(), stage.backend.requests), ((0, 0, 0), []))

    ann = stage.token()
    answer = stage.ask(ann)
    equal(answer.status, 200)
    # find-and-replace shows the gateway's address instead of the backend's.
    contains(answer.text, f"see 127.0.0.1:{stage.gateway.port}sap/x")
    sent = stage.backend.requests[-1]
    equal((sent.target, sent.header("Authorization")), ("/orders?$format=json", "Bearer sap-of-ann"))
    equal(stage.side_calls(), (1, 1, 1))

    # The next ones, also with another token of the same user, come out of the cache; another user has another token.
    for text in (ann, ann, stage.token(jti="2")):
        equal(stage.ask(text).status, 200)
    equal(stage.side_calls(), (1, 1, 1))
    equal(stage.ask(stage.token(sub="bob")).status, 200)
    equal(stage.backend.requests[-1].header("Authorization"), "Bearer sap-of-bob")
    equal(stage.side_calls(), (1, 2, 2))

    # Everybody else is away: who was there before is served on; who was not is not.
    stage.login.mode = stage.identity.mode = "down"
    stage.sap.close()
    equal(stage.ask(ann).status, 200)
    equal(stage.ask(stage.token(jti="3")).status, 200)
    equal(stage.ask(stage.token(sub="eve")).status, 500)
    equal(stage.ask(KEYS["stranger"].token(ISSUER, aud="api://gateway-app", sub="ann", scp="user_impersonation")).status, 401)


@case("the document is played with the cache in the process")
def in_process():
    with Stage() as stage:
        play(stage)


@case("the document is played with a real Redis as its cache, and a second gateway finds what the first one has kept")
def external():
    with Redis() as redis:
        settings = {"policy.cache.external": f"127.0.0.1:{redis.port}"}
        with Stage(settings=settings) as stage:
            equal(stage.ask(stage.token()).status, 200)
            wait_until(lambda: redis.count() == 2, "both tokens are kept")
            equal(stage.ask(stage.token()).status, 200)
            equal(stage.side_calls(), (1, 1, 1))
        with Stage(settings=settings) as stage:
            equal(stage.ask(stage.token()).status, 200)
            equal(stage.backend.requests[-1].header("Authorization"), "Bearer sap-of-ann")
            equal(stage.side_calls(), (0, 0, 0))


@case("when the token of the cache is over, the refresh token that is there brings the next one")
def refreshed():
    with Stage(lifetime=2) as stage:
        equal(stage.ask(stage.token()).status, 200)
        time.sleep(2.2)
        equal(stage.ask(stage.token()).status, 200)
        equal(stage.side_calls(), (1, 1, 2))
        contains(stage.sap.requests[-1].body.decode(), "grant_type=refresh_token&refresh_token=refresh-of-ann")


run_cases()
