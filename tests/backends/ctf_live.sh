# SPDX-License-Identifier: MIT
# The CTF trace of a process that lives: read as it stands, followed, saved as a
# snapshot, and left alone by recovery.
set -eu
. "$TESTS/backends/lib.sh"
needs babeltrace2 python3

"$ETCH" gen --qemu=2.8 -b ctf -g ctf "$SOURCES/ctf-events" 2>log || fail "$(cat log)"
gcc -O2 "${warnings[@]}" -I"$INCLUDE" -I. "$SOURCES/ctf.c" trace-ctf.c "$LIBETCH" -lpthread -o ctf \
    2>err || fail "gcc"
mkfifo to from

# What is followed comes in the order in which packets are written, by the clock as
# it was known then: of each stream the same events in their order. The events of a
# handler lie in one of two streams, whether it interrupted another event or not: of
# them it is the same events alone.
by_stream()
{
    awk '$5 == 0 {print $2, $3, $4, $5, $6, $7, $8}' "$1" | sort -s -k1,1
    awk '$5 != 0 {print $2, $3, $4, $5, $6, $7, $8}' "$1" | sort
}

# start WORD...: the program in the background, up to where it holds; $pid, and
# ./want events.
start()
{
    ./ctf "$@" hold <to >from &
    pid=$!
    exec 8>to 9<from
    : >said
    while read -r line <&9 && [ "$line" != ready ]; do
        echo "$line" >>said
    done
    awk '/^fired/ {n += $3 + $4} END {print n + 0}' said >want
}

finish()
{
    exec 8>&- 9<&-
    wait $pid || true
}

# ---- read and followed ----
export ETCH_TRACE="*,ctf=T,policy=block"
start count 2 2000
run 0 "$ETCH" print T
wc -l <out | diff want - >&2 || fail "of a process that lives"
run 0 "$ETCH" print T
wc -l <out | diff want - >&2 || fail "once more"
run 1 "$ETCH" recover T
has err "still runs: left alone"
run 1 "$ETCH" recover $pid
"$ETCH" print -f T >followed 2>words 8>&- 9<&- &
follower=$!
until_true "the follower has the events that are written" test -s followed
finish
wait $follower || fail "the follower: $(cat words)"
wc -l <followed | diff want - >&2 || fail "followed"
is words ""
run 0 "$ETCH" print T
diff <(by_stream followed) <(by_stream out) >&2 || fail "followed and read differ"
run 1 "$ETCH" recover $pid
has err "left nothing behind"

# Followed until it is killed: what its pool has comes last.
start count 2 3000
"$ETCH" print -f T >followed 2>words 8>&- 9<&- &
follower=$!
until_true "the follower reads" test -s followed
kill -KILL $pid
finish
wait $follower || fail "the follower of one who was killed: $(cat words)"
wc -l <followed | diff want - >&2 || fail "followed to the kill"
run 0 "$ETCH" recover $pid
run 0 "$ETCH" print T
diff <(by_stream followed) <(by_stream out) >&2 || fail "recovered, it is another"

# ---- snapshots of a flight recorder ----
export ETCH_TRACE="*,ctf=T,policy=overwrite,buffer=512K"
start count 2 30000
run 0 "$ETCH" snapshot $pid
is out "snapshot-$pid-1.ctf
"
has err "overwritten before: "
said=$(sed -n "s/.*: \([0-9]*\) events of process $pid, .*/\1/p" err)
run 0 "$ETCH" snapshot -o second $pid
run 1 "$ETCH" snapshot -o second $pid
has err "is there already"
for trace in "snapshot-$pid-1.ctf" second; do
    "$ETCH" print --json "$trace" >ours
    babeltrace2 --clock-seconds --no-delta "$trace" >theirs 2>warnings || fail "babeltrace2 $trace"
    run 0 python3 "$SOURCES/ctf_same.py" "$trace" ours theirs warnings
    read -r events lost packets <out
    [ "$events $lost" = "$said 0" ] || fail "$events, $lost, $packets: $said"
done
# The last event of each thread and level is there.
run 0 "$ETCH" print second
has out "lost: overwritten, "
sed -n 's/.* who \([01]\) n \([0-9]*\)$/\1 \2/p' out | sort -k1,1 -k2,2n | awk '{n[$1] = $2} END {print n[0]}' >last
[ "$(cat last)" = 29999 ] || fail "the last event is $(cat last)"
finish
run 1 "$ETCH" snapshot $pid
has err "has no pool"
run 2 "$ETCH" snapshot nobody
run 2 "$ETCH" snapshot

# While it writes as fast as it can: only whole events, and in order.
./ctf count 2 1000000000 >/dev/null &
pid=$!
for i in 1 2 3; do
    until_true "there is a pool" eval '"$ETCH" snapshot -o fast$i $pid >/dev/null 2>words'
    "$ETCH" print --json fast$i >ours 2>words
    is words ""
    babeltrace2 --clock-seconds --no-delta fast$i >theirs 2>warnings || fail "babeltrace2 fast$i"
    run 0 python3 "$SOURCES/ctf_same.py" fast$i ours theirs warnings
done
kill -KILL $pid
wait $pid || true
run 0 "$ETCH" recover $pid
