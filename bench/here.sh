#!/bin/bash
# SPDX-License-Identifier: MIT
# ns an event: declared by etch/here.h and declared notime, beside a generated one and rdtsc, in
# one program that records to CTF.
set -euo pipefail
# shellcheck source=bench/peers.sh
. "$BENCH_SOURCE/peers.sh"

turns=${BENCH_TURNS:-5}
gen=$BENCH/gen-here
mkdir -p "$gen"
(cd "$BENCH_SOURCE" &&
    "$ETCH" gen --backends=ctf --group=bench -o "$gen" trace-events &&
    "$ETCH" gen --backends=ctf --group=benchhere -o "$gen" here/trace-events &&
    "$ETCH" gen --backends=ctf --group=benchlib -o "$gen" library/trace-events)
flags=("${common_flags[@]}" -DPEER_ETCH -DPEER_HERE -I"$gen" -I"$PREFIX/include")
gcc "${flags[@]}" -DPEER_LIBRARY -fPIC -shared -o "$BENCH/libhere.so" "$BENCH_SOURCE/hot_library.c" \
    "$gen/trace-benchlib.c" "${etch_link[@]}"
gcc "${flags[@]}" -o "$BENCH/here" "$BENCH_SOURCE/hot.c" "$gen/trace-bench.c" "$gen/trace-benchhere.c" \
    "$BENCH/libhere.so" -Wl,-rpath,"$BENCH" "${etch_link[@]}"

for i in $(seq "$turns"); do
    ETCH_TRACE="bench_two;bench_here;bench_notime;benchlib_two;ctf=$TMPFS/here.ctf,buffer=64M,policy=block" \
        "$BENCH/here" 20000 151 >"$TMPFS/here.$i"
    etch_stat events "$TMPFS/here.ctf" >"$TMPFS/here-kept.$i"
    rm -rf "$TMPFS/here.ctf"*
done

median() {
    sed -n "s/^$1 //p" "$TMPFS"/here.[0-9]* | middle "${2:-1}"
}

echo "| ns (median) | own core | shared |"
echo "|---|---|---|"
for name in rdtsc event here notime off off-here; do
    echo "| $name | $(median "$name") | $(median "$name" 2) |"
done
awk '/^fired/ { fired += $2 } NF == 1 { kept += $1 } END { printf "| kept | %.2f %% | |\n", 100 * kept / fired }' \
    "$TMPFS"/here.[0-9]* "$TMPFS"/here-kept.*
echo
echo "here ÷ generated: $(ratio "$(median here)" "$(median event)" 3)," \
    "on a shared core $(ratio "$(median here 2)" "$(median event 2)" 3)"
