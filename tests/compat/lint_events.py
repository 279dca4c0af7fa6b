# SPDX-License-Identifier: MIT
"""lint_events.py ETCH HEADERS FILE: compares the lint's findings about the formats of real
declarations with clang's warnings for several machines: no line that only one of them names.

Reads:  FILE; HEADERS/lint_head.h.
Writes: check.c in the working directory; differences on stderr.
"""
import json
import re
import subprocess
import sys

ETCH, HEADERS, FILE = sys.argv[1:]
# Elsewhere uint64_t is not unsigned long, or size_t is not of its size.
HERE = "x86_64-linux-gnu"
OTHERS = "i386-linux-gnu", "x86_64-apple-darwin", "x86_64-pc-windows-msvc"


def etch(command):
    """What a command says of FILE, as JSON."""
    done = subprocess.run([ETCH, command, "--json", FILE], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False)
    return json.loads(done.stdout)


def warned(target):
    """The lines that clang warns of."""
    done = subprocess.run(
        ["clang", "--target=" + target, "-I", HEADERS, "-ffreestanding", "-fsyntax-only",
         "-Wno-everything", "-Wformat", "-Wformat-extra-args", "-ferror-limit=0", "check.c"],
        stderr=subprocess.PIPE, text=True, check=False)
    return {int(line) for line in re.findall(r"^events:(\d+):.*(?:warning|error): ", done.stderr,
                                             re.MULTILINE)}


def main():
    events = [event for event in etch("list") if event["format"]]
    with open("check.c", "w", encoding="utf-8") as out:
        out.write('#include "lint_head.h"\n')
        for number, event in enumerate(events):
            declared = ", ".join(arg["type"] + " " + arg["name"] for arg in event["args"])
            passed = "".join(", " + arg["name"] for arg in event["args"])
            out.write(f'#line {event["line"]} "events"\n'
                      f'void f{number}({declared or "void"}) '
                      f'{{ print("x " {event["format"]} "x"{passed}); }}\n')
    found = [finding for finding in etch("lint") if finding["message"].startswith(("'%", "conversion",
                                                                                   "argument '"))]
    lines = {finding["line"] for finding in found if "keyword" not in finding["message"]}
    errors = {finding["line"] for finding in found if finding["severity"] == "error"}
    here = warned(HERE)
    everywhere = here.union(*(warned(target) for target in OTHERS))
    wrong = (everywhere ^ lines) | (errors - here)
    for line in sorted(wrong)[:20]:
        print(f"{FILE}:{line}: " + ("clang warns" if line in everywhere else "clang is silent"),
              file=sys.stderr)
    print(f"{len(events)} formats, {len(lines)} lines with findings, {len(wrong)} differ")
    return bool(wrong) or len(events) < 3000


if __name__ == "__main__":
    sys.exit(main())
