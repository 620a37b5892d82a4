#!/usr/bin/env python3
"""P-15: TLS beside nginx and HAProxy (OpenSSL), in one run: CPU of a request on a kept connection, of full and of resumed handshakes, memory of an
idle connection, and how long plain requests take while handshakes flood the same loop. P-256 certificate and group, AES-128-GCM everywhere."""

import contextlib
import multiprocessing
import os
import signal
import socket
import ssl
import statistics
import subprocess
import time

import measure
import run
import scale
import targets

CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256"
SUITES = "TLS_AES_128_GCM_SHA256"
GATELET_SUITES = "TLS_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
PATH = "/plain/item"
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def make_pair(directory):
    """A P-256 certificate that signs itself, with its key in the same file."""
    pair, key = directory / "pair.pem", directory / "key.pem"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(["openssl", "req", "-x509", *kind, *subject, "-keyout", str(key), "-out", str(pair)], check=True, capture_output=True)
    pair.write_text(pair.read_text() + key.read_text())
    return pair


class Peer:
    """nginx or HAProxy on a plain and on a secure port."""

    def __init__(self, made, name):
        self.port, self.tls_port = targets.free_ports(2)
        file = {"nginx": "nginx_tls.conf", "haproxy": "haproxy_tls.cfg"}[name]
        values = {"PLAIN_PORT": self.port, "TLS_PORT": self.tls_port, "KEEPALIVE": made.setup.keepalive, "CIPHERS": CIPHERS, "SUITES": SUITES}
        path = targets.rendered(made.setup, file, values)
        argv = targets.nginx_argv(made.setup, path) if name == "nginx" else ["haproxy", "-db", "-f", path]
        self.process = targets.Process(name, argv, made.setup.directory, made.setup.gateway_place)
        self.process.wait_until_listening([self.port, self.tls_port], targets.READY_S)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stop()


class Gatelet(scale.Gateway):
    def __init__(self, made):
        self.tls_port = targets.free_ports(1)[0]
        config = scale.write_document(made.setup.directory / "plain.json", f"http://127.0.0.1:{made.backend.port}", protocols=["http", "https"])
        settings = [f"net.server.tls.certificate={made.setup.directory / 'pair.pem'}", f"net.server.tls.ciphers.allowed-suites={GATELET_SUITES}"]
        super().__init__(made, config, "--listen", f"https://127.0.0.1:{self.tls_port}", settings=settings)
        self.process.wait_until_listening([self.tls_port], targets.READY_S)


def started(made, name):
    return Gatelet(made) if name == "gatelet" else Peer(made, name)


def context_of(version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = VERSIONS[version]
    context.set_ecdh_curve("prime256v1")
    return context


def connect(context, port, session=None):
    plain = socket.create_connection(("127.0.0.1", port), 30)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname="localhost", session=session)


