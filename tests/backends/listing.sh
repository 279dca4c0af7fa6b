# SPDX-License-Identifier: MIT
# etch backends: all that there are, and what keeps one from working here.
set -eu
. "$TESTS/backends/lib.sh"
needs unshare python3

run 0 "$ETCH" backends
grep -oE '^[a-z]+' out >listed
run 0 "$TRACETOOL" --list-backends
tr -d ' ' <out | tr , '\n' | diff listed - >&2 || fail "the list of etch-tracetool is another"

# names DIRECTORY...: what does not work where these are hidden
broken()
{
    run 0 unshare -m sh -c 'for d; do mount -t tmpfs none "$d" || exit; done; exec /usr/bin/env PATH=/nowhere "$0" backends --json' \
        "$ETCH" "$@"
    python3 -c 'import json, sys
print(" ".join(b["name"] for b in json.load(sys.stdin) if not b["usable"]))
' <out >names
}
unshare -m true 2>/dev/null || skip "this kernel gives no mount namespace to user $(id -un)"
broken /sys/kernel /dev /run
is names "dtrace ftrace syslog ust
"
has out "mount -t tracefs"
run 2 "$ETCH" backends ctf
# One that does not exist is refused with the list of those that do.
run 2 "$ETCH" gen -b log,nonsense "$SOURCES/trace-events"
has err "unknown backend 'nonsense'; there are nop, dtrace"
run 1 "$TRACETOOL" --backends=log,nonsense --group=g --format=h "$SOURCES/trace-events" o
has err "unknown backend: nonsense (there are: nop, dtrace"
