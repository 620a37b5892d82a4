#!/usr/bin/env python3
"""The interface grows and never changes: everything that gatelet-0.abi records is still declared as it was. New functions, structs and
enumerators are welcome, new members at the end of structs that begin with their size, too. Whatever else differs breaks programs that exist.

  check_abi.py check FOLDER LIBRARY HEADERS    fails on what was removed or changed
  check_abi.py renew FOLDER LIBRARY HEADERS    writes the baseline in FOLDER anew: `ninja -C BUILD abi-baseline`, after a release (before
                                               1.0 also when a change was decided)

The description is read from the headers alone, so that it is the same for every compiler: sizes and offsets follow from the types, all of
which are of fixed width, pointers or sizes. abidiff looks a second time, at the types that the compiler saw (gatelet-0.xml); it counts a
struct whose members moved as a change that may be compatible, so it cannot be the only one."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile


def words(text):
    return " ".join(text.split()).replace(" *", "*")


def type_of(parameter):
    """The type without the name: 'const char* data' is 'const char*'."""
    parameter = words(parameter)
    match = re.match(r"(.*[\s*])\w+$", parameter)
    return parameter if parameter == "void" or not match else match[1].strip()


def parameters(text):
    return "(" + ", ".join(type_of(item) for item in text.split(",")) + ")"


def members(body):
    for declaration in filter(None, (words(item) for item in body.split(";"))):
        pointer = re.match(r"(.+)\(\*(\w+)\)\((.*)\)$", declaration)
        if pointer:
            yield pointer[2], f"{words(pointer[1])} (*){parameters(pointer[3])}"
        else:
            match = re.match(r"(.*[\s*])(\w+)((?:\[\w+\])?)$", declaration)
            yield match[2], match[1].strip() + match[3]


def describe(header):
    text = re.sub(r"/\*.*?\*/", " ", header, flags=re.S)
    text = re.sub(r"^\s*#(?:[^\n]*\\\n)*[^\n]*", "", text, flags=re.M)
    for name, alias in re.findall(r"\btypedef\s+([\w\s]+?)\s+(\w+)\s*;", text):
        yield f"type {alias}: {words(name)}"
    for returned, name, taken in re.findall(r"\btypedef\s+([^;{}()]+?)\(\*(\w+)\)\(([^)]*)\);", text):
        yield f"callback {name}: {words(returned)} {parameters(taken)}"
    for name, body in re.findall(r"\btypedef\s+struct\s+(\w+)\s*\{(.*?)\}\s*\w+\s*;", text, flags=re.S):
        for number, (member, kind) in enumerate(members(body)):
            yield f"struct {name} member {number}: {kind} {member}"
    for body in re.findall(r"\benum\s*\{(.*?)\}", text, flags=re.S):
        for name, value in re.findall(r"(\w+)\s*=\s*(-?\w+)", body):
            yield f"enumerator {name}: {value}"
    for returned, name, taken in re.findall(r"\bGATELET_API\s+([^;()]+?)\b(\w+)\(([^)]*)\)\s*;", text):
        yield f"function {name}: {words(returned)} {parameters(taken)}"


def breaches(before, now):
    """What a program built with `before` would miss, or find changed."""
    known = dict(line.split(": ", 1) for line in before)
    present = dict(line.split(": ", 1) for line in now)
    for name, meaning in known.items():
        if name not in present:
            yield f"{name} is gone; it was: {meaning}"
        elif present[name] != meaning:
            yield f"{name} was: {meaning}; now it is: {present[name]}"
    for name in present.keys() - known.keys():
        struct = re.match(r"(struct \w+) member", name)
        if struct and f"{struct[1]} member 0" in known and known[f"{struct[1]} member 0"] != "size_t size":
            yield f"{name} is new, but callers know the size of this struct: it does not begin with one"


def abidw(library, headers, out):
    folder = pathlib.Path(headers[0]).parent
    return ["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-architecture", "--no-show-locs", "--exported-interfaces-only",
            "--drop-private-types", "--headers-dir", str(folder), "--out-file", str(out), library]


def incompatible(recorded, library, headers):
    """What abidiff says, where it is installed and the library has types to compare."""
    if not shutil.which("abidiff"):
        print("SKIPPED abidiff: not installed (Debian: abigail-tools)")
        return []
    with tempfile.TemporaryDirectory() as folder:
        now = pathlib.Path(folder, "now.xml")
        subprocess.run(abidw(library, headers, now), check=True)
        run = subprocess.run(["abidiff", "--no-show-locs", str(recorded), str(now)], capture_output=True, text=True, check=False)
    # Bits of the exit code: 1 and 2 are failures of the tool, 4 a change, 8 one that breaks programs.
    return [] if run.returncode in (0, 4) else [f"abidiff: {run.stdout}{run.stderr}"]


def main():
    mode, folder, library, *headers = sys.argv[1:]
    text, types = pathlib.Path(folder, "gatelet-0.abi"), pathlib.Path(folder, "gatelet-0.xml")
    lines = sorted({line for header in headers for line in describe(pathlib.Path(header).read_text(encoding="utf-8"))})
    if mode == "renew":
        text.write_text("\n".join(lines) + "\n", encoding="utf-8")
        subprocess.run(abidw(library, headers, types), check=True)
        print(f"{text}: {len(lines)} lines; {types}: {types.stat().st_size} bytes")
        return 0
    recorded = text.read_text(encoding="utf-8").splitlines()
    found = sorted(breaches(recorded, lines)) + incompatible(types, library, headers)
    if found:
        found.append("keep what there was and add; a change that was decided before 1.0 is recorded with: ninja -C BUILD abi-baseline")
    print("\n".join(found) or f"{len(recorded)} declarations are as they were, {len(set(lines) - set(recorded))} are new")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
