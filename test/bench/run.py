"""The benchmark of the request path: see README.md for what it does and what the columns mean. Started by run.sh."""

import argparse
import contextlib
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import measure
import targets as catalogue

ROOT = catalogue.HERE.parent.parent
UPSTREAM_SPARE = 8  # connections that a proxy may open beyond one for each client connection
CALLGRIND_REQUESTS = 2000
FLOOD_RATE = 1000  # plain requests a second
QUIET_ATTEMPTS = 5
QUIET_WAIT_S = 120
START_ATTEMPTS = 3  # a port that was free may be taken before the program listens on it


class Bench:
    """One run: its directory, its backend, the targets it starts one after the other, and all that was found wrong."""

    def __init__(self, options, stack):
        self.options = options
        self.failures = []
        directory = Path(options.keep or stack.enter_context(tempfile.TemporaryDirectory(prefix="gatelet-bench-"))).resolve()
        directory.mkdir(parents=True, exist_ok=True)
        cpus = sorted(os.sched_getaffinity(0))
        pinned = not options.free and len(cpus) > 1
        self.setup = catalogue.Setup(directory, options.build, measure.Place({cpus[0]} if pinned else set(), options.nice),
                                     measure.Place({cpus[1]} if pinned else set(), options.nice),
                                     options.connections, max(256, options.connections), options.gatelet_set)
        if pinned:
            os.sched_setaffinity(0, {cpus[1]})
        self.backend = catalogue.Backend(self.setup)
        stack.callback(self.backend.stop)
        self.setup.backend_port = self.backend.port

    @contextlib.contextmanager
    def started(self, target):
        """The target's port and process id (none for `direct`) while the block runs."""
        if not target.start:
            yield self.backend.port, None
            return
        for attempt in range(START_ATTEMPTS):
            try:
                proxy = target.start(self.setup)
                break
            except RuntimeError:
                if attempt + 1 == START_ATTEMPTS:
                    raise
        try:
            yield proxy.ports[target.kind], proxy.pid
        finally:
            proxy.stop()

    def check(self, target, port):
        problems, size = catalogue.problems_of(target, self.setup, port)
        self.failures += problems
        return size

    def wrk(self, target, port, seconds, at_half=lambda: None):
        return measure.run_wrk(str(catalogue.HERE / "wrk.lua"), f"http://127.0.0.1:{port}{target.path()}", target.headers(self.setup),
                               self.options.connections, seconds, self.setup.load_place, at_half, target.wrk_arguments(self.setup))

    def measured_turn(self, target):
        """One target for one round: started, checked, warmed up, measured, checked again, stopped."""
        with self.started(target) as (port, pid):
            time.sleep(0.3)
            rss_before = measure.resident_bytes(pid) if pid else 0
            answer_bytes = self.check(target, port)
            self.wrk(target, port, self.options.warm_up)
            open_upstream = []
            accepted = self.backend.accepted()
            others = self.others_s(pid)
            started = time.monotonic()
            cpu = measure.Cpu.of(pid) if pid else None
            load = self.wrk(target, port, self.options.seconds,
                            at_half=lambda: open_upstream.append(measure.connections_to(self.backend.port)))
            used = measure.Cpu.of(pid).since(cpu) if pid else None
            others = (self.others_s(pid) - others) / (time.monotonic() - started) / os.cpu_count()
            accepted = self.backend.accepted() - accepted
            rss_after = measure.resident_bytes(pid) if pid else 0
            self.check(target, port)
        turn = {"requests": load["requests"], "others": max(0.0, others), "rate": load["requests"] * 1e6 / load["duration_us"],
                "p50_us": load["p50_us"], "p99_us": load["p99_us"], "upstream_open": open_upstream[0],
                "upstream_new": accepted, "not_2xx": load["status"], "timeouts": load["timeout"],
                "socket_errors": load["connect"] + load["read"] + load["write"],
                "rss_before": rss_before, "rss_after": rss_after}
        if used:
            turn["cpu_us"] = used.total_ns / 1000 / max(1, load["requests"])
            turn["user_us"] = turn["cpu_us"] * used.user_share()
        self.check_load(target, load, turn, answer_bytes)
        return turn

    def quiet_turn(self, target):
        """A turn in which the rest of the machine left us alone as far as the options ask, or the quietest of a few."""
        turns = []
        if self.options.others_max < 1:
            self.wait_for_quiet(target)
        while len(turns) < QUIET_ATTEMPTS:
            turns.append(self.measured_turn(target))
            if turns[-1]["others"] <= self.options.others_max:
                break
        return min(turns, key=lambda turn: turn["others"])

    def wait_for_quiet(self, target):
        deadline = time.monotonic() + QUIET_WAIT_S
        while time.monotonic() < deadline:
            others = self.others_s(None)
            time.sleep(1)
            if (self.others_s(None) - others) / os.cpu_count() <= self.options.others_max:
                return
        print(f"{target.title}: the machine was not quiet for a second in {QUIET_WAIT_S} s; measuring anyway", file=sys.stderr)

    def others_s(self, pid):
        """CPU time of everything on this machine that does not belong to the benchmark."""
        own = measure.own_s() + sum(measure.Cpu.of(each).total_ns for each in (self.backend.process.pid, pid) if each) / 1e9
        return measure.machine_busy_s() - own

    def check_load(self, target, load, turn, answer_bytes):
        connections = self.options.connections
        wrong_bytes = abs(load["bytes"] - load["requests"] * answer_bytes)
        for wrong, text in [
            (load["requests"] == 0, "no request was answered"),
            (turn["not_2xx"], f"{turn['not_2xx']} answers were not 2xx"),
            (turn["socket_errors"], f"{turn['socket_errors']} socket errors"),
            (max(turn["upstream_open"], turn["upstream_new"]) > connections + UPSTREAM_SPARE,
             f"{turn['upstream_open']} upstream connections open and {turn['upstream_new']} opened for {connections} clients"),
            (wrong_bytes > connections * answer_bytes, f"answers under load are not all of {answer_bytes} bytes"),
        ]:
            if wrong:
                self.failures.append(f"{target.title}: {text}")

    def idle_memory(self, target, count):
        """Bytes of resident memory for each idle client connection that has had one answer."""
        with self.started(target) as (port, pid):
            self.wrk(target, port, 0.5)  # what the first requests allocate once is not the connections' cost
            before = measure.resident_bytes(pid)
            with contextlib.ExitStack() as stack:
                for _ in range(count):
                    client = stack.enter_context(measure.Client(port))
                    if client.get(target.path(), target.headers(self.setup)).status != 200:
                        self.failures.append(f"{target.title}: a request among {count} idle connections was not answered with 200")
                        break
                time.sleep(0.3)
                return (measure.resident_bytes(pid) - before) / count


