# SPDX-License-Identifier: MIT
# single KIND EVENTS: one event at a time, etch beside LTTng-UST, each the median of the turns'
# percentiles; sourced by tail.sh and cold.sh. `etch64` is etch with packets of 64 KiB instead of
# 16.
# Reads: what bench/run sets.
# shellcheck shell=bash
# shellcheck source=bench/peers.sh
. "$BENCH_SOURCE/peers.sh"

turns=${BENCH_TURNS:-5}

# turn KIND EVENTS N: each peer once, with the share of events that its trace kept.
turn() {
    local out=$TMPFS/$1 peer
    for peer in etch etch64; do
        ETCH_TRACE="bench_two,file=$TMPFS/etch.trace,buffer=8M,policy=block" \
            "$BENCH/single-$peer" "$1" "$2" >"$out-$peer.$3"
        etch_stat events "$TMPFS/etch.trace" >"$out-$peer-kept.$3"
        rm -rf "$TMPFS/etch.trace"
    done
    lttng_session bench:two
    "$BENCH/single-lttng" "$1" "$2" >"$out-lttng.$3"
    lttng_session_end
    lttng_count "$TMPFS/lttng" >"$out-lttng-kept.$3"
    rm -rf "$TMPFS/lttng"
}

# column KIND PEER CASE N: the median over the turns
column() {
    awk -v name="$3" -v n="$4" '$1 == name { print $n }' "$TMPFS/$1-$2".[0-9]* | sort -n |
        sed -n "$(((turns + 1) / 2))p"
}

single() {
    local i peer name
    generate_peers
    build_etch single
    build_amalgamated single single-etch64 -DETCH_POOL_PACKET_SIZE=65536u
    build_lttng single
    lttng_start
    for i in $(seq "$turns"); do turn "$1" "$2" "$i"; done
    echo "| ns, $2 single events | p50 | p90 | p99 | p99.9 | p99.99 | kept |"
    echo "|---|---|---|---|---|---|---|"
    for peer in etch etch64 lttng; do
        for name in rdtsc event; do
            printf '| %s, %s |' "$peer" "$name"
            for i in 2 3 4 5 6; do printf ' %s |' "$(column "$1" $peer $name $i)"; done
            if [ $name = event ]; then
                awk '/^fired/ { fired += $2 } NF == 1 { kept += $1 }
                    END { printf " %.2f %% |\n", 100 * kept / fired }' \
                    "$TMPFS/$1-$peer".[0-9]* "$TMPFS/$1-$peer-kept".*
            else
                echo " |"
            fi
        done
    done
}
