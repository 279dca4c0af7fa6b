# SPDX-License-Identifier: MIT
# doc/howto-add-a-backend.md holds: in a copy of the tree, one new file and one
# line of a table give a backend, and it works beside the others.
set -eu
. "$TESTS/backends/lib.sh"
needs meson ninja python3
tree=$TESTS/..
mkdir copy
(cd "$tree" && tar -c --exclude=./.git --exclude='./build*' .) | tar -x -C copy

# The steps are those of the page.
sed -n '/^```sh$/,/^```$/p' "$tree/doc/howto-add-a-backend.md" | grep -E '^(cp|echo) ' >steps
[ "$(wc -l <steps)" = 2 ] || fail "the page has other steps"
(cd copy && sh -eu ../steps)
meson setup made copy -Dwithout=dtrace,ust >log 2>&1 || { tail -20 log >&2; fail "meson setup"; }
ninja -C made src/cli/etch-tracetool src/cli/etch >log 2>&1 || { tail -20 log >&2; fail "ninja"; }
tool=made/src/cli/etch-tracetool

# ---- what the build was made without is refused, with what there is ----
run 2 made/src/cli/etch gen -b log,ust -g g "$SOURCES/trace-events"
has err "backend 'ust' was left out when etch was built; there are nop, ftrace, log, simple, ctf, syslog, stderr-json"
run 1 "$tool" --backends=dtrace --group=g --format=h "$SOURCES/trace-events" o
has err "unknown backend: dtrace (left out when this was built; there are: nop, ftrace, log, simple, ctf, syslog, stderr-json)"
run 1 "$tool" --backend=dtrace --check-backends
run 0 "$tool" --backend=log,stderr-json --check-backends
run 0 made/src/cli/etch backends
hasnt out "LTTng"

# ---- the further one ----

run 0 "$tool" --list-backends
has out stderr-json
for format in h c; do
    run 0 "$tool" --backends=stderr-json,syslog --group=fire --format=$format "$SOURCES/trace-events" trace-fire.$format
done
for compiler in "gcc -std=gnu11" "g++ -std=c++11 -x c++"; do
    # shellcheck disable=SC2086
    $compiler -O1 "${warnings[@]}" -I"$INCLUDE" -I"$tree/compat/qemu" -I. "$SOURCES/fire.c" trace-fire.c \
        -x none "$LIBETCH" -lpthread -o fire 2>err || fail "$compiler"
done
run 0 env ETCH_TRACE='*;-counted' ./fire all null percent
sed -i '/syslog backend/d' err
python3 - err <<'EOF' || fail "not the events as JSON"
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
assert [e["event"] for e in events] == [
    "none", "one", "two", "text", "six", "ten", "widths", "pointers", "no_format", "text", "text"], events
by = {e["event"]: e for e in events}
assert by["none"] == {"event": "none"}
assert by["one"] == {"event": "one", "a": -1}
assert by["two"] == {"event": "two", "a": 0xdeadbeefcafe, "b": 2**64 - 1}
assert list(by["widths"].values())[1:] == [-1, 255, -2, 65535, -3, 2**32 - 1, -4, 2**64 - 1, 1, 42]
assert by["pointers"]["p"] == 0x1234
assert events[-2]["s"] is None and events[-1]["s"] == "100%s %n %d"
EOF
run 0 env ETCH_TRACE='counted' ./fire count 4 200
sed -i '/syslog backend/d' err
[ "$(grep -cxE '\{"event":"counted","thread":[0-3],"n":[0-9]+\}' err)" = 800 ] || fail "broken lines"
