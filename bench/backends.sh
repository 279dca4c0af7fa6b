#!/bin/bash
# SPDX-License-Identifier: MIT
# ns an event of each backend, on and off, by one thread and by two, beside the code that QEMU
# 7.2's tracetool.py generates for the same backend, from one source; beside an SDT probe and a
# tracepoint of LTTng that are written by hand; and beside a bare snprintf and write. What other
# tools switch is on while they listen: bpftrace counts, lttng-sessiond records. syslog's messages
# go to a socket of our own, in a mount namespace. BENCH_BACKENDS="log ust": these alone.
set -euo pipefail
# shellcheck source=bench/peers.sh
. "$BENCH_SOURCE/peers.sh"

turns=${BENCH_TURNS:-5}
source=$BENCH_SOURCE/backends
kinds="none two six text"
results=$BENCH/back-out
tracefs=/sys/kernel/tracing

# build BACKEND: $BENCH/back-{etch,qemu}-BACKEND
build() {
    # QEMU has no ctf: its simple is what comes nearest.
    local b=$1 of_qemu=${1/ctf/simple} etch=$BENCH/back-gen/etch-$1 qemu=$BENCH/back-gen/qemu-$1 glib objects=() link=()
    rm -rf "$etch" "$qemu"
    mkdir -p "$etch" "$qemu"
    read -ra glib < <(pkg-config --cflags --libs glib-2.0)
    (cd "$source" && "$ETCH" gen --backends="$b" --group=back -o "$etch" trace-events)
    for format in h c; do
        (cd "$source" && python3 "$QEMU/scripts/tracetool.py" --backend="$of_qemu" --group=back \
            --format=$format trace-events "$qemu/trace-back.$format")
    done
    if [ "$b" = dtrace ]; then
        (cd "$source" && python3 "$QEMU/scripts/tracetool.py" --backend="$b" --group=back \
            --format=d trace-events "$qemu/trace-dtrace-back.dtrace")
        for side in "$etch" "$qemu"; do
            dtrace -DSTAP_SDT_V2 -h -s "$side/trace-dtrace-back.dtrace" -o "$side/trace-dtrace-back.h"
            dtrace -DSTAP_SDT_V2 -G -s "$side/trace-dtrace-back.dtrace" -o "$side/probes.o"
        done
        objects=(probes.o)
    fi
    if [ "$b" = ust ]; then
        (cd "$source" && python3 "$QEMU/scripts/tracetool.py" --backend="$b" --group=all \
            --format=ust-events-h trace-events "$qemu/trace-ust-back.h")
        sed 's/trace-ust-all/trace-ust-back/' "$qemu/trace-ust-back.h" >"$qemu/trace-ust-all.h"
        cp "$qemu/trace-ust-all.h" "$qemu/trace-ust-back.h"
        printf '%s\n' '#define TRACEPOINT_DEFINE' '#define TRACEPOINT_CREATE_PROBES' \
            '#include "trace-ust-back.h"' >"$qemu/ust.c"
        objects=(ust.c)
        link=(-llttng-ust -ldl)
    fi
    local ours=() theirs=()
    for o in "${objects[@]}"; do
        [ ! -e "$etch/$o" ] || ours+=("$etch/$o")
        theirs+=("$qemu/$o")
    done
    gcc "${common_flags[@]}" -I"$etch" -I"$PREFIX/include" -o "$BENCH/back-etch-$b" \
        "$source/backends.c" "$etch/trace-back.c" "${ours[@]}" "${etch_link[@]}" "${link[@]}"
    # The shim asks its environment at each event whether it logs: not what QEMU does.
    gcc "${common_flags[@]}" -Dqemu_loglevel_mask=shim_loglevel_mask -DCONFIG_TRACE_SIMPLE -I"$SHIM" \
        -I"$QEMU" "${glib[@]}" -c "$SHIM/shim.c" -o "$qemu/shim.o"
    gcc "${common_flags[@]}" -w -DPEER_QEMU -DCONFIG_TRACE_SIMPLE -I"$qemu" -I"$SHIM" -I"$QEMU" \
        -o "$BENCH/back-qemu-$b" "$source/backends.c" "$qemu/trace-back.c" "${theirs[@]}" \
        "$qemu/shim.o" "$QEMU/trace/simple.c" "${glib[@]}" -lpthread "${link[@]}"
    case $b in
    dtrace) hand "$b" hand_sdt.h ;;
    ust) hand "$b" hand_ust.h ;;
    esac
}

# hand BACKEND HEADER: $BENCH/back-hand-BACKEND
hand() {
    gcc "${common_flags[@]}" -DPEER_HAND="\"$2\"" -I"$source" -o "$BENCH/back-hand-$1" \
        "$source/backends.c" -llttng-ust -ldl -lpthread
}

# sides BACKEND
sides() {
    case $1 in
    dtrace | ust) echo etch qemu hand ;;
    *) echo etch qemu ;;
    esac
}

# fire SIDE BACKEND STATE EVENTS TURN: one process; what listens is in `under`, where the lines of
# the log go in `lines`.
fire() {
    local out=$results/$2-$3-$1.$5 patterns='*' file='' at=$BENCH/back-$1-$2
    case $2-$3 in *-off | dtrace-* | ust-*) patterns= ;; esac
    [[ $2 = log* ]] || file=";file=$TMPFS/back.trace,policy=block"
    rm -rf "$TMPFS"/back.*
    local command=("$at" "$4" 31)
    if [ "$2-$3" = dtrace-on ]; then
        local provider=back
        [ "$1" = etch ] || provider=$1
        command=(bpftrace -e "usdt:$at:$provider:* { @n = count(); }" -c "${command[*]}")
    fi
    ETCH_TRACE="$patterns$file${marker:+;ftrace=$marker}" SHIM_TRACE=$patterns \
        SHIM_FILE=$TMPFS/back.trace MARKER=$marker "${command[@]}" 2>"${lines:-$TMPFS/back.lines}" >"$out"
}

