#!/usr/bin/env python3
"""gatelet manage: the real program, asked as a client of the management API and as a gateway."""
import gzip
import http.client
import json
import pathlib
import re
import signal
import sqlite3
import subprocess
import tempfile
import threading
import urllib.parse

from harness import BINARY, PATIENCE, SOURCE, Gateway, case, contains, equal, own_environment, run_cases, wait_until
from management import PREFIX, new_plane

def fill(plane):
    plane.put("/apis/echo", {"displayName": "Echo", "path": "echo", "protocols": ["http"], "subscriptionRequired": False})
    plane.put("/apis/echo/operations/get", {"displayName": "Get", "method": "GET", "urlTemplate": "/"})
    plane.put("/gateways/gw", {"locationData": {"name": "here"}})
    equal(plane.ask("PUT", "/gateways/gw/apis/echo").status, 201, "association")
    answer = plane.ask("POST", "/gateways/gw/generateToken", {"keyType": "primary", "expiry": in_days(20)})
    equal(answer.status, 200, f"token: {answer.body!r}")
    return answer.json["value"]


def in_days(days):
    import datetime
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


@case("the first start prints the owner's token once; the master key is its owner's alone; everything is there after a restart")
def _():
    with new_plane() as plane:
        assert plane.token
        equal((plane.folder / "data/master.key").stat().st_mode & 0o777, 0o600, "mode of the key")
        equal((plane.folder / "data/manage.db").stat().st_mode & 0o077, 0, "mode of the store")
        plane.put("/namedValues/n", {"displayName": "n", "value": "hidden-text", "secret": True})
        tag = plane.ask("GET", "/namedValues/n").headers["ETag"]
        equal(plane.stop(), 0, "exit")
        plane.start()
        contains("".join(plane.first_lines), "listening")
        assert not any(line.startswith("gto_") for line in plane.first_lines)
        answer = plane.ask("GET", "/namedValues/n")
        equal((answer.status, answer.headers["ETag"]), (200, tag), "after the restart")
        equal(plane.ask("POST", "/namedValues/n/listValue").json, {"value": "hidden-text"}, "secret")
        for file in (plane.folder / "data").iterdir():
            assert b"hidden-text" not in file.read_bytes(), file


@case("what was answered is there after kill -9")
def _():
    with new_plane() as plane:
        for i in range(20):
            plane.put(f"/tags/t{i}", {"displayName": f"T{i}"})
        plane.stop(signal.SIGKILL)
        plane.start()
        equal(plane.ask("GET", "/tags").json["count"], 20, "tags")


@case("Azure's addresses and the direct ones name the same resources")
def _():
    with new_plane() as plane:
        plane.put("/products/p", {"displayName": "P"})
        full, short = plane.ask("GET", "/products/p"), plane.ask("GET", "/products/p", prefix="")
        equal(full.json["id"], PREFIX + "/products/p", "full id")
        equal(full.headers["ETag"], short.headers["ETag"], "the same")
        head = plane.ask("HEAD", "/products/p")
        equal((head.status, head.headers["ETag"], head.body), (200, full.headers["ETag"], b""), "head")
        equal(plane.ask("GET", "/products/p", prefix=PREFIX.replace("gatelet", "another")).status, 404, "another service")
        plane.put("/apis/echo", {"displayName": "Echo", "path": "echo"})
        plane.put("/apis/echo%3Brev%3D2", {"sourceApiId": PREFIX + "/apis/echo"})
        equal(plane.ask("GET", "/apis/echo;rev=2").json["name"], "echo;rev=2", "a revision")


