#!/usr/bin/env python3
"""Good traffic through a gateway while its plane, its link, its certificate and its disk fail: a table, in which no request fails."""
import contextlib
import http.client
import os
import random
import ssl
import subprocess
import tempfile
import threading
import time

from harness import Backend, api, case, equal, run_cases, wait_until
from plane import TOKEN, Plane, backups, cut, drip, failed_with, follow, instance, not_modified, serves, service, with_status

PATIENT = {"config.service.integration.timeout": "00:00:02", "config.sync.long-poll": "00:00:02"}


class Traffic:
    """Clients that ask all the time, through the gateway to a backend; whatever is not the backend's 200 is an error."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.requests, self.errors = 0, []
        self.is_over = False
        self.threads = [threading.Thread(target=self.ask) for _ in range(3)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join()

    def ask(self):
        connection = http.client.HTTPConnection(*self.gateway.address, timeout=30)
        while not self.is_over:
            try:
                connection.request("GET", "/good/x")
                answer = connection.getresponse()
                text = answer.read()
                if (answer.status, text) != (200, b"ok"):
                    self.errors.append((answer.status, text))
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(error)
                connection.close()
            self.requests += 1
            time.sleep(0.002)


def certificate(folder, name, start, end):
    """A certificate for localhost that signs itself, valid between two times as openssl writes them."""
    key, request, config = (os.path.join(folder, part) for part in ("key", "request", "config"))
    if not os.path.exists(key):
        command = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost"]
        subprocess.run([*command, "-keyout", key, "-out", request], capture_output=True, check=True)
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"[ca]\ndefault_ca = own\n[own]\nnew_certs_dir = {folder}\ndatabase = {folder}/index\nserial = {folder}/serial\nunique_subject = no\n")
            file.write("default_md = sha256\npolicy = any\nx509_extensions = names\n[any]\ncommonName = supplied\n")
            file.write("[names]\nsubjectAltName = DNS:localhost\nbasicConstraints = critical,CA:TRUE\n")
        with open(os.path.join(folder, "serial"), "w", encoding="utf-8") as file:
            file.write("01\n")
    with open(os.path.join(folder, "index"), "w", encoding="utf-8"):
        pass
    path = os.path.join(folder, name)
    command = ["openssl", "ca", "-config", config, "-selfsign", "-keyfile", key, "-batch", "-notext", "-in", request, "-out", path]
    subprocess.run([*command, "-startdate", start, "-enddate", end], capture_output=True, check=True)
    return key, path


@contextlib.contextmanager
def small_disk(folder):
    """A file system of 256 KB, or None where none can be mounted."""
    place = os.path.join(folder, "disk")
    os.mkdir(place, 0o700)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", place], capture_output=True, check=False).returncode == 0
    try:
        yield place, mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", place], check=True)


class Scene:
    """A plane, the gateway that follows it, its backups, and the version that is in force."""

    def __init__(self, plane, gateway, place, is_mounted, certificates):
        self.plane, self.gateway, self.place, self.is_mounted, self.certificates = plane, gateway, place, is_mounted, certificates
        self.version = 0

    def change(self):
        self.version += 1
        self.plane.change(service(str(self.version)) | self.plane.good)

    def change_arrives(self):
        self.change()
        serves(self.gateway, str(self.version))

    def fails_with(self, text):
        wait_until(lambda: failed_with(self.gateway, text), f"a poll that failed with '{text}'")

    def count(self, event):
        return self.gateway.log().count(event)

    def backup_catches_up(self):
        """What could not be written is written when it can be."""
        wait_until(lambda: self.count("BackupWritten") == self.count("BackupFailed"), "a backup that was tried again")


def answered(fault, why):
    def act(scene):
        scene.plane.fault = fault
        scene.fails_with(why)
        scene.plane.fault = None

    return act


def killed(scene):
    scene.plane.stop()
    scene.fails_with("")
    scene.plane.start()


def flapping(scene):
    for _ in range(15):
        scene.plane.stop()
        time.sleep(random.uniform(0.02, 0.2))
        scene.plane.start()
        time.sleep(random.uniform(0.02, 0.2))
        scene.change()


def token_expired(scene):
    scene.plane.token = "GatewayKey gw1&203101010000&bmV3"
    scene.fails_with("refuses the gateway's token")
    scene.plane.token = TOKEN


def certificate_expired(scene):
    good, expired = scene.certificates
    scene.plane.context = expired
    scene.plane.stop()
    scene.plane.start()
    scene.fails_with("TLS")
    scene.plane.context = good


def backup_fails(scene):
    before = scene.count("BackupFailed")
    scene.change_arrives()
    wait_until(lambda: scene.count("BackupFailed") > before, "a backup that failed")


def disk_full(scene):
    if not scene.is_mounted:
        return "not mounted here"
    filler = os.path.join(scene.place, "filler")
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 512)
    backup_fails(scene)
    os.unlink(filler)
    return restarted(scene)


def injected(*faults):
    """System calls on the backup's folder and file that end as strace says."""

    def act(scene):
        path = os.path.join(scene.place, "config.backup.new")
        options = [part for fault in faults for part in ("-e", "inject=" + fault)]
        calls = ",".join(fault.partition(":")[0] for fault in faults)
        with tempfile.TemporaryFile() as told:
            tracer = subprocess.Popen(["strace", "-f", "-p", str(scene.gateway.process.pid), "-P", path, "-P", scene.place, "-e", "trace=" + calls, *options], stderr=told)

            def text():
                told.seek(0)
                return told.read().decode()

            wait_until(lambda: "attached" in text() or tracer.poll() is not None, "strace is attached")
            if tracer.poll() is not None:
                return "no strace here"
            try:
                scene.change_arrives()
                wait_until(lambda: "INJECTED" in text(), "a call that was tampered with")
                time.sleep(0.2)
            finally:
                tracer.terminate()
                tracer.wait()
        return restarted(scene)

    return act


