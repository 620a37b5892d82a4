#!/usr/bin/env python3
"""Where events, metrics and messages of trace go: event hubs and StatsD servers that are there, away, slow and erring. No request waits for
them, and what was accepted is delivered, dropped or waiting at every moment."""
import base64
import contextlib
import hashlib
import hmac
import json
import socket
import threading
import time
import urllib.parse

from harness import Backend, Gateway, api, case, contains, curl, equal, policy, respond, run_cases, wait_until

KEY = "c2VjcmV0"
EVENT = """<log-to-eventhub logger-id='Audit'>@(context.Request.Headers.GetValueOrDefault("E","x"))</log-to-eventhub>"""


class Hub(Backend):
    """An event hub: checks the token, keeps the events. `status` is what it answers, `delay` seconds later."""

    def __init__(self, port=0):
        self.status, self.delay, self.events, self.paths, self.batches, self.problems, self.checks = 201, 0, [], [], 0, [], True
        self.lock = threading.Lock()
        super().__init__(self._answer, port)

    def _answer(self, request, connection):
        time.sleep(self.delay)
        if self.status == 201:
            with self.lock:
                self.batches += 1
                self.paths.append(request.target)
                self.events += json.loads(request.body)
                if self.checks:
                    self._check(request)
        respond(connection, self.status, reason="Created")

    def _check(self, request):
        token = dict(part.split("=", 1) for part in request.header("Authorization").removeprefix("SharedAccessSignature ").split("&"))
        sign = base64.b64encode(hmac.new(KEY.encode(), f"{token['sr']}\n{token['se']}".encode(), hashlib.sha256).digest()).decode()
        wanted = {"sr": f"http://{self.address}/hub", "sig": sign, "skn": "send"}
        if {name: urllib.parse.unquote(token[name]) for name in wanted} != wanted or int(token["se"]) < time.time():
            self.problems.append(token)
        if request.header("Content-Type") != "application/vnd.microsoft.servicebus.json":
            self.problems.append(request.header("Content-Type"))

    def bodies(self):
        with self.lock:
            return [event["Body"] for event in self.events]


def hub_logger(hub, name="audit"):
    string = f"Endpoint=sb://{hub.address}/;SharedAccessKeyName=send;SharedAccessKey={KEY};UseDevelopmentEmulator=true"
    return {"k": f"loggers/{name}", "v": {"loggerType": "azureEventHub", "credentials": {"name": "hub", "connectionString": string}}}


@contextlib.contextmanager
def gateway_with(backend, inbound, *resources, settings=None):
    document = [*resources, *api("a", "", backend.url, [("GET", "/*")]), policy("apis/a;rev=1/", f"<policies><inbound>{inbound}</inbound></policies>")]
    with Gateway(document, settings={"net.admin.listener": "http://127.0.0.1:0", **(settings or {})}) as gateway:
        gateway.admin = gateway.wait_log(r"telling how it is on (http://\S+)")[1]
        yield gateway


def counts(gateway, kind):
    """Accepted, delivered, dropped, waiting; their sum is looked at each time."""
    found = json.loads(curl(gateway.admin, ()).text)["outgoing"][kind]
    equal(found["delivered"] + found["dropped"] + found["waiting"], found["accepted"], f"the sum of {found}")
    return tuple(found[name] for name in ("accepted", "delivered", "dropped", "waiting"))


def wait_counts(gateway, kind, *wanted):
    wait_until(lambda: counts(gateway, kind) == wanted, f"{kind} {wanted}, they are {counts(gateway, kind)}")


def send(gateway, count, first=0):
    """That many requests over one connection; returns how long the slowest took."""
    slowest = 0
    with gateway.client() as client:
        for number in range(first, first + count):
            begun = time.monotonic()
            client.send(f"GET / HTTP/1.1\r\nHost: a\r\nE: e{number}\r\n\r\n".encode())
            equal(client.answer().status, 200)
            slowest = max(slowest, time.monotonic() - begun)
    return slowest


@case("events reach the hub of their logger in order, signed and in batches")
def hub_there():
    with Backend() as backend, Hub() as hub, gateway_with(backend, EVENT, hub_logger(hub)) as gateway:
        hub.delay = 0.2
        send(gateway, 100)
        wait_counts(gateway, "events", 100, 100, 0, 0)
        equal(hub.bodies(), [f"e{i}" for i in range(100)])
        equal(hub.problems, [])
        equal(set(hub.paths), {"/hub/messages"})
        assert hub.batches < 50, f"{hub.batches} batches"


