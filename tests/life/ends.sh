# SPDX-License-Identifier: MIT
# Events at both ends of a program's life, and in libraries that come and go.
set -eu
. "$TESTS/life/lib.sh"

# streams FILE STREAM...: has ten events of each of these, and no others.
streams()
{
    local file=$1 want=
    shift
    "$ETCH" print -e life_tick "$file" | sed -n 's/.* who \([0-9]*\) n .*/\1/p' | sort -n | uniq -c |
        awk '{print $2, $1}' >have
    for s in "$@"; do
        want="$want$s 10
"
    done
    is have "$want"
}

# The group registers in a constructor without priority: what fires before is
# off, as every event is that nobody switched on yet.
run 0 "$ETCH" record -o kept -e '*' -- "$ENDS"
streams kept 2 3 4 5 6 7
case $SANITIZE in
*thread*) ;; # TSan's own thread keeps a process alive whose main has left
*)
    run 0 "$ETCH" record -o kept -e '*' -- "$ENDS" thread
    streams kept 2 3 4 5 6 7 8
    ;;
esac

# Without etch record the trace is closed in libetch's own destructor, the last.
run 0 env ETCH_TRACE='*,file=F' "$ENDS"
run 0 "$CHECK" F
grep -q 'life_tick [67]0$' out || fail "events of the ends"

# ---- a library that comes and goes: its names are there ever after ----
record kept fire 10 dlopen "$PLUGIN" 100 fire 10 repeat 3 dlopen "$PLUGIN" 50 end flush fire 10 note
same kept
run 0 "$ETCH" print -e 'plugin_*' kept
[ "$(grep -c 'plugin_tick who 0 n ' out)" = 250 ] || fail "plugin_tick"
[ "$(grep -c 'plugin_name name plugin' out)" = 4 ] || fail "plugin_name"
run 0 env ETCH_TRACE='*,file=F' "$ACTOR" dlopen "$PLUGIN" 10 dlopen "$PLUGIN" 10
run 0 "$CHECK" F
has out "events 22"
run 0 env ETCH_TRACE='plugin_*,file=F' "$ACTOR" fire 5
is err "life-actor: ETCH_TRACE plugin_*,file=F: warning: no trace event matches 'plugin_*'
"

# ---- events that siglongjmp leaves in the middle ----
# Not under TSan, which puts signals off and does not like to be left.
case $SANITIZE in *thread*) exit 0 ;; esac
run 0 "$ETCH" record -o kept -e '*' -- "$ENDS" longjmp
returned=$(sed -n 's/^returned \([0-9]*\) .*/\1/p' out)
left=$(sed -n 's/.* left //p' out)
run 0 "$CHECK" kept
kept=$(sed -n 's/.* life_signal //p' out)
has out "lost 0"
[ "$kept" -ge "$returned" ] && [ "$kept" -le $((returned + left)) ] ||
    fail "kept $kept of $returned, $left left"
