# SPDX-License-Identifier: MIT
# Processes: each has a trace of its own, nothing is lost whatever way it ends,
# and a child touches nothing of its parent's.
set -eu
. "$TESTS/life/lib.sh"

# files DIR N: so many processes left a trace, and no pool is left of them.
files()
{
    local n
    n=$(find "$1" -name 'trace-*' ! -name '*.meta' | wc -l)
    [ "$n" = "$2" ] || fail "$1: $n traces instead of $2"
}

# ---- children in a loop, ended in every way ----
record kept fire 1000 repeat 10 fork fire 50 note exit 0 end fork fire 50 note _exit 1 end \
    fork fire 50 note quick_exit 2 end fork fire 50 note kill 9 end fork fire 50 note kill 6 end \
    fork fire 50 note exec fire 20 note end fire 10 end note
same kept
files kept 71

# ---- a child that fires nothing leaves nothing; one that forks again ----
record kept fire 5 fork exit 0 end fork fork fire 7 note end end fork fire 1 \
    fork fire 2 fork fire 3 note end note end note end fire 5 note
same kept
files kept 5

# ---- before the parent's first event ----
record kept fork fire 10 note end fire 10 note
same kept
files kept 2

# ---- fork while other threads fire and with signals ----
record kept timers 2 50000 fork fire 10 signal 10 threads 3 1000 note end timers 2 50000 note
same kept

# ---- without libc's knowledge ----
for way in rawfork libcfork; do
    record kept fire 10 $way fire 20 note _exit 0 end $way fire 20 note exit 0 end \
        $way $way fire 5 note end fire 3 note end fire 10 note
    same kept
    files kept 5
done

# ---- exec, daemon ----
record kept fire 10 note exec fire 20 note exec fire 30 note
same kept
files kept 3

# etch record waits for its program, not for daemons: those end first here.
mkfifo gone
rm -f ledger
run 0 "$ETCH" record -o daemon -e '*' -- bash -c \
    'exec 7<>gone; "$0" fire 10 note daemon fire 20 note say x >&7; read -r -u 7 _' "$ACTOR"
tail --pid="$(tail -n 1 ledger | cut -d' ' -f1)" -f /dev/null
same daemon
files daemon 2

# ---- vfork and exec, posix_spawn ----
# Not under TSan, whose vfork is a fork.
case $SANITIZE in *thread*) exit 0 ;; esac
record kept fire 10 vfork fire 10 spawn fire 10 vfork note
same kept
files kept 4
# The very first event in a vforked child: it is counted, and the parent's are kept.
run 0 "$ETCH" record -o first -e '*' -- "$ACTOR" vfork fire 100000 note
run 0 "$CHECK" --gaps first
has out "lost 1"
grep -q ' life_tick 100000$' out || fail "the parent's events"
