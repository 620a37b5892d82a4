#!/usr/bin/env python3
"""P-13: 1 GiB streamed down and up through the gateway and through nginx, in turn: throughput, CPU, and how much memory that takes."""

import statistics
import subprocess
import sys

import scale
import targets

# Reads bodies and throws them away; a process of its own.
SINK = """
import socket, sys, threading
def serve(c):
    buffer = bytearray(1 << 20)
    rest = b""
    while True:
        while b"\\r\\n\\r\\n" not in rest:
            more = c.recv(65536)
            if not more: return
            rest += more
        head, rest = rest.split(b"\\r\\n\\r\\n", 1)
        left = int(next(l.split(b":")[1] for l in head.split(b"\\r\\n") if l.lower().startswith(b"content-length"))) - len(rest)
        rest = b""
        while left > 0:
            n = c.recv_into(buffer, min(left, len(buffer)))
            if n == 0: return
            left -= n
        c.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(64)
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""


def start_nginx(made, role, locations):
    (port,) = targets.free_ports(1)
    path = targets.rendered(made.setup, "bulk.conf", {"PORT": port, "ROLE": role, "LOCATIONS": locations})
    process = targets.Process(f"bulk-{role}", targets.nginx_argv(made.setup, path), made.setup.directory, made.setup.gateway_place)
    process.wait_until_listening([port], targets.READY_S)
    return process, port


def worker_of(pid):
    """nginx's worker, or the process itself."""
    return scale.measure.process_tree(pid)[-1]


def transfer(made, name, url, pid, size, upload):
    """MB/s, CPU seconds and the growth of memory of one transfer by curl."""
    scale.reset_peak(worker_of(pid))
    memory, cpu = scale.resident_kb(worker_of(pid)), scale.cpu_s(pid)
    what = ["-T", made.setup.directory / "bulk", "-H", "Expect:"] if upload else []
    done = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{size_download} %{size_upload} %{time_total}", *what, url],
                          capture_output=True, text=True)
    status, down, up, seconds = (done.stdout or "0 0 0 1").split()
    if status != "200" or int(up if upload else down) != size:
        made.failures.append(f"{name}: status {status}, {down} bytes down, {up} up, {done.stderr.strip()}")
    return size / 1e6 / float(seconds), scale.cpu_s(pid) - cpu, (scale.resident_kb(worker_of(pid), "VmHWM") - memory) / 1024


def main():
    options = scale.arguments(__doc__, mebibytes=(1024, "of each body"), rounds=(3, "rounds"))
    size = options.mebibytes << 20
    with scale.bench(options) as made:
        with open(made.setup.directory / "bulk", "wb") as file:
            file.truncate(size)
        source, source_port = start_nginx(made, "source", f"location /bulk {{ alias {made.setup.directory}/bulk; }}")
        (sink_port,) = targets.free_ports(1)
        sink = targets.Process("sink", [sys.executable, "-c", SINK, str(sink_port)], made.setup.directory, made.setup.load_place)
        sink.wait_until_listening([sink_port], targets.READY_S)
        proxy, proxy_port = start_nginx(made, "proxy", f"location /down {{ proxy_pass http://127.0.0.1:{source_port}/bulk; }} "
                                        f"location /up {{ proxy_pass http://127.0.0.1:{sink_port}; }}")
        down = scale.write_document(made.setup.directory / "down.json", f"http://127.0.0.1:{source_port}", path="")
        up = scale.write_document(made.setup.directory / "up.json", f"http://127.0.0.1:{sink_port}", path="")
        turns = {}
        try:
            with scale.Gateway(made, down) as down_gateway, scale.Gateway(made, up) as up_gateway:
                ways = [("nginx", "down", f"http://127.0.0.1:{proxy_port}/down", proxy.pid), ("gatelet", "down", f"http://127.0.0.1:{down_gateway.port}/bulk",
                                                                                              down_gateway.pid),
                        ("nginx", "up", f"http://127.0.0.1:{proxy_port}/up", proxy.pid), ("gatelet", "up", f"http://127.0.0.1:{up_gateway.port}/up",
                                                                                          up_gateway.pid)]
                for index in range(options.rounds):
                    for name, direction, url, pid in ways if index % 2 == 0 else reversed(ways):
                        turns.setdefault((direction, name), []).append(transfer(made, f"{name} {direction}", url, pid, size, direction == "up"))
        finally:
            for process in (proxy, sink, source):
                process.stop()
        rows = []
        for (direction, name), found in sorted(turns.items(), reverse=True):
            rate, cpu, memory = (statistics.median(column) for column in zip(*found))
            ratios = [mine[0] / other[0] for mine, other in zip(found, turns[(direction, "nginx")])]
            rows.append([f"{name} {direction}", f"{rate:,.0f}", f"{statistics.median(ratios):.2f}", f"{cpu:.2f}", f"{max(turn[2] for turn in found):.1f}"])
        scale.table(["way", "MB/s", "/ nginx", "CPU s", "extra memory MB, highest"], rows)


if __name__ == "__main__":
    main()
