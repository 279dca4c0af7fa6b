# SPDX-License-Identifier: MIT
# `etch record -p`: a program under load is recorded and left as it was; who is
# killed, whichever side, and when.
set -eu
. "$TESTS/life/lib.sh"
. "$TESTS/life/attached.sh"

begin 3 200
threads=$(ls /proc/"$pid"/task | wc -l)
[ "$threads" = 4 ] || [ "$SANITIZE" != none ] || fail "$threads threads"

# ---- twelve times: as it was after the first, as after the eleventh ----
for i in $(seq 11); do
    run 0 "$ETCH" record -p "$pid" -o "d$i" --for 100ms
    has err "3 events of process $pid" # life_off is declared disable
    has err "of 1 process in d$i"
    has err "dropped: 0"
    settled "state$i"
    answers "$i"
    whole "d$i"
    grep -q "life_tick" counted || fail "d$i: $(cat counted)"
    # The thread sanitizer hands on signals when it likes.
    case $SANITIZE in *thread*) ;; *) grep -q "life_signal" counted || fail "d$i: no signal" ;; esac
done
diff state1 state11 >diff || { cat diff >&2; fail "it is not as it was after the first time"; }
! grep -q "state 1" state11 || fail "an event stays on"
! grep -qE "^(pool|meta)" state11 || fail "a file stays: $(cat state11)"
[ -z "$(ls -d trace-* 2>/dev/null)" ] || fail "it traces for itself: $(ls)"

# ---- only some events; Ctrl-C; two at once ----
attach -e 'life_*' -e '-life_signal' -o some
run 0 "$ETCH" ctl "$pid" info trace-events
is out "life_off : state 0
life_text : state 1
life_signal : state 0
life_tick : state 1
"
run 1 "$ETCH" record -p "$pid" -o other
has err "another etch records process $pid"
# What somebody else switches is his: on after the end, or off at once.
run 0 "$ETCH" ctl "$pid" trace-event life_text on
until "$ETCH" ps | grep -q " $work/some/trace-$pid"; do :; done
kill -INT "$recorder"
wait "$recorder" || fail "status $? after Ctrl-C"
run 0 "$ETCH" ctl "$pid" info trace-events
is out "life_off : state 0
life_text : state 1
life_signal : state 0
life_tick : state 0
"
run 0 "$ETCH" ctl "$pid" trace-event life_text off
settled state
diff state1 state >diff || { cat diff >&2; fail "it is not as it was"; }
whole some
hasnt counted life_signal

# ---- the last events only ----
run 0 "$ETCH" record -p "$pid" -o flight --flight 64K --for 300ms
has err "overwritten: "
hasnt err "overwritten: 0"
settled state
diff state1 state >diff || { cat diff >&2; fail "it is not as it was after --flight"; }

# ---- what others tell its trace meanwhile holds until it ends ----
attach -o told -e life_tick
until "$ETCH" ps | grep -q " $work/told/trace-$pid"; do :; done
run 0 "$ETCH" ctl "$pid" trace-file set away
run 0 "$ETCH" ctl "$pid" trace-file
has out "\"$work/away"
run 0 "$ETCH" ctl "$pid" trace-file off
run 0 "$ETCH" ctl "$pid" trace-file on
has out "the trace goes to \"$work/away.1\""
until "$ETCH" ctl "$pid" snapshot shot 2>err; do has err "no event is in memory"; done
run 0 "$ETCH" ctl "$pid" trace-file flush
kill -INT "$recorder"
wait "$recorder" || fail "status $? after Ctrl-C"
has said "of 1 process in told"
has said "2 of the traces lie elsewhere (\`trace-file\`), the last in $work/away.1"
for trace in shot told away away.1; do
    "$ETCH" print -n 1 $trace >lines
    has lines life_tick
done
all=$("$ETCH" print told | wc -l)
[ "$(sed -n 's/^etch record: \([0-9]*\) events of 1 .*/\1/p' said)" = "$all" ] ||
    fail "not $all: $(cat said)"
[ "$("$ETCH" print away away.1 | wc -l)" -lt "$all" ] || fail "none of them in the folder"
settled state
diff state1 state >diff || { cat diff >&2; fail "it is not as it was after trace-file"; }
run 0 "$ETCH" record -p "$pid" -o told2 --for 50ms
whole told2
hasnt err elsewhere
settled state
rm -rf away*