@case("a partition is named by its id in the path, or by a key in the event")
def partitions():
    keyed = """<log-to-eventhub logger-id='audit' partition-key='@(context.Request.Headers.GetValueOrDefault("E",""))'>k</log-to-eventhub>"""
    with Backend() as backend, Hub() as hub:
        with gateway_with(backend, keyed + "<log-to-eventhub logger-id='audit' partition-id='3'>p</log-to-eventhub>", hub_logger(hub)) as gateway:
            send(gateway, 2)
            wait_counts(gateway, "events", 4, 4, 0, 0)
            by_path = {path: [] for path in hub.paths}
            equal(set(by_path), {"/hub/messages", "/hub/partitions/3/messages"})
            keys = sorted(event["BrokerProperties"]["PartitionKey"] for event in hub.events if event["Body"] == "k")
            equal(keys, ["e0", "e1"])
            equal([event for event in hub.events if event["Body"] == "p"], [{"Body": "p"}] * 2)


@case("a hub that is away costs no request anything, and gets what waited when it is back")
def hub_away():
    with Hub() as gone:
        port = gone.port
    with Backend() as backend, gateway_with(backend, EVENT, hub_logger(gone)) as gateway:
        assert send(gateway, 200) < 1, "a request waited"
        wait_counts(gateway, "events", 200, 0, 0, 200)
        gateway.wait_log("EventHubUnavailable")
        with Hub(port) as hub:
            wait_counts(gateway, "events", 200, 200, 0, 0)
            equal(hub.bodies(), [f"e{i}" for i in range(200)])
            gateway.wait_log("takes events again")


@case("a hub that errs is asked again, one that refuses a batch loses it, and one that is slow delays no request")
def hub_errs():
    with Backend() as backend, Hub() as hub, gateway_with(backend, EVENT, hub_logger(hub)) as gateway:
        hub.status = 503
        send(gateway, 20)
        wait_counts(gateway, "events", 20, 0, 0, 20)
        hub.status = 201
        wait_counts(gateway, "events", 20, 20, 0, 0)
        equal(hub.bodies(), [f"e{i}" for i in range(20)])
        hub.status = 413
        send(gateway, 1, 20)
        wait_counts(gateway, "events", 21, 20, 1, 0)
        hub.status, hub.delay = 201, 2
        assert send(gateway, 50, 21) < 1, "a request waited"
        wait_counts(gateway, "events", 71, 70, 1, 0)
        equal(len(set(hub.bodies())), 70)


@case("what no hub takes is bounded, each logger for itself; other loggers and sinks go on")
def hub_full():
    both = "<log-to-eventhub logger-id='audit'>away</log-to-eventhub><log-to-eventhub logger-id='other'>there</log-to-eventhub><emit-metric name='m'><dimension name='API ID'/></emit-metric>"
    many = "<retry condition='@(true)' count='49' interval='0'><log-to-eventhub logger-id='audit'>away</log-to-eventhub></retry>"
    with Hub() as gone:
        pass
    with Backend() as backend, Hub() as hub, gateway_with(backend, both + many, hub_logger(gone), hub_logger(hub, "other")) as gateway:
        send(gateway, 110)
        wait_until(lambda: counts(gateway, "events")[1] == 110, "the other logger's events are delivered")
        accepted, delivered, dropped, waiting = counts(gateway, "events")
        equal((accepted, waiting), (110 * 52, 5000))
        equal(len(hub.bodies()), 110)
        equal(counts(gateway, "metrics"), (110, 110, 0, 0))


@case("a logger that does not exist is a warning, and its events go into the log or nowhere")
def no_logger():
    with Backend() as backend:
        with gateway_with(backend, EVENT) as gateway:
            contains(gateway.log(), "the logger 'Audit' does not exist")
            send(gateway, 3)
            wait_counts(gateway, "events", 3, 3, 0, 0)
            gateway.wait_log(r"\[Event\], message: e2, logger: Audit")
        with gateway_with(backend, EVENT, settings={"telemetry.events.local": "none"}) as gateway:
            send(gateway, 3)
            wait_counts(gateway, "events", 3, 0, 3, 0)
            assert "[Event]" not in gateway.log()


