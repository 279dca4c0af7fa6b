# SPDX-License-Identifier: MIT
# `etch top` and `etch print -f PID` on a program that fires all the time.
set -eu
. "$TESTS/life/lib.sh"
. "$TESTS/life/screen.sh"

name=tp$$
ln -s /usr/bin/python3 "$name"
LD_PRELOAD="$HEAP" "./$name" -c 'while True: x = bytes(10000)' &
pid=$!
until "$ETCH" ps --json | grep -q "\"command\":\"$name\""; do :; done
run 1 "$ETCH" print -f "$pid"
has err "process $pid has recorded nothing"

# ---- on a terminal: switched by keys ----
tmux new-session -d -x 100 -y 14 "$ETCH top -d 0.2 $pid; echo status \$?; cat"
screen '^nothing is recorded yet'
screen ' off +heap_calloc'
keys Down Space
screen '^ *[1-9][0-9]* +[1-9][0-9]* +on +heap_calloc'
screen "^$work/trace-$pid"
keys Down Down Down Down Down Down Space
screen '^ *[1-9][0-9]* +[1-9][0-9]* +on +heap_free'
screen ", dropped: [0-9]"
run 0 "$ETCH" ctl "$pid" trace-file off
screen "^off: $work/trace-$pid"
run 0 "$ETCH" ctl "$pid" trace-file set two
run 0 "$ETCH" ctl "$pid" trace-file on
screen "^$work/two$"
screen '^ *[1-9][0-9]* +[1-9][0-9]* +on +heap_free'
keys q
screen '^status 0'
tmux kill-server

# ---- on a pipe ----
run 0 "$ETCH" top -n 2 -d 0.1 "$name"
[ "$(grep -c ' events/s, ' out)" = 2 ] || fail "not two tables"
grep -qE '^ *[0-9]+ +[1-9][0-9]* +on +heap_calloc' out || fail "no rate"
hasnt out "$(printf '\033')"

# ---- live, by number ----
run 0 "$ETCH" print -f -n 1000 "$pid"
[ "$(wc -l <out)" = 1000 ] || fail "not 1000 lines"
has out heap_calloc

# ---- it ends ----
tmux new-session -d -x 100 -y 14 "$ETCH top $pid; echo status \$?; cat"
screen 'heap_malloc'
kill "$pid"
wait "$pid" 2>/dev/null || true
screen '^etch top: the program has ended'
screen '^status 0'
run 2 "$ETCH" top 1 2
has err "one program at a time, not '2', too"
run 2 "$ETCH" top -d 0 1
run 2 "$ETCH" top -n x 1
run 1 "$ETCH" top "$pid"
