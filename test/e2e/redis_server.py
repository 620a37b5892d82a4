"""A real Redis for tests."""
import shutil
import signal
import socket
import subprocess

from harness import wait_until

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
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def ask(self, *words):
        """The first line of the answer."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            lines = connection.makefile("rb")
            for command in ([["AUTH", self.password]] if self.password else []) + [words]:
                connection.sendall(b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in command))
                answer = lines.readline().decode().strip()
        return answer

    def count(self):
        return int(self.ask("DBSIZE")[1:])

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
