# SPDX-License-Identifier: MIT
#
# combinations.sh [full]: backends together: what is generated compiles without
# a warning as C and as C++, and each event arrives once in each place. The
# short form takes each backend alone, each pair and all; the full form every
# set of them.
set -eu
. "$TESTS/backends/lib.sh"
needs dtrace g++ babeltrace2
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

instance=
tracefs=/sys/kernel/tracing
if [ -w $tracefs/instances ]; then
    instance=$tracefs/instances/etch-test-$$
    mkdir "$instance"
    trap 'rmdir "$instance"; cleanup' EXIT
fi

# arrived BACKENDS: each event once in each place of those that need no tool.
arrived()
{
    rm -rf trace-[0-9]*
    [ -z "$instance" ] || echo >"$instance/trace"
    run 0 env ETCH_TRACE="*${instance:+;ftrace=$instance/trace_marker}" ETCH_LOG_TIME=none ./fire state all
    has out "wanted 1 word 1"
    if [[ ,$1, = *,log,* ]]; then
        [ "$(grep -vc "the syslog backend" err)" = $events ] || fail "log of $1"
        has err "six 1 2 3 4 5 6"
    fi
    if [[ ,$1, = *,simple,* ]]; then
        "$ETCH" print --exe ./fire trace-*[0-9] >printed
        [ "$(wc -l <printed)" = $events ] || fail "simple of $1"
    fi
    if [[ ,$1, = *,ctf,* ]]; then
        babeltrace2 trace-*.ctf >printed 2>err || fail "babeltrace2 of $1"
        [ "$(wc -l <printed)" = $events ] || fail "ctf of $1"
    fi
    if [[ ,$1, = *,ftrace,* ]] && [ -n "$instance" ]; then
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
    case $set in
    dtrace | ust | dtrace,ust) ;;
    *) arrived "$set" ;;
    esac
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
