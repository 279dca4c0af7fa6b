#!/bin/bash
# SPDX-License-Identifier: MIT
# What a program that is linked with libetch and traces nothing pays at its start: posix_spawn to
# exit, beside the same program linked with an empty shared library, in turn.
set -euo pipefail

work=$TMPFS/start
mkdir -p "$work"
cd "$work"

echo 'int main(void) { return 0; }' >main.c
: >empty.c
gcc -O2 -fPIC -shared -o libempty.so empty.c
gcc -O2 -o empty main.c -Wl,--no-as-needed -L. -lempty -Wl,-rpath,"$work"

# program NAME GROUPS EVENTS: as many groups of as many events each
program() {
    local files=() g i
    for g in $(seq "$2"); do
        for i in $(seq "$3"); do
            echo "start${g}_event_$i(int a, int b) \"a %d b %d\""
        done >"$1-$g.events"
        "$ETCH" gen --backends=simple --group="$1_$g" -o . "$1-$g.events"
        files+=("trace-$1_$g.c")
    done
    gcc -O1 -I"$PREFIX/include" -o "$1" main.c "${files[@]}" -L"$PREFIX/lib" \
        -Wl,-rpath,"$PREFIX/lib" -letch
}

program g1 1 3
program g2 2 3
program g3 3 3
program g10 10 3
program big1 1 6000
program big3 3 2000

rounds=${BENCH_STARTS:-500}
out=$("$BENCH/spawn" "$rounds" -- ./empty -- ./g1 -- ./g2 -- ./g3 -- ./g10 -- ./big1 -- ./big3)
base=$(sed -n '1s/ .*//p' <<<"$out")
echo "| start and end of a program that traces nothing | µs (median of $rounds) | more |"
echo "|---|---|---|"
n=0
for name in "linked with an empty library" "1 group of 3 events" "2 groups of 3" \
    "3 groups of 3" "10 groups of 3" "1 group of 6,000" "3 groups of 2,000"; do
    n=$((n + 1))
    us=$(sed -n "${n}s/ .*//p" <<<"$out")
    echo "| $name | $us | $(awk -v a="$us" -v b="$base" 'BEGIN { printf "%.1f", a - b }') |"
done
