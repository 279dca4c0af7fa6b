# SPDX-License-Identifier: MIT
#
# attached.sh: what the tests of `etch record -p` share; sourced by them.

# begin THREADS MICROSECONDS: steady; its number in $pid, lines to it by &7, its
# answers by &8; it ends when nobody has &7.
begin()
{
    rm -f to from
    mkfifo to from
    "$STEADY" "$@" <to >from 2>steady.err 7>&- 8>&- &
    pid=$!
    exec 7>to 8<from
    answers first
}

# answers WORD: it lives, and nothing that it says is lost.
answers()
{
    echo "$1" >&7
    local got=
    read -r got <&8 || true
    [ "$got" = "$1" ] || fail "the program does not answer: '$got'"
}

# end: it ends with its input, in good order.
end()
{
    exec 7>&-
    wait "$pid" || fail "the program failed: $(cat steady.err)"
    exec 8<&-
}

# attach OPTION...: `etch record -p` of it, with what it says in ./said; its number in
# $recorder, once the events are on.
attach()
{
    rm -f said
    "$ETCH" record -p "$pid" "$@" 2>said 7>&- 8<&- &
    recorder=$!
    until grep -qs "Ctrl-C ends it" said; do :; done
}

# state: what a process has: threads, descriptors, mappings without their
# addresses and sizes, files in the runtime folder, words that are on.
state()
{
    echo "threads $(ls /proc/"$pid"/task | wc -l)"
    (cd /proc/"$pid"/fd && for fd in *; do echo "fd $fd $(readlink "$fd")"; done)
    awk '{print "map", $2, $6}' /proc/"$pid"/maps | sort | uniq -c
    ls /run/user/"$(id -u)"/etch /dev/shm/etch-"$(id -u)" 2>/dev/null |
        grep -E "^(control|pool|meta)\.$pid\." || true
    "$ETCH" ctl "$pid" info trace-events
}

# settled FILE: the state, once the thread that recorded is really gone.
settled()
{
    until [ "$(ls /proc/"$pid"/task | wc -l)" = "$threads" ]; do
        kill -0 "$pid" || fail "the program is gone: $(head -40 steady.err)"
    done
    state >"$1"
}

# whole DIR: what was recorded has no gap.
whole()
{
    "$CHECK" --attached --pools "$1" >counted 2>faults || { cat faults >&2; fail "check $1"; }
    grep -qx 'lost 0' counted || fail "$1 lost events"
    ! grep -qx 'events 0' counted || fail "$1 holds nothing"
}
