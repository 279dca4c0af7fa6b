# SPDX-License-Identifier: MIT
#
# combinations.sh [full]: backends together: what is generated compiles without
# a warning as C and as C++, and each event arrives once in each place. The
# short form takes each backend alone, each pair and all; the full form every
# set of them.
set -eu
. "$TESTS/backends/lib.sh"
needs dtrace g++ babeltrace2 bpftrace lttng lttng-sessiond python3 unshare
full=${1:-}
all=(ctf dtrace ftrace log simple syslog ust)
events=9 # that `fire all` fires and that are not disabled

# sets: one a line, a comma list.
sets()
{
    local i bits n set
    for ((i = 1; i < 1 << ${#all[@]}; i++)); do
        set=()
        for ((bits = i, n = 0; bits; bits >>= 1, n++)); do
            ((bits & 1)) && set+=("${all[$n]}")
        done
        [ "$full" = full ] || [ ${#set[@]} -le 2 ] || [ ${#set[@]} = ${#all[@]} ] || continue
        (IFS=,; echo "${set[*]}")
    done
}

# ---- who listens, of those that this user may have: all in places of their own ----
if [ "${NAMESPACE-}" != own ] && unshare -m true 2>/dev/null; then
    NAMESPACE=own unshare -m bash "$0" "$@"
    exit
fi
instance= daemons=()
tracefs=/sys/kernel/tracing
stop()
{
    local pid
    for pid in "${daemons[@]}"; do
        kill "$pid" 2>/dev/null && wait "$pid" || true
    done
    [ -z "$instance" ] || rmdir "$instance"
    cleanup
}
trap stop EXIT
if [ "${NAMESPACE-}" = own ]; then
    private_dev
    mount -t tmpfs none /run
    export LTTNG_HOME=$work HOME=$work LTTNG_UST_REGISTER_TIMEOUT=-1
    python3 -c 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
while True: print(s.recv(65536), flush=True)' >messages &
    daemons+=($!)
    lttng-sessiond --no-kernel >daemon.log 2>&1 &
    daemons+=($!)
    ready() { [ -S /dev/log ] && lttng --no-sessiond list >/dev/null 2>&1; }
    until_true "/dev/log and lttng-sessiond are there" ready
fi
if [ -w $tracefs/instances ]; then
    instance=$tracefs/instances/etch-test-$$
    mkdir "$instance"
fi

# What the backends of a set get is counted in each place; `wanted` says 1 where our
# word or a listener wants the event.
arrived()
{
    local set=,$1, command=(./fire state all)
    rm -rf trace-[0-9]* lttng
    : >messages
    [ -z "$instance" ] || echo >"$instance/trace"
    if [[ $set = *,dtrace,* ]] && [ -w $tracefs/uprobe_events ]; then
        command=(bpftrace -e 'usdt:./fire:fire:* { printf("probe %s\n", probe); }' -c "${command[*]}")
    fi
    if [[ $set = *,ust,* ]] && [ "${NAMESPACE-}" = own ]; then
        lttng create set --output="$work/lttng" >log
        lttng enable-event -u 'fire:*' >>log
        lttng start >>log
    fi
    run 0 env ETCH_TRACE="*${instance:+;ftrace=$instance/trace_marker}" ETCH_LOG_TIME=none "${command[@]}"
    case $1 in
    dtrace | ust | dtrace,ust) [ ${#command[@]} = 3 ] && [ "${NAMESPACE-}" != own ] || has out "wanted 1 word 1" ;;
    *) has out "wanted 1 word 1" ;;
    esac
    if [ ${#command[@]} -gt 3 ]; then
        [ "$(grep -c '^probe ' out)" = $events ] || fail "dtrace of $1: $(cat out)"
    fi
    if [ -d lttng ]; then
        lttng destroy set >>log
        babeltrace2 lttng >printed 2>log || fail "babeltrace2 of lttng's $1"
        [ "$(wc -l <printed)" = $events ] || fail "ust of $1"
    fi
    if [[ $set = *,syslog,* ]] && [ "${NAMESPACE-}" = own ]; then
        all_there() { [ "$(wc -l <messages)" -ge $events ]; }
        until_true "the messages of $1" all_there
        [ "$(wc -l <messages)" = $events ] || fail "syslog of $1"
    fi
    if [[ $set = *,log,* ]]; then
        [ "$(grep -vcE "the syslog backend|^ERROR:" err)" = $events ] || fail "log of $1: $(cat err)"
        has err "six 1 2 3 4 5 6"
    fi
    if [[ $set = *,simple,* ]]; then
        "$ETCH" print --exe ./fire trace-*[0-9] >printed
        [ "$(wc -l <printed)" = $events ] || fail "simple of $1"
    fi
    if [[ $set = *,ctf,* ]]; then
        babeltrace2 trace-*.ctf >printed 2>err || fail "babeltrace2 of $1"
        [ "$(wc -l <printed)" = $events ] || fail "ctf of $1"
    fi
    if [[ $set = *,ftrace,* ]] && [ -n "$instance" ]; then
        [ "$(grep -c tracing_mark_write: "$instance/trace")" = $events ] || fail "ftrace of $1"
    fi
    # Not gated by our own control: nobody listens there.
    run 0 ./fire state all
    has out "wanted 0 word 0"
    is err ""
}

n=0
while read -r set; do
    fire "$set" g++ -std=c++11
    fire "$set" gcc -std=gnu11 -Wmissing-prototypes -Wstrict-prototypes
    arrived "$set"
    n=$((n + 1))
done < <(sets)
[ $n -ge 29 ] || fail "only $n sets"
# All that the grammar allows; arguments that headers define as macros keep a
# name that LTTng's readers take.
"$ETCH" gen -b "$(IFS=,; echo "${all[*]}")" -g matrix "$TESTS/generate/events" 2>err ||
    fail "etch gen of the matrix"
dtrace -G -s trace-dtrace-matrix.dtrace -o matrix.o >log 2>&1 || fail "dtrace of the matrix"
for compiler in "gcc -std=c11" "g++ -std=c++11 -x c++" "clang -std=c17" "clang++ -std=c++20 -x c++"; do
    # shellcheck disable=SC2086
    $compiler -O1 "${warnings[@]}" -I"$INCLUDE" -I. -c trace-matrix.c -o trace-matrix.o 2>err ||
        fail "$compiler of the matrix"
done
strings trace-matrix.o >err
grep -qx errno_ err || fail "the field of an argument called errno"
hasnt err "__errno_location ())"

# All events of QEMU, where they are installed.
events=/usr/share/qemu/trace-events-all
if [ "$full" = full ] && [ -r $events ]; then
    set=$(IFS=,; echo "${all[*]}")
    for format in h c ust-events-h; do
        name=trace-all.$format
        [ $format != ust-events-h ] || name=trace-ust-all.h
        "$TRACETOOL" --qemu=7.2 --backends="$set" --group=all --format=$format $events "$name" 2>err ||
            fail "etch-tracetool $format"
    done
    gcc "${warnings[@]}" -I"$INCLUDE" -I"$TESTS/../compat/qemu" -I. -c trace-all.c 2>err ||
        fail "all events of QEMU"
fi
echo "$n sets of ${#all[@]} backends"
