#!/usr/bin/env python3
"""The Dockerfile and the systemd unit agree with the project and with the program: no source that is not there, no flag that is not known."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

from harness import BINARY, Gateway, PATIENCE, SOURCE, case, contains, equal, run_cases

DOCKERFILE = SOURCE / "examples" / "standalone" / "Dockerfile"
UNIT = SOURCE / "examples" / "standalone" / "gatelet.service"


def instructions():
    """(stage, keyword, rest) of each instruction; the stage is counted from 0."""
    stage, out = -1, []
    for line in DOCKERFILE.read_text().replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        keyword, _, rest = line.partition(" ")
        stage += keyword == "FROM"
        out.append((stage, keyword, rest.strip()))
    return out


def the(keyword, stage):
    (found,) = [rest for number, word, rest in instructions() if (number, word) == (stage, keyword)]
    return found


def known_flags(command):
    return subprocess.run([BINARY, command, "--help"], capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


@case("Dockerfile: what it copies is in the project, or made by a stage before")
def _():
    stages = {}
    for stage, keyword, rest in instructions():
        if keyword == "FROM":
            stages[rest.split(" AS ")[-1]] = stage
        if keyword != "COPY":
            continue
        *sources, _ = [word for word in rest.split() if not word.startswith("--")]
        origin = re.match(r"--from=(\S+)", rest)
        if origin:
            assert stages.get(origin[1], stage) < stage, f"COPY --from={origin[1]} names no stage before"
            made = " ".join(text for number, word, text in instructions() if number == stages[origin[1]] and word == "RUN")
            for source in sources:
                contains(made, source)
        else:
            for source in sources:
                assert (SOURCE / source).exists(), f"COPY {source}: there is no such file"


@case("Dockerfile: every folder that meson.build enters for a build without tests is copied")
def _():
    copied = " ".join(rest for _, keyword, rest in instructions() if keyword == "COPY")
    for folder in re.findall(r"^\s*subdir\('([^']+)'\)", (SOURCE / "meson.build").read_text(), re.M):
        if folder != "test":
            contains(copied, folder)


@case("Dockerfile: the image runs as a user without rights, and starts the program with flags it knows")
def _():
    last = instructions()[-1][0]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", the("USER", last)), "a user by number, so that runAsNonRoot can be checked"
    keywords = [keyword for stage, keyword, _ in instructions() if stage == last]
    assert keywords.index("USER") > max(i for i, keyword in enumerate(keywords) if keyword in ("RUN", "COPY")), "no step after USER needs rights"
    assert "ADD" not in keywords
    equal(the("STOPSIGNAL", last), "SIGTERM")
    command = json.loads(the("ENTRYPOINT", last)) + json.loads(the("CMD", last))
    contains(" ".join(rest for _, keyword, rest in instructions() if keyword == "RUN"), f"/image{command[0]}")
    contains(known_flags(command[1]), f"  {command[2]} ")


@case("systemd: the unit is one, and starts the program with flags it knows")
def _():
    assert shutil.which("systemd-analyze"), "systemd-analyze is missing; run test/setup.sh test"
    text = UNIT.read_text()
    command = re.search(r"^ExecStart=(.*)$", text, re.M)[1].split()
    contains(known_flags(command[1]), f"  {command[2]} ")
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / "gatelet.service"
        unit.write_text(text.replace(command[0], BINARY))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=PATIENCE)
        complaints = [line for line in (done.stdout + done.stderr).splitlines() if "gatelet.service" in line]
        equal(complaints, [])


@case("systemd: quotas go on over a restart, in a file where the service may write")
def _():
    text = UNIT.read_text()
    name, path = re.search(r"^Environment=(\S+)=(.*)$", text, re.M).groups()
    state = re.search(r"^StateDirectory=(.*)$", text, re.M)[1]
    equal(name, "policy.quota.file".upper().replace(".", "_"))
    equal(path, f"%S/{state}/quotas")
    with tempfile.TemporaryDirectory() as folder:
        served = Gateway([], environment={name: path.replace("%S", folder)}, expect_exit=True)
        equal(served.process.wait(PATIENCE), 1)
        contains(served.stop() and served.last_log, f"{folder}/{state}/quotas")  # systemd makes the folder
        pathlib.Path(folder, state).mkdir()
        with Gateway([], environment={name: path.replace("%S", folder)}):
            assert pathlib.Path(folder, state, "quotas").exists()


@case("systemd: the service has no rights that it does not need")
def _():
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=15", str(UNIT)], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout[-600:] + done.stderr


run_cases()
