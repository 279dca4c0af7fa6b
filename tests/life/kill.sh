# SPDX-License-Identifier: MIT
# Killed at any moment, under load: threads, signal handlers, forked processes,
# both outputs, files that rotate. Every event whose call had returned is read. The
# program counts its events in memory that outlives it. KILLS: how often (100).
set -eu
. "$TESTS/life/lib.sh"
case $SANITIZE in *thread*) skip "TSan answers SIGSEGV with a report of its own" ;; esac

# killed SIGNAL THREADS CHILDREN MICROSECONDS PROGRAM OPTION...: `etch record` of a
# victim; kept and counted compared.
killed()
{
    local signal=$1 threads=$2 children=$3 often=$4 victim=$5 kept counted streams least
    shift 5
    streams=$(((threads + (often > 0)) * (children + 1)))
    # Soon after the start as often as in the midst of it.
    least=$((RANDOM >> (RANDOM % 15)))
    rm -rf d counts
    run $((128 + signal)) "$ETCH" record -o d -e '*' "$@" -- "$victim" counts "$signal" "$threads" \
        "$least" "$children" "$often"
    has err "dropped: 0"
    run 0 "$CHECK" --pools d
    has out "lost 0"
    kept=$(sed -n 's/^events //p' out)
    counted=$(od -An -v -t u8 counts | awk '{for (i = 1; i <= NF; i++) n += $i} END {printf "%d", n}')
    [ "$kept" -ge "$counted" ] && [ "$kept" -le $((counted + streams)) ] ||
        fail "signal $signal, $threads threads, $children children, handler each $often us, $*:" \
            "$kept events kept, $counted counted"
    total=$((total + kept))
}

total=0
ulimit -c 0
kills=${KILLS:-100}
[ "$SANITIZE" = none ] || kills=12
for i in $(seq "$kills"); do
    victim=$VICTIM
    [ $((i % 2)) = 0 ] || victim=$VICTIM_CTF
    case $((i % 4)) in 3) set -- --max-size 64K ;; *) set -- ;; esac
    signals=(9 9 11 6)
    killed "${signals[i % 4]}" $((i % 3 + 1)) $((i % 5 / 3)) $((i % 7 < 3 ? 100 : 0)) "$victim" "$@"
done
[ $total -gt $((kills * 100)) ] || fail "only $total events in all"
