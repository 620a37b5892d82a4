#!/usr/bin/env python3
"""A gateway and its management plane: changes arrive; whatever the plane, the disk or a kill do, what is in force is served on."""
import os
import random
import signal
import ssl
import stat
import subprocess
import tempfile
import time

from harness import case, contains, equal, run_cases, wait_until
from plane import TOKEN, Plane, backups, bomb, cut, drip, failed_with, follow, free_port, has_backup, instance, not_modified, serves, service, with_status

@case("a gateway that cannot know its configuration says why and does not start")
def refusals():
    table = [
        ({"config.service.endpoint": None}, "no source of configuration: give --config PATH"),
        ({"config.service.auth": None}, "no valid authentication was configured"),
        ({"config.service.endpoint": "http://config.example"}, "is plain http: anyone on the way could read keys"),
        ({"config.service.endpoint": "ftp://config.example"}, "the endpoint of the management plane"),
        ({"config.service.auth": "azureAdApp"}, "azureAdApp is not in this version"),
        ({"config.service.auth": "opaque"}, "nothing says which gateway this is"),
        ({"config.sync.signature": "require"}, "signatures are to be checked, but there are no keys"),
        ({"config.backup.encryptionKeyFile": "/missing.key"}, "/missing.key"),
    ]
    for settings, message in table:
        gateway = follow("http://127.0.0.1:9", expect_exit=True, **settings)
        gateway.process.wait(30)
        equal(gateway.stop(), 1, str(settings))
        contains(gateway.last_log, message, str(settings))


@case("without any configuration everything is answered 503 and the gateway is not ready; the plane's first one is served")
def first_configuration():
    port = free_port()
    with follow(f"http://127.0.0.1:{port}/") as gateway:
        answer = gateway.get("/echo/x")
        equal((answer.status, answer.header("Retry-After") is not None), (503, True))
        equal(gateway.get("/status-0123456789abcdef").status, 503)
        gateway.wait_log("ConfigurationApiV2NotAvailable.*there is no configuration to serve")
        gateway.wait_log("LoadBackupLocationNotFound")
        equal(instance(gateway)["state"], "no-config")
        with Plane("first", port):
            serves(gateway, "first")
            for event in ("GatewayStartup", "ConfigInitialSyncStarted", "ConfigurationRetrieved", "EventSnapshotElected", "TenantStarted"):
                contains(gateway.log(), event)
            equal(gateway.get("/status-0123456789abcdef").status, 200)
            gateway.wait_log("ConfigurationLoaded")


@case("a change arrives as a delta; polls and heartbeats say who asks and what is in force")
def changes():
    with Plane("1") as plane, follow(plane) as gateway:
        serves(gateway, "1")
        plane.change(service("2"))
        serves(gateway, "2")
        first, second = plane.polls[:2]
        equal(first.target, "/gateway-sync/v1/gateways/gw1/config")
        equal(second.target, "/gateway-sync/v1/gateways/gw1/config?base=1")
        equal((first.header("Authorization"), first.header("Gsp-Version"), first.header("Accept-Encoding")), (TOKEN, "1.0", "gzip"))
        equal((first.header("If-None-Match"), second.header("Prefer")), ("", "wait=20"))
        contains(second.header("If-None-Match"), '"7.1.')
        state = wait_until(lambda: [beat for beat in plane.heartbeats if beat["state"] == "serving-fresh"], "a heartbeat")[0]
        equal((state["instance"], state["config"]["loadedFrom"]), (first.header("Gsp-Instance"), "server"))
        told = instance(gateway)
        equal((told["config"]["revision"], told["tokenExpiresAt"][:10], told["lastSync"]["ok"]), (2, "2030-01-01", True))
        plane.change(service("3", broken=True))
        gateway.wait_log("ConfigurationPartHeldBack")
        equal(gateway.get("/echo/x").text, "2", "what does not compile keeps the version that did")
        gateway.stop()
        equal(plane.heartbeats[-1]["state"], "stopping")


@case("a plane that is killed costs no request; what changed meanwhile arrives when it is back")
def killed():
    with Plane("1") as plane, follow(plane) as gateway:
        serves(gateway, "1")
        plane.stop()
        gateway.wait_log("ConfigurationApiV2NotAvailable.*is served on")
        for _ in range(20):
            equal((gateway.get("/echo/x").text, gateway.get("/status-0123456789abcdef").status), ("1", 200))
        equal(instance(gateway)["state"], "serving-stale")
        plane.change(service("2"))
        plane.start()
        serves(gateway, "2")


