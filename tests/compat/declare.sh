# SPDX-License-Identifier: MIT
# Accepts and refuses what QEMU 7.2's tracetool does, with its words: over all
# of its own declarations, the golden ones, and random changes of both.
set -eu
. "$TESTS/lib.sh"
needs python3
qemu=$("$TESTS/compat/fetch-qemu.sh" 2>err) || fail "QEMU 7.2's source"
find "$qemu" -name trace-events | sort | xargs cat >all
golden=$TESTS/golden/declare
PYTHONUTF8=1 PYTHONDONTWRITEBYTECODE=1 python3 "$TESTS/compat/declare.py" "$qemu" "$ETCH" all \
    "$golden/refused-7.2/trace-events" "$golden/accepted-any/trace-events" >out 2>err ||
    fail "differs from QEMU 7.2"
cat out
