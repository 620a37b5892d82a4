#!/usr/bin/env python3
"""The installed library: headers, pkg-config file and shared object are enough to build and run the two embedding examples."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from harness import PATIENCE, SOURCE, case, contains, curl, equal, run_cases

BUILD = os.environ["GATELET_BUILD"]
SANITIZE = [flag for flag in os.environ.get("GATELET_EXAMPLE_FLAGS", "").split() if flag]
folder = tempfile.TemporaryDirectory()
ROOT = pathlib.Path(folder.name)


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE * 4, check=True, **options).stdout


def flags(kind):
    config = next(ROOT.rglob("gatelet.pc"))
    environment = {**os.environ, "PKG_CONFIG_PATH": str(config.parent), "PKG_CONFIG_SYSROOT_DIR": str(ROOT)}
    return run("pkg-config", kind, "gatelet", env=environment).split()


run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", str(ROOT))
LIBRARY = str(next(ROOT.rglob("libgatelet.so")).parent)


def build(compiler, source, *more):
    program = str(ROOT / pathlib.Path(source).stem)
    run(compiler, *more, *SANITIZE, "-Wall", "-Wextra", "-Werror", *flags("--cflags"), str(SOURCE / source), "-o", program, *flags("--libs"), f"-Wl,-rpath,{LIBRARY}")
    return program


@case("installed: one request in C99, without a socket")
def _():
    program = build("cc", "examples/one_request.c", "-std=c99", "-pedantic")
    text = run(program)
    contains(text, "send    GET http://backend.example/v1/things/42?full=1")
    contains(text, "X-Added: by the gateway")
    contains(text, "respond 200 OK: hello")


@case("installed: the gateway in front of the handlers of an existing C++ server")
def _():
    program = build("c++", "examples/embed_in_cpp_server.cpp", "-std=c++17", "-pthread")
    process = subprocess.Popen([program, "0"], stdout=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://\S+", process.stdout.readline())[0]
        equal(curl(url + "/greet/hello").status, 401)
        key = ["Ocp-Apim-Subscription-Key: embedded-key"]
        answer = curl(url + "/greet/hello", key)
        equal(answer.status, 200)
        equal(answer.header("X-Governed"), "yes")
        contains(answer.text, "hello from the handler of /hello")
        curl(url + "/greet/hello", key)
        curl(url + "/greet/hello", key)
        equal(curl(url + "/greet/hello", key).status, 429)
        equal(curl(url + "/greet/nothing", key).status, 404)
    finally:
        process.kill()
        process.wait()


@case("installed: the program and nothing that leaks")
def _():
    assert list(ROOT.rglob("bin/gatelet")), "the standalone host is installed"
    equal(sorted(path.name for path in ROOT.rglob("include/gatelet/*")), sorted(path.name for path in (SOURCE / "include/gatelet").glob("*.h")))
    shutil.rmtree(ROOT, ignore_errors=True)


run_cases()
