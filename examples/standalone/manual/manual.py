#!/usr/bin/env python3
"""Makes the manual page and the completion of shells out of what the program prints for --help: manual.py PROGRAM man|bash|zsh OUTPUT

The help texts are the only source; what is not in them (examples, the environment) stands in MAN_TAIL.
"""
import datetime
import os
import re
import subprocess
import sys
import textwrap
from typing import NamedTuple


class Option(NamedTuple):
    name: str  # "--config"
    value: str  # "PATH"; empty for a switch
    meaning: str


class Command(NamedTuple):
    name: str
    meaning: str  # one line
    synopsis: str
    text: str
    options: list


class Program(NamedTuple):
    version: str
    commands: list
    options: list
    settings: list  # (name, type and default, meaning)


def fail(message):
    sys.exit(f"manual.py: {message}; print_usage, print_help and this script must agree")


def read_options(lines):
    """`  --name VALUE   meaning`, or the meaning on a line of its own."""
    options = []
    for line in lines:
        found = re.match(r"  (--?[\w-]+)(?: (\S+))?(?:  +(\S.*))?$", line)
        if found:
            options.append(Option(found[1], found[2] or "", found[3] or ""))
        elif line.startswith("   ") and options and not options[-1].meaning:
            options[-1] = options[-1]._replace(meaning=line.strip())
        else:
            fail(f"cannot read the help line {line!r}")
    return options


def read_command(ask, name, meaning):
    synopsis, _, rest = ask(name, "--help").rstrip("\n").partition("\n\n")
    text, _, options = rest.partition("\n\n  -")
    if not synopsis.startswith(f"gatelet {name}"):
        fail(f"the help of {name} does not begin with its synopsis")
    return Command(name, meaning, synopsis, text, read_options(("  -" + options).split("\n")) if options else [])


def read_settings(text):
    lines = text.rstrip("\n").split("\n")
    return [(lines[i], lines[i + 1].strip(), lines[i + 2].strip()) for i in range(0, len(lines), 3)]


def read_program(path):
    def ask(*arguments):
        return subprocess.run([path, *arguments], capture_output=True, text=True, check=True).stdout

    _, commands, options = ask("--help").rstrip("\n").split("\n\n")
    rows = [re.match(r"  (\S+) +(.*)", line) for line in commands.split("\n")]
    if not all(rows):
        fail("cannot read the list of commands")
    version = ask("--version").split()[1]
    return Program(version, [read_command(ask, row[1], row[2]) for row in rows], read_options(options.split("\n")), read_settings(ask("--help-settings")))


# The manual page

MAN_TAIL = r"""
.SH ENVIRONMENT
Every setting may be given by the environment,
by its dotted name or in upper case:
.B net.server.workers
is also
.BR NET_SERVER_WORKERS .
A flag wins over the environment, the environment over
.BR \-\-env\-file ,
that over the default.
Variables that the files of a folder name as
.B {#name#}
are read from the environment as well.
.SH FILES
The gateway writes one file only, the one that
.B policy.quota.file
names:
the counters of quotas, so that they go on when it starts again.
The unit for systemd lets it be
.IR /var/lib/gatelet/quotas .
.SH EXIT STATUS
.TP
.B 0
All is well; a gateway was drained.
.TP
.B 1
Errors were found, or the gateway cannot start.
.TP
.B 2
Wrong use: the message names the flag or value.
.SH EXAMPLES
Serve a folder, and look at it every second for changes:
.PP
.nf
    gatelet run \-\-config apis \-\-set config.reload.period=00:00:01
.fi
.PP
Every problem of a folder, for a machine:
.PP
.nf
    gatelet check apis \-\-json
.fi
.PP
The policy of one operation with all scopes merged:
.PP
.nf
    gatelet check apis \-\-effective orders/get
.fi
"""


