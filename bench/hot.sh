#!/bin/bash
# SPDX-License-Identifier: MIT
# ns an event: etch beside rdtsc, QEMU's simple backend and LTTng-UST, in executables made from
# the same hot.c, run in turn; a table of the medians over the turns.
set -euo pipefail
# shellcheck source=bench/peers.sh
. "$BENCH_SOURCE/peers.sh"

turns=${BENCH_TURNS:-5}
cases="rdtsc clock_gettime event event-library work work-event rdtsc-2 event-2 empty off"

build() {
    generate_peers
    gcc "${etch_flags[@]}" -DPEER_LIBRARY -fPIC -shared -o "$BENCH/libhot.so" \
        "$BENCH_SOURCE/hot_library.c" "$BENCH/gen/trace-benchlib.c" "${etch_link[@]}"
    build_etch hot "$BENCH/libhot.so" -Wl,-rpath,"$BENCH"
    build_qemu hot "$BENCH_SOURCE/hot_library.c"
    build_lttng hot "$BENCH_SOURCE/hot_library.c"
}

# turn N: each peer once, with a burst that fits its buffer.
turn() {
    local out=$TMPFS/hot
    ETCH_TRACE="bench_two;benchlib_two;file=$TMPFS/etch.trace,buffer=64M,policy=block" \
        "$BENCH/hot-etch" 20000 151 >"$out-etch.$1"
    etch_stat events "$TMPFS/etch.trace" >"$out-etch-kept.$1"
    SHIM_TRACE=bench_two SHIM_FILE=$TMPFS/qemu.trace "$BENCH/hot-qemu" 1300 151 >"$out-qemu.$1"
    etch_stat events "$TMPFS/qemu.trace" >"$out-qemu-kept.$1"
    lttng_session bench:two
    "$BENCH/hot-lttng" 20000 51 >"$out-lttng.$1"
    lttng_session_end
    lttng_count "$TMPFS/lttng" >"$out-lttng-kept.$1"
    rm -rf "$TMPFS"/*.trace "$TMPFS/lttng"
}

# median PEER CASE [2]: of the rounds on a core of its own, or (2) on a shared one
median() {
    sed -n "s/^$2 //p" "$TMPFS/hot-$1".[0-9]* | middle "${3:-1}"
}

# cell PEER CASE
cell() {
    echo "$(median "$1" "$2") / $(median "$1" "$2" 2)"
}

kept() {
    awk '/^fired/ { fired += $2 } NF == 1 { kept += $1 }
        END { printf "%.2f %%", 100 * kept / fired }' \
        "$TMPFS/hot-$1".[0-9]* "$TMPFS/hot-$1-kept".*
}

build
lttng_start
for i in $(seq "$turns"); do turn "$i"; done

echo "| ns (median), own core / shared | etch | QEMU 7.2 simple | LTTng-UST |"
echo "|---|---|---|---|"
for name in $cases; do
    echo "| $name | $(cell etch "$name") | $(cell qemu "$name") | $(cell lttng "$name") |"
done
echo "| kept | $(kept etch) | $(kept qemu) | $(kept lttng) |"
echo
for column in 1 2; do
    [ "$column" = 1 ] && echo "On a core of its own:" || echo "On a shared one:"
    echo "event ÷ rdtsc $(ratio "$(median etch event $column)" "$(median etch rdtsc $column)" 3)," \
        "in a shared library $(ratio "$(median etch event-library $column)" "$(median etch rdtsc $column)" 3)," \
        "two threads $(ratio "$(median etch event-2 $column)" "$(median etch rdtsc-2 $column)" 3);" \
        "added to the work loop: $(awk -v a="$(median etch work-event $column)" \
            -v b="$(median etch work $column)" 'BEGIN { printf "%.2f ns", a - b }')"
    echo
done
