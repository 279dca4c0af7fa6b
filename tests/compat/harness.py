# SPDX-License-Identifier: MIT
"""Writes a C program that uses every event that a folder of generated headers declares.

usage: harness.py HEADERS OUT GROUP...
Reads:  HEADERS/trace-GROUP.h as QEMU's tracetool.py writes it; the functions and their
        parameters are taken from there and from nowhere else.
Writes: OUT/use-GROUP.c, one a group, and OUT/main.c. Built against either tool's output, the
        program `names` prints what the headers offer, and `fire` fires each event once.
"""

import os
import re
import sys

FUNCTION = re.compile(r"^static inline void trace_(\w+)\((.*)\)$", re.M)

# Strings, one longer than the 512 bytes that are stored, and NULL.
STRINGS = ['"text"', '""', "harness_long_string", '"tab\\t\\"quote\\" \\\\"', "(void *)0"]


def parameters(text):
    """[(type, name)] of a parameter list."""
    if text.strip() == "void":
        return []
    pairs = []
    for piece in text.split(","):
        match = re.match(r"^(.*?[ *])(\w+)$", piece.strip())
        pairs.append((match.group(1).strip(), match.group(2)))
    return pairs


def is_string(kind):
    return kind.count("*") == 1 and re.match(r"^(const )?char ?\*", kind)


def value(kind, name, number):
    if name == "__cpu":
        return "harness_memory"
    if is_string(kind):
        return STRINGS[number % len(STRINGS)]
    if kind.endswith("*"):
        # Memory that any conversion may read, at an address that is the same in every run.
        return "(%s)(harness_memory + %d)" % (kind, 64 + number % 7)
    if kind == "bool":
        return str(number & 1)
    if "char" in kind:
        return "'a' + %d" % (number % 26)
    return "(%s)(%d)" % (kind, [-1, 0, 7, -70000, 123456789][number % 5])


def use(group, header, out):
    events = [(name, parameters(args)) for name, args in FUNCTION.findall(header)]
    lines = ['#include "harness.h"', '#include "trace-%s.h"' % group, "",
             "void names_%s(void);" % group, "void names_%s(void)" % group, "{"]
    for name, args in events:
        upper = name.upper()
        types = ", ".join(kind for kind, _ in args) or "void"
        lines.append('    harness_name("%s", TRACE_%s_ENABLED, &_TRACE_%s_EVENT,'
                     " &_TRACE_%s_DSTATE,\n                 (bool)trace_event_get_state(TRACE_%s),"
                     " (bool)trace_event_get_state_backends(TRACE_%s),\n"
                     "                 __builtin_types_compatible_p(__typeof__(trace_%s), void(%s)));"
                     % (name, upper, upper, upper, upper, upper, name, types))
    lines += ["}", "", "void fire_%s(void);" % group, "void fire_%s(void)" % group, "{"]
    for at, (name, args) in enumerate(events):
        values = ", ".join(value(kind, arg, at + i) for i, (kind, arg) in enumerate(args))
        lines.append("    trace_%s(%s);" % (name, values))
    lines += ["}", ""]
    with open(os.path.join(out, "use-%s.c" % group), "w") as f:
        f.write("\n".join(lines))


def main():
    headers, out, groups = sys.argv[1], sys.argv[2], sys.argv[3:]
    for group in groups:
        with open(os.path.join(headers, "trace-%s.h" % group)) as f:
            use(group, f.read(), out)
    with open(os.path.join(out, "main.c"), "w") as f:
        f.write('#include "harness.h"\n')
        for group in groups:
            f.write("void names_%s(void);\nvoid fire_%s(void);\n" % (group, group))
        f.write("int main(int argc, char **argv)\n{\n    harness_start();\n")
        f.write('    if (argc == 2 && strcmp(argv[1], "names") == 0) {\n')
        for group in groups:
            f.write("        names_%s();\n" % group)
        f.write("        return 0;\n    }\n")
        for group in groups:
            f.write("    fire_%s();\n    harness_flush();\n" % group)
        f.write("    return 0;\n}\n")


main()
