#!/usr/bin/env python3
"""What testssl.sh says: with a list of AEAD suites that have forward secrecy nothing above LOW, and what the default list of suites gets with an
ECDSA and with an RSA certificate (README of the standalone host). By hand, some minutes, as root where Debian's package testssl.sh is missing:
GATELET_BINARY=... python3 test/e2e/testssl.py"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from tls_test import PAIR, Secure, pki

AEAD = ("TLS_AES_256_GCM_SHA384,TLS_CHACHA20_POLY1305_SHA256,TLS_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,"
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")
# Protocols, the server's preference, standard suites, forward secrecy, vulnerabilities.
PARTS = ["-p", "-P", "-s", "-f", "-U"]


def findings(settings):
    with Secure(settings) as gateway, tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "found.json"
        place = ["--ip", "127.0.0.1", f"https://localhost:{gateway.tls_port}"]
        subprocess.run(["testssl", "--add-ca", pki["root.pem"], "--jsonfile", file, "--quiet", "--color", "0", "--warnings", "batch", *PARTS, *place],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        return json.loads(file.read_text())


def main():
    if not shutil.which("testssl"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "testssl.sh", "bsdextrautils"], check=True)
    pki.request("rsa", "/CN=rsa", "between", "subjectAltName=DNS:localhost,IP:127.0.0.1", ["genrsa"])
    chain = pathlib.Path(pki["rsa.pem"]).read_text() + pathlib.Path(pki["between.pem"]).read_text()
    pathlib.Path(pki["rsa.chain"]).write_text(chain)
    rsa = {"net.server.tls.certificate": pki["rsa.chain"], "net.server.tls.key": pki["rsa.key"]}
    bad = 0
    for name, settings in (("AEAD suites", {**PAIR, "net.server.tls.ciphers.allowed-suites": AEAD}), ("default suites, ECDSA", PAIR), ("default suites, RSA", rsa)):
        found = findings(settings)
        above = [each for each in found if each["severity"] not in ("OK", "INFO", "LOW")]
        print(f"{name}: {len(found)} findings, {len(above)} above LOW")
        for each in found:
            if each["severity"] not in ("OK", "INFO"):
                print(f"  {each['severity']}: {each['id']}: {each['finding']}")
        bad += len(above) if name == "AEAD suites" else 0
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
