#!/usr/bin/env python3
"""The rules of the house that a program can check: layers, sizes, names that must not occur. Prints every breach with its place."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")

# A room may include only rooms below it; rooms of one line do not know each other (ARCHITECTURE.md).
BELOW = {"base": ""}
for line in ["http xml crypto", "expr route telemetry", "liquid", "policy", "policies", "config", "gateway", "net", "capi"]:
    rooms = line.split()
    lower = " ".join(BELOW)
    BELOW.update({room: lower for room in rooms})
BELOW["capi"] += " manage"
BELOW["manage"] = " ".join(room for room in BELOW if room not in ("gateway", "net", "capi"))  # libgatelet-manage, a second house
# The expression seam names the context it is evaluated in, by forward declaration only; it uses no policy header.

# What belongs to one room only: the pattern, and the rooms where it may stand.
ONLY = [
    (r"\bthrow\b(?! std::bad_alloc\(\))", "", "our code never throws: return a Result"),
    (r"\btry\s*\{", "capi gateway net", "exceptions are caught at the ABI, at the entry of a thread and around one exchange"),
    (r"#include <(uv|llhttp)\.h>|#include <sys/socket\.h>|#include <netdb\.h>", "net", "sockets belong to net"),
    (r"#include <fstream>|#include <filesystem>|\bfopen\(|::open\(", "net", "files belong to net"),
    (r"\bgetenv\(", "net", "the environment belongs to net"),
    (r"\b(system_clock|steady_clock)::now\(|\bclock_gettime\(|\btime\(nullptr\)", "net clock", "time comes in as an argument"),
    (r"#include <(iostream|regex)>", "", "banned header"),
    (r"\bprintf\(|\bstd::cout\b|\bstd::cerr\b", "", "the library prints nothing"),
    (r"\brand\(\)|\brandom_device\b", "", "randomness comes in as an argument"),
    (r"\bdynamic_cast<", "", "ask the type's own interface"),
    (r"#include <(mbedtls|psa)/", "crypto", "cryptography is reached through crypto"),
    (r"#include <sqlite3\.h>", "manage", "databases belong to the management plane"),
    (r"#include <zlib\.h>", "http", "content codings are read behind http/gzip.hpp"),
    (r"#include <libxml/", "policy", "XML Schema is reached through policy/xml_schema.hpp"),
    (r"#include <hiredis", "net", "Redis is reached through net/redis_protocol.hpp"),
    (r"#include <cjson/|#include <yaml\.h>", "base", "JSON and YAML are read behind base/json.hpp"),
]
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 700
COLUMNS_MAX = 140

problems = []


def problem(path, number, text):
    problems.append(f"{path.relative_to(root)}:{number}: {text}")


def check_layers(path, room, lines):
    for number, line in enumerate(lines, 1):
        found = re.match(r'\s*#\s*include "(\w+)/', line)
        if not found or found[1] == room:
            continue
        if found[1] == "gatelet" and room != "capi":
            problem(path, number, f"room {room} includes the C ABI; only capi does")
        elif found[1] in BELOW and found[1] not in BELOW[room].split():
            problem(path, number, f"room {room} includes room {found[1]}, which is not below it")


def check_words(path, room, lines):
    for number, line in enumerate(lines, 1):
        code = re.sub(r'"(\\.|[^"\\])*"', '""', line.split("//")[0]) if not line.lstrip().startswith("#include") else line
        for pattern, rooms, text in ONLY:
            if not set(room.split()) & set(rooms.split()) and re.search(pattern, code):
                problem(path, number, text)


def check_functions(path, lines):
    # A function of ours starts in column 0 (or two blanks inside a class or an extern block) and ends at the brace of the same indent.
    start, indent = 0, ""
    for number, line in enumerate(lines, 1):
        opened = re.match(r"^( {0,2})(?!namespace|extern|struct|class|enum|union|\}|//|#)\S.*\)[^;]*\{$", line)
        if not start and opened and not re.match(r"^\s*(if|for|while|switch|do|else|constexpr .*=|static const.*=)", line):
            start, indent = number, opened[1]
        elif start and line == indent + "}":
            body = lines[start:number]
            cases = sum(1 for text in body if re.match(r"^\s*(case |default:)", text))
            if number - start > FUNCTION_LINES_MAX and cases * 2 < number - start:
                problem(path, start, f"function of {number - start + 1} lines (at most {FUNCTION_LINES_MAX}; a switch of cases is exempt)")
            start = 0


def check_size(path, lines):
    if len(lines) > FILE_LINES_MAX:
        problem(path, FILE_LINES_MAX, f"file of {len(lines)} lines (at most {FILE_LINES_MAX})")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX and path.suffix != ".inc" and "http" not in line:
            problem(path, number, f"line of {len(line)} columns (at most {COLUMNS_MAX})")
        if line != line.rstrip() or "\t" in line:
            problem(path, number, "blank at the end of the line, or a tab")


def check_listed(path, lines):
    if path.suffix == ".cpp" and not any(
        f"{name}'" in (folder / "meson.build").read_text()
        for folder, name in ((path.parent, "'" + path.name), (path.parent.parent, path.parent.name + "/" + path.name))
        if (folder / "meson.build").exists()
    ):
        problem(path, 1, "not listed in its meson.build")


for path in sorted((root / "lib").rglob("*")):
    if path.suffix not in (".cpp", ".hpp", ".inc"):
        continue
    room = path.relative_to(root / "lib").parts[0]
    if room == "manage" and path.parent.name == "capi":
        room = "capi"
    text = path.read_text()
    lines = text.split("\n")
    check_layers(path, room, lines)
    check_words(path, room + " clock" if path.parent.parts[-2:] == ("manage", "capi") else room, lines)
    check_size(path, lines)
    check_functions(path, lines)
    check_listed(path, lines)
    if not text.endswith("\n"):
        problem(path, len(lines), "no newline at the end")
    if path.relative_to(root / "lib").parts[0] == "manage" and re.search(r"^namespace gatelet \{", text, re.M):
        problem(path, 1, "names of the second house stand in gatelet::manage: a program that holds both houses links them together")
    if re.search(r"\bTODO\b(?!\(#\d+\))", text):
        problem(path, 1, "a TODO without an issue")

for path in sorted((root / "include").rglob("*.h")):
    check_size(path, path.read_text().split("\n"))

table = (root / "lib/policies/table.cpp").read_text() if (root / "lib/policies/table.cpp").exists() else ""
for element in re.findall(r'\{"([a-z-]+)",[^}]*read_\w+\}', table):
    if not list((root / "test/policies" / element).glob("*.test")):
        problem(root / "lib/policies/table.cpp", 1, f"policy {element} has no behaviour file in test/policies/{element}")

CONFORMANCE_CASES = 106  # of policies-b.md 13


def check_conformance(path):
    """Every case is told once, and the files that show it exist; a case without a file says why."""
    numbers = []
    for number, line in enumerate(path.read_text().split("\n"), 1):
        row = re.match(r"\| (\d+) \| [^|]+ \| ([^|]+) \|$", line)
        if not row:
            continue
        numbers.append(int(row[1]))
        files = re.findall(r"`([^`]+)`", row[2])
        if not files and not row[2].startswith("— "):
            problem(path, number, f"case {row[1]} names neither a file nor why it has none")
        for name in files:
            if not (root / name if name.startswith("test/") else path.parent / name).exists():
                problem(path, number, f"case {row[1]} names {name}, which does not exist")
    if numbers != list(range(1, CONFORMANCE_CASES + 1)):
        problem(path, 1, f"the cases are not those from 1 to {CONFORMANCE_CASES}, in order")


def check_covered(path):
    """The table of what is covered: every folder of behaviour files stands in it with the number of its files, and has its gaps told.
    `tidy.py ROOT --count` writes the numbers."""
    counts = {folder.name: len(list(folder.glob("*.test"))) for folder in path.parent.iterdir() if folder.is_dir()}
    head, section = path.read_text().split("## What is covered", 1)
    if "--count" in sys.argv:
        section = re.sub(r"`([a-z-]+)/` \d+", lambda found: f"`{found[1]}/` {counts.get(found[1], 0)}", section)
        path.write_text(head + "## What is covered" + section)
    told = re.findall(r"`([a-z-]+)/` (\d+)", section)
    for folder, count in sorted(counts.items()):
        given = [int(number) for name, number in told if name == folder]
        if given != [count]:
            problem(path, 1, f"{folder}/ has {count} files; the table must say so once (tidy.py ROOT --count writes the numbers)")
    for name in sorted({name for name, _ in told} - set(counts)):
        problem(path, 1, f"the table speaks of {name}/, which does not exist")
    for row in re.findall(r"^\| .*\|$", section, re.M):
        if len(row.split("|")) != 5 or not row.split("|")[3].strip():
            problem(path, 1, f"a row without its gaps (— for none): {row}")


if (root / "test/policies/README.md").exists():
    check_conformance(root / "test/policies/conformance.md")
    check_covered(root / "test/policies/README.md")

print("\n".join(problems) if problems else "tidy: no breach")
sys.exit(bool(problems))
