# SPDX-License-Identifier: MIT
# The flight recorder: the last events are kept whatever ends the program, and
# nothing else is; triggers write what led to them; the policy changes while it
# runs.
set -eu
. "$TESTS/life/lib.sh"

# tail_of DIR STREAM: $first and $last of the numbers of a stream, which must be
# without a gap.
tail_of()
{
    "$ETCH" print "$1" 2>/dev/null | sed -n "s/.* life_tick .*who $2 n //p" >numbers
    first=$(head -n 1 numbers) last=$(tail -n 1 numbers)
    [ -n "$first" ] || return 0
    [ "$(wc -l <numbers)" = $((last - first + 1)) ] || fail "stream $2 of $1 has a gap"
}

SIMPLE=$ACTOR
ulimit -c 0

flight()
{
    local status=$1
    rm -rf d d.old
    shift
    run "$status" "$ETCH" record -o d --flight 1M -e '*' "$@"
}

endings()
{
    # ---- whatever ends the program ----
    ends='exit=0 _exit=0 quick_exit=0'
    case $SANITIZE in *thread*) ;; *) ends="$ends kill=9 kill=11 kill=6" ;; esac
    for end in $ends; do
        word=${end%=*} n=${end#*=}
        status=$n
        [ "$word" != kill ] || status=$((128 + n))
        flight "$status" -- "$ACTOR" fire 200000 "$word" "$n"
        has err "dropped: 0"
        tail_of d 0
        [ "$last" = 199999 ] || fail "$end: the last event is $last"
        [ "$first" -gt 100000 ] && [ "$first" -lt 170000 ] || fail "$end: kept from $first on"
    done
    # What fits is kept whole.
    flight 0 -- "$ACTOR" fire 20000
    tail_of d 0
    [ "$first" = 0 ] && [ "$last" = 19999 ] || fail "$first to $last of 20000"
    has err "overwritten: 0 packets"

    # ---- a flush writes what there is, and nothing twice ----
    flight 0 -- "$ACTOR" fire 1000 flush fire 1000 flush fire 100000
    "$ETCH" print d 2>/dev/null | sed -n 's/.* n //p' >numbers
    head -n 2000 numbers | cmp -s - <(seq 0 1999) || fail "what was flushed is not there"
    [ "$(tail -n 1 numbers)" = 101999 ] || fail "after flushes the last is $(tail -n 1 numbers)"
    sort -nuc numbers || fail "twice, or out of order"

    # ---- threads: each one's last events, and more threads than packets ----
    flight 0 -- "$ACTOR" threads 4 100000
    found=0
    for who in 1 2 3 4; do
        tail_of d $who
        [ -z "$last" ] || [ "$last" = 99999 ] || fail "thread $who: the last event is $last"
        found=$((found + (last == 99999)))
    done
    [ $found != 0 ] || fail "no thread's last event"
    flight 0 -- "$ACTOR" threads "$(few 2000)" 20 fire 100
    tail_of d 0
    [ "$first" = 0 ] && [ "$last" = 99 ] || fail "the events after more threads than packets: $first to $last"
    pools=$(cat /run/user/"$(id -u)"/etch/pool.* /dev/shm/etch-"$(id -u)"/pool.* 2>/dev/null |
        grep -caF "$work/" || true)
    [ "$pools" = 0 ] || fail "a pool is left"
}

triggers()
{
    # ---- triggers ----
    flight 0 --trigger 'life_tick if n == 100000' -- "$ACTOR" fire 200000
    has err "triggers fired 1 time"
    tail_of d 0
    [ "$first" -lt 90000 ] && [ "$last" -ge 100000 ] && [ "$last" -lt 199999 ] ||
        fail "trigger: $first to $last"
    # Two of them, one after the other: nothing twice.
    flight 0 --trigger 'life_tick if n == 1000' --trigger 'life_tick if n == 90000' -- \
        "$ACTOR" fire 200000
    has err "triggers fired 2 times"
    "$ETCH" print d 2>/dev/null | sed -n 's/.* n //p' >numbers
    sort -nuc numbers || fail "twice, or out of order"
    grep -qx 1000 numbers && grep -qx 90000 numbers || fail "a trigger's own event is missing"
    # before: no more than asked for. Its first event is within a packet's reach.
    flight 0 --trigger 'life_tick if n == 100000, before 100us' -- "$ACTOR" fire 200000
    tail_of d 0
    [ "$first" -gt 50000 ] && [ "$first" -le 100000 ] && [ "$last" -ge 100000 ] ||
        fail "before: $first to $last"
    # after: what comes then is there; the end of the program comes earlier here.
    flight 0 --trigger 'life_tick if n == 100, after 1h' -- "$ACTOR" fire 1000
    tail_of d 0
    [ "$first" = 0 ] && [ "$last" = 999 ] || fail "after: $first to $last"
    # Never fired: nothing, and it is said; a crash keeps all the same.
    flight 0 --trigger 'life_text if text == "x"' -- "$ACTOR" fire 1000
    has err "no trigger fired"
    [ "$(echo d/trace-*)" = "$(echo d/trace-*.meta)" ] || fail "a trace without a trigger: $(ls d)"
    case $SANITIZE in
    *thread*) ;;
    *)
        flight 139 --trigger life_text -- "$ACTOR" fire 1000 kill 11
        tail_of d 0
        [ "$first" = 0 ] && [ "$last" = 999 ] || fail "a crash without a trigger: $first to $last"
        ;;
    esac
}

for ACTOR in "$ACTOR" "$ACTOR_CTF"; do
    endings
    triggers
done
ACTOR=$SIMPLE

# ---- what is missing is counted: fired = kept + overwritten ----
run 0 env ETCH_TRACE='*,policy=overwrite,buffer=64K,file=F' "$ACTOR" fire 100000
run 0 "$CHECK" --gaps F
kept=$(sed -n 's/^events //p' out) lost=$(sed -n 's/^lost //p' out)
missing=$((100000 - kept))
# From bytes, at the mean size: within a hundredth.
[ $((lost * 100)) -gt $((missing * 99)) ] && [ $((lost * 99)) -lt $((missing * 100)) ] ||
    fail "$missing are missing, the trace says $lost"

# ---- the policy changes while it runs ----
run 0 env ETCH_TRACE="*,policy=block,buffer=256K,file=F" "$ACTOR" fire 100000 flush \
    trace policy=overwrite fire 100000 trace policy=block fire 100000 \
    trace policy=overwrite trace policy=drop fire 10
"$ETCH" print F 2>/dev/null | sed -n 's/.*arg2=0x//p' >numbers
[ "$(sed -n 100000p numbers)" = 1869f ] || fail "under block an event is missing"
[ "$(tail -n 1 numbers)" = 493e9 ] || fail "the last event is $(tail -n 1 numbers)"
# From the end of what was overwritten on nothing is missing.
n=$(grep -nx 30d40 numbers | cut -d: -f1)
[ -n "$n" ] && [ $(($(wc -l <numbers) - n)) = 100009 ] || fail "lost under block again"
[ "$(wc -l <numbers)" -lt 300010 ] || fail "nothing was overwritten: the test tests nothing"
