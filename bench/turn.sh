#!/bin/bash
# SPDX-License-Identifier: MIT
# A packet's turn, once in some 800 events: its instructions, by callgrind, where a packet is free
# and where the oldest is overwritten; and what an event costs a flight recorder for good.
set -euo pipefail

work=$TMPFS/turn
mkdir -p "$work"
cd "$work"
"$ETCH" gen --backends=ctf --group=bench -o . "$BENCH_SOURCE/trace-events"
cat >turn.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <x86intrin.h>
#include "trace-bench.h"

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    long n = atol(argv[argc - 1]);
    double best = 1e9, clock = 1e9;
    for (int round = 0; round < 5; round++) {
        double start = now_ns();
        for (long i = 0; i < n; i++)
            trace_bench_two((unsigned long)i, 2);
        double middle = now_ns();
        unsigned long long x = 0;
        for (long i = 0; i < n; i++)
            x += __rdtsc();
        double end = now_ns() + (x == 1);
        best = (middle - start) / n < best ? (middle - start) / n : best;
        clock = (end - middle) / n < clock ? (end - middle) / n : clock;
    }
    printf("%.2f %.2f\n", best, clock);
}
END
flags=$(PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig pkg-config --cflags --libs etch)
# shellcheck disable=SC2086
gcc -O2 -g -o turn turn.c trace-bench.c $flags -Wl,-rpath,"$PREFIX/lib"

# instructions POLICY BUFFER N: of the slow path in all.
instructions() {
    ETCH_TRACE="bench_two,policy=$1,buffer=$2,ctf=$work/t.ctf" valgrind --tool=callgrind \
        --callgrind-out-file=cg.out --toggle-collect=etch_event_rare ./turn "$3" >log 2>&1
    rm -rf t.ctf
    sed -n 's/^.*Collected : \([0-9]*\).*/\1/p' log
}

# turn POLICY BUFFER: instructions of one, from the difference of two runs. An event has 20 bytes,
# a packet room for (16384 - 88) / 20 of them.
turn() {
    echo $((($(instructions "$1" "$2" 40000) - $(instructions "$1" "$2" 20000)) / (5 * 20000 / 814)))
}

echo "| a packet's turn | instructions |"
echo "|---|---|"
echo "| policy drop, a packet is free | $(turn drop 64M) |"
echo "| policy overwrite, the oldest is taken | $(turn overwrite 256K) |"
echo
ETCH_TRACE="bench_two,policy=overwrite,buffer=4M,ctf=$work/t.ctf" ./turn 2000000 >figures
read -r event clock <figures
echo "A flight recorder of 4 MB, sustained, two \`uint64_t\`: $event ns an event; plain rdtsc: $clock ns."
