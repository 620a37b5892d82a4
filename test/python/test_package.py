"""`pip install ./bindings/python` in a fresh virtual environment, and the types that its users see."""
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from conftest import PACKAGE, PATIENCE

USER = """
import gatelet
from gatelet.wsgi import Middleware

config: gatelet.Config = gatelet.Config.from_text('{"resources": []}')
gateway = gatelet.Gateway(config)
reveal_type(gateway.exchange().next)
reveal_type(Middleware)
print(gatelet.library_version, gatelet.__file__)
"""


def run(*command, **environment):
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True, timeout=PATIENCE * 30)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def source(tmp_path):
    """A copy, so that a build leaves nothing in the source."""
    return shutil.copytree(PACKAGE, tmp_path / "python", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))


@pytest.fixture(scope="module")
def venv(tmp_path_factory):
    """The interpreter of a new virtual environment; setuptools is the system's, so that no network is needed."""
    folder = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--system-site-packages", str(folder))
    return str(folder / "bin" / "python")


def pip(venv, command, *arguments, **environment):
    return run(venv, "-m", "pip", command, "--quiet", "--no-build-isolation", "--no-index", *arguments, **environment)


def test_pip_installs_it_and_types_come_along(tmp_path, source, venv):
    pip(venv, "install", str(source), GATELET_LIBRARY="")
    assert venv.replace("bin/python", "lib") in run(venv, "-c", USER.replace("reveal_type", "id"))
    (tmp_path / "user.py").write_text(USER)
    seen = run(sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--cache-dir=/dev/null", "--python-executable", venv, str(tmp_path / "user.py"))
    assert "gatelet.exchange.ReadBody" in seen and "gatelet.exchange.Respond" in seen


def test_the_package_itself_is_strictly_typed():
    run(sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--cache-dir=/dev/null", str(PACKAGE / "gatelet"))


def test_a_library_that_is_named_while_building_goes_into_the_wheel(tmp_path, source, venv, library_path):
    run("strip", "-o", str(tmp_path / "libgatelet.so"), library_path)
    pip(venv, "wheel", "--wheel-dir", str(tmp_path), str(source), GATELET_LIBRARY=str(tmp_path / "libgatelet.so"))
    (wheel,) = tmp_path.glob("gatelet-*.whl")
    assert "py3-none-linux" in wheel.name
    assert "gatelet/py.typed" in zipfile.ZipFile(wheel).namelist()
    pip(venv, "install", "--force-reinstall", str(wheel))
    found = run(venv, "-c", "import gatelet; print(gatelet._ffi.lib._name)", GATELET_LIBRARY="").strip()
    assert found.endswith("gatelet/lib/libgatelet.so.0") and found.startswith(venv.replace("bin/python", "lib"))


def test_a_library_that_is_not_there_fails_the_build(source):
    done = subprocess.run(
        [sys.executable, "setup.py", "--quiet", "build"], cwd=source, env={**os.environ, "GATELET_LIBRARY": "/nowhere.so"}, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode != 0
    assert "GATELET_LIBRARY names /nowhere.so, which is no file" in done.stderr
