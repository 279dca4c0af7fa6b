# SPDX-License-Identifier: MIT
#
# lib.sh: what the tests of this folder share; sourced by them. Each builds
# fire.c with the backends that it is about and looks with the real tool of the
# other side.
#
# Reads:  ETCH, LIBETCH, INCLUDE and SOURCES (this folder), set by meson.
. "$TESTS/lib.sh"

warnings=(-Wall -Wextra -Wshadow -Werror)

# fire BACKENDS [FLAG...]: ./fire, and its generated files, in the working folder.
fire()
{
    local backends=$1 objects=()
    shift
    "$ETCH" gen -b "$backends" -g fire -o . "$SOURCES/trace-events" >log 2>&1 || {
        cat log >&2
        fail "etch gen -b $backends"
    }
    gcc -O2 "${warnings[@]}" -I"$INCLUDE" -I. "$@" "$SOURCES/fire.c" trace-fire.c \
        "${objects[@]}" "$LIBETCH" -lpthread -o fire 2>err || fail "gcc of $backends"
}

# needs PROGRAM...: the tools that scripts/setup.sh test installs.
needs()
{
    local program
    for program; do
        command -v "$program" >/dev/null ||
            fail "$program is missing: scripts/setup.sh test installs it"
    done
}

# until WHAT COMMAND...: waits until it succeeds, 20 s at most.
until_true()
{
    local what=$1 end=$((SECONDS + 20))
    shift
    while ! "$@"; do
        [ $SECONDS -lt $end ] || fail "waited in vain: $what"
        read -rt 0.02 <> <(:) || true
    done
}

# said FILE N TEXT: the file holds the text in N lines.
said()
{
    local n
    n=$(grep -cF -- "$3" "$1" || true)
    [ "$n" = "$2" ] || fail "'$3' was said $n times instead of $2 in $1: $(head -5 "$1")"
}
