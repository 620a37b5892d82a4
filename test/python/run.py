#!/usr/bin/env python3
"""Runs pytest over the given files and prints the closing line that count.py reads. A missing package is a failure that names it."""
import importlib.util
import sys

PACKAGES = {"pytest": "python3-pytest", "mypy": "mypy", "setuptools": "python3-setuptools", "wheel": "python3-wheel", "venv": "python3-venv", "ensurepip": "python3-venv"}

missing = sorted({package for module, package in PACKAGES.items() if importlib.util.find_spec(module) is None})
if missing:
    print(f"FAILED: {sys.executable} lacks {', '.join(missing)}; run test/setup.sh test")
    print("0 passed, 1 failed")
    sys.exit(1)

import pytest  # noqa: E402


class Counter:
    passed = failed = 0

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.failed += 1
        elif report.skipped:
            print(f"SKIPPED {report.nodeid}")
        elif report.when == "call":
            self.passed += 1


counter = Counter()
code = pytest.main(["-q", "-p", "no:cacheprovider", "--import-mode=prepend", *sys.argv[1:]], plugins=[counter])
if code != 0 and not counter.failed:
    counter.failed = 1
print(f"{counter.passed} passed, {counter.failed} failed")
sys.exit(bool(counter.failed or not counter.passed))
