"""The package is pure Python. When GATELET_LIBRARY names a shared library while it is built, that goes into the wheel, beside the package."""
import os
import shutil
import sys

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel

LIBRARY = os.environ.get("GATELET_LIBRARY", "")
if LIBRARY and not os.path.isfile(LIBRARY):
    sys.exit(f"GATELET_LIBRARY names {LIBRARY}, which is no file; name libgatelet.so, or unset it and install the library on the system")


class BuildPy(build_py):
    def run(self):
        super().run()
        folder = os.path.join(self.build_lib, "gatelet", "lib")
        shutil.rmtree(folder, ignore_errors=True)  # of a build before
        if LIBRARY:
            os.makedirs(folder)
            shutil.copy(LIBRARY, os.path.join(folder, "libgatelet.so.0"))


class Wheel(bdist_wheel):
    def get_tag(self):
        """With a library inside it is of one platform, but of every Python."""
        platform = super().get_tag()[2] if LIBRARY else "any"
        return "py3", "none", platform


class Package(Distribution):
    def has_ext_modules(self):
        return bool(LIBRARY)


setup(cmdclass={"build_py": BuildPy, "bdist_wheel": Wheel}, distclass=Package)
