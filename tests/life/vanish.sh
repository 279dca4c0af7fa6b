# SPDX-License-Identifier: MIT
# What goes away or jumps while a program is recorded: its folders, the clock of a
# time namespace; system calls that are interrupted.
set -eu
. "$TESTS/life/lib.sh"
mkfifo to from
exec 8<>to 9<>from

# total KEY PATH: `events` or `dropped` of a trace.
total()
{
    "$ETCH" stat --json "$2" | grep -o "\"$1\":[0-9]*" | head -n 1 | cut -d: -f2
}

# meanwhile COMMAND PROGRAM...: runs a program that says a word, waits, and says
# another, and the command in between.
meanwhile()
{
    local command=$1 status=0
    shift
    "$@" <to >from 2>err &
    read -r -u 9 _
    eval "$command"
    echo >&8
    wait $! || status=$?
    read -r -t 0 -u 9 && read -r -u 9 word || word=
    [ "$status" = "$want" ] || fail "status $status instead of $want: $*"
}

for kind in simple ctf; do
    key=file actor=$ACTOR
    [ $kind = simple ] || key=ctf actor=$ACTOR_CTF

    # ---- the working folder, before the first event: nothing lands elsewhere ----
    mkdir gone
    run 0 bash -euc 'cd gone; rmdir ../gone; ETCH_TRACE="*" exec "$0" fire 100 say on' "$actor"
    has out on
    has err "no such file or folder"
    has err ": 100 events are lost"
    [ -z "$(find / -maxdepth 1 -name 'trace-*')" ] || fail "a trace in the root folder"

    # ---- the folder of the trace ----
    mkdir gone
    want=0 meanwhile 'rm -r gone' env ETCH_TRACE="*,$key=gone/F" "$actor" \
        fire 1000 flush say a read fire 1000 flush threads 3 100 flush fire 10 say b
    [ "$word" = b ] || fail "$kind: the program did not go on"
    [ "$(grep -c 'no such file or folder' err)" = 1 ] || fail "$kind: not said once"

    # ---- the folder of the recording, and its process ends or is killed ----
    for end in 'say b' 'kill 9'; do
        want=0
        [ "$end" = 'say b' ] || want=137
        # shellcheck disable=SC2086
        meanwhile 'rm -r d' "$ETCH" record -o d -- "$actor" fire 1000 flush say a read fire 1000 \
            threads 3 100 fork fire 10 end $end
        [ $want = 137 ] || [ "$word" = b ] || fail "$kind: the program did not go on"
        has err "No such file or directory"
        grep -q ' 0 events lost\|dropped: 0' err && fail "$kind: says that nothing is lost"
    done

    # ---- system calls that are interrupted: writers wait for a small pool ----
    rm -rf S ledger
    run 0 env ETCH_TRACE="life_tick,$key=S,policy=block,buffer=64K" "$actor" timers 3 30000
    is err ""
    [ "$(total events S) $(total dropped S)" = "90000 0" ] || fail "$kind: events lost to EINTR"
done

# ---- an etch that is interrupted all the time ----
rm -rf d d.old ledger
"$ETCH" record -o d -e life_tick -- "$ACTOR" fire 1000 say a read fire 1000 note kill 9 <to >from 2>err &
etch=$!
read -r -u 9 _
for _ in {1..50}; do
    kill -WINCH $etch
    kill -STOP $etch
    kill -CONT $etch
done
echo >&8
status=0
wait $etch || status=$?
[ $status = 137 ] || fail "status $status"
has err "0 events lost"
same d

# ---- the runtime folder: the pool stays as large as it is, and is counted ----
[ "$(id -u)" = 0 ] || skip "the rest needs root, for namespaces"
unshare -m true 2>err || skip "the rest needs namespaces: $(head -n 1 err)"
rm -rf F
run 0 unshare -m bash -euc 'mount -t tmpfs none /run; mount -t tmpfs none /dev/shm
    ETCH_TRACE="*,file=F,policy=drop" "$0" fire 1000 flush say a read fire 300000 say b <to >from &
    read -r _ <from
    rm -r /dev/shm/etch-0
    echo >to
    read -r _ <from
    wait $!' "$ACTOR"
[ $(($(total events F) + $(total dropped F))) = 301000 ] || fail "not all events are counted"

# ---- a time namespace: its CLOCK_MONOTONIC is not ours ----
# Killed too early for its own clocks to tell how fast the ticks go.
back=$(awk '{print int($1 / 2)}' /proc/uptime)
unshare -T --monotonic "-$back" --fork true 2>err || skip "no time namespaces: $(head -n 1 err)"
least=1000000000
for _ in 1 2 3 4 5; do
    rm -rf d
    run 0 "$ETCH" record -o d -e '*' -- bash -c \
        'unshare -T --monotonic "-$1" --fork "$0" fire 100 kill 9; :' "$ACTOR" "$back"
    [ "$(total events d)" = 100 ] || fail "events lost in a time namespace"
    span=$("$ETCH" print --json d | sed -n 's/^{"time_ns":\([0-9]*\),.*/\1/p' |
        awk 'NR == 1 {from = $1} {to = $1} END {printf "%d", to - from}')
    [ "$span" -ge "$least" ] || least=$span
done
[ "$least" -lt 1000000 ] || fail "100 events took $least ns"
