#!/usr/bin/env python3
"""Adds up what the test programs counted and prints the closing line. count.py FAILED TESTLOG.json..."""
import json
import re
import sys

passed = failed = skipped = 0
for log in sys.argv[2:]:
    try:
        lines = open(log, encoding="utf-8").read().splitlines()
    except OSError as error:
        print(f"count.py: {error}")
        failed += 1
        continue
    for line in lines:
        test = json.loads(line)
        text = test.get("stdout") or ""
        for skip in re.findall(r"^(?:MESSAGE: )?.*SKIPPED .*$", text, re.M):
            print(f"{test['name']}: {skip.strip()}")
            skipped += 1
        # doctest's summary, or the plain closing line of a script; anything else counts as one test.
        counts = re.findall(r"test cases:\s+\d+ \|\s+(\d+) passed \|\s+(\d+) failed", re.sub(r"\x1b\[[0-9;]*m", "", text))
        counts += re.findall(r"^(\d+) passed, (\d+) failed", text, re.M)
        good, bad = sum(int(c[0]) for c in counts), sum(int(c[1]) for c in counts)
        if test["result"] not in ("OK", "EXPECTEDFAIL", "SKIP") and bad == 0:
            bad = 1  # it crashed, leaked or timed out
            print(f"{test['name']}: {test['result']}")
        elif not counts and test["result"] == "OK":
            good = 1
        passed += good
        failed += bad
if int(sys.argv[1]) and not failed:
    failed = 1
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(bool(failed or not passed))
