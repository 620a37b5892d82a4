"""Runs the cases through Mono and through gatelet and prints where they differ (see README.md)."""
import argparse
import json
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def lines_of(path):
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]


def cases_of(path):
    """`let name = a ¦ b` makes a table; a line that names %name% stands for one expression an entry."""
    tables, cases = {}, []
    for line in lines_of(path):
        table = re.match(r"let (\w+) = (.*)", line)
        if table:
            tables[table[1]] = [entry.strip() for entry in table[2].split("¦")]
            continue
        made = [line]
        while True:
            hole = re.search(r"%(\w+)%", made[0])
            if not hole or hole[1] not in tables:
                break
            made = [case.replace(hole[0], entry) for case in made for entry in tables[hole[1]]]
        cases += made
    return cases


def method_of(index, case):
    if case.startswith("{"):
        return f"public static object C{index}() {case}"
    return f"public static object C{index}() {{ return (object)({case}); }}"


def run_mono(cases, work):
    """Answers by case; a case that mcs refuses has none."""
    head = (HERE / "Oracle.cs").read_text(encoding="utf-8")
    first = head.count("\n") + 1
    source, program = work / "oracle.cs", work / "oracle.exe"
    wanted = dict(enumerate(cases))
    refused = {}
    for _ in range(30):
        # A refused case keeps its line, so that a line tells its case.
        body = [method_of(i, case) if i in wanted else "" for i, case in enumerate(cases)]
        source.write_text(head + "\n".join(body) + "\n}\n", encoding="utf-8")
        built = subprocess.run(["mcs", "-nologo", "-nowarn:0162,0183,0184,0219,0252,0253,0458,0464,0472,1717,1718", "-langversion:7", "-codepage:utf8",
                                f"-r:{work}/Newtonsoft.Json.dll", "-r:System.Xml.Linq", "-r:System.Core", "-r:System.Numerics",
                                f"-out:{program}", str(source)], capture_output=True, text=True)
        bad = {int(line) - first: why for line, why in re.findall(r"oracle\.cs\((\d+),\d+\+?\): error (.*)", built.stdout + built.stderr)}
        bad = {i: why for i, why in bad.items() if i in wanted}
        if built.returncode == 0:
            break
        if not bad:
            sys.exit("mcs failed:\n" + built.stdout + built.stderr)
        refused.update(bad)
        for i in bad:
            del wanted[i]
    ran = subprocess.run(["mono", str(program)], capture_output=True, text=True, encoding="utf-8", timeout=300, env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"})
    answers = {answer["id"]: answer for answer in map(json.loads, ran.stdout.split("\n")[:-1])}
    if ran.returncode != 0 or len(answers) != len(wanted):
        sys.exit(f"mono answered {len(answers)} of {len(wanted)} cases: {ran.stderr[-2000:]}")
    return answers, refused


def run_gatelet(cases, gatelet):
    asked = "".join(json.dumps({"id": i, "expression": "@" + (case if case.startswith("{") else f"({case})")}) + "\n" for i, case in enumerate(cases))
    ran = subprocess.run([gatelet, "eval", "--batch"], input=asked, capture_output=True, text=True, encoding="utf-8", timeout=300)
    answers = {}
    for line in ran.stdout.split("\n")[:-1]:
        try:
            answer = json.loads(line)
        except ValueError:
            sys.exit(f"gatelet's answer is not JSON: {line}")
        answers[answer["id"]] = answer
    if ran.returncode != 0 or len(answers) != len(cases):
        sys.exit(f"gatelet answered {len(answers)} of {len(cases)} cases, exit {ran.returncode}: {ran.stderr[-2000:]}")
    return answers


def told(text):
    """.NET writes lone surrogates where JSON's readers have none."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def shown(value):
    return [shown(item) for item in value] if isinstance(value, list) else value if value is None else told(str(value))


def equal_values(one, other):
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal_values, one, other))
    if isinstance(one, str) and isinstance(other, (int, float)):
        return (one == str(other)) if isinstance(other, bool) else float(one) == float(other)
    return shown(one) == shown(other)


def message_of(text):
    """Mono names a parameter on a line of its own, like .NET Framework, and ends one sentence without a stop."""
    text = re.sub(r"(instance of an object)$", r"\1.", text)
    return re.sub(r"\s*\r?\nParameter name: ", " Parameter: ", text)


def difference(mono, ours, promised):
    error = ours.get("error")
    if error and error["reason"] == "ExpressionCompilationFailed":
        return "is refused: " + error["message"]
    if "exception" in mono:
        if not error:
            return f"gives {ours['type']} {ours['text']!r}, not {mono['exception']}: {mono['message']!r}"
        if error.get("exception") != mono["exception"]:
            return f"throws {error.get('exception')}: {error['message']!r}, not {mono['exception']}: {mono['message']!r}"
        message = message_of(mono["message"])
        if any(re.fullmatch(rule, message) for rule in promised) and message_of(error["message"]) != message:
            return f"says {error['message']!r}, not {message!r}"
        return None
    if error:
        return f"throws {error.get('exception')}: {error['message']!r}, not {mono['type']} {mono['text']!r}"
    if ours["type"] != mono["type"]:
        return f"has the type {ours['type']}, not {mono['type']} ({mono['text']!r})"
    if mono["type"] in ("Double", "Single") and re.match(r"-?\d", mono["text"]) and re.match(r"-?\d", ours["text"]):
        precision = "f" if mono["type"] == "Single" else "d"
        if struct.pack(precision, float(mono["text"])) == struct.pack(precision, float(ours["text"])):
            return None
    if told(ours["text"]) != told(mono["text"]):
        return f"gives {ours['text']!r}, not {mono['text']!r}"
    if "value" in mono and not equal_values(mono["value"], ours["value"]):
        return f"holds {ours['value']!r}, not {mono['value']!r}"
    return None


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--work", type=Path, required=True)
    arguments.add_argument("--gatelet", required=True)
    arguments.add_argument("--refused", action="store_true", help="also print the cases that mcs refuses")
    arguments.add_argument("files", nargs="*", type=Path)
    asked = arguments.parse_args()
    cases = list(dict.fromkeys(case for path in asked.files or sorted((HERE / "cases").glob("*.txt")) for case in cases_of(path)))
    # One line a rule: a regular expression for whole cases, two blanks, the row of README.md.
    explained = [(line.rsplit("  ", 1)[0].strip(), line.rsplit("  ", 1)[1].strip()) for line in lines_of(HERE / "explained.txt")]
    rows = re.findall(r"^\| ([a-z0-9-]+) \|", (HERE / "README.md").read_text(encoding="utf-8"), re.M)
    for rule, row in explained:
        if row not in rows:
            sys.exit(f"explained.txt: README.md has no row {row} for the rule {rule}")
    promised = lines_of(HERE / "messages.txt")
    mono, refused = run_mono(cases, asked.work)
    ours = run_gatelet(cases, asked.gatelet)
    only_ours = [i for i in refused if "error" not in ours[i] or ours[i]["error"]["reason"] != "ExpressionCompilationFailed"]
    different = explained_count = 0
    used = set()
    for i, answer in mono.items():
        found = difference(answer, ours[i], promised)
        if not found:
            continue
        why = [rule for rule, _ in explained if re.fullmatch(rule, cases[i])]
        if why:
            explained_count += 1
            used.update(why)
            continue
        different += 1
        print(f"{cases[i]}\n    {found}")
    if asked.refused:
        for i in refused:
            print(f"{cases[i]}\n    mcs: {refused[i]}; gatelet: {'accepts' if i in only_ours else 'refuses too'}")
    if not asked.files:
        for rule in sorted({rule for rule, _ in explained} - used):
            print(f"explained.txt: no difference needs the rule {rule}")
    print(f"{len(refused)} refused by mcs, {len(only_ours)} of them taken by gatelet")
    print(f"{len(mono)} compared, {different} different, {explained_count} explained")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