@case("credentials, api-version and bodies that are wrong get the documented errors")
def _():
    with new_plane() as plane:
        equal(plane.ask("GET", "/apis", headers={"Authorization": "Bearer x"}).status, 401, "wrong token")
        answer = plane.ask("PUT", "/apis/echo", "{")
        equal((answer.status, answer.json["error"]["code"]), (400, "InvalidRequestContent"), "no JSON")
        answer = plane.ask("PUT", "/apis/echo", b'{"properties":{"displayName":"' + b"x" * (4 << 20) + b'"}}')
        equal(answer.status, 413, "too large")
        answer = plane.ask("PUT", "/policies/policy", {"properties": {"format": "rawxml", "value": "<policies><inbound><wrong/></inbound></policies>"}})
        equal((answer.status, answer.json["error"]["details"][0]["target"]), (400, "wrong"), "policy")


@case("nextLink leads through all pages")
def _():
    with new_plane() as plane:
        for i in range(7):
            plane.put(f"/tags/t{i}", {"displayName": f"T{i}"})
        seen, link = [], f"{PREFIX}/tags?$top=3"
        for _ in range(3):
            page = plane.ask("GET", link, prefix="").json
            seen += [item["name"] for item in page["value"]]
            if "nextLink" in page:
                parts = urllib.parse.urlsplit(page["nextLink"])
                equal(parts.netloc, plane.address, "host")
                link = parts.path + "?" + parts.query
        equal(seen, [f"t{i}" for i in range(7)], "names")


@case("a gateway gets a snapshot, then 304, then a delta of what changed")
def _():
    with new_plane() as plane:
        token = fill(plane)
        for i in range(20):
            plane.put(f"/apis/echo/operations/o{i}", {"displayName": "O", "method": "GET", "urlTemplate": f"/{i}"})
        first = plane.poll("gw", token, {"Accept-Encoding": "gzip"})
        equal((first.status, first.headers["Gsp-Kind"], first.headers["Content-Encoding"]), (200, "snapshot", "gzip"), "first")
        snapshot = json.loads(gzip.decompress(first.body))
        contains([item["k"] for item in snapshot["resources"]], "apis/echo;rev=1/operations/get")
        held = {"If-None-Match": first.headers["ETag"]}
        equal(plane.poll("gw", token, held).status, 304, "nothing new")
        plane.put("/apis/echo/operations/o3", {"displayName": "New", "method": "GET", "urlTemplate": "/3"}, 200)
        second = plane.poll("gw", token, held, f"?base={snapshot['revision']}")
        equal((second.status, second.headers["Gsp-Kind"]), (200, "delta"), "second")
        equal([item["k"] for item in second.json["upsert"]], ["apis/echo;rev=1/operations/o3"], "upsert")


@case("a poll that waits is answered as soon as something changes")
def _():
    with new_plane() as plane:
        token = fill(plane)
        tag = plane.poll("gw", token).headers["ETag"]
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(plane.poll("gw", token, {"If-None-Match": tag, "Prefer": "wait=60"})))
        waiting.start()
        plane.put("/apis/echo/operations/new", {"displayName": "N", "method": "GET", "urlTemplate": "/new"})
        waiting.join(PATIENCE)
        equal([answer.status for answer in answers], [200], "answer")


@case("the ETag of a gateway survives a restart of the plane")
def _():
    with new_plane() as plane:
        token = fill(plane)
        held = {"If-None-Match": plane.poll("gw", token).headers["ETag"]}
        plane.put("/tags/t", {"displayName": "T"})
        plane.stop()
        plane.start()
        equal(plane.poll("gw", token, held).status, 304, "after the restart")


@case("another gateway's token and a token whose key was renewed are refused")
def _():
    with new_plane() as plane:
        token = fill(plane)
        plane.put("/gateways/other", {})
        equal(plane.poll("other", token).status, 401, "another gateway")
        equal(plane.poll("gw", token).status, 200, "its own")
        equal(plane.ask("POST", "/gateways/gw/regenerateKey", {"keyType": "primary"}).status, 204, "renewed")
        equal(plane.poll("gw", token).status, 401, "the old token")


