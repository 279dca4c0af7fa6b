# SPDX-License-Identifier: MIT
"""Two readers of one CTF trace, compared.

    ctf_same.py TRACE ETCH.json BABELTRACE2.txt BABELTRACE2.err

ETCH.json is what `etch print --json TRACE` says, the others what
`babeltrace2 --clock-seconds --no-delta TRACE` does. Compared are all events, by
time, thread, name and arguments, in their order; and what is missing: how many
events or packets, and between which moments.
"""
import json
import re
import sys

trace, ours, theirs, warnings = sys.argv[1:5]
head = open(trace + "/metadata").read().split("stream {")[0]
number = {k: int(v) for k, v in re.findall(r"\t(first_\w+) = (\d+)", head)}
# etch shows the monotonic clock, babeltrace2 the time of day.
OFFSET = number["first_realtime"] - number["first_monotonic"]
ESCAPES = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def value(v):
    if v is None:
        return '"(null)\u2060"'
    if isinstance(v, bool):
        return str(int(v))
    if isinstance(v, str) and re.fullmatch(r"0x[0-9a-f]+", v):
        return "0x" + v[2:].upper()
    if isinstance(v, str):
        return '"' + "".join(ESCAPES.get(c, c) for c in v) + '"'
    return f"{v:.17g}" if isinstance(v, float) else str(v)


def moment(ns):
    return f"{(ns + OFFSET) // 10**9}.{(ns + OFFSET) % 10**9:09d}"


have, lost = [], []
for line in open(ours, encoding="utf-8"):
    e = json.loads(line)
    if "name" in e:
        args = ", ".join(f"{k} = {value(v)}" for k, v in e["args"].items())
        have.append(f"{moment(e['time_ns'])} {e['tid']} {e['name']} {args}")
    elif e["reason"] == "discarded":
        lost.append((e["lost"], "event", moment(e["from_ns"]), moment(e["to_ns"])))
    else:
        assert e["reason"] in ("overwritten", "rotated") and e["lost"] is None, e
        lost.append((e["packets"], "packet", moment(e["from_ns"]), moment(e["to_ns"])))

want, said = [], []
shape = re.compile(r"\[(\d+\.\d+)\] .*?(\w+): \{ tid = (\d+), level = \d+ \}, \{ (.*?) ?\}$")
for line in open(theirs, encoding="utf-8"):
    m = shape.match(line)
    assert m, line
    want.append(f"{m[1]} {m[3]} {m[2]} {m[4]}")
for line in open(warnings, encoding="utf-8"):
    m = re.match(r"WARNING: Tracer discarded (\d+) (event|packet)s? between \[(.*?)\] and \[(.*?)\]",
                 line)
    assert m, line
    said.append((int(m[1]), m[2], m[3], m[4]))

# Events of one moment in two threads have no order.
assert sorted(have) == sorted(want), next(
    (a, b) for a, b in zip(sorted(have) + [""], sorted(want) + [""]) if a != b)
times = [line.split()[0] for line in have]
assert times == sorted(times, key=float), "etch's times are out of order"


def streams(lines):
    by = {}
    for line in lines:
        by.setdefault(line.split()[1], []).append(line)
    return by


assert streams(have) == streams(want), "the order within a thread"
# What was lost before a stream's first packet has no beginning for babeltrace2.
lost = [x for x in lost if x[1] != "packet" or x[2:] in [y[2:] for y in said]]
assert sorted(lost) == sorted(said), (sorted(lost)[:3], sorted(said)[:3])
print(len(have), sum(n for n, what, *_ in said if what == "event"),
      sum(n for n, what, *_ in said if what == "packet"))
