#!/bin/bash
# SPDX-License-Identifier: MIT
# How long recovery takes: a pool of 256 packets, full of events of which none is in a trace (the
# policy is overwrite), of a program that killed itself; pool and trace on tmpfs. The whole command
# is measured; the median of 21.
set -euo pipefail

work=$TMPFS/recover
mkdir -p "$work"
cd "$work"
echo 'rec(uint64_t a, uint64_t b) "a %" PRIu64 " b %" PRIu64' >events
cat >main.c <<'EOF'
#include <signal.h>
#include "trace-rec.h"
int main(void)
{
    for (uint64_t i = 0; i < 2000000; i++)
        trace_rec(i, i);
    return raise(SIGKILL);
}
EOF

# median OUTPUTS: of `etch recover` on the same pool again and again, in ms; events first
median() {
    local pool side times=() t0 t1 i
    rm -rf F T rec
    "$ETCH" gen --backends="$1" --group=rec -o . events
    gcc -O2 -I"$PREFIX/include" -o rec main.c trace-rec.c -L"$PREFIX/lib" -Wl,-rpath,"$PREFIX/lib" \
        -letch
    ETCH_TRACE="*,file=$PWD/F,ctf=$PWD/T,policy=overwrite" ./rec &
    wait $! 2>/dev/null || true
    for pool in /run/user/"$(id -u)"/etch/pool.$!.* /dev/shm/etch-"$(id -u)"/pool.$!.*; do
        [ ! -e "$pool" ] || break
    done
    side=$(dd if="$pool" bs=1 skip=1328 count=1024 status=none | tr -d '\000')
    cp --sparse=always "$pool" pool.kept
    cp "$side" side.kept
    for i in $(seq 21); do
        cp side.kept "$side"
        t0=${EPOCHREALTIME/[.,]/}
        "$ETCH" recover "$pool" >said
        t1=${EPOCHREALTIME/[.,]/}
        times+=($((t1 - t0)))
        cp --sparse=always pool.kept "$pool"
    done
    rm -f "$pool" "$side"
    printf '| %s | %s | %s |\n' "$1" "$(sed 's/.*: \([0-9]*\) events.*/\1/' said)" \
        "$(printf '%s\n' "${times[@]}" | sort -n | sed -n 11p | awk '{printf "%.1f", $1 / 1000}')"
}

echo '| recovery of a pool of 256 packets | events | ms |'
echo '|---|---|---|'
median ctf
median simple
median ctf,simple
