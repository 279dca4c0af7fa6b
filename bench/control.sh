#!/bin/bash
# SPDX-License-Identifier: MIT
# Switching events of a running program from outside: whole `etch` processes, from their start to
# their end; how soon the program records; what being attachable costs it.
set -euo pipefail
# shellcheck source=bench/peers.sh
. "$BENCH_SOURCE/peers.sh"

work=$TMPFS/control
mkdir -p "$work"
cd "$work"
for i in $(seq 6000); do
    echo "control_event_$i(int a, int b) \"a %d b %d\""
done >events
"$ETCH" gen --backends=simple --group=control -o . events
gcc -O2 -I"$PREFIX/include" -I. -o control "$BENCH_SOURCE/control.c" trace-control.c \
    -L"$PREFIX/lib" -Wl,-rpath,"$PREFIX/lib" -letch

mkfifo in
exec 9<>in
# start WORD: a program; its number in $pid.
start() {
    coproc PROGRAM { exec ./control "$1" <in; }
    # shellcheck disable=SC2034
    read -r _ <&"${PROGRAM[0]}"
    pid=$PROGRAM_PID
}
end() {
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    rm -rf trace-*
}

rounds=${BENCH_STARTS:-200}
start wait
out=$("$BENCH/spawn" "$rounds" -- "$ETCH" ctl "$pid" trace-event control_event_3000 on \
    -- "$ETCH" ctl "$pid" trace-event control_event_3000 off \
    -- "$ETCH" ctl "$pid" trace-event '*' on -- "$ETCH" ctl "$pid" trace-event '*' off)
end
line() { sed -n "${1}s/ .*//p" <<<"$out"; }
echo "| of a program with 6,000 events | µs (median of $rounds) |"
echo "|---|---|"
echo "| etch ctl: one event on | $(line 1) |"
echo "| one event off | $(line 2) |"
echo "| a pattern over all on | $(line 3) |"
echo "| off | $(line 4) |"

# first: switches event 1 on; one line: microseconds from the moment that the program saw it on to
# that in which the first is recorded, and to that from the end of etch ctl.
first() {
    local ended seen recorded
    "$ETCH" ctl "$pid" trace-event control_event_1 on
    ended=${EPOCHREALTIME/[.,]/}
    read -r seen recorded <&"${PROGRAM[0]}"
    echo $((recorded - seen)) $((recorded - ended))
}
rounds=${BENCH_FIRSTS:-50}
ETCH_TRACE=control_event_2 start fire
for _ in $(seq "$rounds"); do
    first
    "$ETCH" ctl "$pid" trace-event control_event_1 off
    read -r _ <&"${PROGRAM[0]}"
done >recorded
end
for _ in $(seq "$rounds"); do
    start fire
    first
    end
done >made
echo
echo "| the first event is recorded, µs (median of $rounds) | after its word is on | after etch ctl ended |"
echo "|---|---|---|"
echo "| of a program that records already | $(middle 1 <recorded) | $(middle 2 <recorded) |"
echo "| its pool is made for it | $(middle 1 <made) | $(middle 2 <made) |"
echo

for _ in $(seq 500); do
    ./control wait <in >/dev/null &
done
until [ "$("$ETCH" ps | wc -l)" -ge 501 ]; do :; done
out=$("$BENCH/spawn" 50 -- "$ETCH" ps)
kill $(jobs -p)
wait 2>/dev/null || true
echo "etch ps with 500 programs: $(line 1) µs (median of 50)."
echo

# Ten pairs, with and without a control page.
[ "$BENCH/hot-etch" -nt "$PREFIX/lib/libetch.so" ] || "$BENCH_SOURCE/hot.sh" >/dev/null
for i in $(seq 10); do
    for control in 0 1; do
        ETCH_CONTROL=$control ETCH_TRACE="bench_two;benchlib_two;file=$work/trace,buffer=64M" \
            "$BENCH/hot-etch" 20000 51 >"pair-$control.$i"
    done
done
# share CASE: the median of the pairs' quotients, of those that had a core of their own
share() {
    for i in $(seq 10); do
        awk -v c="$1" '$1 == c && $2 != "-" { n[++k] = $2 } END { if (k == 2) print n[1] / n[2] }' \
            "pair-1.$i" "pair-0.$i"
    done | middle 1
}
echo "An event of a program that can be attached to ÷ one of a program with ETCH_CONTROL=0" \
    "(median of ten pairs): on $(share event), off $(share off)."
