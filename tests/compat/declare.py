# SPDX-License-Identifier: MIT
"""declare.py QEMU ETCH FILE...: compares which declarations QEMU 7.2's tracetool and
etch accept, what they read from them, and the words with which they refuse.

The lines are those of the FILEs, and random changes of them (same ones in every run).

Reads:  QEMU/scripts/tracetool; the FILEs.
Writes: the lines into the working directory; differences on stderr.
"""
import io
import json
import random
import subprocess
import sys

QEMU, ETCH, FILES = sys.argv[1], sys.argv[2], sys.argv[3:]
CHANGES = 20000
PIECES = ["(", ")", ",", '"', "*", " ", "\t", "  ", "#", "%m", "\\n", '\\n"', "void", "const ",
          "int", "(void)", "char *", "struct ", "float ", "vcpu ", "disable ", "tcg ", "-", "/",
          "_", "9", "x", '", "', "()", "unsigned ", "PRIx64", "%", "\u00e9", "int x, "]
SAME_WORDS = "Event format", "Empty argument", "Argument type", "Event '", "Unknown properties"

sys.path.insert(0, QEMU + "/scripts")
import tracetool  # noqa: E402


def of_qemu(line):
    """What QEMU makes of a line: a declaration, None for no event, or its error."""
    try:
        events = tracetool.read_events(io.StringIO(line + "\n"), "f")
    except ValueError as error:
        return str(error).replace("Error at f:1: ", "", 1)
    except AssertionError:
        return ""
    if not events:
        return None
    event = events[0]
    args, form = [list(arg) for arg in event.args], event.fmt
    if isinstance(form, list):
        # What 7.2 splits as the two formats of tcg, which it no longer has, no
        # format of its output can print: it is one text to etch.
        form = line[line.index(form[0], line.index(")")):]
    if "vcpu" in event.properties:  # the implicit argument is added later by etch
        args, form = args[1:], form[len('"cpu=%p "'):]
    return {"name": event.name, "args": args, "format": form or None,
            "properties": sorted(set(event.properties))}


def of_etch(lines):
    """The same of all lines, by their numbers."""
    with open("lines", "w", encoding="utf-8", newline="\n") as out:
        out.writelines(line + "\n" for line in lines)
    result = {}
    # In parts: of each file a thousand messages are kept.
    for first in range(0, len(lines), 900):
        with open("part", "w", encoding="utf-8", newline="\n") as out:
            out.writelines(line + "\n" for line in lines[first:first + 900])
        lint = subprocess.run([ETCH, "lint", "--json", "--qemu=7.2", "part"],
                              stdout=subprocess.PIPE, check=False)
        for found in json.loads(lint.stdout):
            if found["severity"] == "error" and found["line"]:
                result.setdefault(first + found["line"], found["message"])
        events = subprocess.run([ETCH, "list", "--json", "--qemu=7.2", "part"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        for event in json.loads(events.stdout):
            result[first + event["line"]] = {
                "name": event["name"],
                "args": [[arg["type"], arg["name"]] for arg in event["args"]],
                "format": event["format"], "properties": sorted(event["properties"])}
    return result


def change(rng, line):
    """The line with one to three random changes."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randint(0, len(line))
        if rng.random() < 0.5:
            line = line[:at] + rng.choice(PIECES) + line[at:]
        else:
            line = line[:at] + line[at + rng.randint(1, 6):]
    return line


def words_differ(qemu, etch):
    """Whether etch says something else where QEMU has words worth keeping."""
    if not qemu.startswith(SAME_WORDS):
        return False
    if qemu.startswith("Unknown properties"):  # QEMU's order is that of a set
        return sorted(qemu[20:].split(", ")) != sorted(etch[20:].split(", "))
    return qemu != etch


def main():
    lines = []
    for name in FILES:
        with open(name, encoding="utf-8") as file:
            lines += [line for line in file.read().split("\n") if "\0" not in line]
    rng = random.Random(72)
    lines += [change(rng, rng.choice(lines)) for _ in range(CHANGES)]
    # One blank before a name: QEMU refuses it by mistake, etch takes it.
    lines = [line for line in lines if not (line[:1].isspace() and line[1:2].strip())]
    etch = of_etch(lines)
    accepted = refused = differ = 0
    for number, line in enumerate(lines, 1):
        qemu, ours = of_qemu(line), etch.get(number)
        if isinstance(qemu, str) and isinstance(ours, str):
            refused += 1
            same = not words_differ(qemu, ours)
        else:
            accepted += isinstance(qemu, dict)
            same = qemu == ours
        if not same:
            differ += 1
            if differ <= 20:
                print(f"{line!r}\n  QEMU: {qemu!r}\n  etch: {ours!r}", file=sys.stderr)
    print(f"{accepted} accepted, {refused} refused, {differ} differ")
    return differ != 0 or accepted < 5000 or refused < 1000


if __name__ == "__main__":
    sys.exit(main())
