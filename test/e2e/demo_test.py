#!/usr/bin/env python3
"""gatelet demo: a plane, a gateway that follows it and a backend; what it shows, and that nothing of it stays."""
import os
import pathlib
import re
import signal
import subprocess
import tempfile

from harness import BINARY, PATIENCE, case, contains, equal, own_environment, run_cases, wait_until


def start(folder, *arguments):
    return subprocess.Popen([BINARY, "demo", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1,
                            env={**own_environment(), "TMPDIR": folder})


def children(folder):
    """The programs that keep something in the folder."""
    found = []
    for process in pathlib.Path("/proc").iterdir():
        try:
            if process.name.isdigit() and folder in (process / "cmdline").read_text():
                found.append(process.name)
        except OSError:
            continue
    return found


@case("the story: served, the plane killed and served on, restarted from the backup, and the change of a plane that is back")
def story():
    with tempfile.TemporaryDirectory() as folder:
        demo = start(folder, "--once")
        text, problems = demo.communicate(timeout=4 * PATIENCE)
        equal((demo.returncode, problems), (0, ""))
        parts = re.split(r"^# ", text, flags=re.M)[1:]
        for part, states, version in zip(parts[1:], [[], ["serving-stale"], ["serving-backup"], ["serving-fresh"]], "1112"):
            contains(part, f"X-Version: {version}")
            equal(re.findall(r'"state":"([\w-]+)"', part), states, part)
        equal((os.listdir(folder), children(folder)), ([], []))


@case("without --once all of it runs until Ctrl-C, and the lines it prints work")
def until_interrupted():
    with tempfile.TemporaryDirectory() as folder:
        demo = start(folder)
        lines = []
        for line in demo.stdout:
            lines.append(line.strip())
            if line.startswith("curl -H"):
                break
        for command, part in zip(lines[-3:], ["X-Version: 2", '"state":"serving-fresh"', '"name":"hello"']):
            answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, env=own_environment(), timeout=PATIENCE)
            contains(answer.stdout, part, command)
        demo.send_signal(signal.SIGINT)
        equal(demo.wait(PATIENCE), 0)
        demo.stdout.close()
        demo.stderr.close()
        equal((os.listdir(folder), children(folder)), ([], []))


@case("killed, it leaves no programs behind")
def killed():
    with tempfile.TemporaryDirectory() as folder:
        demo = start(folder)
        demo.stdout.readline()
        wait_until(lambda: len(children(folder)) >= 1, "a child")
        demo.kill()
        demo.communicate()
        wait_until(lambda: not children(folder), "no child")


@case("wrong use")
def wrong_use():
    with tempfile.TemporaryDirectory() as folder:
        demo = start(folder, "--twice")
        _, problems = demo.communicate(timeout=PATIENCE)
        equal((demo.returncode, problems), (2, "gatelet demo: unknown flag '--twice'; see gatelet demo --help\n"))


run_cases()
