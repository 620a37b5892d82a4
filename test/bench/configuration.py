#!/usr/bin/env python3
"""P-8 and P-9: a folder of 5,000 operations, each with a policy: what loading costs step by step, memory, and 1,000 new versions put in force while an
open-loop client counts every request."""

import json
import subprocess
import threading

import measure
import scale
import targets

PATH = "/api-1/accounts/5/v0"
LATENCIES = ("p50_us", "p99_us", "p999_us", "max_us")


def print_steps(made, folder):
    print(subprocess.run([made.options.build / "test/bench/load_folder", folder], check=True, capture_output=True, text=True).stdout)


def memory_row(made, folder):
    with scale.Gateway(made, folder) as gateway:
        loaded, cpu = scale.resident_kb(gateway.pid), scale.cpu_s(gateway.pid)
        peak = scale.resident_kb(gateway.pid, "VmHWM")
        if gateway.status(PATH) != 200:
            made.failures.append("the large configuration does not answer 200")
    with scale.Gateway(made, scale.bench_config(made)) as gateway:
        small = scale.resident_kb(gateway.pid)
    return [f"{loaded / 1000:.1f}", f"{peak / 1000:.1f}", f"{small / 1000:.1f}", f"{cpu:.2f}"]


class SwapServer:
    """The host that changes its configuration; see swap_server.c."""

    def __init__(self, made, folder, swaps, *mode):
        self.port = targets.free_ports(1)[0]
        policy = folder / "apis/api-0/operations/operation-0/policy.xml"
        argv = [made.options.build / "test/bench/swap_server", folder, policy, str(self.port), str(swaps), *mode]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "listening\n":
            raise RuntimeError("swap_server does not listen")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(targets.STOP_S)

    def swap(self):
        """Starts the swaps and returns what they took when all are done."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("swap_server ended")
        return json.loads(line)


def swap_row(made, folder, name, swaps, *mode):
    """The client runs in slices until the swaps are over; a failed or missing request ends it."""
    with SwapServer(made, folder, swaps, *mode) as server:
        memory = scale.resident_kb(server.process.pid)
        done, slices = {}, []
        thread = threading.Thread(target=lambda: done.update(server.swap()))
        thread.start()
        while thread.is_alive():
            slices.append(scale.open_loop(made, server.port, PATH, made.options.rate, made.options.seconds, warm_up=0.2))
        thread.join()
        missing = sum(each["missing"] for each in slices)
        if missing or not done:
            made.failures.append(f"{name}: {missing} requests were not answered")
        worst = {member: max(each[member] for each in slices) / 1000 for member in LATENCIES}
        return [name, done["swaps"], f"{done['load_cpu_ms']:.0f} / {done['longest_cpu_ms']:.0f}", sum(each["answered"] for each in slices), missing,
                *(f"{value:.2f}" for value in worst.values()), f"{memory / 1000:.1f} / {scale.resident_kb(server.process.pid) / 1000:.1f}"]


def main():
    options = scale.arguments(__doc__, apis=(100, "APIs"), operations=(50, "of each"), swaps=(1000, "versions put in force"),
                              anew=(100, "versions put in force that are built from nothing, to compare"),
                              rate=(2000, "requests per second meanwhile"), seconds=(20.0, "of each slice of the client's figures"))
    options.free = True
    with scale.bench(options) as made:
        folder = scale.large_config(made, options.apis, options.operations)
        print_steps(made, folder)
        scale.table(["RSS MB with it", "peak while loading", "RSS MB with one API", "CPU s from start to ready"], [memory_row(made, folder)])
        print()
        with scale.Gateway(made, folder) as gateway:
            calm = scale.open_loop(made, gateway.port, PATH, options.rate, options.seconds)
        rows = [["no swaps", 0, "-", calm["answered"], calm["missing"], *(f"{calm[member] / 1000:.2f}" for member in LATENCIES), "-"],
                swap_row(made, folder, "from the one before", options.swaps), swap_row(made, folder, "from nothing", options.anew, "anew")]
        scale.table(["versions", "swaps", "CPU ms of a load, mean / longest", "answered", "failed", "p50 ms", "p99 ms", "p99.9 ms", "max ms",
                     "RSS MB before / after"], rows)


if __name__ == "__main__":
    main()
