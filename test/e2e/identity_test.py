#!/usr/bin/env python3
"""Tokens and their keys over real sockets: an identity provider that rotates its keys, is slow, wrong, hostile or away, and many clients."""
import base64
import os
import tempfile
import threading
import time

from harness import Backend, Gateway, RawClient, api, case, contains, equal, policy, run_cases, wait_until
from identity_provider import Keys, Provider, Secret, certificate, token

KEYS = Keys()
WHY = "<set-header name='Why'><value>@(context.LastError.Reason)</value></set-header>"


def gateway_with(backend, inbound, **options):
    document = f"<policies><inbound>{inbound}</inbound><backend><forward-request/></backend><outbound/><on-error>{WHY}</on-error></policies>"
    return Gateway(api("a", "", backend.url, [("GET", "/*")]) + [policy("apis/a;rev=1/", document)], **options)


def validate(url, more="", attributes=""):
    return f"<validate-jwt header-name='Authorization' {attributes}><openid-config url='{url}'/>{more}</validate-jwt>"


# The provider's mode and name are what the client asks for: many providers for one gateway.
BY_PATH = "<validate-jwt header-name='Authorization'><openid-config url='@(\"{0}\" + context.Request.Url.Path + \"/.well-known/openid-configuration\")'/></validate-jwt>"


def ask(gateway, text, path="/"):
    answer = gateway.get(path, ["Authorization: Bearer " + text])
    return answer.status, answer.header("Why")


def raw_request(text, path="/"):
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {text}\r\n\r\n"


