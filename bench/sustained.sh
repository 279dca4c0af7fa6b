#!/bin/bash
# SPDX-License-Identifier: MIT
# 20 million events, in one loop: nanoseconds of one beside one rdtsc, and events kept a second until
# the file is closed. etch's ctf and simple (policy block: nothing is lost) beside QEMU's simple
# backend (which drops), in turn; on tmpfs, and ctf on disk, in the page cache and with fsync.
set -euo pipefail
# shellcheck source=bench/peers.sh
. "$BENCH_SOURCE/peers.sh"

events=${BENCH_SUSTAINED:-20000000}
turns=${BENCH_TURNS:-5}
said=$TMPFS/sustained-said

# timed COMMAND...: seconds; what it says is in $said
timed() {
    local start=$EPOCHREALTIME
    "$@" >"$said"
    awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.4f", b - a }'
}

synced() {
    "$@"
    sync "$trace"/*
}

# one PEER FILE: appends "seconds kept dropped bytes rdtsc event" to the peer's list
one() {
    local seconds trace=$2 keys="policy=block,buffer=${BENCH_BUFFER:-8M}"
    case $1 in
    qemu) seconds=$(SHIM_TRACE=bench_two SHIM_FILE=$trace timed "$BENCH/sustained-qemu" "$events") ;;
    simple) seconds=$(ETCH_TRACE="bench_two,file=$trace,$keys" timed "$BENCH/sustained-etch" "$events") ;;
    fsync) seconds=$(ETCH_TRACE="bench_two,ctf=$trace,$keys" timed synced "$BENCH/sustained-ctf" "$events") ;;
    *) seconds=$(ETCH_TRACE="bench_two,ctf=$trace,$keys" timed "$BENCH/sustained-ctf" "$events") ;;
    esac
    echo "$seconds $(etch_stat events "$trace") $(etch_stat dropped "$trace")" \
        "$(du -sb "$trace" | cut -f1) $(<"$said")" >>"$TMPFS/sustained-$1"
    rm -rf "$trace"
}

# column PEER N: the median
column() {
    awk -v n="$2" '{ print $n }' "$TMPFS/sustained-$1" | sort -n | sed -n "$(((turns + 1) / 2))p"
}

rate() {
    awk '{ print $2 / $1 / 1e6 }' "$TMPFS/sustained-$1" | sort -n | sed -n "$(((turns + 1) / 2))p"
}

generate_peers
build_etch sustained
build_ctf sustained
build_qemu sustained
for _ in $(seq "$turns"); do
    one ctf "$TMPFS/ctf.trace"
    one simple "$TMPFS/simple.trace"
    one qemu "$TMPFS/qemu.trace"
    one disk "$BENCH/ctf.trace"
    one fsync "$BENCH/ctf.trace"
done

echo "| $events events | ns an event | ns an rdtsc | seconds | kept | dropped | bytes | M kept/s |"
echo "|---|---|---|---|---|---|---|---|"
for peer in ctf simple qemu disk fsync; do
    echo "| $peer | $(column $peer 6) | $(column $peer 5) | $(column $peer 1) |" \
        "$(column $peer 2) | $(column $peer 3) | $(column $peer 4) | $(rate $peer) |"
done
echo
echo "ctf ÷ QEMU: $(ratio "$(rate ctf)" "$(rate qemu)"); ctf ÷ rdtsc:" \
    "$(ratio "$(column ctf 6)" "$(column ctf 5)")"