median() {
    sed -n "s/^$4 //p" "$results/$2-$3-$1".[0-9]* | sort -n | sed -n "$(((turns + 1) / 2))p"
}

# row BACKEND STATE
row() {
    local kind side figures line="| $1 | $2 |"
    for kind in $kinds none-2 two-2 six-2 text-2; do
        figures=
        for side in $(sides "${1%-*}"); do
            figures+="${figures:+ / }$(median "$side" "$1" "$2" "$kind")"
        done
        line+=" $figures |"
    done
    echo "$line"
}

# each BACKEND STATE EVENTS
each() {
    local i side
    for i in $(seq "$turns"); do
        for side in $(sides "$1"); do
            fire "$side" "$1" "$2" "$3" "$i"
        done
    done
}

# site BACKENDS: instructions and bytes of a call whose event is off: those of a function that
# does nothing else, without its return and without what stands apart as cold.
site() {
    local folder=$BENCH/back-gen/site
    mkdir -p "$folder"
    (cd "$source" && "$ETCH" gen --backends="$1" --group=back -o "$folder" trace-events)
    printf '#include "trace-back.h"\nvoid site(uint64_t a, uint64_t b);\nvoid site(uint64_t a, uint64_t b)\n{\n    trace_back_two(a, b);\n}\n' >"$folder/site.c"
    gcc -O2 -fno-pie -fcf-protection=none -I"$folder" -I"$PREFIX/include" -c "$folder/site.c" -o "$folder/site.o"
    # The first return ends the path on which nothing happens; the function is the first.
    objdump -d --no-show-raw-insn "$folder/site.o" | awk '/<site>:/ { in_it = 1; next }
        in_it && /:\t/ { sub(":", "", $1); if ($2 ~ /^ret/) { print n, $1; exit } n++ }' |
        while read -r n end; do echo "$n,$((16#$end))"; done
}

sites() {
    local all=(ctf simple log syslog ftrace dtrace ust) a b
    echo "| instructions, bytes | alone | ${all[*]} |" | sed 's/\([a-z]\) \([a-z]\)/\1 | \2/g'
    echo "|---|---|---|---|---|---|---|---|---|"
    for a in "${all[@]}"; do
        printf '| %s | %s |' "$a" "$(site "$a")"
        for b in "${all[@]}"; do
            [ "$a" = "$b" ] && printf ' |' || printf ' %s |' "$(site "$a,$b")"
        done
        echo
    done
}

# In a mount namespace with a /dev of our own: somebody reads /dev/log.
if [ "${1-}" = syslog ]; then
    private=$results/private marker=
    mkdir "$private"
    mount -t tmpfs none "$private"
    for node in null zero full urandom; do
        touch "$private/$node"
        mount --bind /dev/$node "$private/$node"
    done
    mkdir -m 1777 "$private/shm"
    ln -s /proc/self/fd "$private/fd"
    mount --move "$private" /dev
    rmdir "$private"
    python3 -c 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
print(flush=True)
while s.recv(65536): pass' >"$results/listens" &
    reader=$!
    until [ -s "$results/listens" ]; do read -rt 0.02 <> <(:) || true; done
    each syslog on 500
    kill $reader
    exit
fi

has() {
    [[ " $backends " = *" $1 "* ]]
}

rm -rf "$results"
mkdir -p "$results"
marker= lines=
backends=${BENCH_BACKENDS:-simple ctf log syslog ftrace dtrace ust}
for b in $backends; do
    build "$b"
    each "$b" off 20000
done
for b in simple ctf; do
    ! has $b || each $b on 1000
done
if has log; then
    each log on 1000
    # Where the file costs nothing: the call of the system is what is left of it.
    for side in etch qemu; do
        cp "$BENCH/back-$side-log" "$BENCH/back-$side-log-null"
    done
    lines=/dev/null
    each log-null on 1000
    lines=
fi
if has ftrace; then
    instance=$tracefs/instances/etch-bench-$$
    mkdir "$instance"
    trap 'rmdir "$instance"' EXIT
    marker=$instance/trace_marker
    each ftrace on 500
    marker=
fi
if has syslog; then
    unshare -m env TMPFS=/dev/shm bash "$0" syslog
fi
if has dtrace; then
    each dtrace on 500
fi
if has ust; then
    lttng_start
    trap '[ -z "${instance-}" ] || rmdir "$instance"; lttng_stop' EXIT
    for i in $(seq "$turns"); do
        for side in etch:back qemu:qemu hand:hand; do
            lttng_session "${side#*:}:*"
            fire "${side%:*}" ust on 1000 "$i"
            lttng_session_end
            rm -rf "$TMPFS/lttng"
        done
    done
fi

echo "ns an event, etch / QEMU 7.2's code (medians of $turns turns; dtrace and ust: / by hand):"
echo
echo "| backend | state | no argument | 2 integers | 6 integers | 32-byte string | 2 threads: none | 2 | 6 | string |"
echo "|---|---|---|---|---|---|---|---|---|---|"
for b in $backends; do
    row "$b" off
    row "$b" on
    [ "$b" != log ] || row log-null on
done
if has ftrace; then
    echo
    echo "To the same trace_marker, a bare snprintf and write: $(median etch ftrace on bare) ns" \
        "(beside QEMU's: $(median qemu ftrace on bare)); a binary record by trace_marker_raw:" \
        "$(median etch ftrace on raw)."
fi
echo
echo "A call site whose event is off, with a backend alone and with each other:"
echo
sites
