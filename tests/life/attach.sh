# SPDX-License-Identifier: MIT
# A program that nobody here wrote, python3, is found by `etch ps` and switched by
# `etch ctl` while it runs.
set -eu
. "$TESTS/life/lib.sh"

loop='import sys
for line in sys.stdin: print(len(bytes(int(line))))'

# ask SIZE: has so many bytes allocated and waits for the answer.
ask()
{
    echo "$1" >&7
    read -r answer <&8
}

# A name that no other test uses.
name=py$$
ln -s /usr/bin/python3 "$name"
coproc PY { exec env LD_PRELOAD="$HEAP" "./$name" -uc "$loop" 2>err; }
exec 7>&"${PY[1]}" 8<&"${PY[0]}"
pid=$PY_PID
ask 10000
[ "$answer" = 10000 ] || fail "python3 said $answer"

# ---- it is found, and has recorded nothing ----
run 0 "$ETCH" ps
grep -qE "^$pid +$(id -un) +0/7 +0 +0 $name +-$" out || fail "not as expected"
run 0 "$ETCH" ps --json
grep -q "\"pid\":$pid,\"inner_pid\":$pid,.*\"command\":\"$name\",\"known\":7,\"on\":0" out ||
    fail "not as expected"
run 0 "$ETCH" ctl "$pid" info trace-events
[ "$(head -1 out)" = "heap_free : state 0" ] || fail "not the last registered first"
[ "$(tail -1 out)" = "heap_malloc : state 0" ] || fail "not the first registered last"
[ "$(wc -l <out)" = 7 ] || fail "not all events"
ask 20000
[ -z "$(ls -d trace-* 2>/dev/null)" ] || fail "it traces: $(ls)"

# ---- on, off ----
run 0 "$ETCH" ctl "$pid" trace-event 'heap_m*' on
is out ""
is err ""
run 0 "$ETCH" ctl "$name" info trace-events 'heap_m*'
is out "heap_memalign : state 1
heap_malloc : state 1
"
ask 1000000
# The drain, which the first event starts, opens its file and writes within its interval.
until "$ETCH" ps | grep -qE "^$pid .* 2/7 +[1-9][0-9]* +0 $name +$work/trace-$pid"; do :; done
run 0 "$ETCH" ctl "$pid" trace-event '*' off
run 0 "$ETCH" ctl "$pid" info trace-events
hasnt out "state 1"

# ---- on for a while: its drain ends it ----
run 0 "$ETCH" ctl "$pid" trace-event 'heap_c*' on for 100ms
is out ""
until ! "$ETCH" ctl "$pid" info trace-events | grep -q "state 1"; do :; done
run 0 "$ETCH" ctl "$pid" trace-event heap_free on for 2min
run 0 "$ETCH" ctl "$pid" info trace-events heap_free
is out "heap_free : state 1
"
run 0 "$ETCH" ctl "$pid" trace-event heap_free off

# ---- errors ----
# refused WORDS -- TEXT: the command fails with this text.
refused()
{
    local words=()
    while [ "$1" != -- ]; do
        words+=("$1")
        shift
    done
    run 1 "$ETCH" ctl "$pid" "${words[@]}"
    is out ""
    is err "$2"
}
refused trace-event nix on -- 'unknown event "nix"
'
refused info trace-events nix -- 'unknown event "nix"
'
refused trace-event 'nix*' on -- 'no event matches "nix*"
'
refused trace-event heap_free maybe -- "Expected 'on' or 'off'
Try \"help trace-event\" for more information
"
refused trace-event -- 'trace-event: string expected
Try "help trace-event" for more information
'
refused trace-event heap_free on 0 0 -- 'trace-event: extraneous characters at the end of line
Try "help trace-event" for more information
'
refused trace-event heap_free on for 0s -- "'0s' is no time such as 5s, 200ms or 2min
"
refused trace-event heap_free on for ever -- "'ever' is no time such as 5s, 200ms or 2min
"
refused trace-event heap_free off for 5s -- 'trace-event: extraneous characters at the end of line
Try "help trace-event" for more information
'
refused quit -- "unknown command: 'quit'
"
run 1 "$ETCH" ctl $$ info trace-events
has err "process $$ cannot be attached to"
run 1 "$ETCH" ctl no-such-program info trace-events
has err "no program called no-such-program can be attached to"
run 2 "$ETCH" ctl "$pid"
run 2 "$ETCH" ctl

# ---- JSON, as QMP has it ----
"$ETCH" ctl --json "$pid" >out 2>err <<'E2'
{"execute": "trace-event-set-state", "arguments": {"name": "heap_c*", "enable": true}, "id": 7}
{"execute": "trace-event-get-state", "arguments": {"name": "heap_?a*"}}

{"execute": "trace-event-get-state", "arguments": {"name": "nix"}, "id": {"a": [1]}}
{"execute": "trace-event-get-state", "arguments": {"name": "nix*"}}
{"execute": "trace-event-get-state"}
{"execute": "trace-event-set-state", "arguments": {"name": "*", "enable": 1}}
{"execute": "trace-event-set-state", "arguments": {"name": "*", "enabled": true}}
{"execute": "quit", "id": "x"}
{"execute"
[1]
{"execute": "trace-event-set-state", "arguments": {"name": "*", "enable": false}}
E2
cat >want <<'E2'
{"return":{},"id":7}
{"return":[{"name":"heap_calloc","state":"enabled"},{"name":"heap_malloc","state":"disabled"}]}
{"error":{"class":"GenericError","desc":"unknown event \"nix\""},"id":{"a":[1]}}
{"return":[]}
{"error":{"class":"GenericError","desc":"Parameter 'name' is missing"}}
{"error":{"class":"GenericError","desc":"Invalid parameter type for 'enable', expected: boolean"}}
{"error":{"class":"GenericError","desc":"Parameter 'enabled' is unexpected"}}
{"error":{"class":"CommandNotFound","desc":"The command quit has not been found"},"id":"x"}
E2
head -8 out | diff want - || fail "JSON"
sed -n 9p out | grep -q '^{"error":{"class":"GenericError","desc":"JSON parse error, ' || fail "JSON"
sed -n 10p out | grep -qF "QMP input must be a JSON object" || fail "JSON"
[ "$(tail -1 out)" = '{"return":{}}' ] || fail "JSON"
run 0 "$ETCH" ctl "$pid" info trace-events
hasnt out "state 1"
run 2 "$ETCH" ctl --json "$pid" help
run 1 "$ETCH" ctl --json $$
is err "etch ctl: process $$ cannot be attached to: it is not linked with libetch, or runs with ETCH_CONTROL=0 or raised privileges
"

# ---- its trace is whole; it is gone ----
own=${PY[1]}
exec 7>&- {own}>&-
wait "$pid"
run 0 "$ETCH" stat --json "$work"/trace-"$pid"*
has out '"name":"heap_malloc"'
hasnt out '"name":"heap_free"'
has out '"dropped":0'
run 0 "$ETCH" ps --json
hasnt out "\"pid\":$pid,"

# ---- of two that have one name, none is switched ----
mkfifo in
for i in 1 2; do
    env LD_PRELOAD="$HEAP" "./$name" -uc "$loop" <in >"answer$i" &
done
exec 9>in
until [ "$("$ETCH" ps --json | grep -c "\"command\":\"$name\"")" = 2 ]; do
    :
done
run 1 "$ETCH" ctl "$name" trace-event heap_free on
has err "several programs are called $name: "
exec 9>&-
wait