def roff(text):
    """Text in lines of at most 64 characters, which are at most 80 bytes as a rule, nothing of which is taken for a macro."""
    text = "\n".join(textwrap.wrap(text, 64, break_long_words=False, break_on_hyphens=False))
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^(?=[.'])", r"\\&", text)


def sentence(text):
    """A meaning as a sentence; a name at its beginning stays what it is."""
    is_name = "." in text.split(" ", 1)[0]
    return roff((text if is_name else text[0].upper() + text[1:]) + ".")


def man_option(option):
    value = f" \\fI{roff(option.value)}\\fR" if option.value else ""
    return f".TP\n\\fB{roff(option.name)}\\fR{value}\n{sentence(option.meaning)}\n"


def man(program):
    moment = os.environ.get("SOURCE_DATE_EPOCH")
    date = (datetime.datetime.fromtimestamp(int(moment), datetime.timezone.utc) if moment else datetime.datetime.now()).date()
    out = [f'.TH GATELET 1 "{date}" "gatelet {program.version}"\n.SH NAME\ngatelet \\- an API gateway for Azure API Management policies\n.SH SYNOPSIS\n']
    out += [re.sub(r"(?m)\.\.\.$", r"...\\&", roff(command.synopsis)) + "\n.br\n" for command in program.commands]
    out.append("gatelet " + " | ".join(f"\\fB{roff(option.name)}\\fR" for option in program.options) + "\n.SH COMMANDS\n")
    for command in program.commands:
        out.append(f".SS {command.name}\n{roff(command.text)}\n")
        out += [man_option(option) for option in command.options]
    out.append(".SH OPTIONS\n")
    out += [man_option(option) for option in program.options]
    out.append(".SH SETTINGS\nFor\n.B gatelet run \\-\\-set\nand the environment.\n")
    for name, kind, meaning in program.settings:
        out.append(f".TP\n\\fB{roff(name)}\\fR ({roff(kind)})\n{sentence(meaning)}\n")
    return "".join(out) + MAN_TAIL.lstrip("\n")


# Completion

FILES = ("PATH", "FILE", "DIR")


def words_of(option, program):
    """What a value may be: words to choose from; none: anything."""
    if option.name == "--set":
        return [name + "=" for name, kind, _ in program.settings if not kind.startswith("reserved")]
    return option.value.split("|") if "|" in option.value else []


def takes_files(command):
    """True when operands are files: PATH outside the brackets of the synopsis."""
    return any(re.search(rf"\b{name}\b", re.sub(r"\[[^]]*\]", "", command.synopsis)) for name in FILES)


BASH = """# Completion of gatelet for bash, made from the program's help texts.
_gatelet_choose() { mapfile -t COMPREPLY < <(compgen "$@" -- "$word"); }
_gatelet() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  # bash splits --flag=value into three words.
  if [ "$word" = = ]; then word=; elif [ "$before" = = ]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ]; then
    _gatelet_choose -W "@first@"
    return
  fi
  case ${COMP_WORDS[1]}:$before in
@values@  esac
  case ${COMP_WORDS[1]} in
@commands@  esac
}
complete -F _gatelet gatelet
"""
BASH_FILES = "compopt -o filenames; _gatelet_choose -f; return"


def bash(program):
    values, commands = [], []
    for command in program.commands:
        for option in command.options:
            words = words_of(option, program)
            if words:
                space = "compopt -o nospace; " if words[0].endswith("=") else ""
                action = f'{space}_gatelet_choose -W "{" ".join(words)}"; return'
            else:
                action = BASH_FILES if option.value in FILES else "return"
            if option.value:
                values.append(f"    {command.name}:{option.name}) {action} ;;\n")
        names = " ".join([option.name for option in command.options] + ["--help"])
        files = f"if [[ $word != -* ]]; then {BASH_FILES}; fi; " if takes_files(command) else ""
        commands.append(f'    {command.name}) {files}_gatelet_choose -W "{names}" ;;\n')
    first = " ".join([command.name for command in program.commands] + [option.name for option in program.options])
    return BASH.replace("@first@", first).replace("@values@", "".join(values)).replace("@commands@", "".join(commands))


def zsh_quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


def zsh_option(option, program):
    meaning = re.sub(r"([\[\]:\\])", r"\\\1", option.meaning)
    words = words_of(option, program)
    action = "_files" if option.value in FILES else f"({' '.join(words)})" if words else ""
    if option.name == "--set":  # the value follows at once
        action = f'{{compadd -S "" -- {" ".join(words)}}}'
    value = ":" + option.value.replace("|", " ").replace(":", " ") + ":" + action if option.value else ""
    repeat = "*" if "repeatable" in option.meaning else ""
    return zsh_quote(f"{repeat}{option.name}{'=' if option.value else ''}[{meaning}]{value}")


def zsh(program):
    out = ["#compdef gatelet\n# Completion of gatelet for zsh, made from the program's help texts.\n_gatelet() {\n  local context state line\n  local -a commands\n  commands=(\n"]
    out += [f"    {zsh_quote(command.name + ':' + command.meaning)}\n" for command in program.commands]
    out.append("  )\n  _arguments -C \\\n")
    out += [f"    {zsh_option(option, program)} \\\n" for option in program.options]
    out.append("    '1:command:->command' '*::argument:->argument'\n  case $state in\n    command) _describe command commands ;;\n    argument)\n      case $words[1] in\n")
    for command in program.commands:
        specs = [zsh_option(option, program) for option in command.options] + ["'--help[print the flags]'"]
        if takes_files(command):
            specs.append("'*:PATH:_files'")
        out.append(f"        {command.name})\n          _arguments \\\n            " + " \\\n            ".join(specs) + " ;;\n")
    out.append('      esac ;;\n  esac\n}\n_gatelet "$@"\n')
    return "".join(out)


if __name__ == "__main__":
    path, form, output = sys.argv[1:]
    text = {"man": man, "bash": bash, "zsh": zsh}[form](read_program(path))
    with open(output, "w", encoding="utf-8") as file:
        file.write(text)
