# SPDX-License-Identifier: MIT
# Events switched from outside: by another process that writes an enable word in
# the control page; and what a program that traces nothing has of libetch.
set -eu
. "$TESTS/life/lib.sh"

folder=/run/user/$(id -u)/etch
[ -w "${folder%/etch}" ] || folder=/dev/shm/etch-$(id -u)

# start WORD...: actor as a coprocess; its first line is `pid N`, in $pid.
start()
{
    exec 7>&- 8<&-
    coproc ACT { exec "$ACTOR" pid "$@" 2>err; }
    # shellcheck disable=SC2034
    actor=$ACT_PID
    exec 7>&"${ACT[1]}" 8<&"${ACT[0]}"
    read -r _ pid <&8
}

# line TEXT: actor's next line is this.
line()
{
    local got
    read -r got <&8 || fail "no line '$1'"
    [ "$got" = "$1" ] || fail "'$got' instead of '$1'"
}

finish()
{
    local status=0
    echo >&7
    wait "$actor" || status=$?
    [ $status = 0 ] || fail "status $status"
}

# ---- a program that traced nothing starts to ----
start fire 5 say a read fire 10 flush say b read fire 20 say c read
line a
run 0 "$SWITCH" "$pid"
is out "1 groups
0 0 0
0 1 0
0 2 0
0 3 0
"
[ ! -e "trace-$pid" ] || fail "a trace of nothing"
[ "$(stat -c %a "$folder" "$folder/control.$pid".*)" = "700
600" ] || fail "modes of the control page"
# Its header and the words of three groups, as long as nothing else is asked for.
[ "$(uname -m)" != x86_64 ] || [ "$(stat -c %b "$folder/control.$pid".*)" -le 32 ] ||
    fail "a start takes more than four pages"
run 0 "$SWITCH" "$pid" 0 0 1
echo >&7
line b
"$CHECK" --gaps "trace-$pid" >counted
has counted "$pid life_tick 10"
# and off again
run 0 "$SWITCH" "$pid" 0 0 0
echo >&7
line c
finish
"$CHECK" --gaps "trace-$pid" >counted
has counted "events 10"
[ -z "$(find "$folder" -name "*.$pid.*")" ] || fail "files stay in the runtime folder"

# ---- an event that is declared disable stays without code ----
start say a read
line a
run 0 "$SWITCH" "$pid" 0 3 1
run 1 "$ETCH" ctl "$pid" trace-event life_off on
has err 'event "life_off" is disabled'
run 0 "$ETCH" ctl "$pid" trace-event life_off off
finish
[ ! -e "trace-$pid" ] || fail "a disabled event was recorded"

# ---- a forked child has a page of its own, as its parent's stood ----
for way in fork rawfork libcfork; do
    start trace life_tick fire 1 flush $way fire 1 flush pid read fire 10 end fire 5 say b read
    read -r _ child <&8
    run 0 "$SWITCH" "$child"
    has out "0 0 1"
    run 0 "$SWITCH" "$child" 0 0 0
    run 0 "$SWITCH" "$pid"
    has out "0 0 1"
    echo >&7
    line b
    finish
    "$CHECK" "trace-$pid" >counted
    has counted "$pid life_tick 6"
    "$CHECK" "trace-$child" >counted
    has counted "$child life_tick 1"
    [ -z "$(find "$folder" -name "*.$pid.*" -o -name "*.$child.*")" ] || fail "$way: files stay"
done

# ---- images one after the other leave one page, not one each ----
start exec pid exec pid exec pid say a read
for _ in 1 2 3; do
    read -r _ again <&8
    [ "$again" = "$pid" ] || fail "exec changed the pid"
done
line a
[ "$(find "$folder" -name "control.$pid.*" | wc -l)" = 1 ] || fail "pages of images that are gone"
run 0 "$SWITCH" "$pid" 0 0 1
finish

# ---- a library that is loaded later has its words there, too ----
start trace plugin_tick dlopen "$PLUGIN" 1 say a read
line a
run 0 "$SWITCH" "$pid"
has out "2 groups"
finish

# ---- ETCH_CONTROL=0: no page, and all else works ----
export ETCH_CONTROL=0
start trace life_tick fire 10 flush say a read
line a
run 1 "$SWITCH" "$pid"
[ -z "$(find "$folder" -name "control.$pid.*")" ] || fail "a page in spite of ETCH_CONTROL=0"
finish
"$CHECK" "trace-$pid" >counted
has counted "$pid life_tick 10"
unset ETCH_CONTROL

# ---- what a program that traces nothing has: nothing ----
"$ACTOR" fire 10 fds status >traced
"$PLAIN" fire 10 fds status >plain
cmp traced plain || { diff traced plain >&2; fail "not as without libetch"; }
grep -q '^fd 0' traced && grep -q '^Threads' traced && grep -q '^SigCgt' traced ||
    fail "what /proc says was not read"
