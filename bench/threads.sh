#!/bin/bash
# SPDX-License-Identifier: MIT
# Four threads that fire as fast as they can, on however few processors there are: the share of
# their events that is kept where events are dropped, and events a second where threads wait; etch's
# ctf beside LTTng, in turn, each with 8 MB of buffers.
set -euo pipefail
# shellcheck source=bench/peers.sh
. "$BENCH_SOURCE/peers.sh"

events=${BENCH_THREADS:-5000000} # of each thread
threads=4
turns=${BENCH_TURNS:-5}
said=$TMPFS/threads-said

# one PEER POLICY: appends "seconds kept ns-an-event" to its list
one() {
    local seconds kept trace=$TMPFS/threads.trace channel="--subbuf-size=1M --num-subbuf=4"
    case $1 in
    etch)
        seconds=$(ETCH_TRACE="bench_two,ctf=$trace,buffer=8M,policy=$2" \
            seconds_of "$said" "$BENCH/sustained-ctf" "$events" $threads)
        kept=$(etch_stat events "$trace")
        ;;
    lttng)
        [ "$2" = drop ] || channel+=" --blocking-timeout=inf"
        LTTNG_OUTPUT=$trace LTTNG_CHANNEL=$channel lttng_session bench:two
        seconds=$(LTTNG_UST_ALLOW_BLOCKING=1 seconds_of "$said" "$BENCH/sustained-lttng" "$events" $threads)
        lttng_session_end
        kept=$(lttng_count "$trace")
        ;;
    esac
    echo "$(less_clock "$seconds" $((events * threads)) "$said") $kept $(<"$said")" \
        >>"$TMPFS/threads-$1-$2"
    rm -rf "$trace"
}

generate_peers
build_ctf sustained
build_lttng sustained
lttng_start
for _ in $(seq "$turns"); do
    for policy in drop block; do
        for peer in etch lttng; do one $peer $policy; done
    done
done

all=$((events * threads))
echo "| $threads threads, $all events | kept | ns an event, all threads together | ns an rdtsc | M kept/s |"
echo "|---|---|---|---|---|"
for policy in drop block; do
    for peer in etch lttng; do
        list=$TMPFS/threads-$peer-$policy
        echo "| $peer, $policy | $(awk -v all=$all '{ print 100 * $2 / all }' "$list" | middle 1) % |" \
            "$(middle 4 <"$list") | $(middle 3 <"$list") |" \
            "$(awk '{ print $2 / $1 / 1e6 }' "$list" | middle 1) |"
    done
done