@case("heartbeats show as instances of the gateway")
def _():
    with new_plane() as plane:
        token = fill(plane)
        connection = http.client.HTTPConnection(plane.address, timeout=PATIENCE)
        connection.request("POST", "/gateway-sync/v1/gateways/gw/heartbeat", json.dumps({"instance": "i1", "state": "serving-fresh", "errors": []}),
                           {"Authorization": f"GatewayKey {token}"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        equal(answer["pollSeconds"], 10, "poll")
        instance = plane.ask("GET", "/gateways/gw/instances").json["value"][0]
        equal((instance["instance"], instance["health"]), ("i1", "healthy"), "instance")


def answers(mark):
    return {"format": "rawxml", "value": f"<policies><inbound><base /><return-response><set-body>{mark}</set-body></return-response></inbound></policies>"}


@case("a gateway follows the plane: a change arrives, it serves on while the plane is away, also when it starts then, and catches up")
def _():
    with new_plane() as plane:
        token = fill(plane)
        plane.put("/apis/echo/policies/policy", answers("one"))
        port = plane.address.rsplit(":", 1)[1]
        settings = {"config.service.endpoint": f"http://127.0.0.1:{port}", "config.service.auth": f"GatewayKey {token}", "gateway.name": "gw",
                    "config.sync.long-poll": "00:00:30", "config.backup.path": str(plane.folder / "backup")}

        def serves(gateway, mark):
            wait_until(lambda: gateway.get("/echo/").text == mark, f"the gateway answers {mark}")

        with Gateway(None, settings=settings) as gateway:
            serves(gateway, "one")
            plane.put("/apis/echo/policies/policy", answers("two"), 200)
            serves(gateway, "two")
            wait_until(lambda: [item["health"] for item in plane.ask("GET", "/gateways/gw/instances").json["value"]] == ["healthy"], "a heartbeat")
            wait_until(lambda: any((plane.folder / "backup").glob("*.backup")), "a backup")
            plane.stop()
            serves(gateway, "two")
        with Gateway(None, settings=settings) as gateway:
            serves(gateway, "two")
            plane.start(port)
            plane.put("/apis/echo/policies/policy", answers("three"), 200)
            serves(gateway, "three")


@case("a gateway that requires signatures follows a plane that signs, and takes nothing that is signed with another key")
def _():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gatelet-manage-"))
    for name in ("own", "other"):
        made = subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], capture_output=True, check=True)
        (folder / f"{name}.key").write_bytes(made.stdout)
        shown = subprocess.run(["openssl", "pkey", "-pubout"], input=made.stdout, capture_output=True, check=True)
        (folder / f"{name}.pub").write_bytes(shown.stdout)
    with new_plane("--signing-key", str(folder / "own.key"), "--signing-key-id", "first") as plane:
        token = fill(plane)
        plane.put("/apis/echo/policies/policy", answers("one"))
        contains(plane.poll("gw", token).headers["Gsp-Signature"], 'keyid="first",alg="ES256",sig="')
        settings = {"config.service.endpoint": f"http://{plane.address}", "config.service.auth": f"GatewayKey {token}", "gateway.name": "gw",
                    "config.sync.long-poll": "00:00:30", "config.sync.signature": "require"}
        with Gateway(None, settings={**settings, "config.sync.signature.keys": f"first={folder / 'own.pub'}"}) as gateway:
            wait_until(lambda: gateway.get("/echo/").text == "one", "the signed snapshot")
            plane.put("/apis/echo/policies/policy", answers("two"), 200)
            wait_until(lambda: gateway.get("/echo/").text == "two", "the signed delta")
        with Gateway(None, settings={**settings, "config.sync.signature.keys": f"first={folder / 'other.pub'}"}) as gateway:
            wait_until(lambda: any(item.get("errors") or item["state"] == "no-config"
                                   for item in plane.ask("GET", "/gateways/gw/instances").json["value"]), "the refusal in a heartbeat")
            equal(gateway.get("/echo/").status, 503, "nothing that is wrongly signed")


