#!/bin/bash
# SPDX-License-Identifier: MIT
# What a program that is linked with libetch and traces nothing pays at its start: posix_spawn to
# exit, beside the same program linked with an empty shared library, in turn. "Code alone" is the
# generated code of so many events without libetch: what the size of an executable costs.
set -euo pipefail

work=$TMPFS/start
mkdir -p "$work"
cd "$work"

echo 'int main(void) { return 0; }' >main.c
: >empty.c
gcc -O2 -fPIC -shared -o libempty.so empty.c
gcc -O2 -o empty main.c -Wl,--no-as-needed -L. -lempty -Wl,-rpath,"$work"

# program NAME GROUPS EVENTS: as many groups of as many events each; NAME-code is the same with
# functions that do nothing in the place of libetch
program() {
    local objects=() g i
    for g in $(seq "$2"); do
        for i in $(seq "$3"); do
            echo "start${g}_event_$i(int a, int b) \"a %d b %d\""
        done >"$1-$g.events"
        "$ETCH" gen --backends=simple --group="$1_$g" -o . "$1-$g.events"
        gcc -O1 -I"$PREFIX/include" -c "trace-$1_$g.c"
        objects+=("trace-$1_$g.o")
    done
    gcc -O1 -o "$1" main.c "${objects[@]}" -L"$PREFIX/lib" -Wl,-rpath,"$PREFIX/lib" -letch
    nm -u "${objects[@]}" | sed -n 's/^ *U \(etch_[a-z_]*\)$/\1/p' | sort -u |
        sed 's/.*/void &(void) { }/; s/.*etch_thread_cursor.*/__thread void *etch_thread_cursor;/' \
            >"$1-code.c"
    gcc -fPIC -shared -o "lib$1.so" "$1-code.c"
    gcc -O1 -o "$1-code" main.c "${objects[@]}" -L. -l"$1" -Wl,-rpath,"$work"
}

program g1 1 3
program g2 2 3
program g3 3 3
program g10 10 3
program big1 1 6000
program big3 3 2000

rounds=${BENCH_STARTS:-500}
out=$("$BENCH/spawn" "$rounds" -- ./empty -- ./g1 -- ./g2 -- ./g3 -- ./g10 -- ./big1 -- ./big3 \
    -- ./big1-code -- ./big3-code)
base=$(sed -n '1s/ .*//p' <<<"$out")
echo "| start and end of a program that traces nothing | µs (median of $rounds) | more |"
echo "|---|---|---|"
n=0
for name in "linked with an empty library" "1 group of 3 events" "2 groups of 3" \
    "3 groups of 3" "10 groups of 3" "1 group of 6,000" "3 groups of 2,000" "1 group of 6,000, code alone" \
    "3 groups of 2,000, code alone"; do
    n=$((n + 1))
    us=$(sed -n "${n}s/ .*//p" <<<"$out")
    echo "| $name | $us | $(awk -v a="$us" -v b="$base" 'BEGIN { printf "%.1f", a - b }') |"
done
