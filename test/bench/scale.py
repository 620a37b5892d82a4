"""What the scripts of the scale tables share: a backend and gateways as run.py starts them, with any configuration, and what is read from /proc."""

import argparse
import contextlib
import json
import resource
import sys
import time
from pathlib import Path

import make_config
import measure
import run
import targets

DESCRIPTORS = 30_000


def arguments(description, **extra):
    """The options that all scripts have, and those of one: name → (default, help)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--build", type=Path, default=run.ROOT / "build-bench", help="build directory (build-bench)")
    parser.add_argument("--gatelet", type=Path, help="measure this program instead of the one built here")
    parser.add_argument("--keep", metavar="DIR", help="use this directory for configurations and logs, and leave it")
    parser.add_argument("--free", action="store_true", help="pin nothing to a CPU")
    for name, (default, text) in extra.items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(default), default=default, help=f"{text} ({default})")
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.nice, options.connections, options.gatelet_set = getattr(options, "nice", 0), getattr(options, "connections", 32), []
    if not (options.build / "build.ninja").exists() and not options.gatelet:
        sys.exit(f"{parser.prog}: there is no {options.build}; test/bench/run.sh makes it")
    options.gatelet = options.gatelet.resolve() if options.gatelet else targets.gatelet_binary(options.build)
    return options


@contextlib.contextmanager
def bench(options):
    """A run with its directory and its backend; what went wrong ends it with status 1."""
    raise_descriptors()
    with contextlib.ExitStack() as stack:
        made = run.Bench(options, stack)
        yield made
    for failure in dict.fromkeys(made.failures):
        print(f"FAILED: {failure}", file=sys.stderr)
    if made.failures:
        sys.exit(1)


def raise_descriptors(wanted=DESCRIPTORS):
    """Descriptors for this process and its children; root may go above the hard limit."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(ValueError, PermissionError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(hard, wanted), max(hard, wanted)))
    return measure.raise_descriptor_limit()


class Gateway:
    """A gateway with a configuration of its own; ended when the block is."""

    def __init__(self, made, config, *extra, workers=1, settings=(), port=None):
        self.port = port or targets.free_ports(1)[0]
        argv = [str(made.options.gatelet), "run", "--config", str(config), "--listen", f"http://127.0.0.1:{self.port}", "--workers", str(workers)]
        for setting in ["telemetry.logs.std=none", "telemetry.logs.requests=off", *settings]:
            argv += ["--set", setting]
        self.started = time.monotonic()
        self.process = targets.Process("gatelet", [*argv, *extra], made.setup.directory, made.setup.gateway_place)
        self.process.wait_until_listening([self.port], targets.READY_S)
        self.wait_until(200, "/status-0123456789abcdef")
        self.ready_s = time.monotonic() - self.started
        self.pid = self.process.pid

    def wait_until(self, status, path, seconds=targets.READY_S):
        deadline = time.monotonic() + seconds
        while self.status(path) != status:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{path} does not answer {status} after {seconds} s")
            time.sleep(0.02)

    def status(self, path, headers=()):
        with measure.Client(self.port) as client:
            return client.get(path, headers).status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stop()


def large_config(made, apis, operations):
    folder = made.setup.directory / "large"
    make_config.make(folder, apis, operations, f"http://127.0.0.1:{made.backend.port}")
    return folder


def bench_config(made):
    """The folder of the request-path benchmark as a document, with this run's backend."""
    return write_document(made.setup.directory / "plain.json", f"http://127.0.0.1:{made.backend.port}")


def write_document(file, service_url, path="plain", policy="", protocols=("http",)):
    """One API that takes everything."""
    properties = {"path": path, "protocols": list(protocols), "subscriptionRequired": False, "serviceUrl": service_url}
    resources = [{"k": "apis/plain", "v": properties},
                 *({"k": f"apis/plain/operations/{method}", "v": {"method": method, "urlTemplate": "/*"}} for method in ("GET", "POST", "PUT"))]
    if policy:
        resources.append({"k": "apis/plain/policies/policy", "v": {"format": "rawxml", "value": policy}})
    file.write_text(json.dumps({"resources": resources}))
    return file


def resident_kb(pid, field="VmRSS"):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field + ":"))


def reset_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w") as file:
        file.write("5")


def table(header, rows):
    print(run.markdown(header, rows))
    sys.stdout.flush()


def open_loop(made, port, path, rate, seconds, connections=32, warm_up=1.0, headers=()):
    return measure.run_open_loop(str(made.options.build / "test/bench/open_loop"), port, path, headers, rate, seconds, warm_up, connections,
                                 len(targets.BODY), made.setup.load_place)


def cpu_s(pid):
    return measure.Cpu.of(pid).total_ns / 1e9