def tell(plane, method, rest, token, body, headers=None):
    connection = http.client.HTTPConnection(plane.address, timeout=PATIENCE)
    try:
        connection.request(method, f"/gateway-sync/v1/gateways/gw/{rest}", body,
                           {"Authorization": f"GatewayKey {token}", "Gsp-Version": "1.0", "Gsp-Instance": "i1", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@case("telemetry, counters and traces are taken once, kept over kill -9 where they are to be kept, and told again")
def _():
    with new_plane() as plane:
        token = fill(plane)
        lines = '{"batch":"b1","seq":1}\n{"minute":"' + in_days(0) + '","apiId":"echo;rev=1","callCountSuccess":5,"apiTimeSum":1.5}\n'
        packed = {"Content-Encoding": "gzip"}
        equal(tell(plane, "POST", "telemetry", token, gzip.compress(lines.encode()), packed), (202, b'{"accepted":1,"duplicates":0}'), "first")
        counter = '[{"key":"k","period":"2026-01-01T00:00:00Z/..","deltaCalls":3,"deltaKb":1}]'
        equal(json.loads(tell(plane, "POST", "counters", token, counter)[1])[0]["calls"], 3, "calls")
        equal(tell(plane, "PUT", "traces/t1", token, '{"traceEntries":{"inbound":[]}}')[0], 204, "trace")
        equal(plane.ask("POST", "/gateways/gw/listTrace", {"traceId": "t1"}).json["traceEntries"], {"inbound": []}, "trace told")
        plane.stop(signal.SIGKILL)
        plane.start()
        equal(tell(plane, "POST", "telemetry", token, lines), (202, b'{"accepted":0,"duplicates":1}'), "again")
        equal(json.loads(tell(plane, "POST", "counters", token, counter)[1])[0]["calls"], 6, "calls after the kill")
        plane.stop()
        with sqlite3.connect(plane.folder / "data/manage.db") as store:
            equal(store.execute("SELECT api, success, api_sum FROM report_minute").fetchall(), [("echo;rev=1", 5, 1.5)], "report")


@case("a command reaches the gateway's process with its heartbeat")
def _():
    with new_plane() as plane:
        token = fill(plane)
        tell(plane, "POST", "heartbeat", token, '{"instance":"i1","state":"serving-fresh"}')
        answer = plane.ask("POST", "/gateways/gw/queueCommand", {"type": "resync"})
        equal(answer.status, 200, f"queued: {answer.body!r}")
        commands = json.loads(tell(plane, "POST", "heartbeat", token, '{"instance":"i1","state":"serving-fresh"}')[1])["commands"]
        equal([item["type"] for item in commands], ["resync"], "commands")
        done = json.dumps({"instance": "i1", "state": "serving-fresh", "acknowledged": [commands[0]["id"]]})
        equal(json.loads(tell(plane, "POST", "heartbeat", token, done)[1])["commands"], [], "acknowledged")


@case("a store that was restored from an older copy is refused until its epoch is another one")
def _():
    with new_plane() as plane:
        token = fill(plane)
        plane.put("/apis/echo/policies/policy", answers("old"))
        plane.stop()
        older = (plane.folder / "data/manage.db").read_bytes()
        plane.start()
        port = plane.address.rsplit(":", 1)[1]
        plane.put("/apis/echo/policies/policy", answers("new"), 200)
        settings = {"config.service.endpoint": f"http://127.0.0.1:{port}", "config.service.auth": f"GatewayKey {token}", "gateway.name": "gw",
                    "config.sync.long-poll": "00:00:30"}

        def restore(*epoch):
            plane.stop()
            for file in (plane.folder / "data").glob("manage.db*"):
                file.unlink()
            (plane.folder / "data/manage.db").write_bytes(older)
            if epoch:
                equal(command(*epoch, "--data", str(plane.folder / "data"))[0], 0, "epoch")
            plane.start(port)

        with Gateway(None, settings=settings) as gateway:
            wait_until(lambda: gateway.get("/echo/").text == "new", "the newer one")
            restore()
            wait_until(lambda: "rollback" in gateway.log(), "the refusal in the log")
            equal(gateway.get("/echo/").text, "new", "still the newer one")
            restore("epoch", "bump")
            wait_until(lambda: gateway.get("/echo/").text == "old", "the restored one")


def command(*arguments, environment=None):
    done = subprocess.run([BINARY, "manage", *arguments], text=True, capture_output=True, env={**own_environment(), **(environment or {})},
                          timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()}


@case("a folder that was exported, imported and exported again is the same; a token is printed for its gateway")
def _():
    with new_plane() as plane:
        fill(plane)
        plane.put("/products/p", {"displayName": "P"})
        equal(plane.ask("PUT", "/products/p/apis/echo").status, 201, "link")
        plane.put("/policyFragments/f", {"format": "rawxml", "value": "<fragment/>"})
        plane.put("/apis/echo/policies/policy", {"format": "rawxml", "value": "<policies><inbound><base /></inbound></policies>"})
        data, once, twice = str(plane.folder / "data"), str(plane.folder / "once"), str(plane.folder / "twice")
        equal(command("export", once, "--data", data)[0], 0, "export while the plane runs")
        code, _, text = command("import", once, "--data", data)
        equal(code, 1, "import while the plane runs")
        contains(text, "a management plane runs on this folder")
        plane.stop()
        other = str(plane.folder / "other")
        equal(command("import", once, "--data", other)[0], 0, "import")
        equal(command("export", twice, "--data", other)[0], 0, "export")
        equal(files_of(twice), files_of(once), "files")
        assert "apis/echo/policy.xml" in files_of(once)
        code, out, _ = command("token", "gw", "--data", other)
        equal(code, 0, "token")
        assert re.fullmatch(r"GatewayKey gw&\d{12}&\S{88}\n", out), out
        equal(command("token", "none", "--data", other)[0], 1, "no such gateway")


@case("the folder of the example goes in with its placeholders from the environment, and comes out the same each time")
def _():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gatelet-manage-"))
    code, _, text = command("import", str(SOURCE / "examples/store"), "--data", str(folder / "data"))
    equal(code, 1, "without the placeholder's value")
    contains(text, "STORE_BACKEND")
    code, _, text = command("import", str(SOURCE / "examples/store"), "--data", str(folder / "data"), environment={"STORE_BACKEND": "127.0.0.1:9000"})
    equal(code, 0, f"import: {text}")
    for name, data in (("once", "data"), ("twice", "other")):
        equal(command("export", str(folder / name), "--data", str(folder / data))[0], 0, "export")
        equal(command("import", str(folder / name), "--data", str(folder / "other"))[0], 0, "import")
    equal(files_of(folder / "twice"), files_of(folder / "once"), "files")


@case("a folder with problems is refused with all of them, and nothing is imported")
def _():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gatelet-manage-"))
    (folder / "in/apis/a").mkdir(parents=True)
    (folder / "in/apis/a/apiInformation.json").write_text('{"properties":{"path":"a","displayName":"A"}}')
    (folder / "in/apis/a/policy.xml").write_text("<policies><inbound><wrong/><worse/></inbound></policies>")
    code, _, text = command("import", str(folder / "in"), "--data", str(folder / "data"))
    equal(code, 1, "exit")
    contains(text, "wrong")
    contains(text, "worse")


@case("a store that another master key sealed is refused with a sentence")
def _():
    with new_plane() as plane:
        plane.stop()
        (plane.folder / "data/master.key").write_text("00" * 32)
        code, _, text = command("export", str(plane.folder / "out"), "--data", str(plane.folder / "data"))
        equal(code, 1, "exit")
        contains(text, "the master key is not the one that this store was written with")


if __name__ == "__main__":
    run_cases()
