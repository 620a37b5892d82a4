#!/usr/bin/env python3
"""P-9: what an idle client connection costs in memory, after it had one answer, beside nginx; and whether requests among them are answered."""

import contextlib
import sys
import time

import measure
import scale
import targets


def memory_of(made, name, port, pid, path, count):
    """Resident memory per connection, before and after a second answer on each."""
    with contextlib.ExitStack() as stack:
        warm = stack.enter_context(measure.Client(port))
        for _ in range(100):
            warm.get(path)
        before = measure.resident_bytes(pid)
        clients = []
        for index in range(count):
            client = stack.enter_context(measure.Client(port, timeout=30))
            if client.get(path).status != 200:
                made.failures.append(f"{name}: connection {index} of {count} was not answered with 200")
                break
            clients.append(client)
        time.sleep(0.5)
        each = (measure.resident_bytes(pid) - before) / len(clients)
        refused = sum(client.get(path).status != 200 for client in clients[:: max(1, len(clients) // 500)])
        if refused:
            made.failures.append(f"{name}: {refused} requests on idle connections were not answered with 200")
        return [name, f"{len(clients):,}", f"{before / 1e6:.1f}", f"{each / 1024:.2f}", f"{measure.resident_bytes(pid) / 1e6:.1f}"]


def main():
    options = scale.arguments(__doc__, count=(10_000, "idle connections"))
    descriptors = scale.raise_descriptors()
    count = min(options.count, (descriptors - 300) // 2)  # the gateway counts two descriptors for each client
    if count < options.count:
        print(f"idle.py: {descriptors} descriptors allow only {count} connections; run as root for {options.count}", file=sys.stderr)
    rows = []
    with scale.bench(options) as made:
        settings = [f"net.server.connections.max={count + 1000}", "net.server.timeout.idle=01:00:00"]
        with scale.Gateway(made, scale.bench_config(made), settings=settings) as gateway:
            rows.append(memory_of(made, "gatelet", gateway.port, gateway.pid, "/plain/item", count))
        nginx_count = min(count, 3000)  # 4,096 worker_connections, the upstream ones with them
        with made.started(targets.all_targets(None)["nginx"]) as (port, pid):
            rows.append(memory_of(made, "nginx", port, pid, "/plain/item", nginx_count))
        scale.table(["program", "idle connections", "RSS MB before", "KB per connection", "RSS MB at the end"], rows)


if __name__ == "__main__":
    main()
