#!/usr/bin/env python3
"""The shared library exports exactly what the public headers declare: nothing is missing, nothing leaks."""
import re
import subprocess
import sys

library, *headers = sys.argv[1:]
declared = set()
for header in headers:
    text = open(header, encoding="utf-8").read()
    declared |= set(re.findall(r"^GATELET_API [^;]*?\b(gatelet_\w+)\(", text, re.M))
lines = subprocess.check_output(["nm", "-D", "--defined-only", library], text=True).splitlines()
exported = {line.split()[2].split("@")[0] for line in lines if line.split()[1] != "A"}
missing, leaked = sorted(declared - exported), sorted(exported - declared)
print(f"{len(declared)} declared, {len(exported)} exported; missing: {missing}; leaked: {leaked}")
sys.exit(bool(missing or leaked))
