#!/usr/bin/env python3
"""The manual page and the completion of shells name every command, flag and setting of the program, and are what their readers expect."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from harness import BINARY, PATIENCE, SOURCE, case, contains, equal, run_cases

FORMS = pathlib.Path(os.environ["GATELET_BUILD"]) / "examples" / "standalone" / "manual"


def ask(*arguments):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


def commands():
    return re.findall(r"^  (\w[\w-]*) ", ask("--help"), re.M)


def flags(*command):
    return re.findall(r"^  (--[\w-]+)", ask(*command, "--help"), re.M)


def settings():
    return [line for line in ask("--help-settings").splitlines() if line and not line.startswith(" ")]


def tool(name):
    assert shutil.which(name), f"{name} is missing; run test/setup.sh test"
    return name


def page(command=None):
    """The manual page as plain text; of one command: its section."""
    done = subprocess.run([tool("mandoc"), "-T", "ascii", "-O", "width=1000", str(FORMS / "gatelet.1")], capture_output=True, text=True, check=True)
    text = re.sub(r".\x08", "", done.stdout)
    if command is None:
        return text
    return re.search(rf"^   {command}\n(.*?)^(?:   )?\S", text, re.M | re.S)[1]


def bash(*words):
    """What bash offers for the last word."""
    script = f"""
    source {FORMS}/gatelet
    compopt() {{ :; }}
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _gatelet; printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-euc", script, "bash", "gatelet", *words], capture_output=True, text=True, check=True, cwd=SOURCE / "examples")
    return [line for line in done.stdout.splitlines() if line]


def zsh(*words):
    """The specifications that zsh's own function would get for a command line."""
    script = f"""
    _arguments() {{ printf '%s\\n' "$@"; state=${{STATE-}}; }}
    _describe() {{ printf '%s\\n' "${{commands[@]}}"; }}
    source {FORMS}/_gatelet
    """
    words = " ".join(words)
    state = "argument" if words else "command"
    done = subprocess.run([tool("zsh"), "-fc", f"words=({words}); STATE={state}; {script}"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@case("manual: the page is clean")
def _():
    done = subprocess.run([tool("mandoc"), "-T", "lint", "-W", "all", str(FORMS / "gatelet.1")], capture_output=True, text=True)
    equal(done.stdout + done.stderr, "")


@case("manual: every command with its synopsis and its flags has a place in the page")
def _():
    for command in commands():
        contains(page(), ask(command, "--help").splitlines()[0])
        for flag in flags(command):
            assert re.search(rf"^ +{flag}\b", page(command), re.M), f"{command} {flag} is not in the manual page"


@case("manual: flags without a command, settings and exit codes stand in the page")
def _():
    for name in flags() + settings():
        assert re.search(rf"^ +{re.escape(name)}(?: |$)", page(), re.M), f"{name} is not in the manual page"
    contains(page(), "EXIT STATUS")


@case("bash: commands first, then their flags")
def _():
    equal(bash(""), commands() + flags())
    equal(bash("ch"), ["check"])
    for command in commands():
        equal(bash(command, "--"), flags(command) + ["--help"])


@case("bash: values are files, words or settings")
def _():
    equal(bash("check", "--scope", ""), ["global", "product", "api", "operation"])
    equal(bash("check", "--scope", "=", "pro"), ["product"])
    contains(bash("run", "--set", "net.server.w"), "net.server.workers=")
    equal(bash("run", "--config", "sto"), ["store"])
    equal(bash("run", "--config", "store/named"), ["store/named values"])
    equal(bash("run", "--workers", ""), [])
    equal(bash("check", "one_req"), ["one_request.c"])


@case("zsh: every command and flag is offered with its meaning")
def _():
    equal([line.split(":")[0] for line in zsh() if re.match(r"[a-z][\w-]*:", line)], commands())
    for command in commands():
        offered = zsh(command)
        for flag in flags(command):
            assert any(re.match(rf"\*?{flag}=?\[\w", line) for line in offered), f"{command} {flag} is not offered: {offered}"
    assert any(line.endswith(":PATH:_files") and "--config" in line for line in zsh("run"))
    assert any("(global product api operation)" in line for line in zsh("check"))


@case("installed: page and completions lie where man, bash and zsh look")
def _():
    with tempfile.TemporaryDirectory() as root:
        subprocess.run(["meson", "install", "-C", os.environ["GATELET_BUILD"], "--no-rebuild", "--destdir", root], check=True, capture_output=True)
        for place in ("man/man1/gatelet.1", "bash-completion/completions/gatelet", "zsh/site-functions/_gatelet"):
            assert list(pathlib.Path(root).rglob(f"share/{place}")), f"share/{place} is not installed"


run_cases()
