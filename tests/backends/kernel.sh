# SPDX-License-Identifier: MIT
# etch record --kernel: the kernel's events beside the program's, in order of
# time; nothing of the user's is disturbed, nothing stays behind.
set -eu
. "$TESTS/backends/lib.sh"
tracefs=/sys/kernel/tracing
[ -w $tracefs/instances ] || skip "no tracefs here that user $(id -un) may write"
[ -x "$(dirname "$ETCH")/etch-kernel" ] || fail "etch-kernel was not built: scripts/setup.sh test installs libtracefs-dev"
fire ctf,ftrace

ours() { find $tracefs/instances -mindepth 1 -maxdepth 1 -name 'etch-[0-9]*' ! -name 'etch-test-*' | sort; }
state() { cat $tracefs/tracing_on $tracefs/set_event $tracefs/trace_clock $tracefs/buffer_size_kb; }
ours >before
state >state.before

run 0 timeout 60 "$ETCH" record --kernel sched:sched_switch,syscalls:sys_enter_write -o d -- ./fire state all
is out "wanted 1 word 1
"
ours | diff before - >&2 || fail "an instance stays"
state | diff state.before - >&2 || fail "the top-level trace was changed"

run 0 "$ETCH" print d
pid=$(awk '$3 == "six" {sub("/.*", "", $2); print $2}' out)
sort -ns -k1,1 out | cmp -s - out || fail "not in order of time"
grep -q 'sched:sched_switch cpu [0-9]* prev_comm=' out || fail "no events of the scheduler"
grep -qE " $pid syscalls:sys_enter_write cpu [0-9]+ fd: 0x" out || fail "no system calls of the program"
[ "$(grep -cE " $pid ftrace:print cpu [0-9]+ .*(none|one|two|text|six|ten|widths|pointers|no_format) " out)" = 9 ] ||
    fail "the program's own ftrace events: $(grep -c ftrace:print out)"
# Each of the program's events is stored, then marked; across two of them the
# clocks agree.
at() { grep -nE "$1" out | head -1 | cut -d: -f1; }
[ "$(at " $pid/$pid +six ")" -lt "$(at 'ftrace:print .*ten ten')" ] &&
    [ "$(at 'ftrace:print .*six six')" -lt "$(at " $pid/$pid +widths ")" ] || fail "the clocks disagree"
run 0 "$ETCH" print --json d
grep -q '"sched:sched_switch"' out || fail "json"

# ---- the fields of the kernel's events are arguments, for conditions and all else ----
run 0 "$ETCH" print -e "syscalls:sys_enter_write if fd == 1 && count == 16" d
[ "$(grep -c " $pid syscalls:sys_enter_write " out)" = 1 ] || fail "no condition on a system call: $(cat out)"
run 0 "$ETCH" print --json -e 'sched:sched_switch if next_comm == "fire"' d
python3 -c 'import json, sys
lines = [json.loads(line) for line in sys.stdin]
assert lines
for line in lines:
    args = line["args"]
    assert args["next_comm"] == "fire" and "next_comm=fire" in args["text"], line
    assert "next_pid=%d " % args["next_pid"] in args["text"] + " " and 0 <= args["cpu"] < 4096, line
    assert "prev_prio=%d " % args["prev_prio"] in args["text"], line' <out || fail "fields of sched_switch"

# ---- followed while it is recorded: both, and the end of both ----
mkfifo hold
exec 4<>hold
ready() { [ "$(wc -l <live)" = 1 ]; }
shows() { grep -q "$1" followed; }
"$ETCH" record --kernel syscalls:sys_enter_write -o f -- ./fire all wait all <&4 >live 2>err &
recorder=$!
until_true "the program waits" ready
"$ETCH" print -f f >followed 2>words &
follower=$!
until_true "the kernel's events are followed" shows 'syscalls:sys_enter_write cpu'
until_true "the program's events are followed" shows ' ten '
echo >&4
wait $recorder || fail "record: $(cat err)"
wait $follower || fail "the follower: $(cat words)"
is words ""
run 0 "$ETCH" print f
sed 's/^ *-*[0-9.]* *//' out | sort >want
sed 's/^ *-*[0-9.]* *//' followed | sort | diff want - >&2 || fail "followed and read differ"
exec 4>&-

# ---- beside a program that runs already ----
mkfifo running
exec 6<>running
: >told
./fire wait all wait <&6 >told &
fired=$!
waits_once() { [ "$(wc -l <told)" = 1 ]; }
until_true "the program waits" waits_once
"$ETCH" record -p $fired --kernel syscalls:sys_enter_write -o p 2>err &
recorder=$!
recording() { grep -q "Ctrl-C ends it" err; }
until_true "it is recorded" recording
echo >&6
kernel_has() { "$ETCH" print p 2>/dev/null | grep -q 'syscalls:sys_enter_write cpu'; }
until_true "the kernel's events are there" kernel_has
kill -INT $recorder
wait $recorder || fail "record -p: $(cat err)"
ours | diff before - >&2 || fail "an instance stays after -p"
kill $fired
exec 6>&-

# ---- the program crashes: its events and the kernel's are there, the instance is not ----
run 139 "$ETCH" record --kernel syscalls:sys_enter_write -o crashed -- ./fire all crash
ours | diff before - >&2 || fail "an instance stays after a crash"
run 0 "$ETCH" print crashed
[ "$(grep -cE 'ftrace:print cpu [0-9]+ .*(none|one|two|text|six|ten|widths|pointers|no_format) ' out)" = 9 ] ||
    fail "a crashed program's ftrace events"

# ---- refused: nothing is run, nothing stays ----
for events in sched:no_such_event no_such_system sched:sched_switch,nonsense; do
    run 1 "$ETCH" record --kernel $events -o e -- sh -c 'echo ran'
    has err "${events#*,}: this kernel has no such event"
    hasnt out ran
    rm -rf e
done
run 2 "$ETCH" record --kernel '' -o e -- ./fire
ours | diff before - >&2 || fail "an instance stays after an error"

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    chmod 755 .
    mkdir -m 777 other
    cp fire other
    run 1 setpriv --reuid 65534 --clear-groups "$ETCH" record --kernel sched -o other/d other/fire
    has err "no instance can be made in the kernel's tracefs: that takes root"
fi

# ---- etch is killed: its helper removes the instance ----
mkfifo go
exec 3<>go
waits() { [ "$(wc -l <told)" = 1 ]; }
"$ETCH" record --kernel sched:sched_switch -o killed -- ./fire wait <&3 >told 2>err &
recorder=$!
until_true "the program waits" waits
[ "$(ours | diff before - | grep -c '^>')" = 1 ] || fail "no instance"
kill -KILL $recorder
wait $recorder 2>/dev/null || true
gone() { ours | diff before - >/dev/null; }
until_true "the instance goes with etch" gone
echo >&3

# ---- the helper is killed: the next one removes what it left ----
: >told
"$ETCH" record --kernel sched:sched_switch -o left -- ./fire wait <&3 >told 2>err &
recorder=$!
until_true "the program waits" waits
left=$(ours | diff before - | sed -n 's/^> //p')
kill -KILL "${left##*-}"
echo >&3
wait $recorder && fail "a killed helper is no error"
[ -d "$left" ] || fail "who removed it?"
run 0 "$ETCH" record --kernel sched:sched_switch -o next -- ./fire state
ours | diff before - >&2 || fail "the next one leaves it, too"
