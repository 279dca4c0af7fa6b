# SPDX-License-Identifier: MIT
# Threads: none of their events is lost where all are kept, and none is
# uncounted where they are dropped; in the file they stand in order of time.
set -eu
. "$TESTS/life/lib.sh"

# ---- everything kept ----
for shape in "1 $(few 300000)" "4 $(few 100000)" "$(few 2000) 20"; do
    # shellcheck disable=SC2086 # two words
    record kept threads $shape note
    same kept
done

# ---- more threads than slots at a time, one after the other ----
record kept repeat "$(few 30)" threads 200 2 end note
same kept

# ---- signal handlers within events ----
record kept timers 2 "$(few 300000)" note
same kept
[ "$(grep -c life_signal ledger)" = 1 ] || fail "no signal came"
record kept fire 10 signal 1000 note
same kept

# ---- a small buffer: kept + dropped = fired ----
rm ledger
dropped=0
for shape in "threads 1 $(few 300000)" "threads 4 $(few 100000)" "timers 2 $(few 300000)" "storm 2 $(few 300000)"; do
    # shellcheck disable=SC2086
    run 0 env ETCH_TRACE='*,policy=drop,buffer=64K,file=dropped' "$ACTOR" $shape note
    run 0 "$CHECK" --gaps dropped
    kept=$(sed -n 's/^events //p' out) lost=$(sed -n 's/^lost //p' out)
    fired=$(awk '{n += $3} END {print n}' ledger)
    [ $((kept + lost)) = "$fired" ] || fail "$shape: kept $kept + lost $lost, fired $fired"
    dropped=$((dropped + lost))
    rm ledger
done
[ $dropped != 0 ] || fail "nothing was dropped: the test tests nothing"

# ---- the same, but block ----
run 0 env ETCH_TRACE='*,policy=block,buffer=64K,file=blocked' "$ACTOR" threads 4 100000 note
same blocked
