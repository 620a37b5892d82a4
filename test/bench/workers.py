#!/usr/bin/env python3
"""P-11: CPU per request with two workers against one, in alternating rounds, plain and with policies and a counter that both share. Each worker
has as many connections as the one: fewer would be answered in smaller batches, which cost more a request however many workers there are."""

import statistics
import time

import make_config
import measure
import scale
import targets


CONNECTIONS_PER_WORKER = 32


def cpu_per_request(made, config, workers, path, seconds):
    made.options.connections = CONNECTIONS_PER_WORKER * workers
    with scale.Gateway(made, config, workers=workers) as gateway:
        target = targets.Target("gatelet", "gatelet", "plain", None)
        target.path = lambda operation="item": path
        made.wrk(target, gateway.port, 0.5)
        before = measure.Cpu.of(gateway.pid)
        load = made.wrk(target, gateway.port, seconds)
        used = measure.Cpu.of(gateway.pid).since(before)
    if load["status"] or not load["requests"]:
        made.failures.append(f"{path}, {workers} workers: {load['status']} answers were not 2xx, {load['requests']} requests")
    return used.total_ns / 1000 / max(1, load["requests"])


def main():
    options = scale.arguments(__doc__, rounds=(5, "rounds"), seconds=(3.0, "of each turn"))
    options.free = True
    with scale.bench(options) as made:
        large = made.setup.directory / "two"
        make_config.make(large, 2, 10, f"http://127.0.0.1:{made.backend.port}")
        rows = []
        for name, config, path in [("plain", scale.bench_config(made), "/plain/item"), ("policies and a counter", large, "/api-1/accounts/5/v0")]:
            turns = {1: [], 2: []}
            for index in range(options.rounds):
                for workers in (1, 2) if index % 2 == 0 else (2, 1):
                    turns[workers].append(cpu_per_request(made, config, workers, path, options.seconds))
                    time.sleep(0.1)
            ratios = [two / one for one, two in zip(turns[1], turns[2])]
            rows.append([name, f"{statistics.median(turns[1]):.2f}", f"{statistics.median(turns[2]):.2f}",
                         f"{statistics.median(ratios):.3f} ({min(ratios):.3f}-{max(ratios):.3f})"])
        scale.table(["work", "1 worker CPU us/req", "2 workers CPU us/req", "2 / 1, median (range)"], rows)


if __name__ == "__main__":
    main()