def second_gateway(scene):
    with follow(scene.plane, folder=scene.place, **scene.plane.trust) as other:
        serves(other, str(scene.version))
        scene.change_arrives()
    return None


def restarted(scene):
    """Another gateway, without a plane, on a copy of the backups: the version in force or the one before, never nothing."""
    scene.backup_catches_up()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o700)
        for name in backups(scene.place):
            with open(os.path.join(scene.place, name), "rb") as source, open(os.path.join(folder, name), "wb") as copy:
                copy.write(source.read())
            os.chmod(copy.name, 0o600)
        with follow("http://127.0.0.1:9", folder=folder) as other:
            version = wait_until(lambda: other.get("/echo/x"), "an answer")
            wait_until(lambda: other.get("/echo/x").status == 200, "a start from the backup")
            version = int(other.get("/echo/x").text)
            equal(version in (scene.version, scene.version - 1), True, f"version {version} of {scene.version}")


TABLE = [
    ("plane killed and restarted", killed),
    ("plane flapping", flapping),
    ("plane slow", answered(drip, "no answer in time")),
    ("garbage", answered(with_status(200, b"<html>garbage</html>"), "malformed")),
    ("answer cut short", answered(cut, "reset by peer")),
    ("401", answered(with_status(401), "refuses the gateway's token")),
    ("403", answered(with_status(403), "refuses the gateway's token")),
    ("404", answered(with_status(404), "does not know the gateway")),
    ("500", answered(with_status(500), "answered 500")),
    ("304 of another configuration", answered(not_modified, "304 for another configuration")),
    ("token expired", token_expired),
    ("certificate of the plane expired", certificate_expired),
    ("disk full", disk_full),
    ("disk read-only", injected("openat:error=EROFS")),
    ("writes cut short without a word", injected("write:retval=64:when=1")),
    ("writes fail", injected("write:error=EIO")),
    ("sync to disk fails", injected("fsync:error=EIO")),
    ("renames fail", injected("renameat:error=EIO", "renameat2:error=EIO", "rename:error=EIO")),
    ("two gateways on one backup directory", second_gateway),
]


@case("whatever fails around it, no request fails, and the next change arrives")
def no_request_fails():
    with tempfile.TemporaryDirectory() as folder, small_disk(folder) as (place, is_mounted), Backend() as backend:
        key, good = certificate(folder, "good", "20250101000000Z", "20491231000000Z")
        _, expired = certificate(folder, "expired", "20250101000000Z", "20250201000000Z")
        contexts = []
        for path in (good, expired):
            contexts.append(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
            contexts[-1].load_cert_chain(path, key)
        authorities = os.path.join(folder, "authorities")
        with open(authorities, "wb") as file:
            for path in (good, expired):
                with open(path, "rb") as source:
                    file.write(source.read())
        with Plane("0", context=contexts[0]) as plane:
            plane.good = {item["k"]: item["v"] for item in api("good", "good", backend.url, [("GET", "/x")])}
            plane.trust = {"config.service.tls.caFile": authorities}
            plane.change(service("0") | plane.good)
            with follow(plane, folder=place, **PATIENT, **plane.trust) as gateway:
                serves(gateway, "0")
                wait_until(lambda: backups(place), "a backup")
                scene = Scene(plane, gateway, place, is_mounted, contexts)
                with Traffic(gateway) as traffic:
                    show(scene, traffic)
                equal(instance(gateway)["state"], "serving-fresh")


def show(scene, traffic):
    print(f"{'fault':40} {'requests':>8} {'errors':>6}")
    for name, act in TABLE:
        requests, errors = traffic.requests, len(traffic.errors)
        skipped = act(scene)
        scene.change_arrives()
        requests, errors = traffic.requests - requests, len(traffic.errors) - errors
        print(f"{name:40} {requests:8} {errors:6}" + (f"  SKIPPED: {skipped}" if skipped else ""), flush=True)
    equal(traffic.errors, [], "errors of good traffic")


run_cases()
