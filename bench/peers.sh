# SPDX-License-Identifier: MIT
# Builds one program of bench/ against each peer; sourced by the scripts that compare.
# Reads: BENCH, BENCH_SOURCE, PREFIX, ETCH, QEMU, SHIM as bench/run sets them.
# shellcheck shell=bash

# Functions begin on a cache line in all of them, so that no figure hangs on where the linker
# happens to put a loop.
common_flags=(-O2 -falign-functions=64 -falign-loops=32 -D_GNU_SOURCE)
etch_flags=("${common_flags[@]}" -DPEER_ETCH -I"$BENCH/gen" -I"$PREFIX/include")
etch_link=(-L"$PREFIX/lib" -Wl,-rpath,"$PREFIX/lib" -letch -lpthread)

# The generated code of etch and of QEMU's tracetool.py for bench/trace-events.
generate_peers() {
    mkdir -p "$BENCH/gen" "$BENCH/gen-qemu"
    (cd "$BENCH_SOURCE" &&
        "$ETCH" gen --backends=simple --group=bench -o "$BENCH/gen" trace-events &&
        "$ETCH" gen --backends=ctf --group=bench -o "$BENCH/gen-ctf" trace-events &&
        "$ETCH" gen --backends=simple --group=benchlib -o "$BENCH/gen" library/trace-events &&
        for format in h c; do
            python3 "$QEMU/scripts/tracetool.py" --backend=simple --group=bench \
                --format=$format trace-events "$BENCH/gen-qemu/trace-bench.$format"
        done)
}

# build_etch PROGRAM [FILE...]: $BENCH/PROGRAM-etch
build_etch() {
    gcc "${etch_flags[@]}" -o "$BENCH/$1-etch" "$BENCH_SOURCE/$1.c" "$BENCH/gen/trace-bench.c" \
        "${@:2}" "${etch_link[@]}"
}

# The same with the backend ctf: $BENCH/PROGRAM-ctf
build_ctf() {
    gcc "${common_flags[@]}" -DPEER_ETCH -I"$BENCH/gen-ctf" -I"$PREFIX/include" \
        -o "$BENCH/$1-ctf" "$BENCH_SOURCE/$1.c" "$BENCH/gen-ctf/trace-bench.c" "${@:2}" \
        "${etch_link[@]}"
}

# build_amalgamated PROGRAM NAME [FLAG...]: $BENCH/NAME, with a libetch of its own, made with the flags
build_amalgamated() {
    "$BENCH_SOURCE/../scripts/amalgamate.sh" "$BENCH"
    gcc "${etch_flags[@]}" "${@:3}" -o "$BENCH/$2" "$BENCH_SOURCE/$1.c" "$BENCH/gen/trace-bench.c" \
        "$BENCH/etch.c" -lpthread
}

build_qemu() {
    local flags
    flags=$(pkg-config --cflags --libs glib-2.0)
    # shellcheck disable=SC2086
    gcc "${common_flags[@]}" -DPEER_QEMU -DCONFIG_TRACE_SIMPLE -I"$BENCH/gen-qemu" -I"$SHIM" \
        -I"$QEMU" -o "$BENCH/$1-qemu" "$BENCH_SOURCE/$1.c" "$BENCH/gen-qemu/trace-bench.c" \
        "${@:2}" "$SHIM/shim.c" "$QEMU/trace/simple.c" $flags -lpthread
}

build_lttng() {
    gcc "${common_flags[@]}" -DPEER_LTTNG -I"$BENCH_SOURCE" -o "$BENCH/$1-lttng" \
        "$BENCH_SOURCE/$1.c" "$BENCH_SOURCE/lttng/provider.c" "${@:2}" -llttng-ust -lpthread
}

# A session daemon of our own, unless one runs already; it ends with the script.
lttng_start() {
    export LTTNG_HOME=$TMPFS/lttng-home
    mkdir -p "$LTTNG_HOME"
    trap lttng_stop EXIT
    lttng --no-sessiond list >/dev/null 2>&1 ||
        lttng-sessiond --no-kernel --pidfile="$TMPFS/lttng.pid" --daemonize >/dev/null 2>&1
}

lttng_stop() {
    [ ! -e "$TMPFS/lttng.pid" ] || kill "$(cat "$TMPFS/lttng.pid")"
}

# lttng_session EVENTS [CONTEXT]: begins a session that writes to ${LTTNG_OUTPUT:-$TMPFS/lttng},
# by a channel of $LTTNG_CHANNEL, whose buffers are 64 MB of each processor.
lttng_session() {
    {
        lttng create bench --output="${LTTNG_OUTPUT:-$TMPFS/lttng}"
        # shellcheck disable=SC2086 # a list of words
        lttng enable-channel --userspace --session=bench \
            ${LTTNG_CHANNEL:---subbuf-size=8M --num-subbuf=8} channel
        lttng enable-event --userspace --session=bench --channel=channel "$1"
        [ -z "${2:-}" ] || lttng add-context --userspace --session=bench --type="$2"
        lttng start bench
    } >/dev/null
}

lttng_session_end() {
    lttng destroy bench >/dev/null
}

# lttng_count TRACE: its events
lttng_count() {
    babeltrace2 "$1" --component=count:sink.utils.counter 2>/dev/null |
        sed -nE 's/^ *([0-9]+) Event messages.*/\1/p' | tail -n 1
}

# json_number KEY: the first number of that key in the JSON on stdin.
json_number() {
    grep -o "\"$1\": *[0-9]*" | head -n 1 | grep -o '[0-9]*$'
}

# etch_stat KEY TRACE: one of the totals of a trace.
etch_stat() {
    "$ETCH" stat --json "$2" | json_number "$1"
}

# seconds_of FILE COMMAND...: seconds; what the command says goes to FILE
seconds_of() {
    local start=$EPOCHREALTIME
    "${@:2}" >"$1"
    awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.4f", b - a }'
}

# less_clock SECONDS READINGS FILE: without the loop of as many rdtsc, of which `sustained` said in
# FILE how many ns one took
less_clock() {
    awk -v s="$1" -v n="$2" '{ printf "%.4f", s - n * $1 / 1e9 }' "$3"
}

# middle COLUMN: the median of a column of stdin's lines, but for those that have none
middle() {
    awk -v c="$1" '$c != "-" { print $c }' | sort -n |
        awk '{ v[NR] = $1 } END { print NR ? v[int((NR + 1) / 2)] : "-" }'
}

# ratio A B [DIGITS]
ratio() {
    awk -v a="$1" -v b="$2" -v d="${3:-2}" 'BEGIN { if (b == "-") print "-"; else printf "%.*f", d, a / b }'
}
