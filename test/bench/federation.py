#!/usr/bin/env python3
"""P-10 and the speed of a federation, with a real management plane: the start from a backup to the first answered request, with 100 and with 5,000
operations; what a change of a policy of 1 KB costs on the wire, and how soon it is served where the gateway waits and where it polls."""

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import make_config
import scale
import targets

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402
import management  # noqa: E402

PATH = "/api-0/accounts/5/v0"
POLICY = "/apis/api-0/operations/operation-0/policies/policy"
OPERATIONS_EACH = 50
PADDING = "x" * 700  # makes the policy one of 1 KB


class Federation:
    """A plane with `apis` APIs, all of them given to one gateway."""

    def __init__(self, folder, apis, service_url):
        self.folder = Path(folder)
        source = self.folder / "source"
        make_config.make(source, apis, OPERATIONS_EACH, service_url)
        for api in range(apis):
            make_config.write_json(source / "gateways/gw/apis" / f"api-{api}" / "gatewayApiInformation.json", {})
        make_config.write_json(source / "gateways/gw/gatewayInformation.json", {"locationData": {"name": "here"}})
        subprocess.run([harness.BINARY, "manage", "import", source, "--data", self.folder / "data"], check=True, stdout=subprocess.DEVNULL)
        self.plane = management.Plane(folder)
        told = subprocess.run([harness.BINARY, "manage", "token", "gw", "--data", self.folder / "data"], check=True, capture_output=True, text=True)
        self.token = told.stdout.split(" ", 1)[1].strip()

    def change(self, mark):
        value = f'<policies><inbound><base /><return-response><set-header name="X-Mark"><value>{mark}</value></set-header>'
        value += f"<set-body>{PADDING}</set-body></return-response></inbound><backend><base /></backend><outbound><base /></outbound></policies>"
        answer = self.plane.ask("PUT", POLICY, {"properties": {"format": "rawxml", "value": value}})
        if answer.status not in (200, 201):
            raise RuntimeError(answer.body)

    def gateway(self, backup, long_poll_s=25):
        port = targets.free_ports(1)[0]
        settings = {"config.service.endpoint": f"http://{self.plane.address}", "config.service.auth": f"GatewayKey {self.token}",
                    "config.backup.path": backup, "config.sync.long-poll": f"00:00:{long_poll_s:02}", "telemetry.logs.requests": "off"}
        words = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
        with open(self.folder / "gateway.log", "ab") as log:
            return subprocess.Popen([harness.BINARY, "run", "--listen", f"http://127.0.0.1:{port}", *words], stdout=log, stderr=log), port


def mark_of(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", PATH)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("X-Mark")
    except OSError:
        return None, None
    finally:
        connection.close()


def wait_for(port, mark, pause=0.001):
    while mark_of(port) != (200, mark):
        time.sleep(pause)


def end(process):
    process.send_signal(signal.SIGTERM)
    process.wait(targets.STOP_S)


def starts(federation, times):
    """Seconds from exec to the first answer, without the plane."""
    with tempfile.TemporaryDirectory() as backup:
        os.chmod(backup, 0o700)
        federation.change("backup")
        process, port = federation.gateway(backup)
        wait_for(port, "backup")
        time.sleep(0.5)
        end(process)
        federation.plane.stop()
        took = []
        for _ in range(times):
            began = time.monotonic()
            process, port = federation.gateway(backup)
            while True:
                try:
                    with socket.create_connection(("127.0.0.1", port), 1) as probe:
                        probe.sendall(f"GET {PATH} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
                        if probe.recv(4096).startswith(b"HTTP/1.1 200"):
                            break
                except OSError:
                    pass
                time.sleep(0.0005)
            took.append(time.monotonic() - began)
            end(process)
        federation.plane.start()
    return took


def changes(federation, long_poll_s, times):
    """Seconds from the answered write to the first answer with it."""
    with tempfile.TemporaryDirectory() as backup:
        process, port = federation.gateway(backup, long_poll_s)
        took = []
        federation.change("first")
        wait_for(port, "first")
        for number in range(times):
            time.sleep(1.2)  # the pause between two waiting polls
            federation.change(str(number))
            began = time.monotonic()
            wait_for(port, str(number))
            took.append(time.monotonic() - began)
        end(process)
    return took


def wire_bytes(federation):
    """Of the answer to a poll after one change: kind, head and body."""
    before = federation.plane.poll("gw", federation.token)
    federation.change("wire")
    base = before.headers["Gsp-Revision"]
    after = federation.plane.poll("gw", federation.token, {"If-None-Match": before.headers["ETag"], "Accept-Encoding": "gzip"}, f"?base={base}")
    head = sum(len(name) + len(value) + 4 for name, value in after.headers.items())
    return after.headers["Gsp-Kind"], head, len(after.body), len(before.body)


def main():
    options = scale.arguments(__doc__, starts=(10, "starts from a backup"), changes=(20, "changes where the gateway waits"),
                              polls=(5, "changes where it polls"))
    harness.BINARY = management.BINARY = str(options.gatelet)
    options.free = True
    rows = []
    with scale.bench(options) as made:
        for apis in (2, 100):
            with tempfile.TemporaryDirectory() as folder:
                federation = Federation(folder, apis, f"http://127.0.0.1:{made.backend.port}")
                began = starts(federation, options.starts)
                waits, polls = changes(federation, 25, options.changes), changes(federation, 0, options.polls)
                rows.append([apis * OPERATIONS_EACH, *(f"{1000 * figure:.0f}" for took in (began, waits) for figure in (statistics.median(took), max(took))),
                             f"{statistics.median(polls):.1f}", f"{max(polls):.1f}"])
                kind, head, body, whole = wire_bytes(federation)
                federation.plane.stop()
    scale.table(["operations", "start from a backup, median ms", "worst", "change until served, waiting gateway, median ms", "worst",
                 "polling gateway, median s", "worst"], rows)
    print(f"\na policy of 1 KB among 5,000 operations: {kind}, {head} bytes of head and {body} of body on the wire (a snapshot has {whole})")


if __name__ == "__main__":
    main()