@case("a gateway that ends gives its events one more try")
def last_try():
    with Backend() as backend, Hub() as hub, gateway_with(backend, EVENT, hub_logger(hub)) as gateway:
        hub.status = 503
        send(gateway, 30)
        wait_until(lambda: hub.requests, "the hub was asked")
        hub.status = 201
        equal(gateway.stop(), 0)
        equal(sorted(set(hub.bodies())), sorted(f"e{i}" for i in range(30)))
    with Hub() as gone:
        pass
    with Backend() as backend, gateway_with(backend, EVENT, hub_logger(gone)) as gateway:
        send(gateway, 3)
        begun = time.monotonic()
        equal(gateway.stop(), 0)
        assert time.monotonic() - begun < 5, "the end waited for a hub that is away"


@case("a hub whose logger names an identity is shown its access token, which is fetched once; without one the events wait")
def identity():
    def give(request, connection):
        respond(connection, 200, json.dumps({"access_token": "tok", "expires_in": "3600"}).encode())

    with Backend() as backend, Hub() as hub, Backend(give) as provider:
        hub.checks = False
        logger = {"loggerType": "azureEventHub", "credentials": {"name": "hub", "endpointAddress": hub.url, "identityClientId": "c1"}}
        resource = {"k": "loggers/audit", "v": logger}
        with gateway_with(backend, EVENT, resource, settings={"policy.identity.endpoint": provider.url + "/token"}) as gateway:
            send(gateway, 20)
            wait_counts(gateway, "events", 20, 20, 0, 0)
            equal(hub.bodies(), [f"e{i}" for i in range(20)])
            equal({request.header("Authorization") for request in hub.requests}, {"Bearer tok"})
            equal(len(provider.requests), 1)
            contains(urllib.parse.unquote(provider.requests[0].target), "resource=https://eventhubs.azure.net&")
            contains(provider.requests[0].target, "client_id=c1")
        with gateway_with(backend, EVENT, resource) as gateway:
            assert send(gateway, 20) < 1, "a request waited"
            wait_counts(gateway, "events", 20, 0, 0, 20)


METRIC = "<emit-metric name='orders' value='2' namespace='my shop'><dimension name='API ID'/><dimension name='Who' value='a:b'/></emit-metric>"


def statsd(socket_, **more):
    return {"telemetry.metrics.local": "statsd", "telemetry.metrics.local.statsd.endpoint": f"127.0.0.1:{socket_.getsockname()[1]}", **more}


def udp_socket(port=0):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", port))
    made.settimeout(5)
    return made


@case("metrics are datagrams for StatsD, in the wanted form")
def statsd_forms():
    tags = "telemetry.metrics.local.statsd.tag-format"
    for form, line in (
        ("dogStatsD", "my_shop.orders:2|c|#API_ID:a,Who:a_b"),
        ("librato", "my_shop.orders#API_ID=a,Who=a_b:2|c"),
        ("influxDB", "my_shop.orders,API_ID=a,Who=a_b:2|c"),
        ("none", "my_shop.orders:2|c"),
    ):
        with Backend() as backend, udp_socket() as sink, gateway_with(backend, METRIC, settings=statsd(sink, **{tags: form})) as gateway:
            send(gateway, 2)
            equal([sink.recv(2000).decode() for _ in range(2)], [line] * 2)
            wait_counts(gateway, "metrics", 2, 2, 0, 0)
            assert "A metric was emitted" not in gateway.log()


@case("of metrics only a share is sent, and says so")
def statsd_sampling():
    sampling = {"telemetry.metrics.local.statsd.sampling": "0.5"}
    with Backend() as backend, udp_socket() as sink, gateway_with(backend, METRIC, settings=statsd(sink, **sampling)) as gateway:
        send(gateway, 400)
        wait_counts(gateway, "metrics", 400, 400, 0, 0)
        sink.settimeout(0.2)
        lines = []
        with contextlib.suppress(TimeoutError):
            while True:
                lines.append(sink.recv(2000).decode())
        equal(set(lines), {"my_shop.orders:2|c|@0.5|#API_ID:a,Who:a_b"})
        assert 120 < len(lines) < 280, f"{len(lines)} of 400"


