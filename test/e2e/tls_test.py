#!/usr/bin/env python3
"""HTTPS with the tools that users have, curl and openssl: versions, suites, host, chain, resumption, client certificates, reload, backends."""
import os
import pathlib
import subprocess
import tempfile
import threading

from harness import Gateway, api, case, contains, equal, policy, run_cases, wait_until


def openssl(*arguments, given=b""):
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=False)


class Pki:
    """A root, an authority below it, and what they have signed, made anew for each run."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.request("root", "/CN=Root", None, "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign")
        self.request("between", "/CN=Between", "root", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign")
        self.request("server", "/CN=server", "between", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        self.request("second", "/CN=second", "between", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        self.request("client", "/CN=some client", "between", "extendedKeyUsage=clientAuth")
        self.request("stranger", "/CN=stranger", None, "subjectAltName=IP:127.0.0.1")
        self.request("misnamed", "/CN=misnamed", "between", "subjectAltName=DNS:other.example")
        for name in ("server", "second", "client", "misnamed"):
            chain = pathlib.Path(self[name + ".pem"]).read_text() + pathlib.Path(self["between.pem"]).read_text()
            pathlib.Path(self[name + ".chain"]).write_text(chain)

    def __getitem__(self, name):
        return os.path.join(self.folder.name, name)

    def request(self, name, subject, issuer, extensions, key=("ecparam", "-name", "prime256v1", "-genkey", "-noout")):
        pathlib.Path(self[name + ".ext"]).write_text(extensions)
        openssl(*key, "-out", self[name + ".key"])
        openssl("req", "-new", "-key", self[name + ".key"], "-subj", subject, "-out", self[name + ".csr"])
        signer = ["-CA", self[issuer + ".pem"], "-CAkey", self[issuer + ".key"], "-CAcreateserial"] if issuer else ["-signkey", self[name + ".key"]]
        made = openssl("x509", "-req", "-in", self[name + ".csr"], *signer, "-days", "30", "-extfile", self[name + ".ext"], "-out", self[name + ".pem"])
        equal(made.returncode, 0, made.stderr)


pki = Pki()

ECHO = """<policies><inbound><return-response><set-body>@(context.Request.OriginalUrl.Scheme + " " + (context.Request.Certificate == null ? "none"
  : context.Request.Certificate.Subject + " " + context.Request.Certificate.VerifyNoRevocation()))</set-body></return-response></inbound></policies>"""
RESOURCES = api("a", "a", "http://127.0.0.1:1", [("GET", "/x")], protocols=["http", "https"]) + [policy("apis/a;rev=1/", ECHO)]
PAIR = {"net.server.tls.certificate": pki["server.chain"], "net.server.tls.key": pki["server.key"]}


class Secure(Gateway):
    def __init__(self, settings=None, resources=None):
        super().__init__(resources or RESOURCES, "--listen", "https://127.0.0.1:0", settings=PAIR if settings is None else settings)
        self.tls_port = int(self.wait_log(r"listening on https://127\.0\.0\.1:(\d+)")[1])

    def curl(self, *arguments, path="/a/x", trusted=True):
        ca = ["--cacert", pki["root.pem"]] if trusted else []
        command = ["curl", "-sS", "--max-time", "30", *ca, *arguments, f"https://127.0.0.1:{self.tls_port}{path}"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def connect(self, *arguments, given=b""):
        command = ["s_client", "-connect", f"127.0.0.1:{self.tls_port}", "-CAfile", pki["root.pem"], "-servername", "localhost", *arguments]
        done = openssl(*command, given=given)
        # OpenSSL 3.5 writes names without the blanks of earlier ones.
        return (done.stdout + done.stderr).decode(errors="replace").replace("CN = ", "CN=")


@case("curl is answered over TLS 1.2 and 1.3, trusts the chain, and agrees on http/1.1; older versions are refused")
def versions():
    with Secure() as gateway:
        for version, maximum in (("--tlsv1.2", "1.2"), ("--tlsv1.3", "1.3")):
            done = gateway.curl(version, "--tls-max", maximum)
            equal((done.returncode, done.stdout), (0, "https none"), done.stderr)
        contains(gateway.connect("-alpn", "h2,http/1.1"), "ALPN protocol: http/1.1")
        shown = gateway.connect("-showcerts")
        contains(shown, "Verify return code: 0 (ok)")
        equal(shown.count("-----BEGIN CERTIFICATE-----"), 2, "certificates that were sent")
        contains(gateway.connect("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), "Cipher is (NONE)")
        equal(gateway.get("/a/x").text, "http none", "the plain listener beside it")


@case("a session is resumed in both versions")
def resumption():
    with Secure() as gateway, tempfile.TemporaryDirectory() as folder:
        session = os.path.join(folder, "session")
        request = b"GET /a/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        for version in ("-tls1_2", "-tls1_3"):
            contains(gateway.connect(version, "-sess_out", session, "-ign_eof", given=request), "New, TLS")
            contains(gateway.connect(version, "-sess_in", session, "-ign_eof", given=request), "Reused, TLS")


@case("only the suites of the setting are spoken, in the server's order")
def suites():
    allowed = "TLS_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    with Secure({**PAIR, "net.server.tls.ciphers.allowed-suites": allowed}) as gateway:
        contains(gateway.connect("-tls1_2"), "Cipher is ECDHE-ECDSA-AES128-GCM-SHA256")
        contains(gateway.connect("-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"), "Cipher is (NONE)")
        contains(gateway.connect("-tls1_3"), "Cipher is TLS_AES_128_GCM_SHA256")
        contains(gateway.connect("-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"), "Cipher is (NONE)")


@case("a client that wants to negotiate again is refused, and the gateway serves on")
def renegotiation():
    with Secure() as gateway:
        contains(gateway.connect("-tls1_2", given=b"R\n"), "no renegotiation")
        equal(gateway.curl().stdout, "https none")


@case("PKCS#12 with its chain serves as PEM does; without a certificate the gateway makes one")
def containers():
    store = pki["server.p12"]
    openssl("pkcs12", "-export", "-inkey", pki["server.key"], "-in", pki["server.pem"], "-certfile", pki["between.pem"], "-passout", "pass:secret", "-out", store)
    with Secure({"net.server.tls.certificate": store, "net.server.tls.key-password": "secret"}) as gateway:
        done = gateway.curl()
        equal((done.returncode, done.stdout), (0, "https none"), done.stderr)
    with Secure({}) as gateway:
        equal(gateway.curl().returncode, 60, "curl does not trust a self-made certificate")
        equal(gateway.curl("-k").stdout, "https none")


@case("a gateway whose certificate cannot be used does not start and says which file and why")
def bad_files():
    half = pathlib.Path(pki["half.pem"])
    half.write_text(pathlib.Path(pki["server.pem"]).read_text()[:300])
    rows = [
        ({"net.server.tls.certificate": str(half), "net.server.tls.key": pki["server.key"]}, "half.pem: certificate 1 of the file, in line 1, has no end"),
        ({"net.server.tls.certificate": pki["server.pem"], "net.server.tls.key": pki["second.key"]}, "server.pem: the private key belongs to none"),
        ({"net.server.tls.certificate": pki["server.pem"]}, "server.pem: there is no private key; add it to the file, or name the file"),
        ({"net.server.tls.certificate": pki["missing.pem"]}, "missing.pem"),
        ({**PAIR, "net.server.tls.ciphers.allowed-suites": "ECDHE-RSA-AES128-SHA"}, "'ECDHE-RSA-AES128-SHA' is no cipher suite"),
    ]
    for settings, message in rows:
        gateway = Gateway(RESOURCES, "--listen", "https://127.0.0.1:0", settings=settings, expect_exit=True)
        equal(gateway.process.wait(30), 1, message)
        gateway.stop()
        contains(gateway.last_log, message)


@case("policies see the certificate that a client shows, and whether its chain is known; who shows none is served")
def client_certificates():
    settings = {**PAIR, "net.server.tls.client-certificate.requested": "true", "net.server.tls.client-certificate.authorities": pki["root.pem"]}
    with Secure(settings) as gateway:
        for version, maximum in (("--tlsv1.2", "1.2"), ("--tlsv1.3", "1.3")):
            limits = (version, "--tls-max", maximum)
            equal(gateway.curl(*limits).stdout, "https none")
            equal(gateway.curl(*limits, "--cert", pki["client.chain"], "--key", pki["client.key"]).stdout, "https CN=some client True")
            equal(gateway.curl(*limits, "--cert", pki["stranger.pem"], "--key", pki["stranger.key"]).stdout, "https CN=stranger False")


@case("a template of set-body sees the certificate that a client shows")
def client_certificate_in_template():
    text = '''<policies><inbound><return-response><set-body template="liquid">{% for c in context.Request.ClientCertificates -%}
{{ c.Value.Subject }} of {{ c.Value.Issuer }} {% if c.Key == c.Value.Thumbprint %}by thumbprint{% endif %}{% else %}none{% endfor %}</set-body></return-response></inbound></policies>'''
    settings = {**PAIR, "net.server.tls.client-certificate.requested": "true", "net.server.tls.client-certificate.authorities": pki["root.pem"]}
    with Secure(settings, RESOURCES[:-1] + [policy("apis/a;rev=1/", text)]) as gateway:
        equal(gateway.curl().stdout, "none")
        equal(gateway.curl("--cert", pki["client.chain"], "--key", pki["client.key"]).stdout, "CN=some client of CN=Between by thumbprint")


@case("a host name of the configuration has its own certificate and asks for the client's; a new configuration changes both")
def host_names():
    def resources(name, asks):
        text = pathlib.Path(pki[name + ".chain"]).read_text() + pathlib.Path(pki[name + ".key"]).read_text()
        return RESOURCES + [
            {"k": "certificates/own", "v": {"data": text}},
            {"k": "certificates/root", "v": {"data": pathlib.Path(pki["root.pem"]).read_text()}},
            {"k": "gateway/certificateAuthorities/root", "v": {"isTrusted": True}},
            {"k": "gateway/hostnameConfigurations/one", "v": {"hostname": "localhost", "certificateId": "/certificates/own", "negotiateClientCertificate": asks}},
            {"k": "gateway/hostnameConfigurations/two", "v": {"hostname": "*.example", "certificateId": "missing"}},
        ]

    settings = {**PAIR, "certificates.local.ca.enabled": "true", "config.reload.period": "00:00:01"}
    with Secure(settings, resources("second", True)) as gateway:
        contains(gateway.log(), "host name '*.example': the certificate 'missing' does not exist; its clients get the gateway's own certificate")
        contains(gateway.connect(), "subject=CN=second\n")
        contains(gateway.connect("-servername", "other.example"), "subject=CN=server\n")
        named = ("--connect-to", f"localhost:{gateway.tls_port}:127.0.0.1:{gateway.tls_port}", "--cert", pki["client.chain"], "--key", pki["client.key"])
        command = ["curl", "-sS", "--cacert", pki["root.pem"], *named, f"https://localhost:{gateway.tls_port}/a/x"]
        equal(gateway.curl("-H", "Host: localhost", "-o", os.devnull, "-w", "%{http_code}").stdout, "421", "a host with other demands")
        equal(subprocess.run(command, capture_output=True, text=True, check=False).stdout, "https CN=some client True")
        gateway.write(resources("server", False))
        wait_until(lambda: "subject=CN=server\n" in gateway.connect(), "the certificate of the new configuration")
        wait_until(lambda: subprocess.run(command, capture_output=True, text=True, check=False).stdout == "https none", "no certificate is asked for")


@case("certificates that change every second under load fail no request; a bad pair leaves the old one in force")
def reload():
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "pair.pem")

        def put(name, key=None):
            with open(store + ".new", "w", encoding="utf-8") as file:
                file.write(pathlib.Path(pki[name + ".chain"]).read_text() + pathlib.Path(pki[(key or name) + ".key"]).read_text())
            os.rename(store + ".new", store)

        put("server")
        with Secure({"net.server.tls.certificate": store, "config.reload.period": "00:00:01"}) as gateway:
            failures, over = [], threading.Event()

            def load():
                while not over.is_set():
                    done = gateway.curl()
                    if done.stdout != "https none":
                        failures.append(done.stderr)

            threads = [threading.Thread(target=load) for _ in range(2)]
            for thread in threads:
                thread.start()
            for name in ("second", "server", "second"):
                put(name)
                wait_until(lambda wanted=name: f"subject=CN={wanted}\n" in gateway.connect(), f"the certificate of {name}")
            put("server", key="second")
            gateway.wait_log("TlsCertificateRejected.*pair.pem: the private key belongs to none of the certificates")
            contains(gateway.connect(), "subject=CN=second\n")
            over.set()
            for thread in threads:
                thread.join()
            equal(failures, [], "requests that failed")


def through_backend(name, port, properties):
    """An API whose requests go to a backend over https; what fails there is in the header Why."""
    return [
        {"k": f"backends/{name}", "v": {"url": f"https://127.0.0.1:{port}/a", "protocol": "http", **properties}},
        *api(name, name, "http://127.0.0.1:1", [("GET", "/x")]),
        policy(f"apis/{name};rev=1/", f'<policies><inbound><set-backend-service backend-id="{name}" /></inbound>'
               "<backend><forward-request /></backend><on-error><set-header name=\"Why\" exists-action=\"override\"><value>"
               "@(context.LastError.Reason + \": \" + context.LastError.Message)</value></set-header></on-error></policies>"),
    ]


@case("a backend over https is trusted by the authorities of the setting; one with a wrong name or chain is a 500 with the reason")
def backends():
    with Secure() as backend:
        resources = []
        for name, properties in (
            ("plain", {}),
            ("unchecked", {"tls": {"validateCertificateChain": False, "validateCertificateName": False}}),
        ):
            resources += through_backend(name, backend.tls_port, properties)
        with Gateway(resources, settings={"net.client.tls.authorities": pki["root.pem"]}) as gateway:
            equal(gateway.get("/plain/x").text, "https none")
            equal(gateway.get("/unchecked/x").text, "https none")
        with Gateway(resources) as gateway:
            answer = gateway.get("/plain/x")
            equal(answer.status, 500)
            contains(answer.header("Why"), "BackendConnectionFailure: ")
            contains(answer.header("Why"), "not correctly signed by the trusted CA")
            equal(gateway.get("/unchecked/x").text, "https none")


@case("a backend gets the client certificate of its credentials, by id or by thumbprint; one with another name is a 500 with the reason")
def backend_credentials():
    settings = {**PAIR, "net.server.tls.client-certificate.requested": "true", "net.server.tls.client-certificate.authorities": pki["root.pem"]}
    with Secure(settings) as backend, Secure({"net.server.tls.certificate": pki["misnamed.chain"], "net.server.tls.key": pki["misnamed.key"]}) as misnamed:
        pair = pathlib.Path(pki["client.chain"]).read_text() + pathlib.Path(pki["client.key"]).read_text()
        thumbprint = openssl("x509", "-in", pki["client.pem"], "-noout", "-fingerprint", "-sha1").stdout.decode().strip().split("=")[1]
        resources = [{"k": "certificates/own", "v": {"data": pair}}]
        for name, port, properties in (
            ("plain", backend.tls_port, {}),
            ("by-id", backend.tls_port, {"credentials": {"certificateIds": ["/certificates/own"]}}),
            ("by-thumbprint", backend.tls_port, {"credentials": {"certificate": [thumbprint]}}),
            ("misnamed", misnamed.tls_port, {}),
            ("unnamed", misnamed.tls_port, {"tls": {"validateCertificateName": False}}),
        ):
            resources += through_backend(name, port, properties)
        with Gateway(resources, settings={"net.client.tls.authorities": pki["root.pem"]}) as gateway:
            equal(gateway.get("/plain/x").text, "https none")
            equal(gateway.get("/by-id/x").text, "https CN=some client True")
            equal(gateway.get("/by-thumbprint/x").text, "https CN=some client True")
            equal(gateway.get("/unnamed/x").text, "https none")
            answer = gateway.get("/misnamed/x")
            equal(answer.status, 500)
            contains(answer.header("Why"), "BackendConnectionFailure: 127.0.0.1 port")
            contains(answer.header("Why"), "Common Name (CN) does not match with the expected CN")
            gateway.wait_log("does not match with the expected CN")


if __name__ == "__main__":
    run_cases()
