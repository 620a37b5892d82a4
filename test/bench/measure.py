"""Measuring: CPU time and memory of a process tree, load by wrk and by the open-loop client, and single requests that check answers."""

import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import subprocess
import time
from dataclasses import dataclass

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)  # loaded before any fork, so that a new child only calls


def process_tree(pid):
    """The process and all its descendants."""
    pids = [pid]
    for parent in pids:
        for task in os.listdir(f"/proc/{parent}/task"):
            with open(f"/proc/{parent}/task/{task}/children") as file:
                pids += [int(child) for child in file.read().split()]
    return pids


@dataclass
class Cpu:
    """CPU time used so far: the scheduler's own count in ns (all threads), and how the kernel divides it into user and system time."""

    total_ns: int
    user_ticks: int
    system_ticks: int

    @staticmethod
    def of(pid):
        cpu = Cpu(0, 0, 0)
        for process in process_tree(pid):
            with open(f"/proc/{process}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            cpu.user_ticks += int(fields[11])
            cpu.system_ticks += int(fields[12])
            cpu.total_ns += exact_ns(process) or (int(fields[11]) + int(fields[12])) * 1_000_000_000 // CLOCK_TICKS
        return cpu

    def since(self, earlier):
        return Cpu(self.total_ns - earlier.total_ns, self.user_ticks - earlier.user_ticks, self.system_ticks - earlier.system_ticks)

    def user_share(self):
        ticks = self.user_ticks + self.system_ticks
        return self.user_ticks / ticks if ticks else 0.0


def exact_ns(pid):
    """Time on a CPU in ns, or 0 where the kernel keeps no schedstat. Threads are added up: /proc/PID/schedstat is the first one's only."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                total += int(file.read().split()[0])
        except FileNotFoundError:
            return 0
    return total


def machine_busy_s():
    """CPU time that this machine used for anything, or that its host took away, over all its CPUs."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, steal = (int(text) for text in file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / CLOCK_TICKS


def own_s():
    """CPU time of the harness and of its ended children, such as wrk."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def resident_bytes(pid):
    """Resident memory of the tree; pages that several processes share count once for each."""
    total = 0
    for process in process_tree(pid):
        with open(f"/proc/{process}/status") as file:
            total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS:"))
    return total


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes
    size: int  # bytes on the wire


class Client:
    """One keep-alive connection that sends a request and reads its answer, as bytes, so that sizes are exact."""

    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.left = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def get(self, path, headers=()):
        lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]
        self.socket.sendall("\r\n".join(lines).encode())
        while b"\r\n\r\n" not in self.left:
            self.receive()
        head, _, rest = self.left.partition(b"\r\n\r\n")
        status_line, *header_lines = head.decode("latin-1").split("\r\n")
        answer_headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in header_lines)}
        body_size = int(answer_headers.get("content-length", "0"))
        while len(self.left) < len(head) + 4 + body_size:
            self.receive()
        size = len(head) + 4 + body_size
        answer = Answer(int(status_line.split()[1]), answer_headers, self.left[len(head) + 4 : size], size)
        self.left = self.left[size:]
        return answer

    def receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the connection was closed before the answer was complete")
        self.left += data


def connections_to(port):
    """Established connections of this machine to a port, seen from the side that opened them."""
    with open("/proc/net/tcp") as file:
        rows = [line.split() for line in file][1:]
    return sum(row[2].endswith(f":{port:04X}") and row[3] == "01" for row in rows)


def run_wrk(script, url, headers, connections, seconds, place, at_half=lambda: None, arguments=()):
    """A closed loop for the given time; wrk only knows whole seconds, so a fraction is cut by the signal that it takes as its end."""
    whole = seconds == int(seconds)
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{int(seconds) if whole else int(seconds) + 60}s", "-s", script]
    for header in headers:
        argv += ["-H", header]
    started = time.monotonic()
    process = subprocess.Popen([*argv, url, *(["--", *arguments] if arguments else [])], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
                               preexec_fn=place.settle)
    try:
        time.sleep(seconds / 2)
        at_half()
        if not whole:
            time.sleep(max(0, started + seconds - time.monotonic()))
            process.send_signal(signal.SIGINT)
        output, _ = process.communicate()
    finally:
        process.kill()
        process.wait()
    try:
        return json.loads(output.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise RuntimeError(f"wrk failed with status {process.returncode}:\n{output}") from None


def run_open_loop(program, port, path, headers, rate, seconds, warm_up, connections, body_bytes, place):
    argv = [program, str(port), path, f"{rate:.0f}", str(seconds), str(warm_up), str(connections), str(body_bytes), *headers]
    done = subprocess.run(argv, capture_output=True, text=True, start_new_session=True, preexec_fn=place.settle)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip() or f"open_loop ended with status {done.returncode}")
    return json.loads(done.stdout)


@dataclass
class Place:
    """Where a child runs: its CPUs (none = anywhere) and its priority."""

    cpus: set
    nice: int = 0

    def settle(self):
        """Called in the new child, which leads a session of its own."""
        if self.cpus:
            os.sched_setaffinity(0, self.cpus)
        if self.nice:
            os.nice(self.nice)
            with contextlib.suppress(FileNotFoundError), open("/proc/self/autogroup", "w") as file:
                file.write(str(self.nice))  # where the kernel groups by session, only this counts against other sessions
        # Should the harness die without having ended the child. nginx's master ends its workers on SIGTERM; SIGKILL would orphan them.
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def raise_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
