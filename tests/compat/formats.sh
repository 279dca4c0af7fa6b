#!/bin/bash
# SPDX-License-Identifier: MIT
#
# formats.sh: every format that QEMU 7.2 declares, by our plans and by printf;
# and those of QEMU 11 where ETCH_QEMU_DATA names a folder that holds them.
#
# Reads:  FORMATS, TESTS (set by meson), ETCH_QEMU_DATA.
# Writes: a folder of its own below TMPDIR.
set -eu
. "$TESTS/lib.sh"

case $(uname -m) in
x86_64 | aarch64) ;;
*) skip "printf takes other slots than 64-bit words on $(uname -m)" ;;
esac

# same COUNT FILE...: at least COUNT events are compared, none differs.
same()
{
    local least=$1
    shift
    run 0 "$FORMATS" "$@"
    [ "$(sed -n 's/ of .* events compared, 0 differ$//p' out)" -ge "$least" ] ||
        fail "fewer than $least events were compared"
}

# A trace that QEMU 11 itself wrote: of the folder that is named, or beside this tree.
data=${ETCH_QEMU_DATA:-$(printf '%s\n' "$TESTS"/../../*/data/qemu-11* | tail -n 1)}
if [ -e "$data/trace-events-all" ]; then
    same 6000 "$data/trace-events-all"
elif [ -n "${ETCH_QEMU_DATA:-}" ]; then
    fail "ETCH_QEMU_DATA=$data holds no trace-events-all"
fi
qemu=$("$TESTS/compat/fetch-qemu.sh" 2>err) || fail "QEMU 7.2's source"
find "$qemu" -name trace-events >files
# shellcheck disable=SC2046 # no path of QEMU's has a blank
same 4000 $(cat files)
