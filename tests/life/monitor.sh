# SPDX-License-Identifier: MIT
# `etch monitor` as a person uses it: on a terminal, with Tab; and on a pipe.
set -eu
. "$TESTS/life/lib.sh"
. "$TESTS/life/screen.sh"

# A name that no other test uses.
name=py$$
ln -s /usr/bin/python3 "$name"
coproc PY { exec env LD_PRELOAD="$HEAP" "./$name" -uc 'import sys
for line in sys.stdin: print(len(bytes(int(line))))' 2>err; }
own=${PY[1]}
exec 7>&"${PY[1]}" 8<&"${PY[0]}" {own}>&-
pid=$PY_PID
echo 10000 >&7
read -r _ <&8

# ---- on a terminal ----
tmux new-session -d -x 100 -y 30 "$ETCH monitor $pid; echo status \$?; cat"
screen '^\(py[0-9]+\)'
keys trace-e Tab
screen '^\(py[0-9]+\) trace-event'
keys heap_ma Tab
screen '^\(py[0-9]+\) trace-event heap_malloc'
keys Tab
screen '^heap_malloc\(size_t size, void \*ptr\) "size %zu ptr %p"'
screen 'off +on'
keys n Enter
keys 'info trace-e' Tab heap_m Tab Tab
screen 'heap_malloc +heap_memalign|heap_memalign +heap_malloc'
keys al Tab Enter
screen '^heap_malloc : state 1'
keys nonsense Enter
screen "^unknown command: 'nonsense'"
keys Up Up Enter
screen '^heap_malloc : state 1'
keys help Enter
screen '^trace-event name on\|off'
# Files, and what a condition may speak of.
mkdir -p folder/inside
keys 'trace-file s' Tab 'fol' Tab
screen 'trace-file set folder/$'
keys 'in' Tab 'new' Enter
screen '^no event was recorded yet: this holds from the first one on'
keys 'trace-file' Enter
screen "^Trace file \"$work/folder/inside/new\" on"
keys 'trace-event "heap_mall' Tab
screen 'trace-event "heap_malloc'
keys i Tab si Tab
screen 'trace-event "heap_malloc if size'
keys C-u 'trace-event "heap_malloc if ' Tab Tab
screen '^heap_malloc\(size_t size, void \*ptr\) '
screen 'ptr +size|size +ptr'
keys C-u 'trace-event "heap_malloc if size > 7" on' Enter C-l
keys 'trace-event heap_malloc off' Enter
keys quit Enter
screen '^status 0'
tmux kill-server

# ---- on a pipe: no prompt, no echo; the last line may lack its newline ----
run 0 "$ETCH" monitor "$pid" <<<'trace-event "heap_malloc" off
info trace-events heap_mal*
'
is out "heap_malloc : state 0
"
printf 'trace-event heap_free on\nquit\ninfo trace-events' | run 0 "$ETCH" monitor "$name"
is out ""
run 0 "$ETCH" ctl "$pid" info trace-events heap_free
is out "heap_free : state 1
"

# ---- the program ends under it ----
mkfifo words
"$ETCH" monitor "$pid" <words >said 2>&1 &
exec 9>words
echo 'info trace-events heap_free' >&9
until [ -s said ]; do :; done
exec 7>&-
wait "$pid"
echo 'info trace-events' >&9
wait $!
has said "the program has ended"
run 1 "$ETCH" monitor "$pid"
has err "there is no process $pid"
run 2 "$ETCH" monitor 1 2