def ask(client):
    client.sendall(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    answer = client.recv(65536)
    while len(answer.partition(b"\r\n\r\n")[2]) < len(targets.BODY):
        more = client.recv(65536)
        if not more:
            break
        answer += more
    return answer.startswith(b"HTTP/1.1 200")


def handshake_us(made, one, version, is_resumed, count):
    """CPU of the server for a handshake, of a connection that asks nothing and closes."""
    context, session = context_of(version), None
    with connect(context, one.tls_port) as client:
        if not ask(client):
            made.failures.append(f"TLS {version}: the answer is not 200")
        session = client.session
    reused = 0
    time.sleep(0.1)
    before = measure.Cpu.of(one.pid)
    for _ in range(count):
        with connect(context, one.tls_port, session if is_resumed else None) as client:
            reused += client.session_reused
    time.sleep(0.2)
    if reused != (count if is_resumed else 0):
        made.failures.append(f"TLS {version}: {reused} of {count} connections were resumed")
    return measure.Cpu.of(one.pid).since(before).total_ns / 1000 / count


def request_us(made, one, secure):
    port, scheme = (one.tls_port, "https") if secure else (one.port, "http")

    def wrk(seconds):
        url = f"{scheme}://127.0.0.1:{port}{PATH}"
        return measure.run_wrk(str(targets.HERE / "wrk.lua"), url, [], made.options.connections, seconds, made.setup.load_place)

    wrk(1.0)
    before = measure.Cpu.of(one.pid)
    load = wrk(made.options.seconds)
    used = measure.Cpu.of(one.pid).since(before)
    if load["status"] or not load["requests"]:
        made.failures.append(f"{scheme}: {load['status']} answers were not 2xx, {load['requests']} requests")
    return used.total_ns / 1000 / max(1, load["requests"])


def idle_kb(made, one, version, count):
    """Resident memory for each connection that has had one answer."""
    context = context_of(version)
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            ask(stack.enter_context(connect(context, one.tls_port)))
        before = measure.resident_bytes(one.pid)
        for _ in range(count):
            if not ask(stack.enter_context(connect(context, one.tls_port))):
                made.failures.append(f"TLS {version}: a request among idle connections was not answered with 200")
        time.sleep(0.3)
        return (measure.resident_bytes(one.pid) - before) / count / 1024


def flood(port, place):
    """Full handshakes one after the other, as fast as the server makes them."""
    place.settle()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    context = context_of("1.3")
    while True:
        with contextlib.suppress(OSError), connect(context, port):
            pass


def flooded(made, one, rate, clients):
    """Latencies of plain requests at a constant rate, in ms, without and with handshakes beside them, and how many of these there were a second."""
    quiet = scale.open_loop(made, one.port, PATH, rate, made.options.seconds)
    children = [multiprocessing.Process(target=flood, args=(one.tls_port, made.setup.load_place), daemon=True) for _ in range(clients)]
    for child in children:
        child.start()
    try:
        time.sleep(0.5)
        before = measure.Cpu.of(one.pid).total_ns
        loud = scale.open_loop(made, one.port, PATH, rate, made.options.seconds)
        busy = (measure.Cpu.of(one.pid).total_ns - before) / 1e9 / (made.options.seconds + 1)
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.join()
    return [quiet["p99_us"] / 1000, loud["p99_us"] / 1000, busy * 100]


def measured(made, name, options):
    with started(made, name) as one:
        row = {"request plain": request_us(made, one, False), "request": request_us(made, one, True)}
        for version in VERSIONS:
            row[f"full {version}"] = handshake_us(made, one, version, False, options.handshakes)
            row[f"resumed {version}"] = handshake_us(made, one, version, True, options.handshakes)
        row["quiet p99"], row["flooded p99"], row["busy"] = flooded(made, one, options.rate, options.flood)
    for version in VERSIONS:
        with started(made, name) as one:
            row[f"idle {version}"] = idle_kb(made, one, version, options.idle)
    return row


def ratio(rows, name, member, is_speed):
    values = [mine[member] / theirs[member] for mine, theirs in zip(rows[name], rows["nginx"])]
    return run.ratio_text([1 / value for value in values] if is_speed else values)


def line_of(rows, name):
    def middle(member, digits=0):
        return f"{statistics.median(row[member] for row in rows[name]):.{digits}f}"

    def speed(member):
        return ratio(rows, name, member, True)

    return [name, middle("request plain", 1), middle("request", 1), ratio(rows, name, "request", False), middle("full 1.2"), middle("full 1.3"), speed("full 1.3"),
            middle("resumed 1.2"), speed("resumed 1.2"), middle("resumed 1.3"), speed("resumed 1.3"), f"{middle('idle 1.2', 1)} / {middle('idle 1.3', 1)}",
            middle("quiet p99", 2), middle("flooded p99", 2), middle("busy") + "%"]


def main():
    options = scale.arguments(
        __doc__, rounds=(3, "rounds"), seconds=(3.0, "of each load"), handshakes=(500, "of each kind in a round"), idle=(400, "idle connections"),
        rate=(2000, "plain requests a second beside the flood"), flood=(4, "clients that make handshakes meanwhile"), nice=(0, "priority"))
    names = ["nginx", "haproxy", "gatelet"]
    rows = {name: [] for name in names}
    with scale.bench(options) as made:
        make_pair(made.setup.directory)
        for index in range(options.rounds):
            for name in names if index % 2 == 0 else reversed(names):
                rows[name].append(measured(made, name, options))
    header = ["program", "CPU us/request plain", "over TLS", "/ nginx", "full 1.2 us", "full 1.3 us", "full 1.3 speed / nginx", "resumed 1.2 us", "speed / nginx",
              "resumed 1.3 us", "speed / nginx", "idle KB 1.2 / 1.3", "plain p99 ms", "in a flood", "CPU then"]
    scale.table(header, [line_of(rows, name) for name in names])


if __name__ == "__main__":
    main()
