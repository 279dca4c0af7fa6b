# SPDX-License-Identifier: MIT
# Conditions, limits and triggers where threads, signals, forks and kills meet them:
# nothing is recorded that is not wanted, and what a limit held back is counted to the
# last event, however the process ends.
set -eu
. "$TESTS/life/lib.sh"

# events PATH...: `NAME ARGUMENT=VALUE...` lines.
events()
{
    "$ETCH" print --raw "$@" | sed 's/^ *[0-9.]* *[0-9/]* *//'
}

# ---- what is wanted changes under the threads that fire ----
run 0 env ETCH_TRACE=file=swapped,policy=block "$SWAP" 4 150 \
    'life_tick if who == 1 && n & 3 == 1' '-life_tick' \
    'life_tick if (who == 2 && n & 3 == 2) || who == 0 && n & 1' \
    'life_tick if who == 3 limit 100/s' 'life_t?ck if n == 0xffffffffffffffff || who > 4'
events --exe "$SWAP" swapped >out
awk '/^etch_suppressed/ {next}
    {split($2, a, "="); split($3, b, "="); who = a[2]; n = b[2] % 4; seen[who]++}
    $1 == "life_tick" && (who == 1 && n == 1 || who == 2 && n == 2 || who == 3) {next}
    $1 == "life_tick" && who == 0 && n % 2 == 1 {next}
    {print; bad = 1}
    END {for (i = 0; i <= 3; i++) if (!seen[i]) {print "none of", i; bad = 1}; exit bad}' out >wrong ||
    { head wrong >&2; fail "an event that nobody wanted, or none of those wanted"; }

# ---- a limit: recorded + suppressed = fired, whatever the end ----
# totals: `PID RECORDED+SUPPRESSED` of life_tick, of what `events` prints with pids.
totals()
{
    "$ETCH" print --json "$@" | awk -F'"pid":|,"tid"' '
        /"name":"life_tick"/ {n[$2]++; recorded[$2]++}
        /"name":"etch_suppressed"/ {
            split($0, a, /"total":/); split(a[2], b, /[^0-9]/)
            if (b[1] > total[$2]) total[$2] = b[1]
            if (!/"event":"life_tick"/) {print "another event:", $0}
        }
        END {for (p in n) print p, recorded[p] + total[p], recorded[p] < 60000}' | sort
}

limit='life_tick limit 1000/s'
ended()
{
    local status=$1
    shift
    rm -rf d "$LEDGER"
    run "$status" "$ETCH" record -o d -e "$limit" -- "$ACTOR" "$@"
    totals d >have
    awk '{n[$1] += $3} END {for (p in n) print p, n[p], 1}' "$LEDGER" | sort >want
    diff want have >diff || { cat diff >&2; fail "$*: recorded and suppressed are not what was fired"; }
}
ended 0 threads 4 50000 note
ended 0 fork fire 40000 note end fire 70000 note
ended 0 fire 50000 note _exit 0
ended 137 threads 3 40000 note kill 9
ended 139 fire 30000 fork fire 50000 note kill 9 end note kill 11

# Without etch record: the reader looks into the pool that the kill left.
rm -f "$LEDGER"
run 137 env ETCH_TRACE="$limit,file=$work/killed" "$ACTOR" threads 2 30000 note kill 9
totals --exe "$ACTOR" killed >have
awk '{print $1, $3, 1}' "$LEDGER" >want
diff want have || fail "a killed process's count"

# A CTF trace: the same, before and after recovery, and for babeltrace2.
rm -f "$LEDGER"
run 137 env ETCH_TRACE="$limit,ctf=$work/ctf" "$ACTOR_CTF" threads 2 30000 note kill 9
awk '{print $1, $3, 1}' "$LEDGER" >want
totals ctf >have
diff want have || fail "a killed process's count, in CTF"
rm -rf d "$LEDGER"
run 137 "$ETCH" record -o d -e "$limit" -- "$ACTOR_CTF" threads 2 30000 note kill 9
awk '{print $1, $3, 1}' "$LEDGER" >want
totals d >have
diff want have || fail "a killed process's count, recovered"
fired=$(awk '{print $2}' want)
babeltrace2 d >babbled
suppressed=$(sed -n 's/.* etch_suppressed: .* event = "life_tick", .* total = \([0-9]*\) }$/\1/p' babbled | sort -n | tail -1)
[ $(($(grep -c ' life_tick: ' babbled) + suppressed)) = "$fired" ] || fail "babeltrace2 counts otherwise"

# ---- the log, which has no pool ----
run 0 env ETCH_TRACE='log_line limit 10/s' ETCH_LOG_TIME=none "$LOGONLY" lines 2 3 300
suppressed=$(sed -n 's/^etch_suppressed log_line: \([0-9]*\) over the limit of 10.s, .*/\1/p' err |
    awk '{n += $1} END {print n + 0}')
recorded=$(grep -c '^log_line ' err)
[ $((recorded + suppressed)) = 1800 ] && [ "$recorded" -ge 20 ] && [ "$recorded" -lt 1000 ] ||
    fail "log: $recorded lines and $suppressed suppressed of 1800"
