#!/bin/bash
# SPDX-License-Identifier: MIT
# Reading: 5 million events through `etch simpletrace` and `etch print`, output to /dev/null, and a
# tenth of them, also through QEMU 7.2's simpletrace.py; and the peak memory of each.
set -euo pipefail
# shellcheck source=bench/peers.sh
. "$BENCH_SOURCE/peers.sh"

events=${BENCH_READ:-5000000}

record() {
    ETCH_TRACE="bench_two,file=$2,policy=block" "$BENCH/sustained-etch" "$1"
}

# row NAME SPAWN-LINE EVENTS
row() {
    awk -v name="$1" -v line="$2" -v n="$3" 'BEGIN { split(line, f, " ");
        printf "| %s | %d | %.3f | %.2f | %.2f | %d |\n", name, n, f[1] / 1e6, n / f[1],
            n / f[2], f[3] }'
}

generate_peers
build_etch sustained
record "$events" "$TMPFS/big"
record $((events / 10)) "$TMPFS/small"
events_file=$BENCH_SOURCE/trace-events
old=(python3 "$QEMU/scripts/simpletrace.py" "$events_file")

ours=$("$BENCH/spawn" 5 -- "$ETCH" simpletrace "$events_file" "$TMPFS/big" \
    -- "$ETCH" simpletrace "$events_file" "$TMPFS/small" \
    -- "$ETCH" print --events "$events_file" "$TMPFS/big" \
    -- "$ETCH" print --events "$events_file" "$TMPFS/small" \
    -- "$ETCH" stat "$TMPFS/big")
theirs=$("$BENCH/spawn" 3 -- "${old[@]}" "$TMPFS/small")

echo "| reader | events | seconds | M events/s | M events/s of processor time | peak KiB |"
echo "|---|---|---|---|---|---|"
row "etch simpletrace" "$(sed -n 1p <<<"$ours")" "$events"
row "etch simpletrace" "$(sed -n 2p <<<"$ours")" $((events / 10))
row "etch print" "$(sed -n 3p <<<"$ours")" "$events"
row "etch print" "$(sed -n 4p <<<"$ours")" $((events / 10))
row "etch stat" "$(sed -n 5p <<<"$ours")" "$events"
row "simpletrace.py 7.2" "$theirs" $((events / 10))
echo
echo "simpletrace.py ÷ etch simpletrace on the same trace:" \
    "$(ratio "${theirs%% *}" "$(sed -n '2s/ .*//p' <<<"$ours")" 0)"