# ---- conditions, limits, patterns of a file; all of it is gone afterwards ----
printf '# of a file\n  life_signal if n < 0 \r\n-life_t*\nlife_tick if who == 1 && n >= 10\n' >patterns
for i in 1 2; do
    run 0 "$ETCH" record -p "$pid" -o only --events patterns --for 200ms
    has err "2 events of process $pid"
    "$ETCH" print --json only >lines
    hasnt lines life_text
    hasnt lines life_signal
    [ "$(grep -c '"name":"life_tick"' lines)" -gt 100 ] || fail "nothing for its condition"
    ! grep life_tick lines | grep -v '"who":1,' || fail "events of another condition"
    settled state
    [ $i = 1 ] || diff ruled state >diff || { cat diff >&2; fail "it is not as after the first time"; }
    cp state ruled
    ! grep "state 1" state || fail "an event stays on"
done
# An event that the condition does not suit is left out, and named.
run 0 "$ETCH" record -p "$pid" -o only -e 'life_* if n > 5' -e 'life_signal limit 3/s' --for 300ms
has err "warning: column 11 of 'life_* if n > 5': life_text has no argument"
"$ETCH" print --json only >lines
hasnt lines life_text
[ "$(grep -c '"name":"life_signal"' lines)" -le 4 ] || fail "the limit lets $(grep -c life_signal lines) pass"
settled state
# What is on for somebody else would be so no more.
run 0 "$ETCH" ctl "$pid" trace-event life_text on
run 1 "$ETCH" record -p "$pid" -o only -e 'life_text if text == "x"'
has err "life_text is on in process $pid already, and a condition would hold for that, too"
run 0 "$ETCH" ctl "$pid" trace-event life_text off
settled state
cp state state1

# ---- etch is killed: the program notices, and goes on as it was ----
attach -o killed
until "$ETCH" ps | grep -qE " [1-9][0-9]* +0 life-steady +$work/killed/trace-$pid"; do :; done
kill -KILL "$recorder"
wait "$recorder" 2>/dev/null || true
settled state
diff state1 state >diff || { cat diff >&2; fail "it is not as it was after etch was killed"; }
whole killed
answers alive
# At once behind it, too: the next one ends what is left.
attach -o killed2
kill -KILL "$recorder"
run 0 "$ETCH" record -p "$pid" -o next --for 50ms
whole next
settled state
diff state1 state >diff || { cat diff >&2; fail "it is not as it was"; }

# ---- the program is killed ----
attach -o dead
until "$ETCH" ps | grep -qE " [1-9][0-9]* +0 life-steady +$work/dead/trace-$pid"; do :; done
kill -KILL "$pid"
wait "$recorder" || fail "status $? of a program that was killed"
has said "process $pid (life-steady) has ended"
exec 7>&- 8<&-
wait "$pid" 2>/dev/null || true
whole dead
[ -z "$(ls /run/user/"$(id -u)"/etch /dev/shm/etch-"$(id -u)" 2>/dev/null | grep "\.$pid\.")" ] ||
    fail "a file of the program that was killed stays"

# ---- it ends by itself, in the midst ----
begin 2 0
threads=3
attach -o ended
until "$ETCH" ps | grep -qE " [1-9][0-9]* +0 life-steady +$work/ended/trace-$pid"; do :; done
end
wait "$recorder" || fail "status $? of a program that ended"
has said "process $pid (life-steady) has ended"
whole ended

# ---- etch is killed before anything was recorded: nothing begins for it later ----
begin 0 0
attach -o early
kill -KILL "$recorder"
wait "$recorder" 2>/dev/null || true
run 0 "$ETCH" ctl "$pid" info trace-events
hasnt out "state 1"
[ -z "$(ls early | grep trace)" ] || fail "a trace of nothing: $(ls early)"
end

# ---- what records already ----
export ETCH_TRACE=life_tick
begin 1 0
unset ETCH_TRACE
until "$ETCH" ps | grep -q " $work/trace-$pid"; do :; done
run 1 "$ETCH" record -p "$pid" -o twice
has err "process $pid records already, into $work/trace-$pid"
[ ! -e twice ] || fail "a folder is made for what records already"
run 0 "$ETCH" ctl "$pid" info trace-events life_tick
is out "life_tick : state 1
"
end

# ---- words that are none ----
run 1 "$ETCH" record -p no-such-program -o none
[ ! -e none ] || fail "a folder is made for nothing"
run 1 "$ETCH" record -p $$ -o none
has err "process $$ cannot be attached to"
run 2 "$ETCH" record -p 1 ./prog
run 2 "$ETCH" record -p 1 --for soon
run 2 "$ETCH" record -p 1 --preload heap
has err "one that runs has loaded its libraries"
run 2 "$ETCH" record -p 1 --trigger x
has err "with -p, record with --flight and end it when it has happened"
run 2 "$ETCH" record -p 1 -e 'x if y =='
run 2 "$ETCH" record --for 1s ./prog
begin 0 0
run 1 "$ETCH" record -p "$pid" -e 'nix*' -o none
has err "process $pid has no event that is meant"
[ ! -e none ] || fail "a folder is made for no event"
end
