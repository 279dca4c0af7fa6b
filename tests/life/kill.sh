# SPDX-License-Identifier: MIT
# Killed at any moment: every event whose call had returned is read. The
# program counts its events in memory that outlives it.
set -eu
. "$TESTS/life/lib.sh"
case $SANITIZE in *thread*) skip "TSan answers SIGSEGV with a report of its own" ;; esac

# killed SIGNAL THREADS: `etch record` of a victim; kept and counted compared.
killed()
{
    local status=$((128 + $1)) kept counted
    rm -rf d counts
    run $status "$ETCH" record -o d -e '*' -- "$VICTIM" counts "$1" "$2" $((RANDOM * 8))
    has err "dropped: 0"
    run 0 "$CHECK" d
    kept=$(sed -n 's/^events //p' out)
    counted=$(od -An -v -t u8 counts | awk '{for (i = 1; i <= NF; i++) n += $i} END {printf "%d", n}')
    [ "$kept" -ge "$counted" ] && [ "$kept" -le $((counted + $2)) ] ||
        fail "signal $1, $2 threads: $kept events kept, $counted counted"
    total=$((total + kept))
}

total=0
ulimit -c 0
rounds='1 2 3 4 5'
[ "$SANITIZE" = none ] || rounds='1 2'
for round in $rounds; do
    for signal in 9 11 6; do
        killed $signal $((round % 3 + 1))
    done
done
[ $total -gt 10000 ] || fail "only $total events in all"
