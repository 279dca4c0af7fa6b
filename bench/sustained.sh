#!/bin/bash
# SPDX-License-Identifier: MIT
# 50 million events, in one loop: nanoseconds of one beside one rdtsc, and events kept a second until
# the file is closed. etch's ctf and simple (policy block: nothing is lost) beside QEMU's simple
# backend (which drops) and LTTng (--blocking-timeout=inf), in turn; on tmpfs, and ctf and LTTng on
# disk, in the page cache and with fsync, beside what dd reaches.
set -euo pipefail
# shellcheck source=bench/peers.sh
. "$BENCH_SOURCE/peers.sh"

events=${BENCH_SUSTAINED:-50000000}
turns=${BENCH_TURNS:-5}
said=$TMPFS/sustained-said

# On a disk what was written is brought there; on tmpfs that costs nothing.
synced() {
    "$@"
    find "$trace" -type f -exec sync {} +
}

# through_lttng COMMAND...: until its trace is closed
through_lttng() {
    LTTNG_UST_ALLOW_BLOCKING=1 "$@"
    lttng_session_end
}

# one PEER FILE: appends "seconds kept dropped bytes rdtsc event" to the peer's list
one() {
    local seconds trace=$2 keys="policy=block,buffer=${BENCH_BUFFER:-8M}" command=() counted
    case $1 in *fsync) command=(synced) ;; esac
    case $1 in
    qemu) seconds=$(SHIM_TRACE=bench_two SHIM_FILE=$trace seconds_of "$said" "$BENCH/sustained-qemu" "$events") ;;
    simple) seconds=$(ETCH_TRACE="bench_two,file=$trace,$keys" seconds_of "$said" "$BENCH/sustained-etch" "$events") ;;
    ctf*)
        seconds=$(ETCH_TRACE="bench_two,ctf=$trace,$keys" \
            seconds_of "$said" "${command[@]}" "$BENCH/sustained-ctf" "$events")
        ;;
    lttng*)
        LTTNG_OUTPUT=$trace LTTNG_CHANNEL="--subbuf-size=1M --num-subbuf=8 --blocking-timeout=inf" \
            lttng_session bench:two
        seconds=$(seconds_of "$said" "${command[@]}" through_lttng "$BENCH/sustained-lttng" "$events")
        ;;
    esac
    case $1 in
    lttng*) counted="$(lttng_count "$trace") 0" ;;
    *) counted="$(etch_stat events "$trace") $(etch_stat dropped "$trace")" ;;
    esac
    echo "$(less_clock "$seconds" "$events" "$said") $counted $(du -sb "$trace" | cut -f1)" \
        "$(<"$said")" >>"$TMPFS/sustained-$1"
    rm -rf "$trace"
}

# plain PEER [CONV]: as many bytes as ctf has written there, by dd
plain() {
    local bytes
    bytes=$(awk 'END { print $4 }' "$TMPFS/sustained-ctf-disk")
    echo "$(seconds_of "$said" dd if=/dev/zero of="$BENCH/dd.trace" bs=1M count=$((bytes / 1048576)) \
        status=none "${@:2}") 0 0 $((bytes / 1048576 * 1048576)) - -" >>"$TMPFS/sustained-$1"
    rm -f "$BENCH/dd.trace"
}

# column PEER N: the median
column() {
    middle "$2" <"$TMPFS/sustained-$1"
}

# rate PEER: millions of events, and of bytes, a second
rate() {
    awk '{ print $2 / $1 / 1e6 }' "$TMPFS/sustained-$1" | middle 1
}
bytes_rate() {
    awk '{ print $4 / $1 / 1e6 }' "$TMPFS/sustained-$1" | middle 1
}

generate_peers
build_etch sustained
build_ctf sustained
build_qemu sustained
build_lttng sustained
lttng_start
peers="ctf simple qemu lttng ctf-disk lttng-disk ctf-fsync lttng-fsync"
for _ in $(seq "$turns"); do
    for peer in $peers; do
        case $peer in
        *-disk | *-fsync) one "$peer" "$BENCH/disk.trace" ;;
        *) one "$peer" "$TMPFS/memory.trace" ;;
        esac
    done
    plain dd-disk
    plain dd-fsync conv=fsync
done

echo "| $events events | ns an event | ns an rdtsc | seconds | kept | dropped | bytes | M kept/s | MB/s |"
echo "|---|---|---|---|---|---|---|---|---|"
for peer in $peers dd-disk dd-fsync; do
    echo "| $peer | $(column "$peer" 6) | $(column "$peer" 5) | $(column "$peer" 1) |" \
        "$(column "$peer" 2) | $(column "$peer" 3) | $(column "$peer" 4) | $(rate "$peer") |" \
        "$(bytes_rate "$peer") |"
done
echo
echo "ctf ÷ rdtsc: $(ratio "$(column ctf 6)" "$(column ctf 5)"); M kept/s: ctf ÷ QEMU:" \
    "$(ratio "$(rate ctf)" "$(rate qemu)"), simple ÷ QEMU: $(ratio "$(rate simple)" "$(rate qemu)")," \
    "ctf ÷ LTTng: $(ratio "$(rate ctf)" "$(rate lttng)"); MB/s on disk ÷ dd:" \
    "$(ratio "$(bytes_rate ctf-disk)" "$(bytes_rate dd-disk)"), with fsync" \
    "$(ratio "$(bytes_rate ctf-fsync)" "$(bytes_rate dd-fsync)")"