@case("whatever a plane answers wrongly, what is in force is served, the log says why, and the next right answer counts")
def wrong_answers():
    table = [
        (with_status(401), "refuses the gateway's token"),
        (with_status(403), "refuses the gateway's token"),
        (with_status(404), "does not know the gateway"),
        (with_status(500), "answered 500"),
        (with_status(302), "answered 302"),
        (with_status(307), "sends the poll on to what is no https URL"),
        (not_modified, "304 for another configuration"),
        (with_status(200, b"<html>garbage</html>"), "malformed"),
        (bomb, "the gzip body is larger"),
        (cut, "the answer is truncated"),
        (lambda connection: connection.sendall(b"garbage\r\n\r\n") or False, ""),
        (drip, "no answer in time"),
    ]
    settings = {"config.service.integration.timeout": "00:00:04", "config.sync.long-poll": "00:00:02"}
    with Plane("0") as plane, follow(plane, **settings) as gateway:
        serves(gateway, "0")
        for number, (fault, why) in enumerate(table, 1):
            plane.fault = fault
            wait_until(lambda text=why: failed_with(gateway, text), f"a poll that failed with '{why}'")
            answer = gateway.get("/echo/x")
            equal((answer.status, answer.text), (200, str(number - 1)), why)
            equal(gateway.get("/status-0123456789abcdef").status, 200)
            plane.fault = None
            plane.change(service(str(number)))
            serves(gateway, str(number))


@case("a token out of a file is used as soon as it is there")
def token_file():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "token")
        with open(path, "w", encoding="utf-8") as file:
            file.write(TOKEN + "\n")
        with Plane("1") as plane, follow(plane, **{"config.service.auth": None, "config.service.auth.key-file": path}) as gateway:
            serves(gateway, "1")
            plane.token = "GatewayKey gw1&203101010000&bmV3"
            gateway.wait_log("refuses the gateway's token")
            plane.change(service("2"))
            with open(path + ".new", "w", encoding="utf-8") as file:
                file.write(plane.token)
            os.rename(path + ".new", path)
            serves(gateway, "2")


@case("a gateway that is started without its plane serves what its backup holds; the backup is for its owner alone")
def backup():
    with tempfile.TemporaryDirectory() as folder:
        with Plane("1") as plane:
            with follow(plane, folder=folder) as gateway:
                serves(gateway, "1")
                plane.change(service("2"))
                serves(gateway, "2")
                wait_until(lambda: len(backups(folder)) == 2, "two generations")
                name = instance(gateway)["instance"]
            port = plane.port
        for file in backups(folder):
            equal(stat.S_IMODE(os.stat(os.path.join(folder, file)).st_mode), 0o600, file)
        with follow(f"http://127.0.0.1:{port}", folder=folder) as gateway:
            serves(gateway, "2")
            equal(gateway.get("/status-0123456789abcdef").status, 200)
            told = instance(gateway)
            equal((told["state"], told["config"]["loadedFrom"], told["instance"]), ("serving-backup", "backup", name))
            with Plane("3", port) as plane:
                plane.revision, plane.history = 9, {9: service("3")}
                serves(gateway, "3")
        newest = max((os.path.join(folder, file) for file in backups(folder)), key=os.path.getmtime)
        with open(newest, "r+b") as file:
            file.truncate(100)
        with follow(f"http://127.0.0.1:{port}", folder=folder) as gateway:
            serves(gateway, "2")
            contains(gateway.log(), "BackupNotRead")


@case("a sealed backup opens with its key only")
def sealed_backup():
    with tempfile.TemporaryDirectory() as folder:
        keys = []
        for name in ("one", "other"):
            keys.append(os.path.join(folder, name))
            with open(keys[-1], "wb") as file:
                file.write(os.urandom(32))
        place = os.path.join(folder, "backup")
        with Plane("secret mark") as plane:
            with follow(plane, folder=place, **{"config.backup.encryptionKeyFile": keys[0]}) as gateway:
                serves(gateway, "secret mark")
                wait_until(lambda: backups(place), "a backup")
            url = f"http://127.0.0.1:{plane.port}"
        for file in backups(place):
            with open(os.path.join(place, file), "rb") as opened:
                equal(b"secret mark" in opened.read(), False, file)
        with follow(url, folder=place, **{"config.backup.encryptionKeyFile": keys[0]}) as gateway:
            serves(gateway, "secret mark")
        with follow(url, folder=place, **{"config.backup.encryptionKeyFile": keys[1]}) as gateway:
            gateway.wait_log("BackupNotRead")
            equal(gateway.get("/echo/x").status, 503)


