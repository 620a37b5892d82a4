"""A real Redis, one that a test scripts, and clients that ask a gateway all the while."""
import collections
import contextlib
import shutil
import signal
import socket
import subprocess
import threading
import time

from harness import PATIENCE, wait_until

SERVER = shutil.which("redis-server")
if not SERVER:
    raise SystemExit("redis-server is not installed: run test/setup.sh test")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Redis:
    """A server on a port of its own, with nothing on disk."""

    def __init__(self, *options, port=None, tls=None):
        self.port = port or free_port()
        self.options = ["--port", "0", "--tls-port", str(self.port), *tls] if tls else ["--port", str(self.port)]
        self.options += ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning", *options]
        self.password = options[options.index("--requirepass") + 1] if "--requirepass" in options else ""
        self.is_tls = bool(tls)
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen([SERVER, *self.options], stdout=subprocess.DEVNULL)
        wait_until(lambda: self.accepts(), "Redis accepts")

    def accepts(self):
        if self.process.poll() is not None:
            raise AssertionError(f"Redis ended with {self.process.returncode}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def ask(self, *words, lines=1):
        """The line of the answer that `lines` says: a text follows its size."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            reader = connection.makefile("rb")
            for command in ([["AUTH", self.password]] if self.password else []) + [words]:
                connection.sendall(b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in command))
                answer = reader.readline().decode().strip()
            for _ in range(lines - 1):
                if answer in ("$-1", "*0"):
                    return ""
                answer = reader.readline().decode().strip()
        return answer

    def count(self):
        return int(self.ask("DBSIZE")[1:])

    def pause(self, seconds):
        self.signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.signal(signal.SIGCONT)

    def be_full(self, seconds):
        self.ask("CONFIG", "SET", "maxmemory", "1")
        time.sleep(seconds)
        self.ask("CONFIG", "SET", "maxmemory", "0")

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()


class FakeRedis:
    """What `answer` makes of the bytes that came, one connection a thread: bytes, several of them (an iterable), or None to close."""

    def __init__(self, answer):
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(65536):
                back = self.answer(data)
                if back is None:
                    return
                for part in [back] if isinstance(back, bytes) else back:
                    connection.sendall(part)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


class Load:
    """Connections that ask without a pause while the block runs; `statuses` counts their answers."""

    def __init__(self, gateways, paths=("/x",), connections=8):
        self.statuses = collections.Counter()
        self.failures = []
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self._ask, args=(gateways[number % len(gateways)], paths, number)) for number in range(connections)]

    def _ask(self, gateway, paths, number):
        counted = collections.Counter()
        try:
            with gateway.client() as client:
                for turn in range(number, 1_000_000_000):
                    if self.is_over.is_set():
                        break
                    client.send(f"GET {paths[turn % len(paths)]} HTTP/1.1\r\nHost: gateway\r\n\r\n")
                    counted[client.answer().status] += 1
        except Exception as problem:  # a thread's own would be lost
            self.failures.append(problem)
        self.statuses.update(counted)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()
        if self.failures:
            raise AssertionError(f"a client under load failed: {self.failures[0]!r}")
