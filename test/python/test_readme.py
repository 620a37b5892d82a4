"""The README's example is a program that works."""
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request

from conftest import PACKAGE, SOURCE, PATIENCE


def test_the_example_puts_a_gateway_in_front_of_an_application(tmp_path):
    text = (PACKAGE / "README.md").read_text()
    program = re.search(r"```python\n(from wsgiref.*?)```", text, re.S)[1]
    assert len(program.strip().splitlines()) <= 15
    program = program.replace('"127.0.0.1", 8000', '"127.0.0.1", 0').replace("server.serve_forever()", "print(server.server_port, flush=True); server.serve_forever()")
    process = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(PACKAGE)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{int(process.stdout.readline())}"
        with urllib.request.urlopen(url + "/greet/hello", timeout=PATIENCE) as answer:
            assert answer.read() == b"hello from /hello\n"
            assert answer.headers["X-Governed"] == "yes"
        try:
            urllib.request.urlopen(url + "/elsewhere", timeout=PATIENCE)
            raise AssertionError("an unknown path is 404")
        except urllib.error.HTTPError as answer:
            assert answer.code == 404
    finally:
        process.kill()
        process.communicate()


def test_the_name_and_version_are_those_of_the_project():
    project = re.search(r"version: '([^']+)'", (SOURCE / "meson.build").read_text())[1]
    assert f'version = "{project}"' in (PACKAGE / "pyproject.toml").read_text()