def together(count, action):
    """What `count` threads that begin at the same time have found."""
    found, start = [], threading.Barrier(count)

    def run(number):
        start.wait()
        found.append(action(number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def resident_kib(gateway):
    with open(f"/proc/{gateway.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


@case("tokens of RSA, RSA-PSS and elliptic keys of the provider and of a shared secret are good; altered and expired ones are not")
def algorithms():
    secret = Secret(b"0123456789abcdef0123456789abcdef")
    inline = "<issuer-signing-keys><key>" + base64.b64encode(secret.secret).decode() + "</key></issuer-signing-keys>"
    signers = [KEYS["r RS256"], KEYS["p PS256"], KEYS["e ES256"]]
    with Backend() as backend, Provider(*signers) as idp, gateway_with(backend, validate(idp.metadata(), inline)) as gateway:
        for signer in [*signers, secret]:
            good = signer.token(idp.url)
            equal(ask(gateway, good), (200, None), signer.algorithm)
            equal(ask(gateway, good[:-6] + ("AAAAAA" if good[-6:] != "AAAAAA" else "BBBBBB")), (401, "TokenSignatureInvalid"), signer.algorithm)
            equal(ask(gateway, signer.token(idp.url, exp=int(time.time()) - 5)), (401, "TokenExpired"), signer.algorithm)
            equal(ask(gateway, signer.token("https://other.test")), (401, "TokenIssuerNotAllowed"), signer.algorithm)
        equal(gateway.get("/").header("Why"), "TokenNotPresent")
        equal(len(idp.requests), 2, "metadata and keys, once")


@case("a hundred first requests at once lead to one fetch of the metadata and one of the keys")
def single_flight():
    signer = KEYS["k"]
    with Backend() as backend, Provider(signer) as idp, gateway_with(backend, validate(idp.metadata()), settings={"net.server.workers": "2"}) as gateway:
        idp.delay = 0.5
        text = signer.token(idp.url)

        def one(_):
            with gateway.client() as client:
                client.send(raw_request(text))
                return client.answer().status

        equal(together(100, one), [200] * 100)
        equal((idp.requested("openid-configuration"), idp.requested("/keys")), (1, 1))


@case("clients that leave do not end the fetch that they began")
def clients_leave():
    signer = KEYS["k"]
    with Backend() as backend, Provider(signer) as idp, gateway_with(backend, validate(idp.metadata())) as gateway:
        idp.delay = 0.4
        text = signer.token(idp.url)
        for _ in range(20):
            with gateway.client() as client:
                client.send(raw_request(text))
        wait_until(lambda: idp.requested("/keys") == 1, "the keys are asked for")
        equal(ask(gateway, text), (200, None))
        equal(len(idp.requests), 2)
        equal(idp.aborted, [])


@case("a fetch that nobody waits for any more does not hold up the end of the gateway")
def ended():
    signer = KEYS["k"]
    with Backend() as backend, Provider(signer) as idp, gateway_with(backend, validate(idp.metadata("slow"))) as gateway:
        with gateway.client() as client:
            client.send(raw_request(signer.token(idp.url)))
            wait_until(lambda: idp.requests, "the fetch has begun")
        begun = time.monotonic()
        equal(gateway.stop(), 0)
        equal(time.monotonic() - begun < 5, True, "it ends at once")


@case("a key that is new is found by one fetch, and the one before serves until it is taken away")
def rotation():
    old, new = KEYS["old"], KEYS["new"]
    with Backend() as backend, Provider(old) as idp, gateway_with(backend, validate(idp.metadata())) as gateway:
        equal(ask(gateway, old.token(idp.url)), (200, None))
        idp.signers, idp.delay = (new,), 0.3
        equal(together(20, lambda _: ask(gateway, new.token(idp.url))[0]), [200] * 20)
        equal((idp.requested("openid-configuration"), idp.requested("/keys")), (2, 2))
        equal(ask(gateway, old.token(idp.url)), (401, "TokenSignatureKeyNotFound"))
        equal(len(idp.requests), 4)


@case("ten thousand tokens with unknown keys lead to one fetch, and good tokens are served meanwhile")
def unknown_keys():
    signer = KEYS["k"]
    with Backend() as backend, Provider(signer) as idp, gateway_with(backend, validate(idp.metadata())) as gateway:
        good = signer.token(idp.url)
        equal(ask(gateway, good), (200, None))
        signature = good.rsplit(".", 1)[1]
        shape = token(Secret(b"x"), idp.url, kid="unknown-00000").split(".")
        header = base64.urlsafe_b64decode(shape[0] + "==").decode()

        def flood(part):
            statuses = set()
            with RawClient(gateway.address) as client:
                for number in range(part * 2500, (part + 1) * 2500):
                    named = base64.urlsafe_b64encode(header.replace("HS256", "RS256").replace("00000", f"{number:05}").encode()).rstrip(b"=").decode()
                    client.send(raw_request(f"{named}.{shape[1]}.{signature}"))
                    statuses.add(client.answer().status)
            return statuses

        floods = []
        thread = threading.Thread(target=lambda: floods.extend(together(4, flood)))
        thread.start()
        while thread.is_alive():
            equal(ask(gateway, good), (200, None))
        thread.join()
        equal(floods, [{401}] * 4)
        equal((idp.requested("openid-configuration"), idp.requested("/keys")), (2, 2))


@case("keys that were had serve on while the provider is away, slow or wrong, and tokens with other keys are refused with the reason")
def away():
    known, other = KEYS["k"], KEYS["other"]
    for mode in ("down", "error", "garbage", "empty", "kind"):
        with Backend() as backend, Provider(known) as idp, gateway_with(backend, validate(idp.metadata("any"))) as gateway:
            equal(ask(gateway, known.token(idp.url)), (200, None), mode)
            idp.mode = mode
            equal(ask(gateway, other.token(idp.url)), (401, "TokenSignatureKeyNotFound"), mode)
            if mode != "kind":  # a set that can be read replaces the one before
                equal(ask(gateway, known.token(idp.url)), (200, None), mode)
                gateway.wait_log("FetchFailed")
            else:
                equal(ask(gateway, known.token(idp.url)), (401, "TokenSignatureInvalid"), mode)


@case("while a key is looked for at a slow provider, tokens with keys that are known do not wait")
def slow():
    known, other = KEYS["k"], KEYS["other"]
    with Backend() as backend, Provider(known) as idp, gateway_with(backend, validate(idp.metadata())) as gateway:
        good = known.token(idp.url)
        equal(ask(gateway, good), (200, None))
        idp.delay = 4
        waiting = threading.Thread(target=lambda: equal(ask(gateway, other.token(idp.url))[0], 401))
        waiting.start()
        wait_until(lambda: len(idp.requests) == 3, "the key is looked for")
        for _ in range(10):
            equal(ask(gateway, good), (200, None))
        equal(len(idp.requests), 3, "it is still looked for")
        waiting.join()


@case("a provider that was never reached leaves 401 with the reason, is told of in the log, and is not asked again at once")
def never_reached():
    signer = KEYS["k"]
    with Backend() as backend, Provider(signer) as idp:
        idp.mode = "down"
        with gateway_with(backend, validate(idp.metadata("any"))) as gateway:
            for _ in range(5):
                equal(ask(gateway, signer.token(idp.url)), (401, "TokenSignatureKeyNotFound"))
            equal(len(idp.requests), 1)
            equal(backend.requests, [])
            gateway.wait_log("FetchFailed")


@case("a hostile provider leaves 401 and no memory behind, whatever of it is hostile")
def hostile():
    signer = KEYS["k"]
    modes = ["down", "slow", "error", "garbage", "huge", "endless", "trickle", "empty", "many", "deep", "lost"]
    modes += ["keys-" + mode for mode in modes]
    with Backend() as backend, Provider(signer) as idp, gateway_with(backend, BY_PATH.format(idp.url)) as gateway:
        text = signer.token(idp.url)
        equal(ask(gateway, text, "/good/x"), (200, None))
        before = resident_kib(gateway)

        def one(number):
            with gateway.client(patience=60) as client:
                client.send(raw_request(text, f"/{modes[number % len(modes)]}/{number}"))
                return client.answer().status

        begun = time.monotonic()
        equal(together(len(modes) * 4, one), [401] * (len(modes) * 4))
        equal(time.monotonic() - begun < 40, True, "ten seconds a request of a fetch")
        equal(ask(gateway, text, "/good/x"), (200, None))
        grown = resident_kib(gateway) - before
        if os.environ.get("GATELET_SANITIZED") != "1":  # a sanitizer keeps what is freed
            equal(grown < 48 * 1024, True, f"memory grew by {grown} KiB")
        for moved in ("/moved/x", "/keys-moved/x"):
            equal(ask(gateway, text, moved), (200, None))
        equal(ask(gateway, text, "/issuer/x"), (401, "TokenIssuerNotAllowed"))
        equal(ask(gateway, text, "/kind/x"), (401, "TokenSignatureInvalid"))
        equal(len(backend.requests), 4)


@case("a provider whose certificate nobody vouches for gives no keys; with its authority it does")
def tls():
    signer = KEYS["k"]
    with tempfile.TemporaryDirectory() as folder:
        files = certificate(folder)
        with Backend() as backend, Provider(signer, tls=files) as idp:
            text = signer.token(idp.url)
            with gateway_with(backend, validate(idp.metadata())) as gateway:
                equal(ask(gateway, text), (401, "TokenSignatureKeyNotFound"))
                contains(gateway.log(), "FetchFailed")
                equal(idp.requests, [])
            with gateway_with(backend, validate(idp.metadata()), settings={"net.client.tls.authorities": files[0]}) as gateway:
                equal(ask(gateway, text), (200, None))


@case("a slow place that requests are sent to without an answer does not hold up the keys")
def apart_from_the_outbox():
    signer = KEYS["k"]
    with Backend() as backend, Provider(signer) as idp, Provider(signer) as sink:
        sink.mode = "slow"
        one_way = f"<send-one-way-request><set-url>{sink.url}/any/x</set-url></send-one-way-request>" * 40
        text = f"<choose><when condition='@(context.Request.Url.Path == \"/sink\")'>{one_way}</when><otherwise>{validate(idp.metadata())}</otherwise></choose>"
        with gateway_with(backend, text) as gateway:
            equal(gateway.get("/sink").status, 200)
            wait_until(lambda: len(sink.requests) >= 16, "as many as are sent at once")
            equal(ask(gateway, signer.token(idp.url)), (200, None))
            sink.is_ended.set()


MANAGED = """<authentication-managed-identity resource="https://vault.test" {0}/>"""


def managed(idp, kind, **more):
    endpoint = {"app-service": "/msi/token", "imds": "/metadata/identity/oauth2/token"}.get(kind, "/token")
    settings = {"policy.identity.kind": kind, "policy.identity.endpoint": idp.url + endpoint, "config.reload.period": "00:00:01"}
    return {**settings, **{"policy.identity." + name.replace("_", "-"): value for name, value in more.items()}}


@case("managed identities of all kinds get a token once, also for many requests at once, and it goes to the backend")
def managed_identity():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "token")
        with open(path, "w", encoding="ascii") as file:
            file.write("s3cret\n")
        kinds = {"app-service": {"secret": "s3cret"}, "imds": {}, "client-credentials": {"client_id": "client", "secret": "s3cret"},
                 "workload": {"client_id": "client", "secret_file": path}}
        for kind, more in kinds.items():
            with Backend() as backend, Provider() as idp, gateway_with(backend, MANAGED.format(""), settings=managed(idp, kind, **more)) as gateway:
                idp.delay = 0.2
                equal(together(20, lambda _: gateway.get("/").status), [200] * 20, kind)
                equal(idp.tokens_given, 1, kind)
                equal({request.header("Authorization") for request in backend.requests}, {"Bearer token1_for_https://vault.test_as_"}, kind)


@case("the federated token of a workload is read anew when its file changes; a token that is over is fetched anew")
def federated():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "token")

        def write(text):
            with open(path + ".new", "w", encoding="ascii") as file:
                file.write(text)
            os.rename(path + ".new", path)

        write("wrong")
        with Backend() as backend, Provider() as idp:
            idp.token_lifetime = 2
            settings = managed(idp, "workload", client_id="client", secret_file=path)
            document = "<choose><when condition='@(context.Request.Url.Path == \"/x\")'>" + MANAGED.format("client-id='client'") + "</when></choose>"
            with gateway_with(backend, document, settings=settings) as gateway:
                idp.client = ("client", "first")
                write("first")
                time.sleep(2.5)
                equal(gateway.get("/x").status, 200)
                idp.client = ("client", "second")
                write("second")
                time.sleep(2.5)
                equal(gateway.get("/x").status, 200)
                equal(idp.tokens_given, 2)


@case("an identity endpoint that is away or refuses fails the request, unless errors are ignored; a token that was had serves on")
def managed_failures():
    for mode in ("down", "error"):
        with Backend() as backend, Provider() as idp:
            settings = managed(idp, "client-credentials", client_id="client", secret="s3cret")
            with gateway_with(backend, MANAGED.format(""), settings=settings) as gateway:
                equal(gateway.get("/").status, 200)
                idp.mode = mode
                equal(gateway.get("/").status, 200)
            with gateway_with(backend, MANAGED.format(""), settings=settings) as gateway:
                answer = gateway.get("/")
                equal((answer.status, answer.header("Why")), (500, "ManagedIdentityTokenNotAvailable"), mode)
                gateway.wait_log("FetchFailed")
                equal("s3cret" in gateway.log(), False)
            with gateway_with(backend, MANAGED.format("ignore-error='true'"), settings=settings) as gateway:
                equal(gateway.get("/").status, 200)
            with gateway_with(backend, MANAGED.format(""), settings={**settings, "policy.identity.secret": "guess"}) as gateway:
                idp.mode = "good"
                equal(gateway.get("/").status, 500)


run_cases()
