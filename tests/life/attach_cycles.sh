# SPDX-License-Identifier: MIT
# A program with four threads that trace, and a signal handler, is attached to,
# switched and left, CYCLES times (150): of none a thread, a descriptor, a mapping or a
# file stays.
set -eu
. "$TESTS/life/lib.sh"
. "$TESTS/life/attached.sh"

cycles=${CYCLES:-150}
[ "$SANITIZE" = none ] || cycles=30
begin 4 500
threads=$(ls /proc/"$pid"/task | wc -l)
run 0 "$CYCLES_PROGRAM" "$pid" 1 "$work/d"
settled first
run 0 "$CYCLES_PROGRAM" "$pid" "$cycles" "$work/d"
settled last
diff first last >diff || { cat diff >&2; fail "not as it was after $cycles cycles"; }
answers alive
end
is steady.err ""