def rounds_in_turn(bench, chosen, rounds):
    """turns[name] = one measurement for each round; every other round goes backwards, so that a drift does not favour one."""
    turns = {target.name: [] for target in chosen}
    for index in range(rounds):
        for target in chosen if index % 2 == 0 else reversed(chosen):
            print(f"round {index + 1}/{rounds}: {target.title}", file=sys.stderr)
            turns[target.name].append(bench.quiet_turn(target))
    return turns


def ratios(turns, name, base):
    """CPU per request of one target over that of another, round by round."""
    if base not in turns:
        return []
    return [mine["cpu_us"] / other["cpu_us"] for mine, other in zip(turns[name], turns[base]) if "cpu_us" in mine and "cpu_us" in other]


def median(turns, member):
    return statistics.median(turn[member] for turn in turns)


def ratio_text(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})" if values else "-"


def markdown(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def main_table(chosen, turns, idle):
    rows = []
    for target in chosen:
        mine = turns[target.name]
        measured = "cpu_us" in mine[0]
        cpu, user = (median(mine, "cpu_us"), median(mine, "user_us")) if measured else (0, 0)
        rows.append([
            target.title, f"{median(mine, 'rate'):,.0f}", f"{median(mine, 'p50_us') / 1000:.2f}", f"{median(mine, 'p99_us') / 1000:.2f}",
            f"{cpu:.2f}" if measured else "-", f"{user:.1f}/{cpu - user:.1f}" if measured else "-",
            ratio_text(ratios(turns, target.name, "nginx")), ratio_text(ratios(turns, target.name, "floor")),
            f"{median(mine, 'rss_before') / 1e6:.1f} / {median(mine, 'rss_after') / 1e6:.1f}" if measured else "-",
            f"{idle[target.name] / 1000:.2f}" if target.name in idle else "-",
            f"{max(turn['upstream_open'] for turn in mine)} / {max(turn['upstream_new'] for turn in mine)}",
            sum(turn["not_2xx"] + turn["socket_errors"] for turn in mine), f"{max(turn['others'] for turn in mine):.0%}"])
    return markdown(["target", "req/s", "p50 ms", "p99 ms", "CPU us/req", "user/sys", "/ nginx plain", "/ floor",
                     "RSS MB before / after", "KB per idle client", "upstream open / new", "non-2xx", "others"], rows)


def run_table(bench, options):
    chosen = chosen_targets(options)
    turns = rounds_in_turn(bench, chosen, options.rounds)
    idle = {}
    if options.idle_connections:
        for target in chosen:
            if target.start and target.kind == "plain":
                print(f"idle connections: {target.title}", file=sys.stderr)
                idle[target.name] = bench.idle_memory(target, options.idle_connections)
    print(main_table(chosen, turns, idle))
    return {"turns": turns, "idle_connection_bytes": idle}


def run_paired(bench, options):
    """Two gateway programs in alternating rounds: what did a change do?"""
    pair = [Path(path).resolve() for path in options.paired]
    chosen = [target for name, binary in zip("AB", pair) for target in catalogue.gatelet_targets(name, binary)]
    turns = rounds_in_turn(bench, chosen, options.rounds)
    rows = []
    for kind, suffix in [("plain", ""), ("bundle", "-bundle")]:
        values = ratios(turns, "B" + suffix, "A" + suffix)
        rows.append([kind, f"{median(turns['A' + suffix], 'cpu_us'):.2f}", f"{median(turns['B' + suffix], 'cpu_us'):.2f}",
                     f"{statistics.median(values):.3f}", f"{min(values):.3f}-{max(values):.3f}",
                     f"{sum(value < 1 for value in values)} of {len(values)}",
                     f"{max(turn['others'] for name in 'AB' for turn in turns[name + suffix]):.0%}"])
    print(f"A = {pair[0]}\nB = {pair[1]}\n")
    print(markdown(["work", "A CPU us/req", "B CPU us/req", "B / A, median", "range over rounds", "rounds where B was cheaper", "others"],
                   rows))
    return {"turns": turns}


def callgrind_instructions(bench, target, count):
    """All instructions of the target's processes for a run of so many requests, one after the other on one connection."""
    files = bench.setup.directory / f"callgrind.{target.name}.{count}"
    bench.setup.prefix = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={files}.%p"]
    with bench.started(target) as (port, _):
        bench.check(target, port)
        with measure.Client(port, timeout=60) as client:
            for _ in range(count):
                client.get(target.path(), target.headers(bench.setup))
    bench.setup.prefix = []
    totals = [re.search(r"^(?:summary|totals): (\d+)", file.read_text(), re.M) for file in files.parent.glob(f"{files.name}.*")]
    if not totals or None in totals:
        raise RuntimeError(f"valgrind left no profile of {target.title}; see {bench.setup.directory}")
    return sum(int(total[1]) for total in totals)


def run_callgrind(bench, options):
    """The difference between a long and a short run leaves only what a request costs."""
    rows, result = [], {}
    for target in chosen_targets(options):
        print(f"callgrind: {target.title}", file=sys.stderr)
        short, long = (callgrind_instructions(bench, target, count) for count in (CALLGRIND_REQUESTS // 4, CALLGRIND_REQUESTS))
        result[target.name] = (long - short) / (CALLGRIND_REQUESTS - CALLGRIND_REQUESTS // 4)
        rows.append([target.title, f"{result[target.name]:,.0f}"])
    print(markdown(["target", "instructions per request"], rows))
    return {"instructions_per_request": result}


def run_open_loop(bench, options):
    """Latency at a constant rate, beside the same rate sent to the backend directly in the same round."""
    results = {}
    direct = catalogue.all_targets(None)["direct"]
    chosen = [target for target in chosen_targets(options) if target.start]
    for index in range(options.rounds):
        for target in chosen:
            print(f"round {index + 1}/{options.rounds}: {target.title}, open loop", file=sys.stderr)
            with bench.started(target) as (port, _):
                bench.check(target, port)
                rate = options.rate
                if not rate:
                    load = bench.wrk(target, port, 2)
                    rate = load["requests"] * 1e6 / load["duration_us"] * options.load
                through = open_loop_turn(bench, target, port, rate)
            results.setdefault(target.name, []).append(
                {"rate": rate, "through": through, "direct": open_loop_turn(bench, direct, bench.backend.port, rate)})
    print(open_loop_table(chosen, results))
    return {"open_loop": results}


def run_flood(bench, options):
    """Latency of the gateway's plain requests at a constant rate, alone and while other clients bring tokens that were never seen."""
    targets = catalogue.all_targets(options.gatelet)
    plain, flood = targets["gatelet"], targets["gatelet-jwt-rs256-new"]
    turns = []
    for index in range(options.rounds):
        print(f"round {index + 1}/{options.rounds}: {plain.title} in a flood", file=sys.stderr)
        with bench.started(flood) as (port, _), ThreadPoolExecutor(1) as pool:
            bench.check(flood, port)
            alone = open_loop_turn(bench, plain, port, options.rate or FLOOD_RATE)
            load = pool.submit(bench.wrk, flood, port, options.warm_up + options.seconds + 1)
            within = open_loop_turn(bench, plain, port, options.rate or FLOOD_RATE)
            tokens = load.result()
        turns.append({"alone": alone, "in a flood": within, "tokens": tokens["requests"] * 1e6 / tokens["duration_us"]})
    rows = []
    for side, rate in (("alone", "-"), ("in a flood", f"{statistics.median(turn['tokens'] for turn in turns):,.0f}")):
        latencies = [f"{statistics.median(turn[side][member] for turn in turns) / 1000:.2f}"
                     for member in ("p50_us", "p90_us", "p99_us", "p999_us")]
        rows.append([f"{plain.title}, {side}", rate, *latencies, sum(turn[side]["missing"] for turn in turns)])
    print(markdown(["target", "new tokens/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "not answered"], rows))
    return {"flood": turns}


def open_loop_turn(bench, target, port, rate):
    options = bench.options
    return measure.run_open_loop(str(options.build / "test/bench/open_loop"), port, target.path(), target.headers(bench.setup), rate, options.seconds,
                                 options.warm_up, options.connections, len(catalogue.BODY), bench.setup.load_place)


def open_loop_table(chosen, results):
    rows = []
    for target in chosen:
        turns = results[target.name]

        def of(side, member, turns=turns):
            return statistics.median(turn[side][member] for turn in turns) / 1000

        rows.append([target.title, f"{statistics.median(turn['rate'] for turn in turns):,.0f}",
                     *(f"{of('through', member):.3f}" for member in ("p50_us", "p90_us", "p99_us", "p999_us", "max_us")),
                     f"{of('direct', 'p50_us'):.3f} / {of('direct', 'p99_us'):.3f}",
                     *(f"{of('through', member) - of('direct', member):+.3f}" for member in ("p50_us", "p99_us")),
                     sum(turn["through"]["missing"] for turn in turns)])
    return markdown(["target", "rate/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms", "direct p50 / p99 ms", "added p50 ms",
                     "added p99 ms", "not answered"], rows)


def run_micro(options):
    """Every micro-benchmark whose operation's name contains the filter; with --callgrind also its instructions."""
    rows, found = [], {}
    for program in sorted((options.build / "test/bench").glob("*_bench")):
        names = subprocess.run([program, "--list", options.micro], capture_output=True, text=True).stdout.splitlines()
        if not names:
            continue
        lines = subprocess.run([program, options.micro], capture_output=True, text=True, check=True).stdout.splitlines()
        for name, line in zip(names, lines):
            ns, allocations = (float(text.split()[0]) for text in re.split(r"\s{2,}", line)[1:])
            found[name] = {"ns": ns, "allocations": allocations}
            if options.callgrind:
                found[name]["instructions"] = (micro_instructions(program, name, 3000) - micro_instructions(program, name, 1000)) / 2000
    if not found:
        sys.exit(f"run.py: no operation's name contains '{options.micro}'")
    for name, figures in found.items():
        rows.append([name, f"{figures['ns']:,.1f}", f"{figures['allocations']:.2f}",
                     *([f"{figures['instructions']:,.0f}"] if options.callgrind else [])])
    print(markdown(["operation", "ns", "allocations", *(["instructions"] if options.callgrind else [])], rows))
    return {"micro": found}


def micro_instructions(program, name, count):
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, "--count", str(count), name],
                          capture_output=True, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def environment():
    def first_line(*argv):
        done = subprocess.run(argv, capture_output=True, text=True)
        return (done.stdout + done.stderr).splitlines()[0].strip()

    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    revision = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    return {"cpu": f"{os.cpu_count()} x {model}", "kernel": platform.release(), "nginx": first_line("nginx", "-v").rpartition("/")[2],
            "haproxy": first_line("haproxy", "-v").split()[2], "wrk": first_line("wrk", "-v").split()[1], "revision": revision,
            "load_before": round(os.getloadavg()[0], 2)}


def chosen_targets(options):
    known = catalogue.all_targets(options.gatelet)
    default = [name for name in known if not options.callgrind or name.startswith("gatelet")]
    names = options.targets.split(",") if options.targets else default
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"run.py: unknown target '{unknown[0]}'; known are {', '.join(known)}")
    return [known[name] for name in names if known[name].start or not options.callgrind]


def build_programs(options):
    """A release build with link-time optimisation, of no more than this run needs."""
    build = options.build
    if not (build / "build.ninja").exists():
        subprocess.run(["meson", "setup", build, ROOT, "--buildtype=release", "-Db_lto=true", "-Dbench=true", "-Dtests=false"],
                       check=True, stdout=sys.stderr)
    wanted = ["bench_programs"]
    targets = [] if options.micro is not None or options.paired else chosen_targets(options)
    needs_gatelet = any(target.name.startswith("gatelet") for target in targets)
    if needs_gatelet and options.gatelet == catalogue.gatelet_binary(build):
        wanted.append("examples/standalone/gatelet")
    subprocess.run(["ninja", "-C", build, *wanted], check=True, stdout=sys.stderr)
    for binary in options.paired or ([options.gatelet] if needs_gatelet else []):
        if not shutil.which(str(binary)):
            sys.exit(f"run.py: there is no program {binary}")


def parse_options():
    parser = argparse.ArgumentParser(prog="run.sh", description="Benchmark of the gateway beside its peers, in one run. See README.md.")
    parser.add_argument("--targets", help="comma-separated; default all of direct, floor, nginx, haproxy, nginx-bundle, haproxy-bundle, "
                        "gatelet, gatelet-bundle")
    parser.add_argument("--rounds", type=int, help="default 3, with --paired 8")
    parser.add_argument("--seconds", type=float, default=4, help="measured in each turn (4)")
    parser.add_argument("--warm-up", type=float, default=1.5, help="seconds before that (1.5)")
    parser.add_argument("--connections", type=int, default=32, help="of the client (32)")
    parser.add_argument("--idle-connections", type=int, default=2000, help="for the memory of an idle one; 0 leaves that out (2000)")
    parser.add_argument("--free", action="store_true", help="pin nothing to a CPU")
    parser.add_argument("--nice", type=int, default=0, metavar="N",
                        help="priority of what is measured; negative (root only) beats other jobs (0)")
    parser.add_argument("--others-max", type=float, default=1, metavar="SHARE",
                        help="wait for the machine to be quiet, and measure a turn again, up to 4 times, when other jobs used more than "
                        "this share of it (1 = neither)")
    parser.add_argument("--json", metavar="FILE", help="write all figures of all rounds")
    parser.add_argument("--keep", metavar="DIR", help="use this directory for configurations, logs and profiles, and leave it")
    parser.add_argument("--build", type=Path, default=ROOT / "build-bench", metavar="DIR", help="build directory (build-bench)")
    parser.add_argument("--gatelet", type=Path, metavar="PROGRAM", help="measure this gateway program instead of the one built here")
    parser.add_argument("--gatelet-set", action="append", default=[], metavar="NAME=VALUE", help="a setting for the gateway")
    mode = parser.add_argument_group("other modes")
    mode.add_argument("--paired", nargs=2, metavar=("A", "B"), help="compare two gateway programs in alternating rounds")
    mode.add_argument("--callgrind", action="store_true",
                      help="instructions per request (default: the gateway's targets), or per operation with --micro")
    mode.add_argument("--open-loop", action="store_true", help="latency at a constant rate, from the moment each request was due")
    mode.add_argument("--flood", action="store_true",
                      help="latency of plain requests while others bring RS256 tokens that were never seen (the gateway alone)")
    mode.add_argument("--load", type=float, default=0.5, help="the rate as a share of the target's own ceiling (0.5)")
    mode.add_argument("--rate", type=float, help="the same rate for all targets instead, requests per second")
    mode.add_argument("--micro", nargs="?", const="", metavar="FILTER", help="micro-benchmarks")
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.gatelet = options.gatelet.resolve() if options.gatelet else catalogue.gatelet_binary(options.build)
    options.rounds = options.rounds or (8 if options.paired else 3)
    return options


def run_mode(options):
    if options.micro is not None:
        return run_micro(options), []
    descriptors = measure.raise_descriptor_limit()
    options.idle_connections = min(options.idle_connections, descriptors // 4)
    with contextlib.ExitStack() as stack:
        bench = Bench(options, stack)
        if options.paired:
            return run_paired(bench, options), bench.failures
        if options.callgrind:
            return run_callgrind(bench, options), bench.failures
        if options.open_loop:
            return run_open_loop(bench, options), bench.failures
        if options.flood:
            return run_flood(bench, options), bench.failures
        return run_table(bench, options), bench.failures


def main():
    options = parse_options()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))  # so that everything started is stopped
    try:
        build_programs(options)
    except subprocess.CalledProcessError as error:
        sys.exit(f"run.py: the build failed: {' '.join(str(word) for word in error.cmd)}")
    facts = environment()
    print(", ".join(f"{name} {value}" for name, value in facts.items()) + "\n")
    try:
        result, failures = run_mode(options)
    except (RuntimeError, ConnectionError, TimeoutError) as error:
        sys.exit(f"run.py: {error}")
    if options.json:
        Path(options.json).write_text(json.dumps({"environment": facts, "failures": failures, **result}, indent=1))
    for failure in dict.fromkeys(failures):
        print(f"FAILED: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
