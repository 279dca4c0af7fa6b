# SPDX-License-Identifier: MIT
#
# lib.sh: what the tests of this folder share; sourced by them.
#
# Reads:  ACTOR, CHECK, PLUGIN, SWITCH (executables), ETCH, SANITIZE, set by meson.
. "$TESTS/lib.sh"

export LEDGER=$work/ledger
unset ETCH_CONTROL

# record DIR WORD...: runs actor under etch record, all events on.
record()
{
    local dir=$1
    shift
    rm -rf "$dir" "$dir.old" "$LEDGER"
    run 0 "$ETCH" record -o "$dir" -e '*' -- "$ACTOR" "$@"
    has err "dropped: 0"
}

# few N: how often something is done: under the thread sanitizer, where each thread and
# each event costs ten times as much, a tenth.
few()
{
    case $SANITIZE in *thread*) echo $(($1 / 10)) ;; *) echo "$1" ;; esac
}

# same DIR: the recording holds what the processes say that they fired, no
# event more, none less, in order.
same()
{
    "$CHECK" "$1" >counted 2>faults || { cat faults >&2; fail "check $1"; }
    sed 1,2d counted | sort >have
    awk '{n[$1 " " $2] += $3} END {for (k in n) print k, n[k]}' "$LEDGER" | sort >want
    diff want have >diff || { cat diff >&2; fail "$1 is not what was fired"; }
    grep -qx 'lost 0' counted || fail "$1 lost events"
}
