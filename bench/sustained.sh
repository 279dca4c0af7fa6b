#!/bin/bash
# SPDX-License-Identifier: MIT
# 20 million events, from the first to the closed file: events kept a second, etch (block, nothing
# lost) beside QEMU's simple backend (which drops), in turn; on tmpfs, and etch on disk.
set -euo pipefail
# shellcheck source=bench/peers.sh
. "$BENCH_SOURCE/peers.sh"

events=${BENCH_SUSTAINED:-20000000}
turns=${BENCH_TURNS:-5}

# timed COMMAND...: seconds
timed() {
    local start=$EPOCHREALTIME
    "$@" >/dev/null
    awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.4f", b - a }'
}

# one PEER FILE: appends "seconds kept" to the peer's list
one() {
    local seconds
    case $1 in
    qemu) seconds=$(SHIM_TRACE=bench_two SHIM_FILE=$2 timed "$BENCH/sustained-qemu" "$events") ;;
    *) seconds=$(ETCH_TRACE="bench_two,file=$2,policy=block,buffer=${BENCH_BUFFER:-8M}" \
        timed "$BENCH/sustained-etch" "$events") ;;
    esac
    echo "$seconds $(etch_stat events "$2") $(etch_stat dropped "$2") $(stat -c %s "$2")" \
        >>"$TMPFS/sustained-$1"
    rm -f "$2"
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
build_qemu sustained
for _ in $(seq "$turns"); do
    one etch "$TMPFS/etch.trace"
    one qemu "$TMPFS/qemu.trace"
    one disk "$BENCH/etch.trace"
done

echo "| $events events | seconds | kept | dropped | bytes | M kept/s |"
echo "|---|---|---|---|---|---|"
for peer in etch qemu disk; do
    echo "| $peer | $(column $peer 1) | $(column $peer 2) | $(column $peer 3) |" \
        "$(column $peer 4) | $(rate $peer) |"
done
echo
echo "etch ÷ QEMU: $(ratio "$(rate etch)" "$(rate qemu)")"