@case("a gateway that is killed at any moment starts again with the last configuration or the one before")
def kill_9():
    rounds = int(os.environ.get("GATELET_KILLS", "50"))
    with tempfile.TemporaryDirectory() as folder, Plane("0") as plane:
        with follow(plane, folder=folder) as gateway:
            serves(gateway, "0")
            wait_until(lambda: backups(folder), "a backup")
        for number in range(1, rounds + 1):
            with follow(plane, folder=folder) as gateway:
                serves(gateway, str(number - 1))
                wait_until(lambda: has_backup(folder, plane.revision), "a backup of what is in force")
                plane.change(service(str(number)))
                time.sleep(random.random() * random.choice((0.03, 0.3)))  # fetching, building, writing the backup; or after it
                gateway.stop(signal.SIGKILL)
            with follow("http://127.0.0.1:9", folder=folder) as gateway:
                wait_until(lambda: gateway.get("/echo/x").status == 200, "a start from the backup")
                equal(gateway.get("/echo/x").text in (str(number - 1), str(number)), True, "the version that is served")
            plane.change(service(str(number)))


@case("a disk that cannot be written costs backups, not requests")
def broken_disk():
    with tempfile.TemporaryDirectory() as folder:
        place = os.path.join(folder, "full")
        os.mkdir(place)
        is_mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", place], capture_output=True, check=False).returncode == 0
        try:
            if is_mounted:
                with open(os.path.join(place, "filler"), "wb") as file:
                    file.write(b"x" * 12_288)
            else:
                os.rmdir(place)
                with open(place, "wb"):
                    pass  # no folder can be where a file is
            with Plane("1") as plane, follow(plane, folder=place) as gateway:
                serves(gateway, "1")
                gateway.wait_log("BackupFailed")
                plane.change(service("2"))
                serves(gateway, "2")
            if is_mounted:
                os.unlink(os.path.join(place, "filler"))
                subprocess.run(["mount", "-o", "remount,ro", place], check=True)
                with Plane("3") as plane, follow(plane, folder=place) as gateway:
                    serves(gateway, "3")
                    gateway.wait_log("BackupFailed")
        finally:
            if is_mounted:
                subprocess.run(["umount", place], check=True)


@case("two gateways on one folder keep their backups apart")
def two_gateways():
    with tempfile.TemporaryDirectory() as folder:
        with Plane("1") as plane:
            with follow(plane, folder=folder) as one, follow(plane, folder=folder) as other:
                serves(one, "1")
                serves(other, "1")
                wait_until(lambda: backups(folder) and backups(os.path.join(folder, "gateway-2")), "a backup of each")
                equal(instance(one)["instance"] == instance(other)["instance"], False, "instances")
            url = f"http://127.0.0.1:{plane.port}"
        with follow(url, folder=folder) as one, follow(url, folder=folder) as other:
            serves(one, "1")
            serves(other, "1")


@case("files that are not the gateway's own are no backups")
def foreign_files():
    with tempfile.TemporaryDirectory() as folder:
        secret = os.path.join(folder, "secret")
        place = os.path.join(folder, "place")
        os.mkdir(place, 0o700)
        with open(secret, "wb") as file:
            file.write(b"not yours")
        os.symlink(secret, os.path.join(place, "config-a.backup"))
        os.mkfifo(os.path.join(place, "config-b.backup"))
        os.symlink(secret, os.path.join(place, "instance"))
        with Plane("1") as plane, follow(plane, folder=place) as gateway:
            serves(gateway, "1")
            gateway.wait_log("BackupFailed")
        with open(secret, "rb") as file:
            equal(file.read(), b"not yours")


@case("over https the plane is trusted by its authority, and by nobody's without")
def https():
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = os.path.join(folder, "key"), os.path.join(folder, "pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate]
            + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "30"],
            capture_output=True,
            check=True,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        with Plane("1", context=context) as plane:
            own = {"net.server.tls.certificate": certificate, "net.server.tls.key": key}
            with follow(plane, arguments=["--listen", "https://127.0.0.1:0"], **own, **{"config.service.tls.caFile": certificate}) as gateway:
                serves(gateway, "1")
                shown = instance(gateway)["certificates"]
                end = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-enddate"], capture_output=True, check=True, text=True)
                expires = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ssl.cert_time_to_seconds(end.stdout.strip().partition("=")[2])))
                equal([(item["host"], item["expiresAt"][:19]) for item in shown], [("*", expires)])
            with follow(plane, **{"config.service.endpoint.disableCertificateValidation": "true"}) as gateway:
                serves(gateway, "1")
            with follow(plane) as gateway:
                gateway.wait_log("ConfigurationApiV2NotAvailable.*TLS")
                equal(gateway.get("/echo/x").status, 503)


run_cases()
