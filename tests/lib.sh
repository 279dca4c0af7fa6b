# SPDX-License-Identifier: MIT
#
# lib.sh: what the shell tests share; sourced by them after `set -eu`.
#
# Reads:  ETCH (the executable under test), set by meson.
# Writes: a folder of its own below TMPDIR, $work, which is the working
#         directory and goes away at the end.

work=$(mktemp -d "${TMPDIR:-/tmp}/etch-test.XXXXXX")
cleanup()
{
    # shellcheck disable=SC2046
    kill -KILL $(jobs -p) 2>/dev/null || true
    cd /
    # What killed programs left in memory for traces that go now.
    for pool in /run/user/"$(id -u)"/etch/pool.* /dev/shm/etch-"$(id -u)"/pool.*; do
        [ ! -f "$pool" ] || ! head -c 8192 "$pool" 2>/dev/null | grep -qaF "$work/" || rm -f "$pool"
    done
    # Nothing behind a mount: what a test mounted there is not its own.
    find "$work" -xdev -type d ! -perm -u=rwx -exec chmod u+rwx {} + 2>/dev/null || true
    rm -rf --one-file-system "$work"
}
trap cleanup EXIT
export TMPDIR=$work
cd "$work"
unset ETCH_TRACE ETCH_LOG_TIME LD_PRELOAD
export LC_ALL=C

fail()
{
    echo "FAIL: $*" >&2
    for f in out err; do
        [ -s "$work/$f" ] && sed "s/^/  $f: /" "$work/$f" | head -40 >&2
    done
    exit 1
}

# needs PROGRAM...: tools without which the test says nothing; they are installed.
needs()
{
    local program
    for program; do
        command -v "$program" >/dev/null ||
            fail "$program is missing: scripts/setup.sh test installs it"
    done
}

# skip REASON: what the kernel forbids here; meson counts status 77 as skipped.
skip()
{
    echo "SKIP: $*" >&2
    exit 77
}

# run STATUS COMMAND...: runs it with its output in ./out and ./err.
run()
{
    local want=$1 got=0
    shift
    "$@" >"$work/out" 2>"$work/err" || got=$?
    [ "$got" = "$want" ] || fail "status $got instead of $want: $*"
}

# has FILE TEXT: the file holds the text; hasnt: it does not.
has()
{
    grep -qF -- "$2" "$1" || fail "$1 lacks '$2'"
}

hasnt()
{
    ! grep -qF -- "$2" "$1" || fail "$1 holds '$2'"
}

# is FILE TEXT: the file is just the text.
is()
{
    printf '%s' "$2" | cmp -s - "$1" || fail "$1 is not '$2' but '$(head -c 300 "$1")'"
}
