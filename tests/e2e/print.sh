# SPDX-License-Identifier: MIT
# etch print and its kin as a user has them: pipes that close, full disks, a
# trace that grows, terminals, a large trace in little memory.
set -eu
. "$TESTS/lib.sh"
. "$TESTS/trace.sh"

"$MAKE_TRACE" events >events
"$MAKE_TRACE" 100000 >trace

# ---- the reader of the output goes away, or its disk is full ----
"$ETCH" print --events events trace 2>err | head -n 1 >out
[ "$(wc -l <out)" = 1 ] || fail "no first line"
is err ""
for command in "print --events events" "print --json --events events" "simpletrace events" \
    "stat --events events" "pair -s heap_malloc -d heap_free -k ptr --events events"; do
    # shellcheck disable=SC2086 # words are meant
    "$ETCH" $command trace >/dev/full 2>err && fail "$command: a full disk is no success"
    has err "No space left on device"
    [ "$(wc -l <err)" = 1 ] || fail "$command: more than one message"
done

# ---- all ways to read give the same events ----
run 0 "$ETCH" print --events events trace
[ "$(wc -l <out)" = 100000 ] || fail "not all events"
run 0 "$ETCH" print --json --events events trace
[ "$(grep -c '^{"time_ns":[0-9]*,"pid":4711,"tid":null,"name":"[a-z_]*","args":{.*}}$' out)" = 100000 ] ||
    fail "not all events are objects"
run 0 "$ETCH" stat --json --events events trace
has out '{"events":100000,"dropped":0,'
run 0 "$ETCH" print --events events -e 'heap_*' -e -heap_free trace
chosen=$(wc -l <out)
run 0 "$ETCH" stat --json --events events -e 'heap_*' -e -heap_free trace
has out "{\"events\":$chosen,"

# ---- a trace that grows ----
{ header; mapping 0 heap_free; event 0 1000 7 16; } >grows
"$ETCH" print -f --events events grows >followed 2>err &
pid=$!
lines()
{
    local tries=0
    until [ "$(wc -l <followed)" = "$1" ]; do
        kill -0 $pid 2>/dev/null || fail "etch print -f ended by itself"
        [ $((tries += 1)) -lt 1000 ] || fail "after 10 s there are $(wc -l <followed) lines, not $1"
        read -r -t 0.01 <> <(:) || true
    done
}
lines 1
event 0 2000 7 32 >>grows
lines 2
{ mapping 1 heap_malloc; event 1 3000 7 64 128; } >record
# A record that is written in two pieces is printed when it is whole.
head -c 50 record >>grows
event 0 4000 7 48 >>record
tail -c +51 record >>grows
lines 4
kill -INT $pid
wait $pid || fail "etch print -f ended with $? after SIGINT"
is err ""
is followed "    0.000000000      7 heap_free ptr 0x10
    0.000001000      7 heap_free ptr 0x20
    0.000002000      7 heap_malloc size 64 ptr 0x80
    0.000003000      7 heap_free ptr 0x30
"

# ---- colour is for terminals ----
if command -v script >/dev/null; then
    tty()
    {
        script -qec "$*" /dev/null >out </dev/null
    }
    export TERM=xterm
    tty "$ETCH print -n 1 --events events trace"
    grep -q $'\033' out || fail "no colour on a terminal"
    NO_COLOR=1 tty "$ETCH print -n 1 --events events trace"
    ! grep -q $'\033' out || fail "colour in spite of NO_COLOR"
    tty "$ETCH print -n 1 --color=never --events events trace"
    ! grep -q $'\033' out || fail "colour in spite of --color=never"

    # A bar for what takes longer than a second. The time is what is tested: from the
    # first line on, when etch has begun, its pipe stays full for so long.
    "$MAKE_TRACE" 300000 >longer
    tty "$ETCH print --events events longer | { read -r first; sleep 1.2; wc -l >lines; }"
    is lines "299999
"
    grep -q '%' out || fail "no progress bar after a second"
fi
run 0 "$ETCH" print -n 1 --events events trace
! grep -q $'\033' out || fail "colour in a file"

# ---- what is not there is named, and the cure ----
run 1 "$ETCH" print
has err "there is no etch.data here"
mkdir etch.data
run 1 "$ETCH" print --events nofile
has err "nofile: cannot read the events file"
rmdir etch.data
run 2 "$ETCH" print 4711
has err "\`etch print -f 4711\` shows what process 4711 records"

# ---- ten times the trace takes no more memory ----
if ! grep -q __asan_init "$ETCH"; then
    "$MAKE_TRACE" 1000000 >large
    ulimit -v 32768
    for command in "print --events events" "simpletrace events" "stat --events events" \
        "print --json --events events" "pair -s heap_malloc -d heap_free -k ptr --events events"; do
        # shellcheck disable=SC2086
        "$ETCH" $command large >out 2>err || fail "$command takes more than 32 MiB of 48"
    done
fi
