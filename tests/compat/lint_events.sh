# SPDX-License-Identifier: MIT
# Over thousands of real declarations the lint has no error, and finds of their
# formats what clang finds, no more and no less. QEMU 7.2's, those installed
# here, and those of ETCH_EVENTS (files).
set -eu
. "$TESTS/lib.sh"
needs python3 clang

files=()
for file in /usr/share/qemu/trace-events-all ${ETCH_EVENTS:-}; do
    [ ! -r "$file" ] || files+=("$file")
done
qemu=$("$TESTS/compat/fetch-qemu.sh" 2>err) || fail "QEMU 7.2's source"
find "$qemu" -name trace-events | sort >sources
# Two programs of the tree have events of equal names: a warning.
xargs "$ETCH" lint <sources >out 2>err || fail "QEMU's sources have errors"
has err "warning: event 'user_setup_frame' is declared a second time"
grep -v /bsd-user/ sources | xargs cat >all
files+=("$work/all")

for file in "${files[@]}"; do
    run 0 "$ETCH" lint "$file"
    # What is printed parses to the same events, and prints the same.
    run 0 "$ETCH" list "$file"
    mv out once
    run 0 "$ETCH" list once
    cmp once out || fail "$file: not the same when read again"
    [ "$(grep -cvE '^[[:space:]]*(#|$)' "$file")" = "$(wc -l <once)" ] || fail "$file: events missing"
    python3 "$TESTS/compat/lint_events.py" "$ETCH" "$TESTS/compat" "$file" 2>err || fail "$file"
done
