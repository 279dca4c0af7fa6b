# SPDX-License-Identifier: MIT
# What etch says of itself, and to a user who mistypes.
set -eu
. "$TESTS/lib.sh"

run 2 "$ETCH"
has err "Usage: etch COMMAND"
is out ""
run 0 "$ETCH" --help
has out "Usage: etch COMMAND"
is err ""
run 0 "$ETCH" help
has out "etch help COMMAND"
run 0 "$ETCH" --version
grep -qE '^etch [0-9]+\.[0-9]+\.[0-9]+$' out || fail "version"

run 2 "$ETCH" hepl
has err "did you mean 'help'?"
run 2 "$ETCH" xyzzy
has err "'xyzzy' is not a command"
run 2 "$ETCH" help xyzzy
has err "'xyzzy' is not a command"
run 2 "$ETCH" help help help
run 2 "$ETCH" help --nonsense
has err "unknown option '--nonsense'"

# Every command tells of itself, the same with all three spellings.
for c in $("$ETCH" help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
    run 0 "$ETCH" help "$c"
    cp out first
    has out "Usage: etch $c "
    run 0 "$ETCH" "$c" --help
    cmp out first || fail "$c --help differs from help $c"
    run 0 "$ETCH" "$c" -h
    cmp out first || fail "$c -h differs from help $c"
    sed '/^Examples:/,$d' first | awk 'length > 80 { exit 1 }' || fail "help of $c is wider than 80 columns"
done

# A full disk is noticed; a reader that went away is not worth a word.
status=0
"$ETCH" help >/dev/full 2>err || status=$?
[ $status = 1 ] || fail "status $status at a full disk"
has err "No space left on device"
{ sleep 0 | true; "$ETCH" help 2>err || true; } | true
is err ""
