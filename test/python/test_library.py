"""Where the shared library is looked for, and what is said when it is not there."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
from conftest import PACKAGE, PATIENCE

PROGRAM = "import gatelet; print(gatelet.library_version)"


def run(package, **environment):
    kept = {name: value for name, value in os.environ.items() if name not in ("GATELET_LIBRARY", "LD_LIBRARY_PATH")}
    environment = {**kept, "PYTHONPATH": str(package), **environment}
    return subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=PATIENCE)


@pytest.fixture
def package(tmp_path):
    """A copy of the package, to put a library beside it."""
    shutil.copytree(PACKAGE / "gatelet", tmp_path / "gatelet", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_environment_names_it(package, library_path):
    assert run(package, GATELET_LIBRARY=library_path).returncode == 0


def test_else_the_one_beside_the_package_is_taken(package, library_path):
    folder = package / "gatelet" / "lib"
    folder.mkdir()
    shutil.copy(library_path, folder / "libgatelet.so.0")
    done = run(package)
    assert done.returncode == 0, done.stderr
    assert run(package, GATELET_LIBRARY="/nowhere/libgatelet.so").returncode == 1, "what the environment names wins, also when it is wrong"


def test_else_the_loader_of_the_system_finds_it(package, library_path):
    (package / "system").mkdir()
    shutil.copy(library_path, package / "system" / "libgatelet.so.0")
    done = run(package, LD_LIBRARY_PATH=str(package / "system"))
    assert done.returncode == 0, done.stderr


def test_without_one_the_error_names_the_remedy(package):
    done = run(package)
    assert "LibraryNotFoundError: the gatelet library cannot be loaded; install libgatelet, or set GATELET_LIBRARY to the path" in done.stderr
    assert "libgatelet.so.0: cannot open shared object file" in done.stderr
    done = run(package, GATELET_LIBRARY="/nowhere/libgatelet.so")
    assert "/nowhere/libgatelet.so: cannot open shared object file" in done.stderr


def test_another_library_of_that_name_is_refused(package):
    other = next(pathlib.Path("/").glob("lib/*/libc.so.6"))
    done = run(package, GATELET_LIBRARY=str(other))
    assert "LibraryNotFoundError" in done.stderr and "gatelet_api_version" in done.stderr


def test_importing_starts_no_thread(library_path):
    program = "import gatelet, os; gatelet.Gateway(gatelet.Config.from_text('{\"resources\":[]}')); print(len(os.listdir('/proc/self/task')))"
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(PACKAGE)}, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout, done.stderr) == ("1\n", "")
