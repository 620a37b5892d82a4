#!/usr/bin/env python3
"""The shared library exports exactly what the public headers declare: nothing is missing, nothing leaks, and the tests in C call all of it.
Arguments: the library, the headers, the tests."""
import re
import subprocess
import sys

library, *sources = sys.argv[1:]
headers = [source for source in sources if source.endswith(".h")]
called = "".join(open(source, encoding="utf-8").read() for source in sources if source.endswith(".c"))
declared = set()
for header in headers:
    text = open(header, encoding="utf-8").read()
    declared |= set(re.findall(r"^GATELET_API [^;]*?\b(gatelet_\w+)\(", text, re.M))
lines = subprocess.check_output(["nm", "-D", "--defined-only", library], text=True).splitlines()
exported = {line.split()[2].split("@")[0] for line in lines if line.split()[1] != "A"}
missing, leaked = sorted(declared - exported), sorted(exported - declared)
untested = sorted(name for name in declared if f"{name}(" not in called)
print(f"{len(declared)} declared, {len(exported)} exported; missing: {missing}; leaked: {leaked}; not called by a test: {untested}")
sys.exit(bool(missing or leaked or untested))