@case("a StatsD server that is away costs no request anything, and gets metrics again when it is back")
def statsd_away():
    with Backend() as backend:
        sink = udp_socket()
        with gateway_with(backend, METRIC, settings=statsd(sink)) as gateway:
            sink.close()
            assert send(gateway, 100) < 1, "a request waited"
            accepted, delivered, dropped, waiting = counts(gateway, "metrics")
            equal((accepted, waiting), (100, 0))
            gateway.wait_log("StatsdUnavailable")
            with udp_socket(int(statsd_port(gateway))) as back:
                send(gateway, 3)
                contains(back.recv(2000).decode(), "my_shop.orders:2|c")


def statsd_port(gateway):
    return gateway.wait_log(r"StatsD server 127\.0\.0\.1:(\d+)")[1]


@case("settings of StatsD that cannot be are refused")
def statsd_refused():
    for settings, text in (
        ({"telemetry.metrics.local": "statsd"}, "give telemetry.metrics.local.statsd.endpoint, too"),
        ({"telemetry.metrics.local": "statsd", "telemetry.metrics.local.statsd.endpoint": "h:1/x"}, "write host:port"),
        ({"telemetry.metrics.local": "statsd", "telemetry.metrics.local.statsd.endpoint": "h:1", "telemetry.metrics.local.statsd.sampling": "2"}, "0 to 1"),
        ({"telemetry.metrics.local": "statsd", "telemetry.metrics.local.statsd.endpoint": "udp://h", "telemetry.metrics.local.statsd.tag-format": "x"}, "librato"),
    ):
        gateway = Gateway(api("a", "", "http://127.0.0.1:9", [("GET", "/*")]), settings=settings, expect_exit=True)
        gateway.process.wait(10)
        gateway.stop()
        contains(gateway.last_log, text)


@case("messages of trace are lines of the log, and parts of the request's, as the diagnostics of the API want them")
def traces():
    text = "".join(f"<trace source='s' severity='{word}'><message>says {word}</message><metadata name='n&#10;x' value='v'/></trace>" for word in ("verbose", "information", "error"))
    diagnostics = [
        {"k": "diagnostics/applicationinsights", "v": {"loggerId": "/loggers/ai", "verbosity": "error"}},
        {"k": "diagnostics/local", "v": {"loggerId": "/loggers/l", "verbosity": "verbose"}},
        {"k": "apis/a;rev=1/diagnostics/applicationinsights", "v": {"loggerId": "/loggers/ai", "verbosity": "information"}},
    ]
    settings = {"telemetry.logs.std": "json", "telemetry.logs.std.level": "debug", "telemetry.logs.requests": "all"}
    with Backend() as backend, gateway_with(backend, text, *diagnostics, settings=settings) as gateway:
        equal(gateway.get("/").status, 200)
        wait_counts(gateway, "traces", 2, 2, 0, 0)
        gateway.wait_log("GatewayLogs")
        lines = [json.loads(line) for line in gateway.log().splitlines() if line.startswith("{")]
        told = [(line["level"], line["message"], line["source"]) for line in lines if line["eventType"] == "Trace"]
        equal(told, [("Info", "says information", "s"), ("Error", "says error", "s")])
        record = next(line for line in lines if line["eventType"] == "GatewayLogs")
        metadata = [{"name": "n\nx", "value": "v"}]
        wanted = [{"source": "s", "severity": word, "message": f"says {word}", "metadata": metadata} for word in ("verbose", "information", "error")]
        equal(record["traceRecords"], wanted)
        trace = next(line for line in lines if line["eventType"] == "Trace")
        equal(json.loads(trace["metadata"]), {"correlationId": record["correlationId"], "apiId": "a", "n\nx": "v"})


@case("without a diagnostic nobody hears of trace")
def no_diagnostic():
    with Backend() as backend, gateway_with(backend, "<trace source='s'><message>m</message></trace>", settings={"telemetry.logs.requests": "all"}) as gateway:
        equal(gateway.get("/").status, 200)
        gateway.wait_log("GatewayLogs")
        equal(counts(gateway, "traces"), (0, 0, 0, 0))
        assert "traceRecords" not in gateway.log()


run_cases()
