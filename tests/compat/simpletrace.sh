#!/bin/bash
# SPDX-License-Identifier: MIT
#
# simpletrace.sh: `etch simpletrace` beside QEMU 7.2's own simpletrace.py, over
# traces of every kind that the script can read; and, where ETCH_QEMU_DATA names
# a folder that holds them, a trace of QEMU 11 and what its script printed.
#
# Reads:  ETCH, HELLO, MAKE_TRACE, TESTS (set by meson), ETCH_QEMU_DATA.
# Writes: a folder of its own below TMPDIR.
set -eu
. "$TESTS/lib.sh"
. "$TESTS/trace.sh"

# same EVENTS TRACE [OPTION]: both print the same but for the blank behind
# events without arguments, which 7.2 does not print.
same()
{
    local events=$1 trace=$2
    shift 2
    python3 "$qemu/scripts/simpletrace.py" "$@" "$events" "$trace" >theirs 2>their_errors ||
        fail "simpletrace.py fails on $trace: $(tail -1 their_errors)"
    "$ETCH" simpletrace "$@" "$events" "$trace" | sed 's/ $//' >ours
    sed -i 's/ $//' theirs
    [ -s theirs ] || fail "simpletrace.py printed nothing of $trace"
    diff theirs ours | head -20 >&2
    cmp -s theirs ours || fail "$trace is printed differently"
}

# A trace that QEMU 11 itself wrote: of the folder that is named, or beside this tree.
data=${ETCH_QEMU_DATA:-$(printf '%s\n' "$TESTS"/../../*/data/qemu-11* | tail -n 1)}
if [ -e "$data/opensbi-boot.trace" ]; then
    "$ETCH" simpletrace "$data/trace-events-all" "$data/opensbi-boot.trace" >ours
    cmp "$data/opensbi-boot.simpletrace.txt" ours || fail "the trace of QEMU 11 is printed differently"
elif [ -n "${ETCH_QEMU_DATA:-}" ]; then
    fail "ETCH_QEMU_DATA=$data holds no opensbi-boot.trace"
fi

needs python3
qemu=$("$TESTS/compat/fetch-qemu.sh" 2>err) || fail "QEMU 7.2's scripts"

# Many events.
"$MAKE_TRACE" events >events
"$MAKE_TRACE" 20000 >many
same events many

# Each byte in a string, every quote; times that go back, far and near.
cat >events <<'END'
text(const char *s) "%s"
two(const char *a, uint64_t n, char *b) "%s %"PRIu64" %s"
number(int x) "%d"
none(void) "none"
END
{
    header
    mapping 0 text
    mapping 1 two
    mapping 2 number
    mapping 3 none
    time=5000000000
    for ((byte = 0; byte < 256; byte++)); do
        printf -v hex 's:a\\x%02xb' "$byte"
        event 0 $((time += byte * byte * byte)) 7 "$hex"
    done
    event 0 $time 7 's:\x27'
    event 0 $time 7 's:"\x27'
    event 0 $time 7 's:"\\'
    event 0 $time 7 s:
    event 1 $((time - 1)) 8 s:x -1 's:'
    event 1 $((time - 1000)) 8 s: 0x8000000000000000 s:y
    event 2 0 4294967295 -1
    for delta in 1 499 500 501 999 1000 999999 1000000 4503599627370495 4503599627370496 \
        4503599627370497 9007199254740993 1234567890123456789; do
        event 3 0 7
        event 3 $delta 7
    done
    event 3 -1 7
    mapping 3 number
    event 3 -1 7 5
    dropped 123456789 5 7
} >strange
same events strange

# Without file header: ids count the declarations.
{ event 0 1000 7 s:a; event 3 2000 7; event 2 3000 7 -5; } >bare
same events bare --no-header

# What libetch writes.
examples=$TESTS/../examples
ETCH_TRACE='*,file=hello.trace,policy=block' "$HELLO" world moon >hello.out 2>&1 || fail "hello: $(cat hello.out)"
same "$examples/hello/trace-events" hello.trace
